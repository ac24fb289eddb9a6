use actix_web::http::StatusCode;
use roost_actors::client::{IdentityDraft, IdentityView};
use roost_model::{Identity, Precondition};

use crate::call::Call;
use crate::dto::{AuthenticationRequest, DeviceDocument, DeviceFields, DeviceRequest, ErrorBody};
use crate::headers::if_match;
use crate::routes::Answer;
use crate::{credentials, respond};

/// Back ends ask for as many as a signed integer of theirs can hold; they get what a list may have.
const MAX_TOP: u64 = i32::MAX as u64;

/// Lists devices, ordered by id.
#[utoipa::path(get, path = "/devices", tag = "registry", operation_id = "listDevices",
    params(("top" = Option<u64>, Query, minimum = 1,
        description = "At most so many; 1000 when absent or larger")),
    responses(
        (status = 200, body = Vec<DeviceDocument>),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
pub(crate) async fn list(call: Call) -> Answer {
    let most = u64::from(call.edge().limits().max_list_identities);
    let top = call.query()?.number("top", 1..=MAX_TOP, most)?.min(most);
    let views = call
        .hub()
        .identities(usize::try_from(top).unwrap_or(usize::MAX))
        .await?;
    respond::document(&views.iter().map(DeviceDocument::from).collect::<Vec<_>>())
}

/// Reads a device.
#[utoipa::path(get, path = "/devices/{id}", tag = "registry", operation_id = "getDevice",
    params(("id" = String, Path, description = "Device id, case-sensitive")),
    responses(
        (status = 200, body = DeviceDocument, headers(("ETag" = String))),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn get(call: Call) -> Answer {
    let view = call.hub().identity(&call.device()?).await?;
    answer(&view)
}

/// Creates a device, or updates one when the request has `If-Match`.
#[utoipa::path(put, path = "/devices/{id}", tag = "registry", operation_id = "putDevice",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("If-Match" = Option<String>, Header,
            description = "Absent: create. `*`: update what is there. A tag: update that version")),
    request_body = DeviceRequest,
    responses(
        (status = 200, body = DeviceDocument, headers(("ETag" = String))),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, description = "Update of a device that is not there", body = ErrorBody),
        (status = 409, description = "Creation of a device that is there", body = ErrorBody),
        (status = 412, description = "Another version than the tag's", body = ErrorBody)))]
pub(crate) async fn put(mut call: Call) -> Answer {
    let id = call.device_id()?;
    let precondition = if_match(call.headers());
    let mut request: DeviceRequest = call.json().await?;
    let authentication = request.authentication.take();
    let fields = request.check(&id)?;
    let identity = Identity::device(id);
    let view = match precondition {
        None => create(&call, identity, fields, authentication).await?,
        Some(precondition) => update(&call, identity, fields, authentication, precondition).await?,
    };
    answer(&view)
}

/// Deletes a device, its modules and its keys; its connections end.
#[utoipa::path(delete, path = "/devices/{id}", tag = "registry", operation_id = "deleteDevice",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("If-Match" = Option<String>, Header, description = "`*` or the tag of the version")),
    responses(
        (status = 204), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 412, body = ErrorBody)))]
pub(crate) async fn delete(call: Call) -> Answer {
    let precondition = if_match(call.headers()).unwrap_or(Precondition::None);
    call.hub()
        .delete_identity(&call.device()?, precondition)
        .await?;
    respond::nothing()
}

async fn create(
    call: &Call,
    identity: Identity,
    fields: DeviceFields,
    authentication: Option<AuthenticationRequest>,
) -> Result<IdentityView, crate::error::ApiError> {
    let authentication = credentials::for_new(authentication)?;
    Ok(call
        .hub()
        .create_identity(draft(identity, fields, authentication))
        .await?)
}

async fn update(
    call: &Call,
    identity: Identity,
    fields: DeviceFields,
    authentication: Option<AuthenticationRequest>,
    precondition: Precondition,
) -> Result<IdentityView, crate::error::ApiError> {
    let hub = call.hub();
    let authentication = credentials::for_update(hub, &identity, authentication).await?;
    Ok(hub
        .update_identity(draft(identity, fields, authentication), precondition)
        .await?)
}

fn draft(
    identity: Identity,
    fields: DeviceFields,
    authentication: Option<roost_model::Authentication>,
) -> IdentityDraft {
    IdentityDraft {
        identity,
        status: fields.status,
        status_reason: fields.status_reason,
        authentication,
        iot_edge: fields.iot_edge,
        device_scope: fields.device_scope,
        parent_scopes: fields.parent_scopes,
    }
}

fn answer(view: &IdentityView) -> Answer {
    let document = DeviceDocument::from(view);
    respond::tagged(StatusCode::OK, &document.etag, &document)
}
