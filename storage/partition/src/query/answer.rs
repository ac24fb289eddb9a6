//! What a slice of a query asks for, and what it comes to.

use bincode::{Decode, Encode};
use roost_model::query::{Accumulator, SortValue};

use super::plan::QueryPlan;
use crate::error::PartitionError;
use crate::index::IndexPath;

/// The part of a partition, and of the answer, that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct QuerySlice {
    /// Look at rows behind this key only.
    pub after: Option<Vec<u8>>,
    /// Of an ordered answer: give rows behind this place only.
    pub beyond: Option<SortPlace>,
    /// The most rows that are wanted; groups are not limited by it.
    pub limit: u32,
    /// Rows that make up so many bytes of JSON are enough. At least one row is given.
    pub bytes: u32,
}

/// The place of a row in an order: no two rows have the same.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SortPlace {
    /// By the query's keys, in their order.
    pub values: Vec<SortValue>,
    /// The identity's key.
    pub key: Vec<u8>,
}

/// What a slice came to.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryRun {
    /// Its part of the answer.
    pub part: QueryPart,
    /// Behind which key to go on; `None` when the partition's end was reached.
    pub next: Option<Vec<u8>>,
    /// How candidates were found.
    pub plan: QueryPlan,
    /// Candidates that were looked at.
    pub looked_at: u64,
    /// The index that was used.
    pub used: Option<IndexPath>,
    /// Paths of equalities that no index could be used for, because there is none.
    pub unindexed: Vec<IndexPath>,
}

/// Rows or groups of a slice.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum QueryPart {
    /// In the order of keys, or in that of the query; `more` when the order goes on behind the last
    /// one with rows that were looked at but not given.
    Rows { rows: Vec<QueryRow>, more: bool },
    /// In no particular order.
    Groups(Vec<GroupRow>),
}

/// A row of the answer.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct QueryRow {
    /// Where it stands in the order; by its key alone if there is none.
    pub place: SortPlace,
    /// The row as a JSON object.
    pub json: Vec<u8>,
}

/// A group of rows.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct GroupRow {
    /// The values grouped by, as JSON; `None` for what is undefined.
    pub keys: Vec<Option<Vec<u8>>>,
    /// Where the keys stand in an order.
    pub places: Vec<SortValue>,
    /// The aggregates so far.
    pub aggregates: Vec<Accumulator>,
}

/// Why a slice has no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum QueryFailure {
    /// The partition cannot be read.
    #[error(transparent)]
    Partition(#[from] PartitionError),
    /// The answer has more groups than memory is set aside for.
    #[error("the answer has more than {limit} groups, or they are too large")]
    TooManyGroups {
        /// The most there may be.
        limit: usize,
    },
}

impl From<roost_engine::EngineError> for QueryFailure {
    fn from(error: roost_engine::EngineError) -> Self {
        Self::Partition(error.into())
    }
}
