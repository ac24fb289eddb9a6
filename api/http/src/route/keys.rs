use actix_web::http::StatusCode;
use roost_model::ErrorCode;

use crate::call::Call;
use crate::dto::{ErrorBody, RegenerateKeysRequest, RegenerateKeysResult};
use crate::error::ApiError;
use crate::respond;
use crate::routes::Answer;

/// Replaces or swaps the keys of up to 100 devices and modules; connections that rest on a replaced
/// key end.
#[utoipa::path(post, path = "/devices/keys/regenerate", tag = "registry",
    operation_id = "regenerateKeys",
    request_body = RegenerateKeysRequest,
    responses(
        (status = 200, description = "All were replaced", body = RegenerateKeysResult),
        (status = 207, description = "Some failed", body = RegenerateKeysResult),
        (status = 400, description = "All failed, or the request itself is wrong",
            body = RegenerateKeysResult),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn regenerate(mut call: Call) -> Answer {
    let request: RegenerateKeysRequest = call.json().await?;
    let which = request.which()?;
    let devices = request.devices.unwrap_or_default();
    let most = call.edge().limits().max_bulk_operations as usize;
    if devices.is_empty() {
        return Err(ApiError::missing("devices names nobody"));
    }
    if devices.len() > most {
        let text = format!("a call has at most {most} devices");
        return Err(ApiError::invalid(text));
    }
    let mut identities = Vec::with_capacity(devices.len());
    for device in &devices {
        let identity = device.identity()?;
        if identities.contains(&identity) {
            let text = format!("{identity} is named more than once");
            return Err(ApiError::new(ErrorCode::DeviceDefinedMultipleTimes, text));
        }
        identities.push(identity);
    }
    let mut result = RegenerateKeysResult::new(which);
    for (identity, outcome) in call.hub().regenerate_keys(identities, which).await {
        result.take(&identity, outcome);
    }
    if result.errors.is_empty() {
        return respond::document(&result);
    }
    let text = format!(
        "the keys of {} identities are as they were",
        result.errors.len()
    );
    let error = ApiError::new(ErrorCode::BulkRegenerateDeviceKeyOperationFailure, text);
    result.error = Some(error.body());
    let status = if result.rotated_keys.is_empty() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::MULTI_STATUS
    };
    respond::refusal(status, &error, &result)
}
