use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

/// `dev.json`: what `roost dev` says about the cluster that it serves.
#[derive(Debug, Clone, Deserialize)]
pub struct DevFile {
    /// `HostName=` of the connection strings.
    pub hostname: String,
    /// PEM file with the certificate to trust.
    pub ca: PathBuf,
    pub connection_strings: ConnectionStrings,
    /// Connection string of the event stream for Event Hubs clients.
    pub event_hub: String,
    pub nodes: Vec<DevNode>,
}

/// Connection strings of the shared access policies.
#[derive(Debug, Clone, Deserialize)]
pub struct ConnectionStrings {
    pub iothubowner: String,
    pub service: String,
    pub device: String,
}

/// One node and its ports.
#[derive(Debug, Clone, Deserialize)]
pub struct DevNode {
    pub id: u64,
    pub pid: u32,
    pub address: Ipv4Addr,
    pub mqtt: u16,
    pub https: u16,
    pub amqp: u16,
    pub metrics: u16,
}

impl DevFile {
    /// Its name in the cluster's folder.
    pub const NAME: &str = "dev.json";

    /// Reads `dev.json` of a cluster's folder.
    ///
    /// # Errors
    /// The file is missing or has another form.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(Self::NAME);
        let text = std::fs::read(&path).with_context(|| format!("{}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{}", path.display()))
    }

    /// The certificate to trust, as PEM text.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn trust(&self) -> anyhow::Result<String> {
        std::fs::read_to_string(&self.ca).with_context(|| format!("{}", self.ca.display()))
    }
}

impl DevNode {
    /// Where it speaks MQTT over TLS.
    pub fn mqtt_address(&self) -> SocketAddr {
        (self.address, self.mqtt).into()
    }

    /// Where it speaks AMQP over TLS.
    pub fn amqp_address(&self) -> SocketAddr {
        (self.address, self.amqp).into()
    }

    /// Where it speaks HTTPS and MQTT over WebSocket.
    pub fn https_address(&self) -> SocketAddr {
        (self.address, self.https).into()
    }

    /// Where it tells of its readiness and its numbers.
    pub fn metrics_address(&self) -> SocketAddr {
        (self.address, self.metrics).into()
    }
}
