use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use roost_actors::client::{IdentityDraft, IdentityView};
use roost_model::{Identity, Precondition};

use crate::call::Call;
use crate::dto::{AuthenticationRequest, DeviceDocument, DeviceFields, DeviceRequest, ErrorBody};
use crate::error::ApiError;
use crate::headers::{CONTINUATION_HEADER, continuation, if_match, if_none_match};
use crate::routes::Answer;
use crate::{credentials, respond};

/// Back ends ask for as many as a signed integer of theirs can hold; they get what a list may have.
const MAX_TOP: u64 = i32::MAX as u64;

/// Lists devices, ordered by id. The headers that page through all of them are Roost's, the rest is
/// as in the service.
#[utoipa::path(get, path = "/devices", tag = "registry", operation_id = "listDevices",
    params(
        ("top" = Option<u64>, Query, minimum = 1,
            description = "At most so many; 1000 when absent or larger"),
        ("x-ms-continuation" = Option<String>, Header,
            description = "Goes on behind the page whose answer had this header")),
    responses(
        (status = 200, body = Vec<DeviceDocument>,
            headers(("x-ms-continuation" = String, description = "There may be more"))),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
pub(crate) async fn list(call: Call) -> Answer {
    let most = u64::from(call.edge().limits().max_list_identities);
    let top = call.query()?.number("top", 1..=MAX_TOP, most)?.min(most);
    let top = usize::try_from(top).unwrap_or(usize::MAX);
    let after = continuation(call.headers())?;
    let views = call.hub().identities(after, top).await?;
    let documents = views.iter().map(DeviceDocument::from).collect::<Vec<_>>();
    let mut response = respond::document(&documents)?;
    // A full page may be the last one: then the next is empty.
    if let Some(last) = views.last().filter(|_| views.len() == top) {
        let token = last.record.identity.device.as_str();
        let token = HeaderValue::from_str(token).map_err(ApiError::internal)?;
        response.headers_mut().insert(CONTINUATION_HEADER, token);
    }
    Ok(response)
}

/// Reads a device.
#[utoipa::path(get, path = "/devices/{id}", tag = "registry", operation_id = "getDevice",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("If-None-Match" = Option<String>, Header, description = "Tag of a version")),
    responses(
        (status = 200, body = DeviceDocument, headers(("ETag" = String))),
        (status = 304, description = "It is this version still"),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn get(call: Call) -> Answer {
    let view = call.hub().identity(&call.device()?).await?;
    if if_none_match(call.headers(), view.record.etag) {
        return respond::not_modified(&view.record.etag.to_string());
    }
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
        (status = 412, description = "Another version than the tag's", body = ErrorBody),
        (status = 413, description = "The hub has as many devices and modules as it may",
            body = ErrorBody)))]
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
) -> Result<IdentityView, ApiError> {
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
) -> Result<IdentityView, ApiError> {
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
    let mut draft = IdentityDraft::new(identity);
    draft.authentication = authentication;
    fields.write_to(&mut draft);
    draft
}

fn answer(view: &IdentityView) -> Answer {
    let document = DeviceDocument::from(view);
    respond::tagged(StatusCode::OK, &document.etag, &document)
}
