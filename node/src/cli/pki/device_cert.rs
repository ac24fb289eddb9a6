//! `roost pki device-cert`

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use roost_model::{DeviceId, Identity, ModuleId};

use super::print_files;
use crate::output::say;
use crate::pki::{Authority, Issued, self_signed};

/// Make a certificate for a device or module
#[derive(Debug, Args)]
pub(super) struct DeviceCertArgs {
    /// The device
    #[arg(value_name = "DEVICE", value_parser = DeviceId::parse)]
    device: DeviceId,

    /// One of its modules
    #[arg(long, value_name = "ID", value_parser = ModuleId::parse)]
    module: Option<ModuleId>,

    /// Without an authority: the hub gets to know it by its thumbprint
    #[arg(long)]
    self_signed: bool,

    /// Folder of the authority
    #[arg(long, value_name = "DIR", default_value = "device-pki")]
    pki: PathBuf,

    /// Folder for the new files [default: the authority's]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// How long it is valid
    #[arg(long, value_name = "DURATION", default_value = "365days", value_parser = super::super::duration)]
    lifetime: Duration,
}

impl DeviceCertArgs {
    pub(super) fn execute(self) -> anyhow::Result<()> {
        let identity = Identity {
            device: self.device,
            module: self.module,
        };
        let common_name = identity.to_string();
        let issued = if self.self_signed {
            self_signed(&common_name, self.lifetime)?
        } else {
            Authority::load(&self.pki)?.issue_client(&common_name, self.lifetime)?
        };
        let folder = self.out.as_deref().unwrap_or(&self.pki);
        // A module's id is the only place where a slash can stand.
        print_files(&issued.write(folder, &common_name.replace('/', "-"))?);
        if self.self_signed {
            print_thumbprints(&issued)?;
        }
        Ok(())
    }
}

fn print_thumbprints(issued: &Issued) -> anyhow::Result<()> {
    let [sha1, sha256] = issued.thumbprints()?;
    say!("SHA-256      {sha256}");
    say!("SHA-1        {sha1}");
    Ok(())
}
