use roost_model::SharedAccessPolicy;
use serde::Serialize;
use utoipa::ToSchema;

/// A shared access policy, in the form of the service's management interface.
#[derive(Serialize, ToSchema)]
#[schema(as = Policy)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PolicyDocument {
    key_name: String,
    /// Base64. Absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_key: Option<String>,
    /// Base64. Absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    secondary_key: Option<String>,
    /// For example `RegistryRead, ServiceConnect`.
    rights: String,
    pub(crate) etag: String,
}

impl PolicyDocument {
    /// As it stands in a list.
    pub(crate) fn without_keys(policy: &SharedAccessPolicy) -> Self {
        PolicyDocument {
            primary_key: None,
            secondary_key: None,
            ..PolicyDocument::from(policy)
        }
    }
}

impl From<&SharedAccessPolicy> for PolicyDocument {
    fn from(policy: &SharedAccessPolicy) -> Self {
        PolicyDocument {
            key_name: policy.name.clone(),
            primary_key: Some(policy.primary.to_base64()),
            secondary_key: Some(policy.secondary.to_base64()),
            rights: policy.permissions.to_string(),
            etag: policy.etag().to_string(),
        }
    }
}

impl std::fmt::Debug for PolicyDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PolicyDocument")
            .field("key_name", &self.key_name)
            .finish_non_exhaustive()
    }
}
