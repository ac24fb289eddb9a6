use std::collections::HashSet;

use actix_web::http::StatusCode;
use roost_actors::client::BulkOperation;
use roost_model::{ErrorCode, Identity};

use crate::call::Call;
use crate::dto::{BulkError, BulkResult, ErrorBody, ImportRequest, LineName};
use crate::error::ApiError;
use crate::respond;
use crate::routes::Answer;

/// Runs up to 100 registry operations; each succeeds or fails by itself.
#[utoipa::path(post, path = "/devices", tag = "registry", operation_id = "bulkDevices",
    request_body = Vec<ImportRequest>,
    responses(
        (status = 200, description = "All were done", body = BulkResult),
        (status = 400, description = "Some failed, the others were done. Or the request itself is \
            wrong and nothing was done: `errors` is empty or absent", body = BulkResult),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn post(mut call: Call) -> Answer {
    let requests: Vec<ImportRequest> = call.json().await?;
    let most = call.edge().limits().max_bulk_operations as usize;
    if requests.is_empty() {
        return Err(ApiError::missing("there is no operation to do"));
    }
    if requests.len() > most {
        let text = format!("a call has at most {most} operations");
        return Err(ApiError::invalid(text));
    }
    let mut errors = Vec::new();
    let mut names = Vec::new();
    let mut operations = Vec::new();
    for request in requests {
        let name = request.name();
        match request.operation(call.edge().limits()) {
            Ok(operation) => {
                names.push(name);
                operations.push(operation);
            }
            Err(error) => errors.push(BulkError::new(&name, &error)),
        }
    }
    once_each(&operations)?;
    errors.extend(run(&call, operations, &names).await);
    if errors.is_empty() {
        return respond::document(&result(errors, None));
    }
    let text = format!("{} operations failed", errors.len());
    let error = ApiError::new(ErrorCode::BulkRegistryOperationFailure, text);
    let document = result(errors, Some(error.body()));
    respond::refusal(StatusCode::BAD_REQUEST, &error, &document)
}

async fn run(call: &Call, operations: Vec<BulkOperation>, names: &[LineName]) -> Vec<BulkError> {
    let outcomes = call.hub().bulk(operations).await;
    let failed = names.iter().zip(outcomes);
    failed
        .filter_map(|(name, error)| Some(BulkError::new(name, &ApiError::from(error?))))
        .collect()
}

/// Errors: DeviceDefinedMultipleTimes.
fn once_each(operations: &[BulkOperation]) -> Result<(), ApiError> {
    let mut seen: HashSet<&Identity> = HashSet::new();
    let twice = operations
        .iter()
        .map(BulkOperation::identity)
        .find(|identity| !seen.insert(identity));
    match twice {
        None => Ok(()),
        Some(identity) => Err(ApiError::new(
            ErrorCode::DeviceDefinedMultipleTimes,
            format!("{identity} has more than one operation"),
        )),
    }
}

fn result(errors: Vec<BulkError>, error: Option<ErrorBody>) -> BulkResult {
    BulkResult {
        is_successful: errors.is_empty(),
        errors,
        warnings: [],
        error,
    }
}
