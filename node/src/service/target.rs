//! Which hub a command talks to, as whom, and whom it trusts.

use std::path::{Path, PathBuf};

use clap::Args;
use roost_model::{ConnectionString, ConnectionSubject};

use super::ServiceError;
use crate::cli::DEFAULT_DATA;
use crate::dev::Manifest;

/// Options of every command that talks to a hub.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Hub")]
pub(crate) struct TargetArgs {
    /// Connection string of a shared access policy
    #[arg(
        long,
        value_name = "STRING",
        env = "ROOST_CONNECTION_STRING",
        hide_env_values = true
    )]
    pub(crate) connection_string: Option<String>,

    /// PEM file of the authority to trust [default: the development cluster's, else the system's]
    #[arg(long, value_name = "FILE", env = "ROOST_CA")]
    pub(crate) ca: Option<PathBuf>,

    /// Folder of a development cluster, whose owner's connection string is used when none is given
    #[arg(long, value_name = "DIR", env = "ROOST_DATA", default_value = DEFAULT_DATA)]
    pub(crate) data: PathBuf,

    /// Talk to this node instead of the connection string's host
    #[arg(long, value_name = "HOST[:PORT]")]
    pub(crate) via: Option<String>,
}

/// A hub to talk to.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) connection_string: ConnectionString,
    pub(crate) ca: Option<PathBuf>,
    /// `host[:port]` to dial.
    pub(crate) dial: String,
    /// The addresses of a development cluster's nodes; empty when it is not one.
    pub(crate) nodes: Vec<String>,
}

impl TargetArgs {
    /// Finds the hub.
    ///
    /// # Errors
    /// No connection string is given or found, or it is malformed.
    pub(crate) fn resolve(&self) -> Result<Target, ServiceError> {
        let given = self
            .connection_string
            .as_deref()
            .filter(|text| !text.is_empty());
        // A development cluster that cannot be read matters only when it is needed.
        let manifest = match (Manifest::read(&self.data), given) {
            (Ok(manifest), _) => manifest,
            (Err(_), Some(_)) => None,
            (Err(problem), None) => return Err(ServiceError::Manifest(problem)),
        };
        let text = match (given, &manifest) {
            (Some(text), _) => text,
            (None, Some(manifest)) => &manifest.connection_strings.iothubowner,
            (None, None) => return Err(ServiceError::NoTarget(self.data.join("dev.json"))),
        };
        let connection_string = ConnectionString::parse(text)?;
        let host = connection_string.host.as_str().to_owned();
        let manifest = manifest.filter(|manifest| {
            manifest.hostname.eq_ignore_ascii_case(&host)
                || manifest
                    .nodes
                    .iter()
                    .any(|node| node.address.to_string() == host)
        });
        Ok(Target {
            ca: self
                .ca
                .clone()
                .or_else(|| Some(manifest.as_ref()?.ca.clone())),
            dial: self.via.clone().unwrap_or(host),
            nodes: manifest
                .map(|manifest| {
                    manifest
                        .nodes
                        .iter()
                        .map(|n| n.address.to_string())
                        .collect()
                })
                .unwrap_or_default(),
            connection_string,
        })
    }
}

impl Target {
    /// The policy in whose name the commands act.
    ///
    /// # Errors
    /// The connection string is a device's.
    pub(crate) fn policy(&self) -> Result<&str, ServiceError> {
        match &self.connection_string.subject {
            ConnectionSubject::Policy(name) => Ok(name),
            ConnectionSubject::Identity(_) => Err(ServiceError::NotAPolicy),
        }
    }

    pub(crate) fn ca(&self) -> Option<&Path> {
        self.ca.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: &str = "HostName=127.0.0.1;SharedAccessKeyName=iothubowner;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    fn arguments(data: &Path) -> TargetArgs {
        TargetArgs {
            connection_string: None,
            ca: None,
            data: data.to_owned(),
            via: None,
        }
    }

    fn write_manifest(folder: &Path) {
        let node = |id: u8| serde_json::json!({"id": id, "pid": 1, "address": format!("127.0.0.{id}"), "mqtt": 8883, "https": 443, "amqp": null, "metrics": 9600});
        let manifest = serde_json::json!({
            "hostname": "127.0.0.1", "ca": folder.join("ca.pem"),
            "connection_strings": {"iothubowner": OWNER, "service": "", "device": ""},
            "event_hub": "", "nodes": [node(1), node(2)]
        });
        std::fs::write(folder.join("dev.json"), manifest.to_string()).unwrap();
    }

    #[test]
    fn a_development_cluster_is_found_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        write_manifest(folder.path());
        let target = arguments(folder.path()).resolve().unwrap();
        assert_eq!(target.policy().unwrap(), "iothubowner");
        assert_eq!(target.dial, "127.0.0.1");
        assert_eq!(target.ca(), Some(folder.path().join("ca.pem").as_path()));
        assert_eq!(target.nodes, ["127.0.0.1", "127.0.0.2"]);
    }

    #[test]
    fn a_given_connection_string_wins_and_another_hub_is_not_trusted_by_the_development_authority()
    {
        let folder = tempfile::tempdir().unwrap();
        write_manifest(folder.path());
        let mut args = arguments(folder.path());
        args.connection_string = Some(OWNER.replace("127.0.0.1", "hub.example.com"));
        let target = args.resolve().unwrap();
        assert_eq!(target.dial, "hub.example.com");
        assert_eq!(target.ca(), None);
        args.connection_string = Some(OWNER.replace("127.0.0.1", "127.0.0.2"));
        args.via = Some("127.0.0.1:8443".to_owned());
        let target = args.resolve().unwrap();
        assert_eq!(target.dial, "127.0.0.1:8443");
        assert!(target.ca().is_some());
    }

    #[test]
    fn what_is_missing_is_said_with_a_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let mut args = arguments(folder.path());
        let error = args.resolve().unwrap_err().to_string();
        assert!(
            error.contains("roost dev") && error.contains("dev.json"),
            "{error}"
        );
        args.connection_string =
            Some(OWNER.replace("SharedAccessKeyName=iothubowner", "DeviceId=d"));
        let error = args.resolve().unwrap().policy().unwrap_err().to_string();
        assert!(error.contains("belongs to a device"), "{error}");
    }
}
