//! How long events are kept.

use std::time::Duration;

use roost_model::{SequenceNumber, Timestamp};

use crate::error::PartitionError;
use crate::reader::Reader;

/// Up to where events are to be trimmed, so that none is older than `max_age` and their records have at
/// most about `max_bytes`; `None` when nothing is to be done. The leader proposes it as
/// [`TrimEvents`](crate::TrimEvents).
///
/// A batch goes when all of it may. Size is measured between marks ([`crate::Cadence`]), so the newest
/// events always stay.
///
/// # Errors
/// A database error, damaged or missing rows.
pub fn trim_point(
    reader: &Reader,
    now: Timestamp,
    max_age: Duration,
    max_bytes: u64,
) -> Result<Option<SequenceNumber>, PartitionError> {
    let begin = reader.bounds().begin;
    let oldest_allowed = now.saturating_sub(max_age);
    let by_age = match reader.oldest_enqueued_at()? {
        Some(oldest) if oldest < oldest_allowed => reader.sequence_at_or_after(oldest_allowed)?,
        _ => begin,
    };
    let point = by_age.max(reader.sequence_within(max_bytes)?);
    Ok((point > begin).then_some(point))
}
