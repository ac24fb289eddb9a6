use roost_model::{DeviceId, ModuleId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::AuthenticationRequest;
use super::device_request::{managed_by, same_id};
use crate::error::ApiError;

/// A module as a back end wants it. Read-only members of the answer may be sent along.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = ModuleUpdate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModuleRequest {
    /// The device in the path, when given.
    device_id: Option<String>,
    /// The module in the path, when given.
    module_id: Option<String>,
    pub(crate) authentication: Option<AuthenticationRequest>,
    /// Whose it is, for example `iotEdge`; at most 128 characters.
    managed_by: Option<String>,
}

impl ModuleRequest {
    /// Gives the owner. Errors: ArgumentInvalid when an id in the body is not the one in the path, or
    /// the owner's name is too long.
    pub(crate) fn check(
        self,
        device: &DeviceId,
        module: &ModuleId,
    ) -> Result<Option<String>, ApiError> {
        same_id("deviceId", self.device_id.as_deref(), device.as_str())?;
        same_id("moduleId", self.module_id.as_deref(), module.as_str())?;
        managed_by(self.managed_by)
    }
}
