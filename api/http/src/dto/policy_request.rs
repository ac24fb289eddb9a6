use roost_actors::client::PolicyDraft;
use roost_model::{Permissions, SymmetricKey};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::ApiError;

/// A shared access policy as an operator wants it.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = PolicyUpdate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PolicyRequest {
    /// The name in the path, when given.
    key_name: Option<String>,
    /// Some of `RegistryRead`, `RegistryWrite`, `ServiceConnect`, `DeviceConnect`, with commas between.
    rights: Option<String>,
    /// Base64 of 16 to 64 bytes. Absent: the key that the policy has, or a new one.
    primary_key: Option<String>,
    /// Likewise.
    secondary_key: Option<String>,
}

impl PolicyRequest {
    /// Errors: ArgumentNull without rights, ArgumentInvalid for what is none.
    pub(crate) fn check(self, name: &str) -> Result<PolicyDraft, ApiError> {
        if self.key_name.is_some_and(|given| given != name) {
            return Err(ApiError::invalid("keyName is not the name in the path"));
        }
        let rights = self
            .rights
            .ok_or_else(|| ApiError::missing("a policy has rights"))?;
        let permissions =
            Permissions::parse(&rights).map_err(|error| ApiError::invalid(error.to_string()))?;
        Ok(PolicyDraft {
            name: name.to_owned(),
            permissions,
            primary: key("primaryKey", self.primary_key)?,
            secondary: key("secondaryKey", self.secondary_key)?,
        })
    }
}

fn key(member: &str, text: Option<String>) -> Result<Option<SymmetricKey>, ApiError> {
    text.filter(|text| !text.is_empty())
        .map(|text| SymmetricKey::from_base64(&text))
        .transpose()
        .map_err(|error| ApiError::invalid(format!("{member}: {error}")))
}

impl std::fmt::Debug for PolicyRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PolicyRequest")
            .field("rights", &self.rights)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str) -> Result<PolicyDraft, u32> {
        let request: PolicyRequest = serde_json::from_str(json).unwrap();
        request.check("p").map_err(|error| error.code().number)
    }

    #[test]
    fn a_policy_needs_rights_and_may_bring_keys() {
        let draft = check(r#"{"rights": "ServiceConnect, registrywrite"}"#).unwrap();
        let expected = Permissions::SERVICE_CONNECT.union(Permissions::REGISTRY_WRITE);
        assert_eq!((draft.permissions, draft.primary), (expected, None));
        let key = SymmetricKey::from_bytes(vec![7; 16]).unwrap();
        let with_key = format!(
            r#"{{"keyName": "p", "rights": "", "primaryKey": "{}"}}"#,
            key.to_base64()
        );
        assert_eq!(check(&with_key).unwrap().primary, Some(key));
    }

    #[test]
    fn what_is_wrong_is_refused() {
        assert_eq!(check("{}"), Err(400_005));
        assert_eq!(check(r#"{"rights": "Everything"}"#), Err(400_004));
        assert_eq!(check(r#"{"rights": "", "keyName": "q"}"#), Err(400_004));
        assert_eq!(
            check(r#"{"rights": "", "primaryKey": "c2hvcnQ="}"#),
            Err(400_004)
        );
    }
}
