use crate::call::Call;
use crate::dto::{DeadLetterDocument, ErrorBody, PurgeDocument, WaitingMessageDocument};
use crate::error::{ApiError, Code};
use crate::query::Query;
use crate::respond;
use crate::routes::Answer;

/// Messages of one page.
const MOST: u64 = 100;

/// Purges the messages that wait for a device; those that a receiver holds stay.
#[utoipa::path(delete, path = "/devices/{id}/commands", tag = "service",
    operation_id = "purgeDeviceMessages",
    params(("id" = String, Path, description = "Device id, case-sensitive")),
    responses(
        (status = 200, body = PurgeDocument), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
pub(crate) async fn purge(call: Call) -> Answer {
    let device = call.device()?;
    let purged = call.hub().purge(&device).await?;
    respond::document(&PurgeDocument::new(&device, purged))
}

/// Lists the messages that wait for a device, in order, without locking them. Roost's own.
#[utoipa::path(get, path = "/devices/{id}/messages/queue", tag = "service",
    operation_id = "listDeviceMessages",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("after" = Option<u64>, Query, description = "Begins behind this sequence number"),
        ("max" = Option<u64>, Query, minimum = 1, maximum = 100,
            description = "At most so many; 100 by default. A page ends after about 1 MiB, too")),
    responses(
        (status = 200, body = Vec<WaitingMessageDocument>), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn list(call: Call) -> Answer {
    let (after, most) = page(&call.query()?)?;
    let device = call.device()?;
    let waiting = call.hub().waiting_messages(&device, after, most).await?;
    let documents: Vec<_> = waiting.iter().map(WaitingMessageDocument::from).collect();
    respond::document(&documents)
}

/// Lists the dead letters of a device, oldest message first. Roost's own.
#[utoipa::path(get, path = "/devices/{id}/messages/deadletters", tag = "service",
    operation_id = "listDeadLetters",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("after" = Option<u64>, Query, description = "Begins behind this sequence number"),
        ("max" = Option<u64>, Query, minimum = 1, maximum = 100,
            description = "At most so many; 100 by default. A page ends after about 1 MiB, too")),
    responses(
        (status = 200, body = Vec<DeadLetterDocument>), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn dead_letters(call: Call) -> Answer {
    let (after, most) = page(&call.query()?)?;
    let device = call.device()?;
    let letters = call.hub().dead_letters(&device, after, most).await?;
    let documents: Vec<_> = letters.iter().map(DeadLetterDocument::from).collect();
    respond::document(&documents)
}

/// Deletes all dead letters of a device. Roost's own.
#[utoipa::path(delete, path = "/devices/{id}/messages/deadletters", tag = "service",
    operation_id = "deleteDeadLetters",
    params(("id" = String, Path, description = "Device id, case-sensitive")),
    responses(
        (status = 204), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn delete_all(call: Call) -> Answer {
    let device = call.device()?;
    call.hub().delete_dead_letters(&device, None).await?;
    respond::nothing()
}

/// Deletes a dead letter. Roost's own.
#[utoipa::path(delete, path = "/devices/{id}/messages/deadletters/{sequence}", tag = "service",
    operation_id = "deleteDeadLetter",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("sequence" = u64, Path, description = "Its sequence number")),
    responses(
        (status = 204), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, description = "No such device or dead letter", body = ErrorBody)))]
pub(crate) async fn delete(call: Call) -> Answer {
    let (device, sequence) = (call.device()?, sequence(&call)?);
    let deleted = call
        .hub()
        .delete_dead_letters(&device, Some(sequence))
        .await?;
    if deleted == 0 {
        return Err(no_letter(sequence));
    }
    respond::nothing()
}

/// Puts a dead letter back into its device's queue, to be delivered as if it had just been sent.
/// Roost's own.
#[utoipa::path(post, path = "/devices/{id}/messages/deadletters/{sequence}/resubmit",
    tag = "service", operation_id = "resubmitDeadLetter",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("sequence" = u64, Path, description = "Its sequence number")),
    responses(
        (status = 204), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 403, description = "As many messages wait as may", body = ErrorBody),
        (status = 404, description = "No such device or dead letter", body = ErrorBody)))]
pub(crate) async fn resubmit(call: Call) -> Answer {
    let (device, sequence) = (call.device()?, sequence(&call)?);
    if !call.hub().resubmit(&device, sequence).await? {
        return Err(no_letter(sequence));
    }
    respond::nothing()
}

/// Where a page begins, and how many it may have.
fn page(query: &Query) -> Result<(Option<u64>, u32), ApiError> {
    query.only(&["after", "max"])?;
    let after = query
        .get("after")?
        .map(|_| query.number("after", 0..=u64::MAX, 0));
    let most = query.number("max", 1..=MOST, MOST)?;
    Ok((after.transpose()?, u32::try_from(most).unwrap_or(u32::MAX)))
}

fn sequence(call: &Call) -> Result<u64, ApiError> {
    let text = call.params.get("sequence");
    text.parse()
        .map_err(|_| ApiError::invalid(format!("{text} is not a sequence number")))
}

fn no_letter(sequence: u64) -> ApiError {
    let text = format!("the device has no dead letter {sequence}");
    ApiError::new(Code::NOT_FOUND, text)
}
