use serde::Serialize;
use utoipa::ToSchema;

use super::EventDocument;

/// Some events of one partition, and where to read on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventPage)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventPageDocument {
    pub(crate) partition: u16,
    pub(crate) events: Vec<EventDocument>,
    /// The sequence number to read on from, also when there are no events.
    pub(crate) next_sequence_number: u64,
    /// Path and query of the request for the next page.
    pub(crate) next: String,
}
