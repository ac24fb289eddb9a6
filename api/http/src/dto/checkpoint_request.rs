use serde::Deserialize;
use utoipa::ToSchema;

/// Where a consumer group is to go on.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CheckpointUpdate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CheckpointRequest {
    /// The last event that is done with; a smaller number than before rewinds.
    pub(crate) sequence_number: Option<u64>,
}
