//! A certificate and its key, fresh from the authority, and the names that it may carry.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use roost_model::x509::{InvalidPem, certificates_from, thumbprints};

use crate::files::{self, Access, FileError};

/// A signed certificate with its private key, both PEM.
pub(crate) struct Issued {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// Where a certificate and its key were written.
#[derive(Debug, Clone)]
pub(crate) struct IssuedFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Issued {
    /// The certificate, PEM.
    pub(crate) fn certificate_pem(&self) -> &str {
        &self.certificate
    }

    /// SHA-1 and SHA-256 of the certificate, as an identity's record has them.
    ///
    /// # Errors
    /// Never for what an authority has issued.
    pub(crate) fn thumbprints(&self) -> Result<[String; 2], InvalidPem> {
        let der = certificates_from(self.certificate.as_bytes())?;
        Ok(thumbprints(der.first().map_or(&[], Vec::as_slice)))
    }

    /// Writes `{name}.pem` and, readable by the owner only, `{name}-key.pem`.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(crate) fn write(&self, folder: &Path, name: &str) -> Result<IssuedFiles, FileError> {
        files::create_folder(folder)?;
        let written = IssuedFiles {
            certificate: folder.join(format!("{name}.pem")),
            key: folder.join(format!("{name}-key.pem")),
        };
        files::write(&written.key, &self.key, Access::Owner)?;
        files::write(&written.certificate, &self.certificate, Access::Everyone)?;
        Ok(written)
    }
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued")
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

/// What a client may write to reach a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ServerName {
    Dns(String),
    Address(IpAddr),
}

/// Why a text is not a server's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a DNS name nor an IP address")]
pub(crate) struct InvalidServerName(String);

impl FromStr for ServerName {
    type Err = InvalidServerName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        let host = text.strip_prefix("*.").unwrap_or(text);
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        if host.len() <= 253 && host.split('.').all(is_label) {
            Ok(Self::Dns(text.to_ascii_lowercase()))
        } else {
            Err(InvalidServerName(text.to_owned()))
        }
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Address(address) => address.fmt(f),
        }
    }
}
