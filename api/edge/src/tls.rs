//! The certificates that clients see, and those that they show.
//!
//! ```text
//!  files ──► Identity (certificate and key) ──► ServerTls ──► every listener's handshakes
//!              ▲ read again on SIGHUP, and when a file has changed
//!  client's certificate ──► PossessionVerifier: its key signed this handshake, nothing more
//!                               └─► Credential::Certificate ──► the device's leader decides
//! ```

mod possession;
mod reload;

use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::ServerSessionMemoryCache;
use serde::{Deserialize, Serialize};

pub use self::reload::{ServerTls, TlsError};
use possession::PossessionVerifier;

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

// === impl TlsConfig ===

impl TlsConfig {
    /// Loads the files.
    ///
    /// # Errors
    /// [`TlsError`] naming the file.
    pub fn load(&self) -> Result<ServerTls, TlsError> {
        ServerTls::load(self.clone())
    }
}

/// TLS 1.2 stays on: the Python device SDK speaks nothing newer. A client certificate is asked for and
/// not demanded.
fn server_config(
    certificates: Arc<dyn rustls::server::ResolvesServerCert>,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let mut config = ServerConfig::builder()
        .with_client_cert_verifier(Arc::new(PossessionVerifier::new()))
        .with_cert_resolver(certificates);
    config.session_storage = ServerSessionMemoryCache::new(REMEMBERED_SESSIONS);
    config.ticketer = rustls::crypto::ring::Ticketer::new()?;
    config.send_tls13_tickets = 1;
    Ok(Arc::new(config))
}
