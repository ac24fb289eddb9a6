//! The typed configuration of `roost node`: one struct per component, beside the component, read once
//! at start.
//!
//! ```text
//! defaults in the structs  <  the TOML file  <  environment (ROOST_SECTION__KEY)
//!                                  │
//!                    deny_unknown_fields, ranges, paths made absolute
//!                                  ▼
//!                             NodeConfig
//! ```
//!
//! A key that no component knows is an error that names the key, so that a misspelt setting cannot
//! silently keep its default.

mod byte_size;
mod cluster;
mod error;
mod example;
mod hub;
mod load;
mod log;

use std::path::Path;

use roost_actors::Timings;
use roost_amqp::AmqpConfig;
use roost_cluster::{ClusterConfig, StorageConfig};
use roost_edge::TlsConfig;
use roost_http::HttpConfig;
use roost_model::Limits;
use roost_mqtt::MqttConfig;
use serde::{Deserialize, Serialize};

pub(crate) use byte_size::ByteSize;
pub(crate) use cluster::is_host_and_port;
pub(crate) use error::ConfigError;
pub(crate) use example::EXAMPLE;
pub(crate) use hub::HubConfig;
pub(crate) use log::{LogConfig, LogFormat};

/// Everything a node needs to know before it starts.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeConfig {
    pub(crate) cluster: ClusterConfig,
    pub(crate) storage: StorageConfig,
    pub(crate) hub: HubConfig,
    pub(crate) tls: TlsConfig,
    #[serde(default)]
    pub(crate) mqtt: MqttConfig,
    #[serde(default)]
    pub(crate) amqp: AmqpConfig,
    #[serde(default)]
    pub(crate) https: HttpConfig,
    #[serde(default)]
    pub(crate) sessions: Timings,
    #[serde(default)]
    pub(crate) limits: Limits,
    #[serde(default)]
    pub(crate) log: LogConfig,
}

impl NodeConfig {
    /// Reads `file`, lays the environment over it and checks the result.
    ///
    /// # Errors
    /// A file that cannot be read, a key that is unknown or missing, a value out of its range.
    pub(crate) fn load(file: &Path) -> Result<Self, ConfigError> {
        load::load(file)
    }

    /// The configuration as TOML, defaults included.
    ///
    /// # Errors
    /// A value that TOML cannot hold (an integer beyond `i64`).
    pub(crate) fn to_toml(&self) -> Result<String, ConfigError> {
        Ok(toml::to_string_pretty(self)?)
    }

    /// Fills in what follows from other settings: relative paths start at the folder of the
    /// configuration file, the advertised address is the one in the list of peers, and MQTT and AMQP
    /// over WebSocket come through sockets in the data folder.
    fn complete(&mut self, folder: &Path) {
        let certificates = &mut self.cluster.certificates;
        let paths = [
            &mut certificates.ca,
            &mut certificates.certificate,
            &mut certificates.key,
            &mut self.storage.dir,
            &mut self.tls.certificate,
            &mut self.tls.key,
        ];
        let optional = [
            &mut self.hub.policies_file,
            &mut self.mqtt.tunnel_socket,
            &mut self.amqp.tunnel_socket,
        ];
        for path in paths.into_iter().chain(optional.into_iter().flatten()) {
            if path.is_relative() {
                *path = folder.join(&*path);
            }
        }
        let storage = &self.storage.dir;
        self.mqtt
            .tunnel_socket
            .get_or_insert_with(|| storage.join("mqtt.sock"));
        self.amqp
            .tunnel_socket
            .get_or_insert_with(|| storage.join("amqp.sock"));
        cluster::complete(&mut self.cluster);
    }

    fn validate(&self) -> Result<(), ConfigError> {
        cluster::validate(&self.cluster)?;
        self.hub.validate(cluster::is_founder(&self.cluster))?;
        self.limits.validate()?;
        self.log.validate()
    }
}

#[cfg(test)]
mod tests;
