use serde::Serialize;
use utoipa::ToSchema;

use super::ErrorBody;
use crate::error::ApiError;

/// What a bulk call came to. When something failed, it has the members of an error as well.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkRegistryOperationResult)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BulkResult {
    pub(crate) is_successful: bool,
    pub(crate) errors: Vec<BulkError>,
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    pub(crate) warnings: [(); 0],
    #[serde(flatten)]
    #[schema(inline)]
    pub(crate) error: Option<ErrorBody>,
}

/// An operation that failed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeviceRegistryOperationError)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BulkError {
    pub(crate) device_id: String,
    pub(crate) module_id: Option<String>,
    /// Name of the error, such as `DeviceAlreadyExists`.
    pub(crate) error_code: &'static str,
    /// What is wrong, in words.
    pub(crate) error_status: String,
    /// The import mode, as it was given.
    pub(crate) operation: String,
}

impl BulkError {
    pub(crate) fn new(name: &LineName, error: &ApiError) -> Self {
        BulkError {
            device_id: name.device.clone(),
            module_id: name.module.clone(),
            error_code: error.code().name,
            error_status: error.text().to_owned(),
            operation: name.mode.clone(),
        }
    }
}

/// What a bulk operation says it is about, before that is checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LineName {
    pub(crate) device: String,
    pub(crate) module: Option<String>,
    pub(crate) mode: String,
}
