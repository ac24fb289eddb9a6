//! `certificateAuthority`: certificates below an authority whose possession was proven.

use reqwest::Method;
use roost_model::limits::MAX_AUTHORITIES;
use serde_json::{Value, json};

use super::tools::{answers, connect, create, expect, expect_error, log_tells, upload};
use crate::fixture::{
    ACCEPTED, AUTHORITIES, NOT_AUTHORIZED, RawMqtt, TestAuthority, TestCertificate, ask_with, node,
    owner,
};

const YES: [Option<u8>; 2] = [Some(ACCEPTED); 2];
const NO: [Option<u8>; 2] = [Some(NOT_AUTHORIZED); 2];

fn by_authority() -> Value {
    json!({ "type": "certificateAuthority" })
}

/// Registers an authority and proves possession, each step at another node.
async fn register(name: &str, authority: &TestAuthority) {
    let path = format!("/admin/certificates/{name}");
    let put = expect(200, upload(0, Method::PUT, &path, &authority.pem)).await;
    assert_eq!(put["isVerified"], false);
    let ask = upload(1, Method::POST, &format!("{path}/verification-code"), "");
    let code = expect(200, ask).await["verificationCode"]
        .as_str()
        .unwrap()
        .to_owned();
    let proof = authority.issue(&code).pem;
    let verify = upload(2, Method::POST, &format!("{path}/verify"), &proof);
    assert_eq!(expect(200, verify).await["isVerified"], true);
}

async fn delete(name: &str) {
    let path = format!("/admin/certificates/{name}");
    expect(204, upload(0, Method::DELETE, &path, "")).await;
}

/// Lets a test have a verified authority for a while.
pub(super) async fn with_authority(name: &str, test: impl AsyncFnOnce(&TestAuthority)) {
    let _room = AUTHORITIES.lock().await;
    let authority = TestAuthority::new(name);
    register(name, &authority).await;
    test(&authority).await;
    delete(name).await;
}

fn attach(
    identity: &roost_model::Identity,
    certificate: &TestCertificate,
    index: usize,
) -> RawMqtt {
    let tls = certificate.tls(rustls::ALL_VERSIONS);
    let (connection, code) = ask_with(node(index), &connect(identity), tls);
    assert_eq!(code, Some(ACCEPTED));
    connection
}

#[tokio::test]
async fn a_device_comes_in_once_its_authority_is_verified_and_is_out_once_it_is_deleted() {
    let _room = AUTHORITIES.lock().await;
    let authority = TestAuthority::new("Story of an authority");
    let device = create("ca-story", by_authority()).await;
    let certificate = authority.issue("ca-story");
    let path = "/admin/certificates/story";

    println!("not registered");
    assert_eq!(answers(node(0), &device, &certificate), NO);
    log_tells(
        &device,
        "no registered authority stands behind the certificate",
    )
    .await;

    println!("registered, and possession not proven");
    expect(200, upload(0, Method::PUT, path, &authority.pem)).await;
    assert_eq!(answers(node(1), &device, &certificate), NO);
    log_tells(&device, "its possession is not proven").await;
    let verify = format!("{path}/verify");
    for proof in [authority.issue("guess").pem, "nothing".to_owned()] {
        let request = upload(1, Method::POST, &verify, &proof);
        expect_error(400, 400_004, "ArgumentInvalid", request).await;
    }

    println!("verified");
    register("story", &authority).await;
    for index in 0..3 {
        assert_eq!(
            answers(node(index), &device, &certificate),
            YES,
            "node {index}"
        );
    }
    let below = authority.issue_through("Below", "ca-story");
    assert_eq!(
        answers(node(0), &device, &below),
        YES,
        "an intermediate that is sent"
    );

    println!("the wrong certificates");
    for (wrong, told) in [
        (authority.issue("ca-other"), "common name is \"ca-other\""),
        (authority.issue_expired("ca-story"), "expired at 2001"),
        (
            TestAuthority::new("Story of an authority").issue("ca-story"),
            "stands behind",
        ),
        (TestCertificate::self_signed("ca-story"), "stands behind"),
    ] {
        assert_eq!(answers(node(2), &device, &wrong), NO, "{told}");
        log_tells(&device, told).await;
    }
    let module = create("ca-story/m", by_authority()).await;
    assert_eq!(
        answers(node(0), &module, &certificate),
        NO,
        "the device is not its module"
    );
    assert_eq!(
        answers(node(0), &module, &authority.issue("ca-story/m")),
        YES
    );

    println!("deleted");
    let mut first = attach(&device, &certificate, 1);
    let mut second = attach(&module, &authority.issue("ca-story/m"), 2);
    delete("story").await;
    first.expect_close().unwrap();
    second.expect_close().unwrap();
    log_tells(&device, "its credential was changed or revoked").await;
    for index in 0..3 {
        assert_eq!(
            answers(node(index), &device, &certificate),
            NO,
            "node {index}"
        );
    }
}

#[tokio::test]
async fn a_revocation_list_cuts_who_is_in_it_and_nobody_else() {
    let _room = AUTHORITIES.lock().await;
    let authority = TestAuthority::new("Revoking authority");
    register("revoking", &authority).await;
    let (lost, kept) = (authority.issue("ca-lost"), authority.issue("ca-kept"));
    let lost_device = create("ca-lost", by_authority()).await;
    let kept_device = create("ca-kept", by_authority()).await;
    let mut cut = attach(&lost_device, &lost, 0);
    let mut stays = attach(&kept_device, &kept, 1);

    let path = "/admin/certificates/revoking/crl";
    let stranger = TestAuthority::new("Revoking authority").revoke(1, &[]);
    expect_error(
        400,
        400_004,
        "ArgumentInvalid",
        upload(2, Method::PUT, path, &stranger),
    )
    .await;
    let list = authority.revoke(2, &[&lost]);
    let document = expect(200, upload(2, Method::PUT, path, &list)).await;
    assert_eq!(document["revocationList"]["entries"], 1);

    cut.expect_close().unwrap();
    assert_eq!(answers(node(2), &lost_device, &lost), NO);
    log_tells(&lost_device, "was revoked").await;
    stays.send(&[0xc0, 0]);
    let answer = stays.receive().unwrap().unwrap();
    assert_eq!(answer.first, 0xd0, "PINGRESP of the session that stays");
    assert_eq!(
        answers(node(0), &lost_device, &authority.issue("ca-lost")),
        YES,
        "a new one"
    );

    println!("an older list does not bring it back");
    let older = authority.revoke(1, &[]);
    expect_error(
        400,
        400_004,
        "ArgumentInvalid",
        upload(0, Method::PUT, path, &older),
    )
    .await;
    assert_eq!(answers(node(1), &lost_device, &lost), NO);
    delete("revoking").await;
}

#[tokio::test]
async fn asking_for_a_new_proof_takes_the_ground_away_until_it_is_given() {
    let _room = AUTHORITIES.lock().await;
    let authority = TestAuthority::new("Asked again");
    register("asked-again", &authority).await;
    let device = create("ca-asked-again", by_authority()).await;
    let certificate = authority.issue("ca-asked-again");
    let mut connection = attach(&device, &certificate, 0);
    let path = "/admin/certificates/asked-again/verification-code";
    expect(200, upload(1, Method::POST, path, "")).await;
    connection.expect_close().unwrap();
    assert_eq!(answers(node(2), &device, &certificate), NO);
    register("asked-again", &authority).await;
    assert_eq!(answers(node(2), &device, &certificate), YES);
    delete("asked-again").await;
}

#[tokio::test]
async fn uploads_that_are_no_authority_and_versions_that_passed_are_refused() {
    let _room = AUTHORITIES.lock().await;
    let authority = TestAuthority::new("Careful");
    let leaf = authority.issue("device").pem;
    let put = |name: &str, body: &str| {
        upload(0, Method::PUT, &format!("/admin/certificates/{name}"), body)
    };
    for (name, body) in [
        ("careful", leaf.as_str()),
        ("careful", "no certificate"),
        ("careful", ""),
        ("care%20ful", authority.pem.as_str()),
        (&"x".repeat(65), authority.pem.as_str()),
    ] {
        expect_error(400, 400_004, "ArgumentInvalid", put(name, body)).await;
    }
    let first = expect(200, put("careful", &authority.pem)).await;
    let etag = first["etag"].as_str().unwrap().to_owned();
    let again = TestAuthority::new("Careful").pem;
    let changed = put("careful", &again).header("If-Match", format!("\"{etag}\""));
    expect(200, changed).await;
    let stale = put("careful", &authority.pem).header("If-Match", format!("\"{etag}\""));
    expect_error(412, 412_001, "PreconditionFailed", stale).await;
    let stale = upload(1, Method::DELETE, "/admin/certificates/careful", "");
    let stale = stale.header("If-Match", format!("\"{etag}\""));
    expect_error(412, 412_001, "PreconditionFailed", stale).await;
    delete("careful").await;
    for (method, path) in [
        (Method::GET, "/admin/certificates/careful"),
        (Method::DELETE, "/admin/certificates/careful"),
        (
            Method::POST,
            "/admin/certificates/careful/verification-code",
        ),
    ] {
        let request = upload(2, method, path, "");
        expect_error(404, 404_008, "CertificateNotFound", request).await;
    }
}

#[tokio::test]
async fn a_hub_takes_twenty_five_authorities_and_no_more() {
    let _room = AUTHORITIES.lock().await;
    let there: Vec<Value> = owner(0)
        .call(Method::GET, "/admin/certificates", None)
        .await
        .unwrap();
    let authority = TestAuthority::new("One of many");
    let names: Vec<_> = (there.len()..MAX_AUTHORITIES)
        .map(|number| format!("many-{number}"))
        .collect();
    for name in &names {
        let path = format!("/admin/certificates/{name}");
        expect(200, upload(0, Method::PUT, &path, &authority.pem)).await;
    }
    let one_more = upload(0, Method::PUT, "/admin/certificates/many", &authority.pem);
    expect_error(400, 400_004, "ArgumentInvalid", one_more).await;
    for name in &names {
        delete(name).await;
    }
}
