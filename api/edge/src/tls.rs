//! The certificates that clients see.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::ServerSessionMemoryCache;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};

/// Sessions remembered for resumption by clients without tickets (TLS 1.2).
const REMEMBERED_SESSIONS: usize = 10_000;

/// The `[tls]` table: what the client-facing listeners present.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// Certificate chain, PEM, the server's own first. Its names must cover what clients dial.
    pub certificate: PathBuf,
    /// Private key, PEM.
    pub key: PathBuf,
}

/// Why the certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is not there, or not PEM.
    #[error("cannot read {path}: {error}")]
    Read {
        path: PathBuf,
        error: rustls_pki_types::pem::Error,
    },
    /// Certificate and key do not go together.
    #[error("cannot use the certificate {path}: {error}")]
    Use { path: PathBuf, error: rustls::Error },
}

// === impl TlsConfig ===

impl TlsConfig {
    /// Loads the files. TLS 1.2 stays on: the Python device SDK speaks nothing newer.
    ///
    /// # Errors
    /// [`TlsError`] naming the file.
    pub fn load(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let read = |path: &PathBuf, error| TlsError::Read {
            path: path.clone(),
            error,
        };
        let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(&self.certificate)
            .map_err(|error| read(&self.certificate, error))?
            .collect();
        let chain = chain.map_err(|error| read(&self.certificate, error))?;
        let key =
            PrivateKeyDer::from_pem_file(&self.key).map_err(|error| read(&self.key, error))?;
        let unusable = |error| TlsError::Use {
            path: self.certificate.clone(),
            error,
        };
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(unusable)?;
        config.session_storage = ServerSessionMemoryCache::new(REMEMBERED_SESSIONS);
        config.ticketer = rustls::crypto::ring::Ticketer::new().map_err(unusable)?;
        config.send_tls13_tickets = 1;
        Ok(Arc::new(config))
    }
}
