//! Who reads which partition for which consumer group at this node.
//!
//! A reader with an owner level (epoch) is the only one: it takes the place of all with a lower level
//! or none, and keeps out those. Without one, a few may read side by side.
//! Source: `reference/wire.md` §7.3; Event Hubs, "Event processor", exclusive consumers.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use roost_edge::Refusal;
use roost_model::{ErrorCode, PartitionId};
use tokio_util::sync::CancellationToken;

/// The readers of a node.
#[derive(Debug, Default, Clone)]
pub(crate) struct Readers(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    next: AtomicU64,
    by_partition: Mutex<HashMap<(String, PartitionId), Vec<Entry>>>,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    level: Option<i64>,
    stolen: CancellationToken,
}

/// A place among the readers; free again when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    readers: Readers,
    key: (String, PartitionId),
    number: u64,
    /// Cancelled when another reader takes the partition over.
    pub(crate) stolen: CancellationToken,
}

impl Readers {
    /// Takes a place among at most `most`, and those of others where the level says so.
    ///
    /// # Errors
    /// 400027 when a reader of a higher level is there, 403002 when as many read as may.
    pub(crate) fn sit(
        &self,
        group: &str,
        partition: PartitionId,
        level: Option<i64>,
        most: usize,
    ) -> Result<Seat, Refusal> {
        let key = (group.to_ascii_lowercase(), partition);
        let mut all = self.0.by_partition.lock();
        let entries = all.entry(key.clone()).or_default();
        let highest = entries.iter().filter_map(|entry| entry.level).max();
        match level {
            _ if highest > level => return Err(owned(highest)),
            None if entries.len() >= most => {
                let reason = format!("{most} readers of the group are on this partition already");
                return Err(Refusal::new(ErrorCode::IotHubQuotaExceeded, reason));
            }
            None => {}
            Some(_) => {
                for entry in entries.drain(..) {
                    entry.stolen.cancel();
                }
            }
        }
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        let stolen = CancellationToken::new();
        entries.push(Entry {
            number,
            level,
            stolen: stolen.clone(),
        });
        Ok(Seat {
            readers: self.clone(),
            key,
            number,
            stolen,
        })
    }
}

fn owned(level: Option<i64>) -> Refusal {
    let level = level.unwrap_or_default();
    let reason = format!("a reader with the owner level {level} has the partition");
    Refusal::new(ErrorCode::ConnectionForcefullyClosedOnNewConnection, reason)
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut all = self.readers.0.by_partition.lock();
        if let Some(entries) = all.get_mut(&self.key) {
            entries.retain(|entry| entry.number != self.number);
            if entries.is_empty() {
                all.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sit(readers: &Readers, level: Option<i64>) -> Result<Seat, Refusal> {
        readers.sit("$Default", PartitionId(3), level, 5)
    }

    #[test]
    fn the_highest_level_has_the_partition_alone() {
        let readers = Readers::default();
        let plain = sit(&readers, None).unwrap();
        let first = sit(&readers, Some(1)).unwrap();
        assert!(plain.stolen.is_cancelled());
        assert!(sit(&readers, None).is_err());
        assert!(sit(&readers, Some(0)).is_err());
        let equal = sit(&readers, Some(1)).unwrap();
        assert!(first.stolen.is_cancelled());
        drop(equal);
        let plain = sit(&readers, None).unwrap();
        assert!(!plain.stolen.is_cancelled());
        assert!(readers.sit("$default", PartitionId(4), Some(9), 5).is_ok());
    }

    #[test]
    fn so_many_read_side_by_side_and_one_more_does_not() {
        let readers = Readers::default();
        let mut seats: Vec<_> = (0..5).map(|_| sit(&readers, None).unwrap()).collect();
        let refused = sit(&readers, None).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::IotHubQuotaExceeded);
        seats.pop();
        assert!(sit(&readers, None).is_ok());
    }
}
