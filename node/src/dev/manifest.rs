//! `dev.json`: what tools and tests need to know to use a running development cluster.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use roost_model::HubName;
use serde::{Deserialize, Serialize};

use super::DevError;
use super::files::Prepared;
use super::nodes::{AMQP_PORT, DevNode, HTTPS_PORT, METRICS_PORT, MQTT_PORT};
use super::settings::Settings;
use crate::files::{self, Access};

const FILE: &str = "dev.json";

/// The content of `dev.json`. Its form is relied on by test suites.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// `HostName=` of the connection strings: the address of the first node. Every node serves the
    /// whole hub, under its own address too.
    pub(crate) hostname: String,
    /// The PEM file that clients have to trust.
    pub(crate) ca: PathBuf,
    pub(crate) connection_strings: ConnectionStrings,
    /// Connection string of the Event Hubs-compatible endpoint.
    pub(crate) event_hub: String,
    pub(crate) nodes: Vec<ManifestNode>,
}

/// The connection strings of the policies.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ConnectionStrings {
    pub(crate) iothubowner: String,
    pub(crate) service: String,
    pub(crate) device: String,
}

/// A node and its ports; a port that is not served is null.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ManifestNode {
    pub(crate) id: u8,
    pub(crate) pid: u32,
    pub(crate) address: Ipv4Addr,
    pub(crate) mqtt: Option<u16>,
    pub(crate) https: Option<u16>,
    pub(crate) amqp: Option<u16>,
    pub(crate) metrics: Option<u16>,
}

impl Manifest {
    pub(super) fn new<'a>(
        settings: &Settings,
        prepared: &Prepared,
        processes: impl Iterator<Item = (&'a DevNode, u32)>,
    ) -> Result<Self, DevError> {
        let host = HubName::parse(&settings.first_address.to_string())?;
        let connection_string = |name: &str| prepared.policies.connection_string(&host, name);
        Ok(Self {
            ca: prepared.ca.clone(),
            connection_strings: ConnectionStrings {
                iothubowner: connection_string("iothubowner")?.to_string(),
                service: connection_string("service")?.to_string(),
                device: connection_string("device")?.to_string(),
            },
            event_hub: connection_string("service")?
                .event_hub(HubName::parse(&settings.hub)?.event_stream())
                .map(|text| text.to_string())
                .unwrap_or_default(),
            nodes: processes
                .map(|(node, pid)| ManifestNode {
                    id: node.id,
                    pid,
                    address: node.address,
                    mqtt: Some(MQTT_PORT),
                    https: Some(HTTPS_PORT),
                    amqp: Some(AMQP_PORT),
                    metrics: Some(METRICS_PORT),
                })
                .collect(),
            hostname: host.to_string(),
        })
    }

    /// The manifest of the cluster in `directory`, if one was started there.
    ///
    /// # Errors
    /// The file is there but cannot be understood; the text says why.
    pub(crate) fn read(directory: &Path) -> Result<Option<Self>, String> {
        let path = directory.join(FILE);
        if !path.is_file() {
            return Ok(None);
        }
        let text = files::read(&path).map_err(|error| error.to_string())?;
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Writes `dev.json`, readable by its owner only: it holds keys.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(super) fn write(&self, directory: &Path) -> Result<(), DevError> {
        let path = directory.join(FILE);
        let text = serde_json::to_string_pretty(self).map_err(|error| DevError::Settings {
            path: path.clone(),
            problem: error.to_string(),
        })?;
        Ok(files::write(&path, &format!("{text}\n"), Access::Owner)?)
    }

    /// Notes the process that runs node `id` now.
    pub(super) fn set_pid(&mut self, id: u8, pid: u32) {
        if let Some(node) = self.nodes.iter_mut().find(|node| node.id == id) {
            node.pid = pid;
        }
    }
}

/// Removes the manifest of an earlier run, so that its presence means that the cluster serves.
///
/// # Errors
/// The folder cannot be written.
pub(super) fn remove(directory: &Path) -> Result<(), DevError> {
    let path = directory.join(FILE);
    match std::fs::remove_file(&path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(DevError::Folder { path, source })
        }
        _ => Ok(()),
    }
}
