//! The hub that the cluster serves. Read when the cluster is first formed; afterwards the cluster
//! remembers it.

use std::path::PathBuf;
use std::time::Duration;

use roost_cluster::{HubSettings, NewUnit};
use roost_model::limits::{DEFAULT_PARTITIONS, MAX_PARTITIONS};
use roost_model::{EventSources, HubName, MessageSource};
use serde::{Deserialize, Serialize};

use super::{ByteSize, ConfigError};
use crate::policies::Policies;

/// Most copies of a partition.
const MAX_REPLICATION: u8 = 7;

/// The kinds of events that a hub can tell about its devices.
const TOLD: [MessageSource; 3] = [
    MessageSource::TwinChange,
    MessageSource::DeviceLifecycle,
    MessageSource::DeviceConnectionState,
];

/// `[hub]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HubConfig {
    /// The name in `HostName=` of connection strings; letter case does not matter.
    pub(crate) name: HubName,
    /// Further names and addresses that clients may write instead of `name`.
    #[serde(default)]
    pub(crate) aliases: Vec<HubName>,
    /// Number of partitions of the event stream, 1 to 128; fixed once the hub exists.
    #[serde(default = "default_partitions")]
    pub(crate) partitions: u16,
    /// Copies of each partition, 1 to 7, on as many nodes; with fewer nodes there are fewer.
    #[serde(default = "default_replication")]
    pub(crate) replication: u8,
    /// The shared access policies and their keys, given to the hub when it is created
    /// (`roost pki init` writes such a file). The founding nodes need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) policies_file: Option<PathBuf>,
    /// What the hub itself tells in the event stream, beside telemetry: `twinChangeEvents`,
    /// `deviceLifecycleEvents` and `deviceConnectionStateEvents`.
    #[serde(default)]
    pub(crate) events: EventSources,
    #[serde(default)]
    pub(crate) retention: Retention,
}

/// `[hub.retention]`: how long events stay readable; what comes first counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Retention {
    /// Events older than this are dropped.
    #[serde(with = "humantime_serde")]
    pub(crate) age: Duration,
    /// The oldest events are dropped when a partition holds more than this.
    pub(crate) partition_size: ByteSize,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            age: Duration::from_secs(24 * 60 * 60),
            partition_size: ByteSize::gibibytes(4),
        }
    }
}

fn default_partitions() -> u16 {
    DEFAULT_PARTITIONS
}

fn default_replication() -> u8 {
    3
}

impl HubConfig {
    /// A hub with the defaults.
    pub(crate) fn new(name: HubName) -> Self {
        Self {
            name,
            aliases: Vec::new(),
            partitions: default_partitions(),
            replication: default_replication(),
            policies_file: None,
            events: EventSources::default(),
            retention: Retention::default(),
        }
    }

    pub(super) fn validate(&self, founder: bool) -> Result<(), ConfigError> {
        let invalid = |key, problem: &str| Err(ConfigError::invalid(key, problem.to_owned()));
        if !(1..=MAX_PARTITIONS).contains(&self.partitions) {
            return invalid(
                "hub.partitions",
                &format!("lies between 1 and {MAX_PARTITIONS}"),
            );
        }
        if !(1..=MAX_REPLICATION).contains(&self.replication) {
            return invalid(
                "hub.replication",
                &format!("lies between 1 and {MAX_REPLICATION}"),
            );
        }
        if let Some(other) = self.events.iter().find(|source| !TOLD.contains(source)) {
            return invalid(
                "hub.events",
                &format!("the hub has nothing to tell as {}", other.name()),
            );
        }
        if self.policies_file.is_none() && founder {
            return invalid(
                "hub.policies_file",
                "is needed on the founding nodes; `roost pki init` makes one",
            );
        }
        if self.retention.age < Duration::from_secs(60) {
            return invalid("hub.retention.age", "must be at least 1 minute");
        }
        if self.retention.partition_size < ByteSize::mebibytes(16) {
            return invalid("hub.retention.partition_size", "must be at least 16 MiB");
        }
        Ok(())
    }

    /// What the first start of a cluster makes of it.
    pub(crate) fn new_unit(&self, policies: Policies) -> NewUnit {
        let retention = &self.retention;
        NewUnit {
            partitions: self.partitions,
            replication: self.replication,
            settings: HubSettings {
                hub: self.name.clone(),
                aliases: self.aliases.clone(),
                policies: policies.into_map(),
                authorities: Default::default(),
                revision: 0,
                consumer_groups: Default::default(),
                retention_ms: u64::try_from(retention.age.as_millis()).unwrap_or(u64::MAX),
                retention_bytes: retention.partition_size.bytes(),
                events: self.events,
            },
        }
    }
}
