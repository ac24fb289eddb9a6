//! What an authority for devices has revoked, in a file beside its key.

use std::path::{Path, PathBuf};

use roost_model::CertificateFacts;
use roost_model::x509::certificates_from;
use serde::{Deserialize, Serialize};

use crate::files::{self, Access};

const FILE: &str = "revoked.toml";

/// Serial numbers, and how many lists were made of them.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revoked {
    /// The number of the latest list.
    #[serde(default)]
    number: u64,
    /// Hexadecimal.
    #[serde(default)]
    serials: Vec<String>,
}

impl Revoked {
    /// What the authority in `folder` has revoked so far.
    ///
    /// # Errors
    /// The file is damaged.
    pub(crate) fn load(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(FILE);
        if !path.is_file() {
            return Ok(Self::default());
        }
        Ok(toml::from_str(&files::read(&path)?)?)
    }

    /// Adds a certificate, PEM or DER, from a file; false when it was in already.
    ///
    /// # Errors
    /// The file holds no certificate.
    pub(crate) fn add(&mut self, file: &Path) -> anyhow::Result<bool> {
        let bytes = std::fs::read(file)
            .map_err(|error| anyhow::anyhow!("cannot read {}: {error}", file.display()))?;
        let certificates = certificates_from(&bytes)?;
        let first = certificates.first().map_or(&[][..], Vec::as_slice);
        let serial = CertificateFacts::read(first)?.serial;
        let new = !self.serials.contains(&serial);
        if new {
            self.serials.push(serial);
        }
        Ok(new)
    }

    /// The number of the next list and its serial numbers.
    pub(crate) fn next(&mut self) -> (u64, Vec<Vec<u8>>) {
        self.number += 1;
        let decode = |serial: &String| {
            let digits = serial.as_bytes().chunks(2);
            let pairs = digits.filter_map(|pair| std::str::from_utf8(pair).ok());
            pairs
                .filter_map(|pair| u8::from_str_radix(pair, 16).ok())
                .collect()
        };
        (self.number, self.serials.iter().map(decode).collect())
    }

    /// Keeps it for the next time.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn save(&self, folder: &Path) -> anyhow::Result<PathBuf> {
        let path = folder.join(FILE);
        files::write(&path, &toml::to_string(self)?, Access::Everyone)?;
        Ok(path)
    }
}
