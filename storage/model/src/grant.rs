//! What a session rests on, so that it can be ended when that goes away.

use std::collections::BTreeMap;

use crate::key::KeyFingerprint;
use crate::permission::Permissions;
use crate::policy::SharedAccessPolicy;
use crate::x509::{AuthorityGrant, TrustStore};

/// Whose word a session was opened on.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub enum Grant {
    /// The identity's own keys or thumbprints; they stand in its record, and changing them ends its
    /// session.
    Own,
    /// A shared access policy that stands for devices.
    Policy { name: String, key: KeyFingerprint },
    /// A certificate authority of the hub.
    Authority(AuthorityGrant),
}

impl Grant {
    /// Whether it is still so under these policies and authorities.
    pub fn holds(
        &self,
        policies: &BTreeMap<String, SharedAccessPolicy>,
        trust: &TrustStore,
    ) -> bool {
        match self {
            Self::Own => true,
            Self::Policy { name, key } => policies.get(name).is_some_and(|policy| {
                policy.permissions.contains(Permissions::DEVICE_CONNECT)
                    && policy.keys().iter().any(|one| one.fingerprint() == *key)
            }),
            Self::Authority(grant) => trust.holds(grant),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec;
    use crate::key::SymmetricKey;

    fn key(seed: u8) -> SymmetricKey {
        SymmetricKey::from_bytes(vec![seed; 32]).unwrap()
    }

    fn policies(permissions: Permissions) -> BTreeMap<String, SharedAccessPolicy> {
        let policy = SharedAccessPolicy {
            name: "device".into(),
            primary: key(1),
            secondary: key(2),
            permissions,
        };
        BTreeMap::from([(policy.name.clone(), policy)])
    }

    fn granted_by(seed: u8) -> Grant {
        Grant::Policy {
            name: "device".into(),
            key: key(seed).fingerprint(),
        }
    }

    #[test]
    fn a_policys_word_holds_as_long_as_its_key_and_its_permission_stay() {
        let trust = TrustStore::default();
        let now = policies(Permissions::DEVICE_CONNECT);
        assert!(granted_by(1).holds(&now, &trust) && granted_by(2).holds(&now, &trust));
        assert!(!granted_by(3).holds(&now, &trust));
        assert!(!granted_by(1).holds(&BTreeMap::new(), &trust));
        let without = policies(Permissions::SERVICE_CONNECT);
        assert!(!granted_by(1).holds(&without, &trust));
        assert!(Grant::Own.holds(&BTreeMap::new(), &trust));
    }

    #[test]
    fn a_grant_reads_back_and_its_layout_is_fixed() {
        let grant = Grant::Policy {
            name: "p".into(),
            key: key(1).fingerprint(),
        };
        let bytes = codec::encode(1, &grant);
        assert_eq!(bytes[..4], [1, 1, 1, b'p']);
        assert_eq!(bytes.len(), 12);
        assert_eq!(codec::decode(1, &bytes), Ok((1, grant)));
        assert_eq!(codec::encode(1, &Grant::Own), [1, 0]);
    }
}
