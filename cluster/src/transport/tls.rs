//! Mutual TLS 1.3 between nodes.

use std::path::Path;
use std::sync::Arc;

use roost_model::NodeId;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use tokio_rustls::rustls::version::TLS13;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::TransportError;
use super::tcp::CertificatePaths;

/// A node's TLS side: one certificate, used in both roles.
pub(super) struct NodeTls {
    pub(super) connector: TlsConnector,
    pub(super) acceptor: TlsAcceptor,
}

/// What a node's certificate must carry as a DNS name.
pub(super) fn server_name(node: NodeId) -> Result<ServerName<'static>, TransportError> {
    let name = format!("node-{}.roost.internal", node.0);
    ServerName::try_from(name.clone()).map_err(|_| TransportError::Unresolved(name))
}

/// Whether a certificate names the node. Its chain was verified in the TLS handshake.
pub(super) fn names(certificate: &CertificateDer<'_>, node: NodeId) -> bool {
    let Ok(name) = server_name(node) else {
        return false;
    };
    webpki::EndEntityCert::try_from(certificate)
        .and_then(|certificate| certificate.verify_is_valid_for_subject_name(&name))
        .is_ok()
}

// === impl NodeTls ===

impl NodeTls {
    /// Reads the files; blocking.
    pub(super) fn load(paths: &CertificatePaths) -> Result<NodeTls, TransportError> {
        let provider = Arc::new(ring::default_provider());
        let roots = Arc::new(roots(&paths.ca)?);
        let chain = certificates(&paths.certificate)?;
        let key = PrivateKeyDer::from_pem_file(&paths.key).map_err(bad(&paths.key))?;
        let server = server(&provider, &roots, chain.clone(), key.clone_key(), paths)?;
        let client = client(&provider, &roots, chain, key, paths)?;
        Ok(NodeTls {
            connector: TlsConnector::from(Arc::new(client)),
            acceptor: TlsAcceptor::from(Arc::new(server)),
        })
    }
}

fn server(
    provider: &Arc<CryptoProvider>,
    roots: &Arc<RootCertStore>,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    paths: &CertificatePaths,
) -> Result<ServerConfig, TransportError> {
    let verifier = WebPkiClientVerifier::builder_with_provider(roots.clone(), provider.clone())
        .build()
        .map_err(bad(&paths.ca))?;
    let mut config = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&TLS13])
        .map_err(bad(&paths.certificate))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .map_err(bad(&paths.certificate))?;
    // Links live for days; a resumed session would skip the check of the peer's certificate.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

fn client(
    provider: &Arc<CryptoProvider>,
    roots: &Arc<RootCertStore>,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    paths: &CertificatePaths,
) -> Result<ClientConfig, TransportError> {
    let mut config = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&TLS13])
        .map_err(bad(&paths.certificate))?
        .with_root_certificates(roots.clone())
        .with_client_auth_cert(chain, key)
        .map_err(bad(&paths.certificate))?;
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn roots(path: &Path) -> Result<RootCertStore, TransportError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(bad(path))?;
    }
    Ok(roots)
}

/// The certificates of a PEM file; none at all is an error.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(|certificates| certificates.collect())
        .map_err(bad(path))?;
    if found.is_empty() {
        return Err(bad(path)("no certificate in the file"));
    }
    Ok(found)
}

fn bad<E: ToString>(path: &Path) -> impl Fn(E) -> TransportError + '_ {
    move |error| TransportError::Certificate {
        path: path.display().to_string(),
        reason: error.to_string(),
    }
}
