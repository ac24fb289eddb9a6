use roost_actors::PutMode;
use roost_actors::client::{BulkOperation, IdentityDraft, TwinDraft};
use roost_model::twin::Object;
use roost_model::{DeviceId, Identity, Limits, ModuleId, Precondition};
use serde::Deserialize;
use utoipa::ToSchema;

use super::bulk_result::LineName;
use super::device_request::{DeviceRequest, managed_by};
use super::import_twin::ImportTwin;
use super::{AuthenticationRequest, Capabilities, ImportMode, ImportProperties};
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
    /// `createOrUpdate`, `createOrUpdateIfMatchETag`, `delete`, `deleteIfMatchETag`, `updateTwin`,
    /// `updateTwinIfMatchETag`; in any case.
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
    /// The version of the twin that the modes with `IfMatchETag` ask for, if it is given.
    #[serde(rename = "twinETag", alias = "twinEtag", alias = "twinetag")]
    twin_etag: Option<String>,
    /// The twin's tags: the identity's modes put them in place of those that are there, `updateTwin`
    /// merges them. Absent or null: they stay as they are.
    #[schema(value_type = Option<serde_json::Value>)]
    tags: Option<Object>,
    /// The twin's properties, likewise.
    properties: Option<ImportProperties>,
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
    pub(crate) fn operation(mut self, limits: &Limits) -> Result<BulkOperation, ApiError> {
        let mode = match self.import_mode.as_deref() {
            None | Some("") => ImportMode::default(),
            Some(text) => ImportMode::parse(text)?,
        };
        let identity = identity(self.id.as_deref(), self.module_id.as_deref())?;
        let twin = ImportTwin {
            tags: self.tags.take(),
            properties: self.properties.take().unwrap_or_default(),
        };
        let twin_precondition = self.twin_precondition(mode)?;
        if mode.is_about_the_twin() {
            let (tags, desired) = twin.merges(limits)?;
            return Ok(BulkOperation::UpdateTwin {
                identity,
                precondition: twin_precondition,
                tags,
                desired,
            });
        }
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
            Some(mode) => {
                let twin = twin.draft(twin_precondition, limits)?;
                self.put(identity, mode, precondition, twin)
            }
        }
    }

    /// Errors: ArgumentNull when the mode needs the twin's tag.
    fn twin_precondition(&self, mode: ImportMode) -> Result<Precondition, ApiError> {
        let tag = self.twin_etag.as_deref().filter(|tag| !tag.is_empty());
        match (mode, tag) {
            (ImportMode::UpdateTwinIfMatchETag, None) => {
                Err(ApiError::missing("this import mode needs twinETag"))
            }
            (mode, Some(tag)) if mode.asks_for_etag() => Ok(Precondition::from_if_match(Some(tag))),
            _ => Ok(Precondition::None),
        }
    }

    fn put(
        self,
        identity: Identity,
        mode: PutMode,
        precondition: Precondition,
        twin: Option<Box<TwinDraft>>,
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
            twin,
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
