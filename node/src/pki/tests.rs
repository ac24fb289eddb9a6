use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::server::WebPkiClientVerifier;
use rustls::{CertificateError, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};

use super::issued::Issued;
use super::*;

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

fn trust(authority: &Authority) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(authority.certificate_file()).unwrap())
        .unwrap();
    Arc::new(roots)
}

fn check_server(
    authority: &Authority,
    issued: &Issued,
    dialled: &str,
    at: UnixTime,
) -> Result<(), rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(trust(authority), provider)
        .build()
        .unwrap();
    let certificate = CertificateDer::from_pem_slice(issued.certificate.as_bytes()).unwrap();
    let name = rustls_pki_types::ServerName::try_from(dialled.to_owned()).unwrap();
    verifier
        .verify_server_cert(&certificate, &[], &name, &[], at)
        .map(drop)
}

fn check_client(authority: &Authority, issued: &Issued) -> Result<(), rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(trust(authority), provider)
        .build()
        .unwrap();
    let certificate = CertificateDer::from_pem_slice(issued.certificate.as_bytes()).unwrap();
    verifier
        .verify_client_cert(&certificate, &[], UnixTime::now())
        .map(drop)
}

fn names(texts: &[&str]) -> Vec<ServerName> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn a_server_certificate_is_valid_for_each_of_its_names_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::create(folder.path(), "test").unwrap();
    let issued = authority
        .issue_server(
            &names(&["hub.example.com", "localhost", "127.0.0.2", "::1"]),
            YEAR,
        )
        .unwrap();
    for name in ["hub.example.com", "localhost", "127.0.0.2", "::1"] {
        check_server(&authority, &issued, name, UnixTime::now()).unwrap();
    }
    for name in ["example.com", "127.0.0.3"] {
        assert!(
            check_server(&authority, &issued, name, UnixTime::now()).is_err(),
            "{name}"
        );
    }
    PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap();
}

#[test]
fn a_node_certificate_serves_both_ends_of_a_link_and_a_server_certificate_is_no_node() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::create(folder.path(), "test").unwrap();
    let node = authority.issue_node(2, YEAR).unwrap();
    check_server(&authority, &node, "node-2.roost.internal", UnixTime::now()).unwrap();
    assert!(check_server(&authority, &node, "node-1.roost.internal", UnixTime::now()).is_err());
    check_client(&authority, &node).unwrap();
    let server = authority.issue_server(&names(&["hub"]), YEAR).unwrap();
    assert!(check_client(&authority, &server).is_err());
}

#[test]
fn certificates_end_when_they_are_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::create(folder.path(), "test").unwrap();
    let issued = authority
        .issue_server(&names(&["hub"]), Duration::from_secs(3600))
        .unwrap();
    let later = UnixTime::since_unix_epoch(Duration::from_secs(UnixTime::now().as_secs() + 3700));
    let error = check_server(&authority, &issued, "hub", later).unwrap_err();
    assert!(
        matches!(
            error,
            rustls::Error::InvalidCertificate(
                CertificateError::Expired | CertificateError::ExpiredContext { .. }
            )
        ),
        "{error}"
    );
}

#[test]
fn a_loaded_authority_signs_what_the_created_one_is_trusted_for() {
    let folder = tempfile::tempdir().unwrap();
    let created = Authority::create(folder.path(), "test").unwrap();
    let loaded = Authority::load(folder.path()).unwrap();
    let issued = loaded.issue_server(&names(&["hub"]), YEAR).unwrap();
    check_server(&created, &issued, "hub", UnixTime::now()).unwrap();
}

#[test]
fn an_authority_is_never_overwritten_and_a_missing_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    Authority::create(folder.path(), "test").unwrap();
    assert!(matches!(
        Authority::create(folder.path(), "test"),
        Err(PkiError::Exists(_))
    ));
    let error = Authority::load(Path::new("/no/such"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("roost pki init"), "{error}");
    let before = std::fs::read(folder.path().join("ca.pem")).unwrap();
    Authority::load_or_create(folder.path(), "test").unwrap();
    assert_eq!(std::fs::read(folder.path().join("ca.pem")).unwrap(), before);
}

#[test]
fn a_creation_that_was_interrupted_after_the_key_is_done_again() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca-key.pem"), "half").unwrap();
    Authority::load_or_create(folder.path(), "test").unwrap();
    Authority::load(folder.path()).unwrap();
}

#[test]
fn private_keys_are_readable_by_their_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::create(folder.path(), "test").unwrap();
    let written = authority
        .issue_node(1, YEAR)
        .unwrap()
        .write(folder.path(), "node-1")
        .unwrap();
    for key in [written.key, folder.path().join("ca-key.pem")] {
        assert_eq!(
            std::fs::metadata(key).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    assert_eq!(written.certificate, folder.path().join("node-1.pem"));
}

#[test]
fn server_names_are_dns_names_or_addresses() {
    for good in [
        "localhost",
        "hub-1.example.com",
        "*.example.com",
        "10.0.0.1",
        "fe80::1",
        "HUB",
    ] {
        good.parse::<ServerName>().unwrap();
    }
    for bad in ["", "-hub", "a..b", "a b", "hub:8883", "*.", "h\u{fc}b", "*"] {
        assert!(bad.parse::<ServerName>().is_err(), "{bad}");
    }
}
