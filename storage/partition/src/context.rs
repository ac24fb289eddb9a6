//! What operations work on while entries are applied.

mod announcements;
mod events;
mod feedback;
mod identities;
mod indexes;
pub(crate) mod queue;
mod twins;

use std::sync::Arc;

use bytes::BytesMut;
use parking_lot::RwLock;
use roost_model::{SequenceNumber, Timestamp};

use crate::error::PartitionError;
use crate::hub_events::HubEvents;
use crate::index::Catalog;
use crate::metrics::Tally;
use crate::recent::RecentChange;
use crate::rejection::Rejection;
use crate::sessions::Sessions;
use crate::settings::Cadence;
use crate::table::mark::Mark;
use crate::table::partition_row::PartitionRow;
use crate::table::rows::Rows;
use crate::transaction::Transaction;

/// The state of one apply: every operation of it sees what those before it did.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    /// The envelope's time.
    pub(crate) at: Timestamp,
    /// What the hub says of itself, as the envelope has it.
    pub(crate) hub: Option<HubEvents>,
    pub(crate) row: PartitionRow,
    pub(crate) tx: Transaction<'a>,
    pub(crate) sessions: &'a RwLock<Sessions>,
    pub(crate) tally: Tally,
    pub(crate) catalog: Arc<Catalog>,
    /// What devices want to be told.
    pub(crate) recent: Vec<RecentChange>,
    cadence: Cadence,
    /// First events of the batches, and marks, that this apply writes: the store does not show
    /// them yet. Ascending.
    new_batches: Vec<SequenceNumber>,
    new_marks: Vec<Mark>,
    /// Records that wait for [`Context::store_announcements`].
    announced: BytesMut,
    announced_count: u32,
}

/// Why an operation came to nothing.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Refused, by every replica alike. The operation changed nothing.
    Rejected(Rejection),
    /// This replica cannot go on.
    Failed(PartitionError),
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        row: PartitionRow,
        rows: &'a Rows,
        sessions: &'a RwLock<Sessions>,
        catalog: Arc<Catalog>,
        cadence: Cadence,
    ) -> Self {
        Self {
            at: Timestamp::NEVER,
            hub: None,
            row,
            tx: Transaction::new(rows),
            sessions,
            tally: Tally::default(),
            catalog,
            recent: Vec::new(),
            cadence,
            new_batches: Vec::new(),
            new_marks: Vec::new(),
            announced: BytesMut::new(),
            announced_count: 0,
        }
    }
}

impl From<Rejection> for Stop {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl<E: Into<PartitionError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
