//! Real handshakes in memory, with clients that show certificates of every make.

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::ResolvesServerCert;
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConnection, SupportedProtocolVersion,
};

use super::*;
use crate::tls::server_config;

struct Server {
    config: Arc<rustls::ServerConfig>,
    roots: RootCertStore,
}

#[derive(Debug)]
struct Fixed(Arc<rustls::sign::CertifiedKey>);

impl ResolvesServerCert for Fixed {
    fn resolve(
        &self,
        _: rustls::server::ClientHello<'_>,
    ) -> Option<Arc<rustls::sign::CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

fn server() -> Server {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["hub".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = rustls::crypto::ring::default_provider();
    let chain = vec![certificate.der().clone()];
    let key = rustls::sign::CertifiedKey::from_der(chain, key, &provider).unwrap();
    Server {
        config: server_config(Arc::new(Fixed(Arc::new(key)))).unwrap(),
        roots,
    }
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Long expired: that is nobody's business here.
fn expired() -> Identity {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.not_after = date_time_ymd(1999, 1, 1);
    let certificate = params.self_signed(&key).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    (vec![certificate.der().clone()], key)
}

fn client(
    server: &Server,
    version: &'static SupportedProtocolVersion,
    identity: Option<Identity>,
) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(server.roots.clone());
    let config = match identity {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).unwrap(),
        None => builder.with_no_client_auth(),
    };
    Arc::new(config)
}

/// Carries bytes between both ends until neither has more to say.
fn shake_hands(
    server: &Server,
    config: &Arc<ClientConfig>,
) -> Result<ServerConnection, rustls::Error> {
    let name = "hub".try_into().unwrap();
    let mut client = ClientConnection::new(Arc::clone(config), name).unwrap();
    let mut accepted = ServerConnection::new(Arc::clone(&server.config)).unwrap();
    while client.wants_write() || accepted.wants_write() {
        let mut bytes = Vec::new();
        client.write_tls(&mut bytes).unwrap();
        accepted.read_tls(&mut bytes.as_slice()).unwrap();
        accepted.process_new_packets()?;
        let mut bytes = Vec::new();
        accepted.write_tls(&mut bytes).unwrap();
        client.read_tls(&mut bytes.as_slice()).unwrap();
        client.process_new_packets()?;
    }
    Ok(accepted)
}

#[test]
fn a_certificate_is_asked_for_and_not_demanded() {
    let server = server();
    for version in [&TLS12, &TLS13] {
        let config = client(&server, version, None);
        let accepted = shake_hands(&server, &config).unwrap();
        assert!(!accepted.is_handshaking());
        assert!(accepted.peer_certificates().is_none());
    }
}

#[test]
fn a_certificate_that_nobody_knows_arrives_also_when_the_session_is_resumed() {
    let server = server();
    for version in [&TLS12, &TLS13] {
        let identity = expired();
        let config = client(&server, version, Some((identity.0.clone(), identity.1)));
        for attempt in ["first", "resumed"] {
            let accepted = shake_hands(&server, &config).unwrap();
            assert_eq!(
                accepted.peer_certificates(),
                Some(identity.0.as_slice()),
                "{attempt}"
            );
        }
    }
}

#[test]
fn showing_somebody_elses_certificate_ends_the_handshake() {
    let server = server();
    for version in [&TLS12, &TLS13] {
        let (theirs, _) = expired();
        let (_, mine) = expired();
        let provider = rustls::crypto::ring::default_provider();
        let signer = provider.key_provider.load_private_key(mine).unwrap();
        let stolen = rustls::sign::CertifiedKey::new(theirs, signer);
        let resolver = rustls::client::ResolvesClientCert::has_certs;
        let mut config = (*client(&server, version, None)).clone();
        config.client_auth_cert_resolver = Arc::new(Stolen(Arc::new(stolen)));
        assert!(resolver(&*config.client_auth_cert_resolver));
        let refused = shake_hands(&server, &Arc::new(config)).unwrap_err();
        assert_eq!(
            refused,
            Error::InvalidCertificate(CertificateError::BadSignature)
        );
    }
}

#[derive(Debug)]
struct Stolen(Arc<rustls::sign::CertifiedKey>);

impl rustls::client::ResolvesClientCert for Stolen {
    fn resolve(
        &self,
        _: &[&[u8]],
        _: &[SignatureScheme],
    ) -> Option<Arc<rustls::sign::CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Made with OpenSSL: `openssl req -x509 -newkey rsa:2048 -nodes`, PKCS #8; rcgen makes no RSA keys here.
#[test]
fn rsa_keys_sign_with_pss_and_in_tls_1_2_with_pkcs1_too() {
    use rustls::pki_types::pem::PemObject as _;
    let server = server();
    let pem = include_bytes!("rsa.pem");
    for version in [&TLS12, &TLS13] {
        let chain = vec![CertificateDer::from_pem_slice(pem).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(pem).unwrap();
        let config = client(&server, version, Some((chain.clone(), key)));
        let accepted = shake_hands(&server, &config).unwrap();
        assert_eq!(accepted.peer_certificates(), Some(chain.as_slice()));
    }
}

/// An old certificate, without a version and without extensions.
#[test]
fn a_certificate_of_version_one_is_read() {
    use rustls::pki_types::pem::PemObject as _;
    let server = server();
    let pem = include_bytes!("version_one.pem");
    for version in [&TLS12, &TLS13] {
        let chain = vec![CertificateDer::from_pem_slice(pem).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(pem).unwrap();
        let provider = rustls::crypto::ring::default_provider();
        let signer = provider.key_provider.load_private_key(key).unwrap();
        let own = rustls::sign::CertifiedKey::new(chain.clone(), signer);
        let mut config = (*client(&server, version, None)).clone();
        config.client_auth_cert_resolver = Arc::new(Stolen(Arc::new(own)));
        let accepted = shake_hands(&server, &Arc::new(config)).unwrap();
        assert_eq!(accepted.peer_certificates(), Some(chain.as_slice()));
    }
}
