//! The server's certificate, replaced while the listeners serve.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use roost_model::CertificateFacts;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::{TlsConfig, server_config};
use crate::metrics;

/// Why the certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is not there, or not PEM.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        path: PathBuf,
        error: rustls::pki_types::pem::Error,
    },
    /// Certificate and key do not go together, or the certificate cannot be read.
    #[error("cannot use the certificate {}: {reason}", path.display())]
    Use { path: PathBuf, reason: String },
}

/// What the listeners present, from files that may be replaced. Clones share it.
#[derive(Debug, Clone)]
pub struct ServerTls {
    files: TlsConfig,
    config: Arc<ServerConfig>,
    current: Arc<Current>,
}

#[derive(Debug)]
struct Current(ArcSwap<Presented>);

#[derive(Debug)]
struct Presented {
    key: Arc<CertifiedKey>,
    facts: CertificateFacts,
    /// What the files looked like just before they were read.
    seen: [Option<SystemTime>; 2],
}

// === impl ServerTls ===

impl ServerTls {
    pub(super) fn load(files: TlsConfig) -> Result<ServerTls, TlsError> {
        let presented = read(&files)?;
        presented.report("serving with the certificate");
        let path = files.certificate.clone();
        let current = Arc::new(Current(ArcSwap::from_pointee(presented)));
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Current>::clone(&current);
        let config = server_config(resolver).map_err(|error| unusable(&path, error))?;
        Ok(ServerTls {
            files,
            config,
            current,
        })
    }

    /// For the listeners. Their handshakes always see the newest certificate.
    pub fn config(&self) -> &Arc<ServerConfig> {
        &self.config
    }

    /// Reads the files again. New handshakes see what they hold now; open connections are left alone.
    ///
    /// # Errors
    /// [`TlsError`]; what was presented before stays.
    pub fn reload(&self) -> Result<(), TlsError> {
        let presented = read(&self.files).inspect_err(|_| metrics::certificate_reload_failed())?;
        presented.report("serving with the certificate that was read again");
        metrics::certificate_reloaded();
        self.current.0.store(Arc::new(presented));
        Ok(())
    }

    /// Whether a file has another time of change than when it was read. A file that is not there counts
    /// as unchanged: it is about to be replaced.
    pub fn has_changed(&self) -> bool {
        let seen = self.current.0.load().seen;
        let now = modified(&self.files);
        seen.iter()
            .zip(now)
            .any(|(seen, now)| now.is_some() && *seen != now)
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.load().key))
    }
}

impl Presented {
    fn report(&self, what: &str) {
        let facts = &self.facts;
        metrics::certificate_not_after(facts.not_after);
        tracing::info!(
            subject = facts.subject,
            serial = facts.serial,
            not_after = %facts.not_after,
            "{what}"
        );
    }
}

fn read(files: &TlsConfig) -> Result<Presented, TlsError> {
    let failed = |path: &Path, error| TlsError::Read {
        path: path.to_owned(),
        error,
    };
    let path = &files.certificate;
    // Looked at before they are read: a file that changes in between is read once more.
    let seen = modified(files);
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path)
        .map_err(|error| failed(path, error))?
        .collect();
    let chain = chain.map_err(|error| failed(path, error))?;
    let key =
        PrivateKeyDer::from_pem_file(&files.key).map_err(|error| failed(&files.key, error))?;
    let first = chain
        .first()
        .ok_or_else(|| unusable(path, "it holds no certificate"))?;
    let facts = CertificateFacts::read(first).map_err(|error| unusable(path, error))?;
    let provider = rustls::crypto::ring::default_provider();
    let key =
        CertifiedKey::from_der(chain, key, &provider).map_err(|error| unusable(path, error))?;
    Ok(Presented {
        key: Arc::new(key),
        facts,
        seen,
    })
}

fn modified(files: &TlsConfig) -> [Option<SystemTime>; 2] {
    [&files.certificate, &files.key].map(|path| std::fs::metadata(path).ok()?.modified().ok())
}

fn unusable(path: &Path, reason: impl ToString) -> TlsError {
    TlsError::Use {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests;
