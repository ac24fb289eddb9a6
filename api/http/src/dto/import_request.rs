use roost_actors::PutMode;
use roost_actors::client::{BulkOperation, IdentityDraft};
use roost_model::{DeviceId, Identity, ModuleId, Precondition};
use serde::Deserialize;
use utoipa::ToSchema;

use super::bulk_result::LineName;
use super::device_request::{DeviceRequest, managed_by};
use super::{AuthenticationRequest, Capabilities, ImportMode};
use crate::credentials;
use crate::error::ApiError;

/// One operation of a bulk call, or one line of `devices.txt`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = ExportImportDevice)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportRequest {
    id: Option<String>,
    module_id: Option<String>,
    /// The version that the modes with `IfMatchETag` ask for.
    #[serde(rename = "eTag", alias = "etag", alias = "ETag")]
    etag: Option<String>,
    /// `createOrUpdate` when absent, else one of `create`, `update`, `updateIfMatchETag`,
    /// `createOrUpdate`, `createOrUpdateIfMatchETag`, `delete`, `deleteIfMatchETag`; in any case.
    import_mode: Option<String>,
    /// `enabled` (default) or `disabled`. Not looked at for modules.
    status: Option<String>,
    status_reason: Option<String>,
    /// Absent, or without keys: an identity that is there keeps its own, a new one gets keys.
    authentication: Option<AuthenticationRequest>,
    capabilities: Option<Capabilities>,
    device_scope: Option<String>,
    parent_scopes: Option<Vec<String>>,
    managed_by: Option<String>,
}

impl ImportRequest {
    /// What it is about, for error messages.
    pub(crate) fn name(&self) -> LineName {
        let mode = self.import_mode.clone();
        LineName {
            device: self.id.clone().unwrap_or_default(),
            module: self.module_id.clone().filter(|module| !module.is_empty()),
            mode: mode.unwrap_or_else(|| ImportMode::default().name().to_owned()),
        }
    }

    /// Errors: ArgumentNull or ArgumentInvalid for the first member that is missing or not allowed,
    /// InvalidDeviceScope for more than one parent.
    pub(crate) fn operation(self) -> Result<BulkOperation, ApiError> {
        let mode = match self.import_mode.as_deref() {
            None | Some("") => ImportMode::default(),
            Some(text) => ImportMode::parse(text)?,
        };
        let identity = identity(self.id.as_deref(), self.module_id.as_deref())?;
        let precondition = match (mode.asks_for_etag(), self.etag.as_deref()) {
            (false, _) => mode.precondition(),
            (true, Some(etag)) if !etag.is_empty() => Precondition::from_if_match(Some(etag)),
            (true, _) => return Err(ApiError::missing("this import mode needs eTag")),
        };
        match mode.put() {
            None => Ok(BulkOperation::Delete {
                identity,
                precondition,
            }),
            Some(mode) => self.put(identity, mode, precondition),
        }
    }

    fn put(
        self,
        identity: Identity,
        mode: PutMode,
        precondition: Precondition,
    ) -> Result<BulkOperation, ApiError> {
        let authentication = credentials::for_new(self.authentication)?;
        let managed_by = managed_by(self.managed_by)?;
        let mut draft = IdentityDraft::new(identity);
        draft.authentication = authentication;
        if draft.identity.is_module() {
            draft.managed_by = managed_by;
        } else {
            let request = DeviceRequest {
                status: self.status,
                status_reason: self.status_reason,
                capabilities: self.capabilities,
                device_scope: self.device_scope,
                parent_scopes: self.parent_scopes,
                ..DeviceRequest::default()
            };
            let device = draft.identity.device.clone();
            request.check(&device)?.write_to(&mut draft);
        }
        Ok(BulkOperation::Put {
            draft: Box::new(draft),
            mode,
            precondition,
        })
    }
}

fn identity(device: Option<&str>, module: Option<&str>) -> Result<Identity, ApiError> {
    let Some(device) = device.filter(|id| !id.is_empty()) else {
        return Err(ApiError::missing("id is missing"));
    };
    let device =
        DeviceId::parse(device).map_err(|error| ApiError::invalid(format!("id: {error}")))?;
    match module.filter(|id| !id.is_empty()) {
        None => Ok(Identity::device(device)),
        Some(module) => ModuleId::parse(module)
            .map(|module| Identity::module(device, module))
            .map_err(|error| ApiError::invalid(format!("moduleId: {error}"))),
    }
}

#[cfg(test)]
mod tests;
