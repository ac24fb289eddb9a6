//! `roost sas`

use std::time::Duration;

use anyhow::bail;
use clap::Args;
use roost_model::sas::encode_resource;
use roost_model::{ConnectionSubject, DeviceId, ModuleId, sign};

use crate::clock;
use crate::output::say;
use crate::service::TargetArgs;

const EXAMPLES: &str = "\
Examples:
  roost sas                                    for the service side, in the policy's name
  roost sas --device thermostat-1 --ttl 1day   for a device, in the policy's name
  roost sas --connection-string \"$DEVICE\"      for a device, with its own key

  curl --cacert roost-data/ca.pem -H \"Authorization: $(roost sas)\" https://127.0.0.1/devices";

/// Print a shared access signature
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SasArgs {
    /// Cover only this device
    #[arg(long, value_name = "ID", value_parser = DeviceId::parse)]
    device: Option<DeviceId>,

    /// Cover only this module of the device
    #[arg(long, value_name = "ID", requires = "device", value_parser = ModuleId::parse)]
    module: Option<ModuleId>,

    /// How long the token is valid
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = super::duration)]
    ttl: Duration,

    #[command(flatten)]
    target: TargetArgs,
}

impl SasArgs {
    pub(super) fn execute(self) -> anyhow::Result<()> {
        say!("{}", self.token()?);
        Ok(())
    }

    fn token(&self) -> anyhow::Result<String> {
        let connection = self.target.resolve()?.connection_string;
        let (policy, device, module) = match &connection.subject {
            ConnectionSubject::Policy(policy) => (
                Some(policy.as_str()),
                self.device.as_ref(),
                self.module.as_ref(),
            ),
            ConnectionSubject::Identity(own) => {
                if self
                    .device
                    .as_ref()
                    .is_some_and(|device| *device != own.device)
                {
                    bail!(
                        "the key of device {} cannot sign for another device",
                        own.device
                    );
                }
                (None, Some(&own.device), own.module.as_ref())
            }
        };
        let mut resource = Vec::new();
        if let Some(device) = device {
            resource.extend(["devices", device.as_str()]);
        }
        if let Some(module) = module {
            resource.extend(["modules", module.as_str()]);
        }
        let uri = encode_resource(&connection.host, &resource);
        Ok(sign(&uri, &connection.key, clock::after(self.ttl), policy))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use roost_model::{HubName, SasToken, SymmetricKey};

    use super::*;

    const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        sas: SasArgs,
    }

    fn token(arguments: &[&str]) -> anyhow::Result<SasToken> {
        let line = Line::parse_from(["sas"].iter().chain(arguments));
        Ok(SasToken::parse(&line.sas.token()?).unwrap())
    }

    #[test]
    fn a_token_covers_what_was_asked_for_and_is_signed_with_the_key() {
        let hub = HubName::parse("h.example").unwrap();
        let key = SymmetricKey::from_base64(KEY).unwrap();
        let policy =
            format!("HostName=h.example;SharedAccessKeyName=service;SharedAccessKey={KEY}");
        let whole = token(&["--connection-string", &policy]).unwrap();
        assert!(whole.verify(&key) && whole.covers(&hub, &["devices", "d"]));
        assert_eq!(whole.policy(), Some("service"));
        let one = token(&["--connection-string", &policy, "--device", "a:b"]).unwrap();
        assert!(one.covers(&hub, &["devices", "a:b"]) && !one.covers(&hub, &["devices", "c"]));
        let module = token(&[
            "--connection-string",
            &policy,
            "--device",
            "d",
            "--module",
            "m",
        ])
        .unwrap();
        assert!(module.covers(&hub, &["devices", "d", "modules", "m"]));
        assert!(!module.covers(&hub, &["devices", "d"]));
    }

    #[test]
    fn a_device_key_signs_for_its_own_device_only() {
        let own = format!("HostName=h.example;DeviceId=d;SharedAccessKey={KEY}");
        let signed = token(&["--connection-string", &own]).unwrap();
        assert_eq!(signed.policy(), None);
        assert!(token(&["--connection-string", &own, "--device", "e"]).is_err());
    }
}
