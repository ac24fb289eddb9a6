//! `selfSigned`: certificates that the hub knows by their thumbprints.

use reqwest::Method;
use serde_json::json;

use super::tools::{answers, connect, create, expect, expect_error, log_tells, path, self_signed};
use crate::fixture::{
    ACCEPTED, NOT_AUTHORIZED, Publish, TestCertificate, ask_with, file, node, owner,
};

const YES: [Option<u8>; 2] = [Some(ACCEPTED); 2];
const NO: [Option<u8>; 2] = [Some(NOT_AUTHORIZED); 2];

#[tokio::test]
async fn the_primary_and_the_secondary_certificate_open_the_door_at_every_node() {
    let (first, second) = (
        TestCertificate::self_signed("whatever"),
        TestCertificate::self_signed("it says"),
    );
    let [_, sha256] = first.thumbprints();
    let [sha1, _] = second.thumbprints();
    let authentication = self_signed(&sha256, Some(&sha1.to_lowercase()));
    let device = create("x509-both", authentication).await;
    for index in 0..3 {
        assert_eq!(answers(node(index), &device, &first), YES, "primary");
        assert_eq!(answers(node(index), &device, &second), YES, "secondary");
    }
}

#[tokio::test]
async fn a_certificate_that_does_not_fit_is_answered_with_connack_5_and_its_reason_in_the_log() {
    let own = TestCertificate::self_signed("x509-wrong");
    let [_, sha256] = own.thumbprints();
    let device = create("x509-wrong", self_signed(&sha256, None)).await;

    let stranger = TestCertificate::self_signed("x509-wrong");
    assert_eq!(answers(node(0), &device, &stranger), NO);
    let [_, found] = stranger.thumbprints();
    let told = format!("the certificate's thumbprint {found} is not one of the identity's");
    log_tells(&device, &told).await;

    let (_, code) = crate::fixture::ask(node(1), &connect(&device));
    assert_eq!(code, Some(NOT_AUTHORIZED));
    log_tells(
        &device,
        "neither a shared access signature nor a client certificate",
    )
    .await;

    let old = TestCertificate::self_signed_and_expired("x509-old");
    let [_, sha256] = old.thumbprints();
    let expired = create("x509-expired", self_signed(&sha256, None)).await;
    assert_eq!(answers(node(2), &expired, &old), NO);
    log_tells(&expired, "the certificate expired at 2001-01-01").await;

    // A key is not asked for, a certificate is not taken.
    let with_key = create("x509-key", json!({ "type": "sas" })).await;
    assert_eq!(answers(node(0), &with_key, &own), NO);
    log_tells(
        &with_key,
        "the identity does not authenticate with a certificate",
    )
    .await;
}

#[tokio::test]
async fn events_carry_how_their_sender_proved_itself() {
    let certificate = TestCertificate::self_signed("any");
    let [_, sha256] = certificate.thumbprints();
    create("x509-stamp", json!({ "type": "none" })).await;
    let module = create("x509-stamp/m", self_signed(&sha256, None)).await;
    let partitions = owner(0).partition_count().await.unwrap();
    let partition = roost_model::partition_of(&module.device, partitions).get();
    let begin = owner(0).end_of(partition).await.unwrap();

    let tls = certificate.tls(rustls::ALL_VERSIONS);
    let (mut connection, code) = ask_with(node(1), &connect(&module), tls);
    assert_eq!(code, Some(ACCEPTED));
    let topic = "devices/x509-stamp/modules/m/messages/events/";
    connection.send(&Publish::new(topic, "over MQTT").bytes());
    connection.expect_ack(1).unwrap();

    let url = format!(
        "https://{}/devices/x509-stamp/modules/m/messages/events?api-version=2021-04-12",
        node(2).address
    );
    let https = certificate.https();
    let host = &file().hostname;
    let post = |client: &reqwest::Client| client.post(&url).header("Host", host).body("over HTTPS");
    expect(204, post(&https)).await;
    let stranger = TestCertificate::self_signed("any").https();
    expect_error(401, 401_003, "IotHubUnauthorized", post(&stranger)).await;

    let events = owner(0).events(partition, begin).await.unwrap();
    let mine: Vec<_> = events
        .iter()
        .filter(|event| event.device() == "x509-stamp")
        .collect();
    assert_eq!(mine.len(), 2);
    for event in mine {
        let method = event.system("iothub-connection-auth-method").unwrap();
        assert!(
            method.contains(r#""scope":"module","type":"x509""#),
            "{method}"
        );
    }
}

#[tokio::test]
async fn another_thumbprint_cuts_the_session_of_the_old_one() {
    let (old, new) = (
        TestCertificate::self_signed("old"),
        TestCertificate::self_signed("new"),
    );
    let [_, sha256] = old.thumbprints();
    let device = create("x509-changed", self_signed(&sha256, None)).await;
    let tls = old.tls(rustls::ALL_VERSIONS);
    let (mut connection, code) = ask_with(node(1), &connect(&device), tls);
    assert_eq!(code, Some(ACCEPTED));

    let mut document = owner(0).device(&device.device).await.unwrap();
    let [_, sha256] = new.thumbprints();
    document["authentication"] = self_signed(&sha256, None);
    let update = owner(2)
        .authorized(Method::PUT, &path(&device))
        .header("If-Match", "*")
        .json(&document);
    expect(200, update).await;
    connection.expect_close().unwrap();
    for index in 0..3 {
        assert_eq!(answers(node(index), &device, &old), NO);
        assert_eq!(answers(node(index), &device, &new), YES);
    }
}
