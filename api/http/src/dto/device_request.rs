use roost_actors::client::IdentityDraft;
use roost_model::limits::{MAX_MANAGED_BY_CHARS, MAX_PARENT_SCOPES, MAX_STATUS_REASON_CHARS};
use roost_model::{DeviceId, ErrorCode, Status};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{AuthenticationRequest, Capabilities};
use crate::error::ApiError;

/// A scope is `ms-azure-iot-edge://{id}-{number}`.
const MAX_SCOPE_CHARS: usize = 256;

/// A device as a back end wants it. Read-only members of the answer may be sent along.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = DeviceUpdate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeviceRequest {
    /// The id in the path, when given.
    pub(super) device_id: Option<String>,
    /// `enabled` (default) or `disabled`.
    pub(super) status: Option<String>,
    pub(super) status_reason: Option<String>,
    pub(crate) authentication: Option<AuthenticationRequest>,
    pub(super) capabilities: Option<Capabilities>,
    /// An Edge device's own, or for a leaf device the scope of its parent.
    pub(super) device_scope: Option<String>,
    /// The scope of an Edge device's parent, at most one; not looked at for a leaf device.
    pub(super) parent_scopes: Option<Vec<String>>,
}

/// The checked members of a [`DeviceRequest`], its credentials apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DeviceFields {
    pub(crate) status: Status,
    pub(crate) status_reason: Option<String>,
    pub(crate) iot_edge: bool,
    pub(crate) device_scope: Option<String>,
    pub(crate) parent_scopes: Vec<String>,
}

impl DeviceRequest {
    /// Errors: ArgumentInvalid for the first member that is not allowed, InvalidDeviceScope for more
    /// than one parent.
    pub(crate) fn check(self, id: &DeviceId) -> Result<DeviceFields, ApiError> {
        same_id("deviceId", self.device_id.as_deref(), id.as_str())?;
        let status_reason = self.status_reason.filter(|reason| !reason.is_empty());
        at_most(
            "statusReason",
            status_reason.as_deref(),
            MAX_STATUS_REASON_CHARS,
        )?;
        let device_scope = self.device_scope.filter(|scope| !scope.is_empty());
        at_most("deviceScope", device_scope.as_deref(), MAX_SCOPE_CHARS)?;
        let iot_edge = self.capabilities.unwrap_or_default().iot_edge;
        let mut parent_scopes = self.parent_scopes.unwrap_or_default();
        if !iot_edge {
            parent_scopes.clear();
        }
        if parent_scopes.len() > MAX_PARENT_SCOPES {
            let text = format!("parentScopes has more than {MAX_PARENT_SCOPES} entry");
            return Err(ApiError::new(ErrorCode::InvalidDeviceScope, text));
        }
        for scope in &parent_scopes {
            at_most("parentScopes", Some(scope), MAX_SCOPE_CHARS)?;
        }
        Ok(DeviceFields {
            status: status(self.status.as_deref())?,
            status_reason,
            iot_edge,
            device_scope,
            parent_scopes,
        })
    }
}

impl DeviceFields {
    pub(crate) fn write_to(self, draft: &mut IdentityDraft) {
        draft.status = self.status;
        draft.status_reason = self.status_reason;
        draft.iot_edge = self.iot_edge;
        draft.device_scope = self.device_scope;
        draft.parent_scopes = self.parent_scopes;
    }
}

/// The owner of a module; SDKs write an empty text for none.
pub(super) fn managed_by(text: Option<String>) -> Result<Option<String>, ApiError> {
    let owner = text.filter(|text| !text.is_empty());
    at_most("managedBy", owner.as_deref(), MAX_MANAGED_BY_CHARS)?;
    Ok(owner)
}

/// The id in a body must be the one in the path, when there is one.
pub(super) fn same_id(name: &str, body: Option<&str>, path: &str) -> Result<(), ApiError> {
    match body {
        Some(body) if body != path => Err(ApiError::invalid(format!(
            "{name} in the body is not the id in the path"
        ))),
        _ => Ok(()),
    }
}

fn at_most(name: &str, text: Option<&str>, limit: usize) -> Result<(), ApiError> {
    match text {
        Some(text) if text.chars().count() > limit => Err(ApiError::invalid(format!(
            "{name} is longer than {limit} characters"
        ))),
        _ => Ok(()),
    }
}

fn status(text: Option<&str>) -> Result<Status, ApiError> {
    let Some(text) = text else {
        return Ok(Status::Enabled);
    };
    Status::parse(text).ok_or_else(|| ApiError::invalid("status must be enabled or disabled"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use roost_model::{DeviceId, Status};

    use super::DeviceRequest;

    fn check(json: &str) -> Result<super::DeviceFields, crate::error::ApiError> {
        let request: DeviceRequest = serde_json::from_str(json).unwrap();
        request.check(&DeviceId::parse("dev1").unwrap())
    }

    #[test]
    fn an_empty_document_is_an_enabled_device() {
        let fields = check("{}").unwrap();
        assert_eq!(fields.status, Status::Enabled);
        assert!(!fields.iot_edge);
    }

    #[test]
    fn unknown_and_read_only_members_are_skipped() {
        let json = r#"{"deviceId":"dev1","etag":"x","generationId":7,"attributes":{"a":[1]},
            "connectionState":"Connected","cloudToDeviceMessageCount":3}"#;
        check(json).unwrap();
    }

    #[test]
    fn another_id_than_the_paths_is_refused() {
        assert_eq!(
            check(r#"{"deviceId":"DEV1"}"#).unwrap_err().code().number,
            400_004
        );
    }

    #[test]
    fn status_is_read_without_regard_to_case_and_nothing_else_is_taken() {
        assert_eq!(
            check(r#"{"status":"Disabled"}"#).unwrap().status,
            Status::Disabled
        );
        assert_eq!(check(r#"{"status":null}"#).unwrap().status, Status::Enabled);
        assert!(check(r#"{"status":"off"}"#).is_err());
    }

    #[test]
    fn a_status_reason_has_128_characters_at_most() {
        let reason = |n| format!(r#"{{"statusReason":"{}"}}"#, "ü".repeat(n));
        check(&reason(128)).unwrap();
        assert!(check(&reason(129)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_either_a_request_or_an_error(text in ".{0,200}") {
            let _ = serde_json::from_str::<DeviceRequest>(&text);
        }
    }
}
