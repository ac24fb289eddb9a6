use anyhow::{Context, anyhow};
use roost_chaos::harness::{DevFile, Trust};
use roost_mqtt::client::{ConnectOptions, Tls};

use crate::options::Broker;
use crate::provision;
use crate::targets::Targets;

/// One place at a broker: how to connect, and what to publish to.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    pub(crate) options: ConnectOptions,
    pub(crate) topic: String,
}

impl Seat {
    /// A place for every connection.
    ///
    /// # Errors
    /// A file cannot be read, or the hub's registry cannot be used.
    pub(crate) async fn all(broker: &Broker) -> anyhow::Result<Vec<Self>> {
        match (&broker.hub, &broker.target) {
            (Some(file), _) => {
                let folder = file.parent().context("dev.json lies in a folder")?;
                Self::at_hub(broker, &DevFile::read(folder)?).await
            }
            (None, Some(targets)) => Self::at_broker(broker, targets),
            (None, None) => Err(anyhow!("neither --hub nor --target")),
        }
    }

    async fn at_hub(broker: &Broker, hub: &DevFile) -> anyhow::Result<Vec<Self>> {
        let addresses = hub.nodes.iter().map(|node| node.mqtt_address()).collect();
        let targets = Targets::new(addresses).map_err(|error| anyhow!(error))?;
        let trust = Trust::from_pem(&hub.trust()?)?;
        let names = (0..broker.connections).map(|number| fill(&broker.client_id, number));
        let devices = provision::devices(hub, names).await?;
        let seat = |(number, device)| {
            let options = trust.options(targets.of(number), device);
            Self {
                options,
                topic: device.topic(&[]),
            }
        };
        Ok(devices.iter().enumerate().map(seat).collect())
    }

    fn at_broker(broker: &Broker, targets: &Targets) -> anyhow::Result<Vec<Self>> {
        let trust = match &broker.ca {
            Some(file) => {
                let text = std::fs::read_to_string(file)
                    .with_context(|| format!("cannot read {}", file.display()))?;
                Some(Trust::from_pem(&text)?)
            }
            None => None,
        };
        let seat = |number| {
            let address = targets.of(number);
            let mut options =
                ConnectOptions::new(address.to_string(), fill(&broker.client_id, number));
            options.tls = trust.as_ref().map(|trust| Tls {
                config: trust.config(),
                server_name: address.ip().into(),
            });
            Self {
                options,
                topic: fill(&broker.topic, number),
            }
        };
        Ok((0..broker.connections).map(seat).collect())
    }
}

fn fill(template: &str, number: usize) -> String {
    template.replace("{n}", &number.to_string())
}
