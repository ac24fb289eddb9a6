//! Shared access policies: the hub's own credentials.

use crate::key::SymmetricKey;
use crate::permission::Permissions;

/// A named pair of keys and what tokens signed with either of them may do.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct SharedAccessPolicy {
    /// `skn` of tokens, `SharedAccessKeyName` of connection strings.
    pub name: String,
    pub primary: SymmetricKey,
    pub secondary: SymmetricKey,
    pub permissions: Permissions,
}

impl SharedAccessPolicy {
    /// Both keys, the primary first.
    pub fn keys(&self) -> [&SymmetricKey; 2] {
        [&self.primary, &self.secondary]
    }
}

/// The policies of a new hub, with two keys each from `next_key`.
///
/// Source: IoT Hub developer guide, "Access control and permissions".
pub fn default_policies(mut next_key: impl FnMut() -> SymmetricKey) -> Vec<SharedAccessPolicy> {
    [
        ("iothubowner", Permissions::ALL),
        ("service", Permissions::SERVICE_CONNECT),
        ("device", Permissions::DEVICE_CONNECT),
        ("registryRead", Permissions::REGISTRY_READ),
        ("registryReadWrite", Permissions::REGISTRY_WRITE),
    ]
    .into_iter()
    .map(|(name, permissions)| SharedAccessPolicy {
        name: name.to_owned(),
        primary: next_key(),
        secondary: next_key(),
        permissions,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policies() -> Vec<SharedAccessPolicy> {
        let mut seed = 0;
        default_policies(|| {
            seed += 1;
            SymmetricKey::from_bytes(vec![seed; 32]).unwrap()
        })
    }

    #[test]
    fn a_new_hub_has_the_five_documented_policies() {
        let got: Vec<_> = policies()
            .iter()
            .map(|one| (one.name.clone(), one.permissions.to_string()))
            .collect();
        let expected = [
            (
                "iothubowner",
                "RegistryRead, RegistryWrite, ServiceConnect, DeviceConnect",
            ),
            ("service", "ServiceConnect"),
            ("device", "DeviceConnect"),
            ("registryRead", "RegistryRead"),
            ("registryReadWrite", "RegistryRead, RegistryWrite"),
        ];
        assert_eq!(
            got,
            expected.map(|(name, text)| (name.to_owned(), text.to_owned()))
        );
    }

    #[test]
    fn every_policy_gets_two_keys_of_its_own() {
        let policies = policies();
        let mut keys: Vec<_> = policies
            .iter()
            .flat_map(SharedAccessPolicy::keys)
            .map(SymmetricKey::bytes)
            .collect();
        keys.dedup();
        assert_eq!(keys.len(), 10);
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{:?}", policies());
        assert!(
            shown.contains("redacted") && !shown.contains("[1, 1"),
            "{shown}"
        );
    }
}
