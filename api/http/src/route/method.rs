use roost_model::Identity;

use crate::call::Call;
use crate::dto::{ErrorBody, MethodAnswerDocument, MethodRequest};
use crate::respond;
use crate::routes::Answer;

/// Has a device do something and waits for its answer.
#[utoipa::path(post, path = "/twins/{id}/methods", tag = "service",
    operation_id = "invokeDeviceMethod",
    params(("id" = String, Path, description = "Device id, case-sensitive")),
    request_body = MethodRequest,
    responses(
        (status = 200, description = "The device has answered, with whatever status it chose",
            body = MethodAnswerDocument),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 403, description = "The device is disabled, or too many calls wait for it",
            body = ErrorBody),
        (status = 404, description = "404001: no such device. 404103: it is not online",
            body = ErrorBody),
        (status = 413, description = "The payload is too large", body = ErrorBody),
        (status = 502, description = "The device's answer is not JSON, or too large",
            body = ErrorBody),
        (status = 504, description = "The device did not answer in time", body = ErrorBody)))]
pub(crate) async fn invoke_device(call: Call) -> Answer {
    let device = call.device()?;
    invoke(call, device).await
}

/// Has a module do something and waits for its answer.
#[utoipa::path(post, path = "/twins/{id}/modules/{mid}/methods", tag = "service",
    operation_id = "invokeModuleMethod",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("mid" = String, Path, description = "Module id, case-sensitive")),
    request_body = MethodRequest,
    responses(
        (status = 200, description = "The module has answered, with whatever status it chose",
            body = MethodAnswerDocument),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 403, description = "The device is disabled, or too many calls wait for the module",
            body = ErrorBody),
        (status = 404, description = "404010: no such module. 404103: it is not online",
            body = ErrorBody),
        (status = 413, description = "The payload is too large", body = ErrorBody),
        (status = 502, description = "The module's answer is not JSON, or too large",
            body = ErrorBody),
        (status = 504, description = "The module did not answer in time", body = ErrorBody)))]
pub(crate) async fn invoke_module(call: Call) -> Answer {
    let module = call.module()?;
    invoke(call, module).await
}

async fn invoke(mut call: Call, identity: Identity) -> Answer {
    let request: MethodRequest = call.json().await?;
    let largest = call.edge().limits().max_method_payload_bytes;
    let method = request.into_call(largest)?;
    let answer = call.hub().invoke_method(&identity, method).await?;
    respond::document(&MethodAnswerDocument::new(answer)?)
}
