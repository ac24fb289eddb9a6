use roost_actors::client::Checkpoint;
use roost_model::PartitionId;
use serde::Serialize;
use utoipa::ToSchema;

/// How far a consumer group has read a partition.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Checkpoint)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CheckpointDocument {
    consumer_group: String,
    partition: u16,
    /// The last event that is done with.
    sequence_number: u64,
    offset: String,
    updated_time_utc: String,
}

impl CheckpointDocument {
    pub(crate) fn new(group: &str, partition: PartitionId, checkpoint: &Checkpoint) -> Self {
        CheckpointDocument {
            consumer_group: group.to_owned(),
            partition: partition.get(),
            sequence_number: checkpoint.sequence.get(),
            offset: checkpoint.sequence.to_string(),
            updated_time_utc: checkpoint.updated_at.to_iso(),
        }
    }
}
