use roost_actors::client::PartitionInfo;
use roost_model::PartitionId;
use serde::Serialize;
use utoipa::ToSchema;

/// The hub's event stream: partitions and consumer groups.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventStream)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventStreamDocument {
    pub(crate) hub: String,
    pub(crate) partition_count: u16,
    pub(crate) partitions: Vec<PartitionDocument>,
    pub(crate) consumer_groups: Vec<String>,
}

/// What one partition holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Partition)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartitionDocument {
    partition: u16,
    /// The oldest event that is kept.
    begin_sequence_number: u64,
    /// -1 before the first event.
    last_enqueued_sequence_number: i64,
    /// `-1` before the first event.
    last_enqueued_offset: String,
    last_enqueued_time_utc: String,
    is_empty: bool,
}

impl PartitionDocument {
    pub(crate) fn new(partition: PartitionId, info: &PartitionInfo) -> Self {
        let next = i64::try_from(info.next_sequence.get()).unwrap_or(i64::MAX);
        PartitionDocument {
            partition: partition.get(),
            begin_sequence_number: info.begin_sequence.get(),
            last_enqueued_sequence_number: next - 1,
            last_enqueued_offset: (next - 1).to_string(),
            last_enqueued_time_utc: info.last_enqueued_at.unwrap_or_default().to_iso(),
            is_empty: info.is_empty(),
        }
    }
}
