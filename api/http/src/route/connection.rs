use roost_model::Identity;

use crate::call::Call;
use crate::dto::{ConnectionDocument, ErrorBody};
use crate::respond;
use crate::routes::Answer;

/// Shows whether a device is connected, since when, where, and how its last connection ended.
/// Roost's own.
#[utoipa::path(get, path = "/devices/{id}/connection", tag = "registry",
    operation_id = "getDeviceConnection",
    params(("id" = String, Path, description = "Device id, case-sensitive")),
    responses(
        (status = 200, body = ConnectionDocument),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn device(call: Call) -> Answer {
    let identity = call.device()?;
    answer(&call, &identity).await
}

/// Shows whether a module is connected, since when, where, and how its last connection ended.
/// Roost's own.
#[utoipa::path(get, path = "/devices/{id}/modules/{mid}/connection", tag = "registry",
    operation_id = "getModuleConnection",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("mid" = String, Path, description = "Module id, case-sensitive")),
    responses(
        (status = 200, body = ConnectionDocument),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn module(call: Call) -> Answer {
    let identity = call.module()?;
    answer(&call, &identity).await
}

async fn answer(call: &Call, identity: &Identity) -> Answer {
    let view = call.hub().connection(identity).await?;
    respond::document(&ConnectionDocument::new(identity, &view))
}
