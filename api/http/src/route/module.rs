use actix_web::http::StatusCode;
use roost_actors::client::{IdentityDraft, IdentityView};
use roost_model::{Authentication, Identity, Precondition};

use crate::call::Call;
use crate::dto::{ErrorBody, ModuleDocument, ModuleRequest};
use crate::headers::{if_match, if_none_match};
use crate::routes::Answer;
use crate::{credentials, respond};

/// Lists the modules of a device.
#[utoipa::path(get, path = "/devices/{id}/modules", tag = "registry",
    operation_id = "listModules",
    params(("id" = String, Path, description = "Device id, case-sensitive")),
    responses(
        (status = 200, body = Vec<ModuleDocument>),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn list(call: Call) -> Answer {
    let views = call.hub().modules(&call.device()?).await?;
    respond::document(&views.iter().map(ModuleDocument::from).collect::<Vec<_>>())
}

/// Reads a module.
#[utoipa::path(get, path = "/devices/{id}/modules/{mid}", tag = "registry",
    operation_id = "getModule",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("mid" = String, Path, description = "Module id, case-sensitive"),
        ("If-None-Match" = Option<String>, Header, description = "Tag of a version")),
    responses(
        (status = 200, body = ModuleDocument, headers(("ETag" = String))),
        (status = 304, description = "It is this version still"),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn get(call: Call) -> Answer {
    let view = call.hub().identity(&call.module()?).await?;
    if if_none_match(call.headers(), view.record.etag) {
        return respond::not_modified(&view.record.etag.to_string());
    }
    answer(StatusCode::OK, &view)
}

/// Creates a module, or updates one when the request has `If-Match`.
#[utoipa::path(put, path = "/devices/{id}/modules/{mid}", tag = "registry",
    operation_id = "putModule",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("mid" = String, Path, description = "Module id, case-sensitive"),
        ("If-Match" = Option<String>, Header,
            description = "Absent: create. `*`: update what is there. A tag: update that version")),
    request_body = ModuleRequest,
    responses(
        (status = 200, description = "Updated", body = ModuleDocument, headers(("ETag" = String))),
        (status = 201, description = "Created", body = ModuleDocument, headers(("ETag" = String))),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, description = "No such device or module", body = ErrorBody),
        (status = 409, description = "Creation of a module that is there", body = ErrorBody),
        (status = 412, description = "Another version than the tag's", body = ErrorBody),
        (status = 413, description = "Device or hub has as many as it may", body = ErrorBody)))]
pub(crate) async fn put(mut call: Call) -> Answer {
    let (device, module) = call.module_id()?;
    let precondition = if_match(call.headers());
    let mut request: ModuleRequest = call.json().await?;
    let authentication = request.authentication.take();
    let managed_by = request.check(&device, &module)?;
    let identity = Identity::module(device, module);
    let hub = call.hub();
    match precondition {
        None => {
            let authentication = credentials::for_new(authentication)?;
            let draft = draft(identity, authentication, managed_by);
            let view = hub.create_identity(draft).await?;
            answer(StatusCode::CREATED, &view)
        }
        Some(precondition) => {
            let authentication = credentials::for_update(hub, &identity, authentication).await?;
            let draft = draft(identity, authentication, managed_by);
            let view = hub.update_identity(draft, precondition).await?;
            answer(StatusCode::OK, &view)
        }
    }
}

/// Deletes a module and its keys; its connections end.
#[utoipa::path(delete, path = "/devices/{id}/modules/{mid}", tag = "registry",
    operation_id = "deleteModule",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("mid" = String, Path, description = "Module id, case-sensitive"),
        ("If-Match" = Option<String>, Header, description = "`*` or the tag of the version")),
    responses(
        (status = 204), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 412, body = ErrorBody)))]
pub(crate) async fn delete(call: Call) -> Answer {
    let precondition = if_match(call.headers()).unwrap_or(Precondition::None);
    call.hub()
        .delete_identity(&call.module()?, precondition)
        .await?;
    respond::nothing()
}

/// A module has neither status nor scope.
fn draft(
    identity: Identity,
    authentication: Option<Authentication>,
    managed_by: Option<String>,
) -> IdentityDraft {
    IdentityDraft {
        authentication,
        managed_by,
        ..IdentityDraft::new(identity)
    }
}

fn answer(status: StatusCode, view: &IdentityView) -> Answer {
    let document = ModuleDocument::from(view);
    respond::tagged(status, &document.etag, &document)
}
