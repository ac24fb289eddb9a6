//! Who may come in: changes of a hub's policies and certificate authorities.

use bincode::{Decode, Encode};
use roost_model::limits::{MAX_AUTHORITIES, MAX_SERVICE_POLICIES};
use roost_model::{
    CertificateAuthority, ETag, KeySlot, Permissions, Precondition, RevocationList,
    SharedAccessPolicy, SymmetricKey, Timestamp,
};

use super::outcome::MetaRejection;
use super::state::HubSettings;

/// A change of who may come in. Certificates, proofs and lists were checked by whoever proposes it;
/// what is checked here is that they fit the state that they meet.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum AccessCommand {
    /// Creates or replaces a policy.
    PutPolicy {
        policy: SharedAccessPolicy,
        precondition: Precondition,
        /// How many policies the hub may have.
        limit: u32,
    },
    /// Deletes a policy.
    DeletePolicy {
        name: String,
        precondition: Precondition,
    },
    /// Gives a policy another key; the other one stays.
    ReplacePolicyKey {
        name: String,
        slot: KeySlot,
        key: SymmetricKey,
        precondition: Precondition,
    },
    /// Registers an authority, or another certificate for it, which must then be verified anew.
    PutAuthority {
        authority: Box<CertificateAuthority>,
        precondition: Precondition,
    },
    /// Deletes an authority.
    DeleteAuthority {
        name: String,
        precondition: Precondition,
    },
    /// Asks for a proof of possession. An authority that is verified is so no more.
    AskForProof {
        name: String,
        code: String,
        precondition: Precondition,
        at: Timestamp,
    },
    /// Possession was proven with a certificate for `code`.
    VerifyAuthority {
        name: String,
        code: String,
        precondition: Precondition,
        at: Timestamp,
    },
    /// Puts a revocation list of an authority in force, in the place of the one before.
    PutRevocationList {
        name: String,
        /// The authority's certificate that the list was checked against.
        certificate: Vec<u8>,
        list: RevocationList,
        precondition: Precondition,
        at: Timestamp,
    },
}

impl HubSettings {
    /// Makes the change; the new revision is the answer, and the version of what was changed.
    pub(super) fn change_access(&mut self, change: AccessCommand) -> Result<u64, MetaRejection> {
        match change {
            AccessCommand::PutPolicy {
                policy,
                precondition,
                limit,
            } => self.put_policy(policy, precondition, limit as usize)?,
            AccessCommand::DeletePolicy { name, precondition } => {
                self.policy(&name, precondition)?;
                self.replace_policies(|policies| {
                    policies.remove(&name);
                })?;
            }
            AccessCommand::ReplacePolicyKey {
                name,
                slot,
                key,
                precondition,
            } => {
                let policy = self.policy(&name, precondition)?;
                *policy.key_mut(slot) = key;
            }
            AccessCommand::PutAuthority {
                authority,
                precondition,
            } => self.put_authority(*authority, precondition)?,
            AccessCommand::DeleteAuthority { name, precondition } => {
                self.authority(&name, precondition)?;
                self.authorities.remove(&name);
            }
            AccessCommand::AskForProof {
                name,
                code,
                precondition,
                at,
            } => {
                let authority = self.authority(&name, precondition)?;
                authority.verification_code = Some(code);
                authority.verified = false;
                self.touch(&name, at);
            }
            AccessCommand::VerifyAuthority {
                name,
                code,
                precondition,
                at,
            } => {
                let authority = self.authority(&name, precondition)?;
                if authority.verification_code.as_ref() != Some(&code) {
                    return Err(MetaRejection::AuthorityChanged);
                }
                authority.verification_code = None;
                authority.verified = true;
                self.touch(&name, at);
            }
            AccessCommand::PutRevocationList {
                name,
                certificate,
                list,
                precondition,
                at,
            } => {
                let authority = self.authority(&name, precondition)?;
                let older = authority
                    .revoked
                    .as_ref()
                    .is_some_and(|before| list.is_older_than(before));
                if authority.certificate != certificate || older {
                    return Err(MetaRejection::AuthorityChanged);
                }
                authority.revoked = Some(list);
                self.touch(&name, at);
            }
        }
        self.revision += 1;
        Ok(self.revision)
    }

    fn put_policy(
        &mut self,
        policy: SharedAccessPolicy,
        precondition: Precondition,
        limit: usize,
    ) -> Result<(), MetaRejection> {
        let before = self.policies.get(&policy.name);
        if !precondition.allows(before.map(SharedAccessPolicy::etag)) {
            return Err(MetaRejection::PreconditionFailed);
        }
        if before.is_none() && self.policies.len() >= limit {
            return Err(MetaRejection::TooManyPolicies(limit));
        }
        self.replace_policies(|policies| {
            policies.insert(policy.name.clone(), policy);
        })
    }

    /// Changes the policies, unless nobody could change them back or too many may serve.
    fn replace_policies(
        &mut self,
        change: impl FnOnce(&mut std::collections::BTreeMap<String, SharedAccessPolicy>),
    ) -> Result<(), MetaRejection> {
        let having = |policies: &std::collections::BTreeMap<String, SharedAccessPolicy>, needed| {
            let all = policies.values();
            all.filter(|policy| policy.permissions.contains(needed))
                .count()
        };
        let mut changed = self.policies.clone();
        change(&mut changed);
        if having(&changed, Permissions::ALL) == 0 {
            return Err(MetaRejection::LastOwner);
        }
        let serving = having(&changed, Permissions::SERVICE_CONNECT);
        if serving > MAX_SERVICE_POLICIES
            && serving > having(&self.policies, Permissions::SERVICE_CONNECT)
        {
            return Err(MetaRejection::TooManyServicePolicies);
        }
        self.policies = changed;
        Ok(())
    }

    fn put_authority(
        &mut self,
        mut authority: CertificateAuthority,
        precondition: Precondition,
    ) -> Result<(), MetaRejection> {
        let before = self.authorities.get(&authority.name);
        if !precondition.allows(before.map(|before| before.etag)) {
            return Err(MetaRejection::PreconditionFailed);
        }
        match before {
            // The same again: what was proven stays proven.
            Some(before) if before.certificate == authority.certificate => return Ok(()),
            Some(before) => authority.created_at = before.created_at,
            None if self.authorities.len() >= MAX_AUTHORITIES => {
                return Err(MetaRejection::TooManyAuthorities);
            }
            None => {}
        }
        authority.etag = ETag(self.revision + 1);
        self.authorities.insert(authority.name.clone(), authority);
        Ok(())
    }

    fn policy(
        &mut self,
        name: &str,
        precondition: Precondition,
    ) -> Result<&mut SharedAccessPolicy, MetaRejection> {
        let policy = self
            .policies
            .get_mut(name)
            .ok_or(MetaRejection::UnknownPolicy)?;
        if precondition.allows(Some(policy.etag())) {
            Ok(policy)
        } else {
            Err(MetaRejection::PreconditionFailed)
        }
    }

    fn authority(
        &mut self,
        name: &str,
        precondition: Precondition,
    ) -> Result<&mut CertificateAuthority, MetaRejection> {
        let authority = self
            .authorities
            .get_mut(name)
            .ok_or(MetaRejection::UnknownAuthority)?;
        if precondition.allows(Some(authority.etag)) {
            Ok(authority)
        } else {
            Err(MetaRejection::PreconditionFailed)
        }
    }

    fn touch(&mut self, name: &str, at: Timestamp) {
        let etag = ETag(self.revision + 1);
        if let Some(authority) = self.authorities.get_mut(name) {
            authority.etag = etag;
            authority.updated_at = at;
        }
    }
}
