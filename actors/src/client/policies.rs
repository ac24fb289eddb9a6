//! Shared access policies.

use roost_cluster::AccessCommand;
use roost_model::{
    ErrorCode, KeySlot, Permissions, Precondition, SharedAccessPolicy, SymmetricKey,
};

use super::{HubClient, HubError};
use crate::random;

/// What a policy is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDraft {
    /// Its name.
    pub name: String,
    /// What tokens signed with its keys may do.
    pub permissions: Permissions,
    /// None: the one that it has, or a new one.
    pub primary: Option<SymmetricKey>,
    /// None: the one that it has, or a new one.
    pub secondary: Option<SymmetricKey>,
}

impl HubClient {
    /// All policies, by name.
    pub fn policies(&self) -> Vec<SharedAccessPolicy> {
        let settings = self.context.settings().into_iter();
        settings
            .flat_map(|settings| settings.policies.values().cloned().collect::<Vec<_>>())
            .collect()
    }

    /// A shared access policy of the hub.
    pub fn policy(&self, name: &str) -> Option<SharedAccessPolicy> {
        self.context.settings()?.policies.get(name).cloned()
    }

    /// Creates or changes a policy. Sessions that lose their ground are cut when this returns.
    ///
    /// # Errors
    /// 400004 for a name that is none, no permissions, or more policies than there may be; 400003 when
    /// nobody could change policies any more; 412001 when the precondition fails.
    pub async fn put_policy(
        &self,
        draft: PolicyDraft,
        precondition: Precondition,
    ) -> Result<SharedAccessPolicy, HubError> {
        let before = self.policy(&draft.name);
        // What was kept must be what was read, else a key that somebody has just replaced comes back.
        let precondition = match (&before, precondition) {
            (Some(before), Precondition::None | Precondition::Any) => {
                Precondition::Matches(before.etag())
            }
            (_, asked) => asked,
        };
        let (primary, secondary) = match before {
            Some(before) => (Some(before.primary), Some(before.secondary)),
            None => (None, None),
        };
        let policy = SharedAccessPolicy {
            name: draft.name,
            permissions: draft.permissions,
            primary: given(draft.primary.or(primary))?,
            secondary: given(draft.secondary.or(secondary))?,
        };
        policy
            .validate()
            .map_err(|error| HubError::new(ErrorCode::ArgumentInvalid, error.to_string()))?;
        let change = AccessCommand::PutPolicy {
            policy: policy.clone(),
            precondition,
            limit: self.context.limits.max_policies,
        };
        self.change_access(change).await?;
        tracing::info!(policy = policy.name, permissions = %policy.permissions, "policy put");
        Ok(policy)
    }

    /// Deletes a policy. Sessions that were opened with its keys are cut when this returns.
    ///
    /// # Errors
    /// 400003 when there is none, or nobody could change policies any more; 412001 when the precondition
    /// fails.
    pub async fn delete_policy(
        &self,
        name: &str,
        precondition: Precondition,
    ) -> Result<(), HubError> {
        let change = AccessCommand::DeletePolicy {
            name: name.to_owned(),
            precondition,
        };
        self.change_access(change).await?;
        tracing::info!(policy = name, "policy deleted");
        Ok(())
    }

    /// Replaces one key of a policy by a new one. Sessions that were opened with the old one are cut when
    /// this returns.
    ///
    /// # Errors
    /// As [`HubClient::delete_policy`].
    pub async fn regenerate_policy_key(
        &self,
        name: &str,
        slot: KeySlot,
        precondition: Precondition,
    ) -> Result<SharedAccessPolicy, HubError> {
        let unknown = || {
            let text = format!("there is no shared access policy named {name}");
            HubError::new(ErrorCode::InvalidOperation, text)
        };
        let mut policy = self.policy(name).ok_or_else(unknown)?;
        let key = random::symmetric_key()?;
        *policy.key_mut(slot) = key.clone();
        let change = AccessCommand::ReplacePolicyKey {
            name: name.to_owned(),
            slot,
            key,
            precondition,
        };
        self.change_access(change).await?;
        tracing::info!(policy = name, ?slot, "policy key regenerated");
        Ok(self.policy(name).unwrap_or(policy))
    }
}

fn given(key: Option<SymmetricKey>) -> Result<SymmetricKey, HubError> {
    match key {
        Some(key) => Ok(key),
        None => Ok(random::symmetric_key()?),
    }
}
