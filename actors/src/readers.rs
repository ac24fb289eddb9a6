//! Who reads which partition for which consumer group, in the whole cluster.
//!
//! ```text
//!  edge E                               leader L                            edge F
//!  table of E's readers ── Sit ──────►  registry: who has a seat
//!                       ◄─ granted ───     │ somebody else has to go
//!                                          └────────────── Displace ──────► its link is detached
//!  keeper ── Name, all of E's ───────►  (again and again, and when a new leader asks)
//! ```
//!
//! A reader with an owner level is the only one of its group: it takes the place of all with a lower
//! level, the same one or none, and keeps out those with a lower one or none. Without one, a few read
//! side by side. Source: `reference/wire.md` §7.3; Event Hubs, "Event processor", exclusive consumers.
//!
//! The leader keeps seats in memory only. What it does not know, edges tell it: each names its readers
//! when a leader begins or a link comes back, and every few seconds. Two that believe to own the same
//! partition are told apart by level, then by who was granted a seat last. Reading itself asks nobody,
//! so readers go on while there is no leader.

mod claim;
mod keeper;
mod leader;
mod registry;
mod table;

use std::sync::Arc;
use std::time::Duration;

use roost_model::{ErrorCode, PartitionId};
use tokio::time::{Instant, sleep};

use crate::client::{HubClient, HubError, ask, unexpected};
use crate::context::Context;
use crate::wire::{Answer, Request};
pub(crate) use claim::{Claim, Denial, ReadersAnswer, ReadersRequest, Stamp};
pub(crate) use keeper::keep;
pub(crate) use leader::{LeaderSeats, lost, ready, serve};
pub(crate) use table::ReaderTable;
use table::Slot;

/// Bytes of a reader's name that are kept.
const MAX_NAME: usize = 128;
/// How long a leader is looked for.
const DEADLINE: Duration = Duration::from_secs(8);
/// That a reader at another node has just gone may be on its way.
const LATE_NEWS: Duration = Duration::from_millis(150);

/// A reader's place among those of its group; free again when dropped.
#[derive(Debug)]
pub struct ReaderSeat {
    context: Arc<Context>,
    partition: PartitionId,
    slot: Arc<Slot>,
}

// === impl HubClient ===

impl HubClient {
    /// Takes a place among the readers of a partition, and the places of others where the level says
    /// so. `name` tells operators and other readers who has it.
    ///
    /// # Errors
    /// 400027 when a reader of a higher level is there, 403002 when as many read as may
    /// (`limits.max_readers_per_group`), 503001 when the partition has no leader for too long, 503003
    /// when there is no such partition.
    pub async fn take_seat(
        &self,
        partition: PartitionId,
        group: &str,
        level: Option<i64>,
        name: &str,
    ) -> Result<ReaderSeat, HubError> {
        self.check(partition)?;
        let context = &self.context;
        let slot = Slot::new(group, level, name);
        let seat = ReaderSeat {
            context: Arc::clone(context),
            partition,
            slot: context.readers.insert(partition, slot)?,
        };
        let granted = match seat.sit().await {
            Err(denied) if is_denial(&denied) => {
                sleep(LATE_NEWS).await;
                seat.sit().await?
            }
            other => other?,
        };
        seat.slot.granted(granted);
        Ok(seat)
    }
}

fn is_denial(error: &HubError) -> bool {
    let code = error.code();
    code == ErrorCode::ConnectionForcefullyClosedOnNewConnection
        || code == ErrorCode::IotHubQuotaExceeded
}

// === impl ReaderSeat ===

impl ReaderSeat {
    /// Resolves when the reader has to go, with the reason: 400027 when another one took the partition
    /// over, 403002 when there are too many. With nothing once the seat is dropped, which it does not
    /// hold on to.
    pub fn displaced(&self) -> impl Future<Output = Option<HubError>> + Send + use<> {
        self.slot.displaced()
    }

    async fn sit(&self) -> Result<Stamp, HubError> {
        let request = ReadersRequest::Sit {
            node: self.context.cluster.me(),
            claim: self.slot.claim(),
        };
        let request = Request::Readers(request);
        match ask(&self.context, self.partition, request, DEADLINE).await? {
            Answer::Readers(ReadersAnswer::Seated(stamp)) => Ok(stamp),
            _ => Err(unexpected()),
        }
    }
}

impl Drop for ReaderSeat {
    fn drop(&mut self) {
        self.context.readers.remove(self.partition, &self.slot);
    }
}

/// Names the readers of a partition to its leader, once. False when there was none to hear it.
async fn name(context: &Arc<Context>, partition: PartitionId, within: Duration) -> bool {
    let (below, claims) = context.readers.claims(partition);
    let numbers: Vec<u64> = claims.iter().map(|claim| claim.number).collect();
    let request = ReadersRequest::Name {
        node: context.cluster.me(),
        below,
        claims,
    };
    let give_up = Instant::now() + within;
    let request = Request::Readers(request);
    let answer = crate::route::ask_once(context, partition, request, give_up).await;
    let Answer::Readers(ReadersAnswer::Named(verdicts)) = answer else {
        return false;
    };
    for (number, verdict) in numbers.into_iter().zip(verdicts) {
        if let Some(denial) = verdict {
            context.readers.displace(partition, number, denial);
        }
    }
    true
}
