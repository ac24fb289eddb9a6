use actix_web::http::StatusCode;
use roost_actors::client::TwinView;
use roost_model::{Identity, Precondition};

use crate::call::Call;
use crate::dto::{ErrorBody, TwinDocumentSchema, TwinRequest};
use crate::headers::if_match;
use crate::respond;
use crate::routes::Answer;

/// Reads a device's twin.
#[utoipa::path(get, path = "/twins/{id}", tag = "service", operation_id = "getTwin",
    params(("id" = String, Path, description = "Device id, case-sensitive")),
    responses(
        (status = 200, body = TwinDocumentSchema, headers(("ETag" = String))),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn get_device(call: Call) -> Answer {
    let device = call.device()?;
    get(&call, &device).await
}

/// Reads a module's twin.
#[utoipa::path(get, path = "/twins/{id}/modules/{mid}", tag = "service",
    operation_id = "getModuleTwin",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("mid" = String, Path, description = "Module id, case-sensitive")),
    responses(
        (status = 200, body = TwinDocumentSchema, headers(("ETag" = String))),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn get_module(call: Call) -> Answer {
    let module = call.module()?;
    get(&call, &module).await
}

/// Merges tags and desired properties into a device's twin.
#[utoipa::path(patch, path = "/twins/{id}", tag = "service", operation_id = "updateTwin",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("If-Match" = Option<String>, Header,
            description = "A tag: only if that is the twin's. Absent or `*`: in any case")),
    request_body = TwinRequest,
    responses(
        (status = 200, body = TwinDocumentSchema, headers(("ETag" = String))),
        (status = 400, description = "No JSON, or a key or value that no twin may hold",
            body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 412, description = "Another version than the tag's", body = ErrorBody),
        (status = 413, description = "A section would be larger than it may", body = ErrorBody)))]
pub(crate) async fn patch_device(call: Call) -> Answer {
    let device = call.device()?;
    change(call, device, false).await
}

/// Merges tags and desired properties into a module's twin.
#[utoipa::path(patch, path = "/twins/{id}/modules/{mid}", tag = "service",
    operation_id = "updateModuleTwin",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("mid" = String, Path, description = "Module id, case-sensitive"),
        ("If-Match" = Option<String>, Header,
            description = "A tag: only if that is the twin's. Absent or `*`: in any case")),
    request_body = TwinRequest,
    responses(
        (status = 200, body = TwinDocumentSchema, headers(("ETag" = String))),
        (status = 400, description = "No JSON, or a key or value that no twin may hold",
            body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 412, description = "Another version than the tag's", body = ErrorBody),
        (status = 413, description = "A section would be larger than it may", body = ErrorBody)))]
pub(crate) async fn patch_module(call: Call) -> Answer {
    let module = call.module()?;
    change(call, module, false).await
}

/// Replaces tags or desired properties of a device's twin, or both; what is left out stays.
#[utoipa::path(put, path = "/twins/{id}", tag = "service", operation_id = "replaceTwin",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("If-Match" = Option<String>, Header,
            description = "A tag: only if that is the twin's. Absent or `*`: in any case")),
    request_body = TwinRequest,
    responses(
        (status = 200, body = TwinDocumentSchema, headers(("ETag" = String))),
        (status = 400, description = "No JSON, or a key or value that no twin may hold",
            body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 412, description = "Another version than the tag's", body = ErrorBody),
        (status = 413, description = "A section would be larger than it may", body = ErrorBody)))]
pub(crate) async fn put_device(call: Call) -> Answer {
    let device = call.device()?;
    change(call, device, true).await
}

/// Replaces tags or desired properties of a module's twin, or both; what is left out stays.
#[utoipa::path(put, path = "/twins/{id}/modules/{mid}", tag = "service",
    operation_id = "replaceModuleTwin",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("mid" = String, Path, description = "Module id, case-sensitive"),
        ("If-Match" = Option<String>, Header,
            description = "A tag: only if that is the twin's. Absent or `*`: in any case")),
    request_body = TwinRequest,
    responses(
        (status = 200, body = TwinDocumentSchema, headers(("ETag" = String))),
        (status = 400, description = "No JSON, or a key or value that no twin may hold",
            body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 412, description = "Another version than the tag's", body = ErrorBody),
        (status = 413, description = "A section would be larger than it may", body = ErrorBody)))]
pub(crate) async fn put_module(call: Call) -> Answer {
    let module = call.module()?;
    change(call, module, true).await
}

async fn get(call: &Call, identity: &Identity) -> Answer {
    answer(&call.hub().twin(identity).await?)
}

async fn change(mut call: Call, identity: Identity, replace: bool) -> Answer {
    let precondition = if_match(call.headers()).unwrap_or(Precondition::None);
    let request: TwinRequest = call.json().await?;
    let change = request.into_change(replace, precondition, call.edge().limits())?;
    answer(&call.hub().update_twin(&identity, change).await?)
}

fn answer(view: &TwinView) -> Answer {
    respond::tagged(StatusCode::OK, &view.etag().to_string(), &view.document())
}
