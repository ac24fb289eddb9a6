use roost_actors::WhichKey;
use roost_actors::client::Regenerated;
use roost_model::{DeviceId, ErrorCode, Identity, ModuleId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ErrorBody;
use crate::error::ApiError;

/// Whose keys to replace.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = BulkRegenerateDeviceKey)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RegenerateKeysRequest {
    /// `primaryKey`, `secondaryKey`, `both`, or `swap`: the two change places. Also `primary` and
    /// `secondary`.
    policy_key: Option<String>,
    pub(crate) devices: Option<Vec<RegenerateKeyRequest>>,
}

/// A device, or a module of one.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RegenerateDeviceKey)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RegenerateKeyRequest {
    id: Option<String>,
    module_id: Option<String>,
}

/// The new keys, and what failed. When something failed, it has the members of an error as well.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkRegenerateKeyResult)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RegenerateKeysResult {
    /// `primaryKey`, `secondaryKey`, `both` or `swap`.
    pub(crate) policy_key: &'static str,
    pub(crate) rotated_keys: Vec<RotatedKeys>,
    pub(crate) errors: Vec<RegenerateKeyError>,
    #[serde(flatten)]
    #[schema(inline)]
    pub(crate) error: Option<ErrorBody>,
}

/// An identity's keys as they are now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegenerateKeyResult)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RotatedKeys {
    id: String,
    module_id: Option<String>,
    /// In base64.
    primary_key: String,
    secondary_key: String,
}

/// An identity whose keys are as they were.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegenerateDeviceKeyError)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RegenerateKeyError {
    id: String,
    module_id: Option<String>,
    /// Name of the error, such as `DeviceNotFound`.
    error_code: &'static str,
    error_status: String,
}

impl RegenerateKeysRequest {
    /// Errors: InvalidPolicyKey.
    pub(crate) fn which(&self) -> Result<WhichKey, ApiError> {
        let text = self.policy_key.as_deref().unwrap_or_default();
        match text.to_ascii_lowercase().as_str() {
            "primarykey" | "primary" => Ok(WhichKey::Primary),
            "secondarykey" | "secondary" => Ok(WhichKey::Secondary),
            "both" => Ok(WhichKey::Both),
            "swap" => Ok(WhichKey::Swap),
            _ => Err(ApiError::new(
                ErrorCode::InvalidPolicyKey,
                "policyKey must be primaryKey, secondaryKey, both or swap",
            )),
        }
    }
}

impl RegenerateKeyRequest {
    /// Errors: ArgumentInvalid for what is no id.
    pub(crate) fn identity(&self) -> Result<Identity, ApiError> {
        let invalid = |error: roost_model::InvalidId| ApiError::invalid(error.to_string());
        let device = self.id.as_deref().unwrap_or_default();
        let device = DeviceId::parse(device).map_err(invalid)?;
        match self.module_id.as_deref().filter(|id| !id.is_empty()) {
            None => Ok(Identity::device(device)),
            Some(module) => {
                let module = ModuleId::parse(module).map_err(invalid)?;
                Ok(Identity::module(device, module))
            }
        }
    }
}

impl RegenerateKeysResult {
    pub(crate) fn new(which: WhichKey) -> Self {
        RegenerateKeysResult {
            policy_key: match which {
                WhichKey::Primary => "primaryKey",
                WhichKey::Secondary => "secondaryKey",
                WhichKey::Both => "both",
                WhichKey::Swap => "swap",
            },
            rotated_keys: Vec::new(),
            errors: Vec::new(),
            error: None,
        }
    }

    pub(crate) fn take(&mut self, identity: &Identity, outcome: Regenerated) {
        let id = identity.device.to_string();
        let module_id = identity.module.as_ref().map(ToString::to_string);
        match outcome {
            Ok(keys) => self.rotated_keys.push(RotatedKeys {
                id,
                module_id,
                primary_key: keys.primary.to_base64(),
                secondary_key: keys.secondary.to_base64(),
            }),
            Err(error) => {
                let error = ApiError::from(error);
                self.errors.push(RegenerateKeyError {
                    id,
                    module_id,
                    error_code: error.code().name,
                    error_status: error.text().to_owned(),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_key_policy_is_read_and_no_other() {
        let which = |text: &str| {
            let json = format!(r#"{{"policyKey":"{text}","devices":[]}}"#);
            let request: RegenerateKeysRequest = serde_json::from_str(&json).unwrap();
            request.which()
        };
        for (text, expected) in [
            ("primaryKey", WhichKey::Primary),
            ("PRIMARY", WhichKey::Primary),
            ("secondarykey", WhichKey::Secondary),
            ("both", WhichKey::Both),
            ("swap", WhichKey::Swap),
        ] {
            assert_eq!(which(text).unwrap(), expected, "{text}");
        }
        for text in ["", "Unknown", "tertiary"] {
            assert_eq!(which(text).unwrap_err().code().number, 400_035, "{text}");
        }
    }
}
