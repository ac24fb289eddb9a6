//! `roost device create`

use clap::Args;
use roost_model::{DeviceId, Identity, SymmetricKey, Thumbprints};
use serde_json::json;

use crate::output::{Paint, say};
use crate::service::{DeviceDraft, KeyKind, ServiceClient, TargetArgs};

/// Create devices; the hub makes their keys unless they are given
#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// The new devices
    #[arg(value_name = "DEVICE", required = true, value_parser = DeviceId::parse)]
    devices: Vec<DeviceId>,

    /// Create them disabled: they cannot connect
    #[arg(long)]
    disabled: bool,

    /// Why they are as they are; up to 128 characters
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// Their primary key: 16 to 64 bytes as base64
    #[arg(long, value_name = "KEY", requires = "secondary_key", value_parser = SymmetricKey::from_base64)]
    primary_key: Option<SymmetricKey>,

    /// Their secondary key
    #[arg(long, value_name = "KEY", requires = "primary_key", value_parser = SymmetricKey::from_base64)]
    secondary_key: Option<SymmetricKey>,

    /// They show a certificate of their own with this SHA-1 or SHA-256, hexadecimal
    #[arg(long, value_name = "HEX", conflicts_with = "primary_key", value_parser = thumbprint)]
    thumbprint: Option<String>,

    /// Another certificate that they may show
    #[arg(long, value_name = "HEX", requires = "thumbprint", value_parser = thumbprint)]
    secondary_thumbprint: Option<String>,

    /// They show a certificate of one of the hub's authorities (`roost ca`)
    #[arg(long, conflicts_with_all = ["primary_key", "thumbprint"])]
    x509_ca: bool,

    /// Print the identities as JSON, one a line
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArgs,
}

impl CreateArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let authentication = match (&self.primary_key, &self.secondary_key) {
            (Some(primary), Some(secondary)) => Some(DeviceDraft::keys(primary, secondary)),
            _ if self.x509_ca => Some(json!({ "type": "certificateAuthority" })),
            _ => self.thumbprint.as_ref().map(|primary| {
                json!({
                    "type": "selfSigned",
                    "x509Thumbprint": {
                        "primaryThumbprint": primary,
                        "secondaryThumbprint": self.secondary_thumbprint,
                    },
                })
            }),
        };
        let paint = Paint::stdout();
        for id in self.devices {
            let draft = DeviceDraft {
                device_id: id.to_string(),
                status: if self.disabled { "disabled" } else { "enabled" },
                status_reason: self.reason.clone(),
                authentication: authentication.clone(),
            };
            let device = client.create_device(&draft).await?;
            if self.json {
                say!("{}", device.document);
                continue;
            }
            say!("{} {}", paint.good("created"), paint.name(&id));
            let identity = Identity {
                device: id,
                module: None,
            };
            let own = device.connection_string(client.host(), &identity, KeyKind::Primary)?;
            if let Some(own) = own {
                say!("  {own}");
            }
        }
        Ok(())
    }
}

fn thumbprint(text: &str) -> Result<String, roost_model::InvalidThumbprint> {
    Thumbprints::parse(Some(text), None).map(|_| text.to_owned())
}
