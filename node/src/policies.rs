//! The file that gives a new hub its shared access policies and their keys.
//!
//! The founding nodes read it once, when the hub is created; afterwards the cluster keeps the policies.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rand::RngCore;
use roost_model::limits::GENERATED_KEY_BYTES;
use roost_model::{
    ConnectionString, HubName, Permissions, SharedAccessPolicy, SymmetricKey, default_policies,
};
use serde::{Deserialize, Serialize};

use crate::files::{self, Access, FileError};

const HEADER: &str = "\
# Shared access policies of the hub, with their keys: whoever can read this file is the hub's owner.
# Read when the hub is created; later changes here have no effect.

";

/// Why a policy file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PolicyError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{}: {problem}", path.display())]
    Malformed { path: PathBuf, problem: String },
    #[error("the policy file has no policy called {0}")]
    Missing(String),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    policy: Vec<PolicyEntry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyEntry {
    name: String,
    permissions: String,
    primary_key: String,
    secondary_key: String,
}

impl std::fmt::Debug for PolicyEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PolicyEntry")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The policies of one hub.
#[derive(Debug, Clone)]
pub(crate) struct Policies(Vec<SharedAccessPolicy>);

impl Policies {
    /// The usual policies with fresh keys.
    pub(crate) fn generate() -> Self {
        Self(default_policies(random_key))
    }

    /// Reads a policy file.
    ///
    /// # Errors
    /// The file is missing or malformed, a key or permission is not valid, a name stands twice.
    pub(crate) fn load(path: &Path) -> Result<Self, PolicyError> {
        let malformed = |problem: String| PolicyError::Malformed {
            path: path.to_owned(),
            problem,
        };
        let file: PolicyFile = toml::from_str(&files::read(path)?)
            .map_err(|error| malformed(error.message().to_owned()))?;
        let mut policies: Vec<SharedAccessPolicy> = Vec::new();
        for entry in file.policy {
            if policies.iter().any(|known| known.name == entry.name) {
                return Err(malformed(format!("policy {} stands twice", entry.name)));
            }
            policies.push(entry.into_policy().map_err(malformed)?);
        }
        if policies.is_empty() {
            return Err(malformed("there is no [[policy]]".to_owned()));
        }
        Ok(Self(policies))
    }

    /// Writes the file, readable by its owner only.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn save(&self, path: &Path) -> Result<(), PolicyError> {
        let file = PolicyFile {
            policy: self.0.iter().map(PolicyEntry::from).collect(),
        };
        let text = toml::to_string(&file).map_err(|error| PolicyError::Malformed {
            path: path.to_owned(),
            problem: error.to_string(),
        })?;
        Ok(files::write(
            path,
            &format!("{HEADER}{text}"),
            Access::Owner,
        )?)
    }

    /// The policies of the file, or fresh ones, saved there, when it does not exist.
    ///
    /// # Errors
    /// As for [`Policies::load`] and [`Policies::save`].
    pub(crate) fn load_or_generate(path: &Path) -> Result<Self, PolicyError> {
        if path.is_file() {
            return Self::load(path);
        }
        let policies = Self::generate();
        policies.save(path)?;
        Ok(policies)
    }

    /// No policies: for a node that joins a hub that has them already.
    pub(crate) fn none() -> Self {
        Self(Vec::new())
    }

    /// The policies by name.
    pub(crate) fn into_map(self) -> BTreeMap<String, SharedAccessPolicy> {
        self.0
            .into_iter()
            .map(|policy| (policy.name.clone(), policy))
            .collect()
    }

    /// The policy called `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&SharedAccessPolicy> {
        self.0.iter().find(|policy| policy.name == name)
    }

    /// The connection string of the policy called `name` for the hub at `host`.
    ///
    /// # Errors
    /// There is no such policy.
    pub(crate) fn connection_string(
        &self,
        host: &HubName,
        name: &str,
    ) -> Result<ConnectionString, PolicyError> {
        let policy = self
            .get(name)
            .ok_or_else(|| PolicyError::Missing(name.to_owned()))?;
        Ok(ConnectionString::policy(
            host.clone(),
            &policy.name,
            policy.primary.clone(),
        ))
    }
}

impl PolicyEntry {
    fn into_policy(self) -> Result<SharedAccessPolicy, String> {
        let key = |text: &str, which: &str| {
            SymmetricKey::from_base64(text)
                .map_err(|error| format!("{which}_key of policy {}: {error}", self.name))
        };
        Ok(SharedAccessPolicy {
            primary: key(&self.primary_key, "primary")?,
            secondary: key(&self.secondary_key, "secondary")?,
            permissions: self
                .permissions
                .parse::<Permissions>()
                .map_err(|error| format!("permissions of policy {}: {error}", self.name))?,
            name: self.name,
        })
    }
}

impl From<&SharedAccessPolicy> for PolicyEntry {
    fn from(policy: &SharedAccessPolicy) -> Self {
        Self {
            name: policy.name.clone(),
            permissions: policy.permissions.to_string(),
            primary_key: policy.primary.to_base64(),
            secondary_key: policy.secondary.to_base64(),
        }
    }
}

/// A fresh key from the process's cryptographic generator.
fn random_key() -> SymmetricKey {
    let mut bytes = vec![0; GENERATED_KEY_BYTES];
    rand::rng().fill_bytes(&mut bytes);
    SymmetricKey::from_bytes(bytes).expect("a generated key lies within the limits of a key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_policies_survive_their_file_and_have_distinct_keys() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policies.toml");
        let made = Policies::load_or_generate(&path).unwrap();
        let read = Policies::load_or_generate(&path).unwrap();
        for name in [
            "iothubowner",
            "service",
            "device",
            "registryRead",
            "registryReadWrite",
        ] {
            let (made, read) = (made.get(name).unwrap(), read.get(name).unwrap());
            assert_eq!(made.primary.to_base64(), read.primary.to_base64());
            assert_eq!(made.secondary.to_base64(), read.secondary.to_base64());
            assert_eq!(made.permissions, read.permissions);
            assert_ne!(made.primary.to_base64(), made.secondary.to_base64());
        }
    }

    #[test]
    fn a_damaged_policy_file_is_refused_with_the_policy_that_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policies.toml");
        Policies::generate().save(&path).unwrap();
        let good = std::fs::read_to_string(&path).unwrap();
        for (from, to, told) in [
            (
                "ServiceConnect",
                "ServiceDisconnect",
                "permissions of policy",
            ),
            (
                "primary_key = \"",
                "primary_key = \"?",
                "primary_key of policy",
            ),
            (
                "name = \"service\"",
                "name = \"device\"",
                "device stands twice",
            ),
            ("secondary_key", "third_key", "third_key"),
        ] {
            std::fs::write(&path, good.replacen(from, to, 1)).unwrap();
            let error = Policies::load(&path).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn the_connection_string_of_a_policy_names_host_policy_and_key() {
        let policies = Policies::generate();
        let host = HubName::parse("127.0.0.1").unwrap();
        let text = policies
            .connection_string(&host, "service")
            .unwrap()
            .to_string();
        let key = policies.get("service").unwrap().primary.to_base64();
        assert_eq!(
            text,
            format!("HostName=127.0.0.1;SharedAccessKeyName=service;SharedAccessKey={key}")
        );
        assert!(policies.connection_string(&host, "nobody").is_err());
    }
}
