//! `roost pki revoke`

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::files::{self, Access};
use crate::output::say;
use crate::pki::{Authority, Revoked};

/// Revoke certificates of devices, and sign the list for `roost ca crl`
#[derive(Debug, Args)]
pub(super) struct RevokeArgs {
    /// Certificates to revoke; without any, the list is only signed anew
    #[arg(value_name = "FILE")]
    certificates: Vec<PathBuf>,

    /// Folder of the authority
    #[arg(long, value_name = "DIR", default_value = "device-pki")]
    pki: PathBuf,

    /// By when the list is to be replaced; it stays in force until then and afterwards
    #[arg(long, value_name = "DURATION", default_value = "30days", value_parser = super::super::duration)]
    lifetime: Duration,
}

impl RevokeArgs {
    pub(super) fn execute(self) -> anyhow::Result<()> {
        let authority = Authority::load(&self.pki)?;
        let mut revoked = Revoked::load(&self.pki)?;
        for certificate in &self.certificates {
            let word = match revoked.add(certificate)? {
                true => "revoked",
                false => "revoked before",
            };
            say!("{word}  {}", certificate.display());
        }
        let (number, serials) = revoked.next();
        let list = authority.revocation_list(number, &serials, self.lifetime)?;
        // The count first: a list must not be signed twice under one number.
        revoked.save(&self.pki)?;
        let path = self.pki.join("crl.pem");
        files::write(&path, &list, Access::Everyone)?;
        say!(
            "list {number} with {} entries  {}",
            serials.len(),
            path.display()
        );
        Ok(())
    }
}
