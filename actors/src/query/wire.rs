//! What a query's coordinator and the leaders say to each other.

use bincode::{Decode, Encode};
use roost_partition::{QueryPart, QueryPlan, QuerySlice};

/// A slice of a query over one partition.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) struct QueryRequest {
    /// The query's text; it was read once, at the coordinator.
    pub(crate) text: String,
    pub(crate) slice: QuerySlice,
    /// The most time to work on it, in milliseconds.
    pub(crate) work_ms: u32,
}

/// What the slice came to.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) struct QueryAnswer {
    pub(crate) part: QueryPart,
    /// Behind which key to go on; none at the partition's end.
    pub(crate) next: Option<Vec<u8>>,
    pub(crate) plan: QueryPlan,
    /// Rows that were looked at.
    pub(crate) looked_at: u64,
}
