use actix_web::http::StatusCode;
use roost_model::{KeySlot, Precondition, SharedAccessPolicy};

use crate::call::Call;
use crate::dto::{ErrorBody, PolicyDocument, PolicyRequest};
use crate::error::{ApiError, Code};
use crate::headers::if_match;
use crate::respond;
use crate::routes::Answer;

/// Lists the shared access policies, without their keys. Roost's own.
#[utoipa::path(get, path = "/admin/policies", tag = "admin", operation_id = "listPolicies",
    responses(
        (status = 200, body = Vec<PolicyDocument>), (status = 401, body = ErrorBody)))]
pub(crate) async fn list(call: Call) -> Answer {
    call.query()?.only(&[])?;
    let policies = call.hub().policies();
    let documents: Vec<_> = policies.iter().map(PolicyDocument::without_keys).collect();
    respond::document(&documents)
}

/// Reads a shared access policy with its keys. Roost's own.
#[utoipa::path(get, path = "/admin/policies/{name}", tag = "admin", operation_id = "getPolicy",
    params(("name" = String, Path, description = "Name of the policy, case-sensitive")),
    responses(
        (status = 200, body = PolicyDocument, headers(("ETag" = String))),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn get(call: Call) -> Answer {
    call.query()?.only(&[])?;
    answer(StatusCode::OK, &existing(&call)?)
}

/// Creates or changes a shared access policy. Keys that are not given stay, or are made. In force at
/// every node, and sessions of devices that lose their ground are cut, when the answer comes. Roost's own.
#[utoipa::path(put, path = "/admin/policies/{name}", tag = "admin", operation_id = "putPolicy",
    params(
        ("name" = String, Path, description = "1 to 64 letters, digits, `-`, `.` or `_`"),
        ("If-Match" = Option<String>, Header,
            description = "`*`: change what is there. A tag: change that version")),
    request_body = PolicyRequest,
    responses(
        (status = 200, description = "Changed", body = PolicyDocument, headers(("ETag" = String))),
        (status = 201, description = "Created", body = PolicyDocument, headers(("ETag" = String))),
        (status = 400, description = "Not a policy, more policies than there may be, or nobody could \
            change policies any more", body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 412, body = ErrorBody),
        (status = 503, body = ErrorBody)))]
pub(crate) async fn put(mut call: Call) -> Answer {
    call.query()?.only(&[])?;
    let precondition = if_match(call.headers()).unwrap_or(Precondition::None);
    let request: PolicyRequest = call.json().await?;
    let name = call.params.get("name");
    let status = match call.hub().policy(name) {
        Some(_) => StatusCode::OK,
        None => StatusCode::CREATED,
    };
    let draft = request.check(name)?;
    answer(status, &call.hub().put_policy(draft, precondition).await?)
}

/// Deletes a shared access policy; the last one with all permissions stays. Roost's own.
#[utoipa::path(delete, path = "/admin/policies/{name}", tag = "admin",
    operation_id = "deletePolicy",
    params(
        ("name" = String, Path, description = "Name of the policy, case-sensitive"),
        ("If-Match" = Option<String>, Header, description = "`*` or the tag of the version")),
    responses(
        (status = 204), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 412, body = ErrorBody),
        (status = 503, body = ErrorBody)))]
pub(crate) async fn delete(call: Call) -> Answer {
    call.query()?.only(&[])?;
    let precondition = if_match(call.headers()).unwrap_or(Precondition::None);
    let policy = existing(&call)?;
    call.hub().delete_policy(&policy.name, precondition).await?;
    respond::nothing()
}

/// Replaces one key of a shared access policy by a new one; the other stays. Sessions of devices that
/// were opened with the old key are cut when the answer comes. Roost's own.
#[utoipa::path(post, path = "/admin/policies/{name}/keys/{key}/regenerate", tag = "admin",
    operation_id = "regeneratePolicyKey",
    params(
        ("name" = String, Path, description = "Name of the policy, case-sensitive"),
        ("key" = String, Path, description = "`primary` or `secondary`"),
        ("If-Match" = Option<String>, Header, description = "`*` or the tag of the version")),
    responses(
        (status = 200, body = PolicyDocument, headers(("ETag" = String))),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 412, body = ErrorBody),
        (status = 503, body = ErrorBody)))]
pub(crate) async fn regenerate(call: Call) -> Answer {
    call.query()?.only(&[])?;
    let precondition = if_match(call.headers()).unwrap_or(Precondition::None);
    let slot = KeySlot::parse(call.params.get("key"))
        .ok_or_else(|| ApiError::invalid("the key to regenerate is primary or secondary"))?;
    let policy = existing(&call)?;
    let hub = call.hub();
    let policy = hub
        .regenerate_policy_key(&policy.name, slot, precondition)
        .await?;
    answer(StatusCode::OK, &policy)
}

fn existing(call: &Call) -> Result<SharedAccessPolicy, ApiError> {
    let name = call.params.get("name");
    call.hub().policy(name).ok_or_else(|| {
        let name: String = name.chars().take(64).collect();
        let text = format!("there is no shared access policy named {name}");
        ApiError::new(Code::NOT_FOUND, text)
    })
}

fn answer(status: StatusCode, policy: &SharedAccessPolicy) -> Answer {
    let document = PolicyDocument::from(policy);
    respond::tagged(status, &document.etag, &document)
}
