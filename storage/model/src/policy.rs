//! Shared access policies: the hub's own credentials.

use ring::digest;
use thiserror::Error;

use crate::codec;
use crate::etag::ETag;
use crate::key::SymmetricKey;
use crate::limits::MAX_POLICY_NAME_CHARS;
use crate::permission::Permissions;

/// Why a policy cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidPolicy {
    #[error(
        "the name of a policy has 1 to {MAX_POLICY_NAME_CHARS} letters, digits, `-`, `.` or `_`"
    )]
    Name,
    #[error("a policy without permissions is good for nothing")]
    NoPermissions,
}

/// One of a pair of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bincode::Encode, bincode::Decode)]
pub enum KeySlot {
    Primary,
    Secondary,
}

impl KeySlot {
    /// Reads `primary` or `secondary` in any case.
    pub fn parse(text: &str) -> Option<Self> {
        [(Self::Primary, "primary"), (Self::Secondary, "secondary")]
            .into_iter()
            .find_map(|(slot, name)| name.eq_ignore_ascii_case(text).then_some(slot))
    }
}

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
    /// Checks name and permissions.
    pub fn validate(&self) -> Result<(), InvalidPolicy> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let length = self.name.len();
        if !(1..=MAX_POLICY_NAME_CHARS).contains(&length) || !self.name.bytes().all(allowed) {
            Err(InvalidPolicy::Name)
        } else if self.permissions.is_empty() {
            Err(InvalidPolicy::NoPermissions)
        } else {
            Ok(())
        }
    }

    /// Changes with whatever changes of the policy; tells nothing of its keys.
    pub fn etag(&self) -> ETag {
        let digest = digest::digest(&digest::SHA256, &codec::encode(1, self));
        let head = digest.as_ref().iter().take(8);
        ETag(head.fold(0, |tag, byte| tag << 8 | u64::from(*byte)))
    }

    /// The key in a slot, to be replaced.
    pub fn key_mut(&mut self, slot: KeySlot) -> &mut SymmetricKey {
        match slot {
            KeySlot::Primary => &mut self.primary,
            KeySlot::Secondary => &mut self.secondary,
        }
    }

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
    fn a_name_has_up_to_64_plain_characters_and_permissions_are_needed() {
        let named = |name: &str| SharedAccessPolicy {
            name: name.to_owned(),
            ..policies().remove(0)
        };
        assert_eq!(named(&"p".repeat(MAX_POLICY_NAME_CHARS)).validate(), Ok(()));
        for bad in [
            "",
            "a b",
            "a/b",
            "a&b",
            "ü",
            &"p".repeat(MAX_POLICY_NAME_CHARS + 1),
        ] {
            assert_eq!(named(bad).validate(), Err(InvalidPolicy::Name), "{bad}");
        }
        let idle = SharedAccessPolicy {
            permissions: Permissions::NONE,
            ..named("idle")
        };
        assert_eq!(idle.validate(), Err(InvalidPolicy::NoPermissions));
    }

    #[test]
    fn the_tag_changes_with_every_part_of_a_policy() {
        let policy = policies().remove(0);
        let mut tags = vec![policy.etag()];
        for slot in [KeySlot::Primary, KeySlot::Secondary] {
            let mut changed = policy.clone();
            *changed.key_mut(slot) = SymmetricKey::from_bytes(vec![99; 32]).unwrap();
            tags.push(changed.etag());
        }
        let fewer = SharedAccessPolicy {
            permissions: Permissions::SERVICE_CONNECT,
            ..policy.clone()
        };
        tags.push(fewer.etag());
        tags.sort_unstable();
        tags.dedup();
        assert_eq!(tags.len(), 4);
        assert!(tags.contains(&policy.clone().etag()));
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
