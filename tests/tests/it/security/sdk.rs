//! The unmodified device SDK with certificates.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::authorities::with_authority;
use super::tools::{create, self_signed};
use crate::fixture::{TestCertificate, file, node, owner};
use crate::sdk::{node_js, python};

const COUNT: usize = 50;

/// Writes a certificate and its key where the SDK finds them.
fn write(run: &str, certificate: &TestCertificate) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{run}.pem"));
    std::fs::write(&path, &certificate.pem).unwrap();
    path
}

/// Sends over MQTT or WebSockets to every node; then with a certificate that is refused.
async fn story(id: &str, certificate: &TestCertificate, stranger: &TestCertificate) {
    let partitions = owner(0).partition_count().await.unwrap();
    let device = id.parse().unwrap();
    let partition = roost_model::partition_of(&device, partitions).get();
    let begin = owner(0).end_of(partition).await.unwrap();
    let pem = write(id, certificate);
    let mut runs = Vec::new();
    for index in 0..3 {
        for websockets in [false, true] {
            let run = format!("{id}-{index}-{websockets}");
            let told = send(id, &pem, index, websockets, &run).await.unwrap();
            println!("{run}: {}", told.trim());
            runs.push(run);
        }
    }
    let refused = write(&format!("{id}-stranger"), stranger);
    for websockets in [false, true] {
        let error = send(id, &refused, 1, websockets, "stranger")
            .await
            .unwrap_err();
        // What the SDK makes of CONNACK 5.
        assert!(error.to_string().contains("CredentialError"), "{error}");
    }
    let events = owner(2).events(partition, begin).await.unwrap();
    for run in runs {
        let mine = events
            .iter()
            .filter(|event| event.system("correlation-id") == Some(&run));
        assert_eq!(mine.count(), COUNT, "{run}");
    }
    let by_certificate = events
        .iter()
        .filter(|event| event.device() == id)
        .all(|event| {
            let method = event
                .system("iothub-connection-auth-method")
                .unwrap_or_default();
            method.contains(r#""scope":"device","type":"x509""#)
        });
    assert!(by_certificate);
}

async fn send(
    id: &str,
    pem: &Path,
    index: usize,
    websockets: bool,
    run: &str,
) -> anyhow::Result<String> {
    let mut arguments: Vec<String> = [
        ("--device", id),
        ("--hostname", &file().hostname),
        ("--certificate", &pem.display().to_string()),
        ("--gateway", &node(index).address.to_string()),
        ("--ca", &file().ca.display().to_string()),
        ("--run", run),
        ("--count", &COUNT.to_string()),
    ]
    .into_iter()
    .flat_map(|(name, value)| [name.to_owned(), value.to_owned()])
    .collect();
    if websockets {
        arguments.push("--websockets".to_owned());
    }
    python::run("device_mqtt.py", &arguments).await
}

#[tokio::test]
async fn a_device_with_a_self_signed_certificate_sends_over_both_transports_to_every_node() {
    let certificate = TestCertificate::self_signed("sdk-x509-self");
    let [sha1, _] = certificate.thumbprints();
    create("sdk-x509-self", self_signed(&sha1, None)).await;
    let stranger = TestCertificate::self_signed("sdk-x509-self");
    story("sdk-x509-self", &certificate, &stranger).await;
}

#[tokio::test]
async fn a_device_with_a_certificate_of_an_authority_sends_over_both_transports_to_every_node() {
    with_authority("sdk", async |authority| {
        create("sdk-x509-ca", json!({ "type": "certificateAuthority" })).await;
        let certificate = authority.issue_through("Factory", "sdk-x509-ca");
        let stranger = authority.issue("sdk-x509-ca-other");
        story("sdk-x509-ca", &certificate, &stranger).await;
    })
    .await;
}

#[tokio::test]
async fn the_npm_sdk_shows_certificates_over_amqp() {
    let id = "sdk-x509-amqp";
    let (certificate, stranger) = (
        TestCertificate::self_signed(id),
        TestCertificate::self_signed(id),
    );
    create(id, self_signed(&certificate.thumbprints()[0], None)).await;
    let partitions = owner(0).partition_count().await.unwrap();
    let partition = roost_model::partition_of(&id.parse().unwrap(), partitions).get();
    let begin = owner(0).end_of(partition).await.unwrap();
    let (pem, other) = (
        write(id, &certificate),
        write(&format!("{id}-other"), &stranger),
    );
    let host = node(1).address.to_string();
    let arguments = [
        ("host", host.as_str()),
        ("id", id),
        ("pem", pem.to_str().unwrap()),
        ("stranger", other.to_str().unwrap()),
        ("run", id),
    ];
    node_js::run("certificate.js", &arguments).await.unwrap();
    let events = owner(2).events(partition, begin).await.unwrap();
    let mine = events
        .iter()
        .filter(|event| event.system("correlation-id") == Some(id));
    let methods = mine.map(|event| event.system("iothub-connection-auth-method"));
    let methods: Vec<_> = methods.map(|one| one.unwrap_or_default()).collect();
    assert_eq!(methods.len(), 20);
    let expected = r#""scope":"device","type":"x509""#;
    assert!(methods.iter().all(|method| method.contains(expected)));
}
