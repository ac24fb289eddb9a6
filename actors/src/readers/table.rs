//! The readers whose links this node holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parking_lot::Mutex;
use roost_model::PartitionId;
use tokio::sync::{Notify, watch};

use super::{Claim, Denial, MAX_NAME, Stamp};
use crate::client::HubError;
use crate::metrics;

/// Readers of one partition at one node, over all groups, that sit or ask for a seat.
const MAX_READERS: usize = 1_024;

/// All readers of this node.
#[derive(Debug)]
pub(crate) struct ReaderTable {
    state: Mutex<State>,
    /// There is something to tell a leader.
    pub(super) news: Notify,
}

#[derive(Debug)]
struct State {
    next: u64,
    partitions: BTreeMap<PartitionId, BTreeMap<u64, Arc<Slot>>>,
    /// Whose leaders are to hear of a change.
    changed: BTreeSet<PartitionId>,
}

/// One reader.
#[derive(Debug)]
pub(super) struct Slot {
    number: u64,
    group: String,
    level: Option<i64>,
    name: String,
    granted: Mutex<Option<Stamp>>,
    displaced: watch::Sender<Option<Denial>>,
}

// === impl ReaderTable ===

impl ReaderTable {
    /// `first` is the number of the first reader; an earlier start of this node gave out lower ones.
    pub(crate) fn new(first: u64) -> ReaderTable {
        let state = State {
            next: first,
            partitions: BTreeMap::new(),
            changed: BTreeSet::new(),
        };
        ReaderTable {
            state: Mutex::new(state),
            news: Notify::new(),
        }
    }

    /// Keeps a reader, and gives it a number.
    pub(super) fn insert(&self, partition: PartitionId, slot: Slot) -> Result<Arc<Slot>, HubError> {
        let mut state = self.state.lock();
        let number = state.next;
        let readers = state.partitions.entry(partition).or_default();
        if readers.len() >= MAX_READERS {
            let reason = "too many readers of this partition are attaching at this node";
            return Err(HubError::unavailable(reason));
        }
        let slot = Arc::new(Slot { number, ..slot });
        readers.insert(number, Arc::clone(&slot));
        state.next += 1;
        state.count();
        Ok(slot)
    }

    /// Forgets a reader, and has its leader told.
    pub(super) fn remove(&self, partition: PartitionId, slot: &Slot) {
        let mut state = self.state.lock();
        if let Some(readers) = state.partitions.get_mut(&partition) {
            readers.remove(&slot.number);
            if readers.is_empty() {
                state.partitions.remove(&partition);
            }
        }
        state.changed.insert(partition);
        state.count();
        drop(state);
        self.news.notify_one();
    }

    /// Has a partition's leader told of all readers.
    pub(crate) fn tell(&self, partition: PartitionId) {
        let mut state = self.state.lock();
        if state.partitions.contains_key(&partition) {
            state.changed.insert(partition);
            drop(state);
            self.news.notify_one();
        }
    }

    /// A leader says that readers have to go.
    pub(crate) fn displace_all(&self, partition: PartitionId, readers: Vec<(u64, Denial)>) {
        for (number, why) in readers {
            self.displace(partition, number, why);
        }
    }

    /// A leader says that a reader has to go.
    pub(super) fn displace(&self, partition: PartitionId, number: u64, why: Denial) {
        let state = self.state.lock();
        let readers = state.partitions.get(&partition);
        if let Some(slot) = readers.and_then(|readers| readers.get(&number)) {
            slot.displace(why);
        }
    }

    /// What a leader is told: no reader of the partition that is not listed has a lower number than
    /// the one that comes first.
    pub(super) fn claims(&self, partition: PartitionId) -> (u64, Vec<Claim>) {
        let state = self.state.lock();
        let readers = state.partitions.get(&partition);
        let readers = readers.into_iter().flat_map(BTreeMap::values);
        // Who has lost its seat is about to leave, and does not ask for it again.
        let staying = readers.filter(|slot| slot.displaced.borrow().is_none());
        (state.next, staying.map(|slot| slot.claim()).collect())
    }

    /// Partitions whose leaders are to hear of a change.
    pub(super) fn take_changed(&self) -> BTreeSet<PartitionId> {
        std::mem::take(&mut self.state.lock().changed)
    }

    /// Partitions that are read here.
    pub(super) fn partitions(&self) -> Vec<PartitionId> {
        self.state.lock().partitions.keys().copied().collect()
    }
}

// === impl State ===

impl State {
    fn count(&self) {
        metrics::readers(self.partitions.values().map(BTreeMap::len).sum());
    }
}

// === impl Slot ===

impl Slot {
    /// A reader without a number.
    pub(super) fn new(group: &str, level: Option<i64>, name: &str) -> Slot {
        let end = name.floor_char_boundary(MAX_NAME);
        Slot {
            number: 0,
            group: group.to_ascii_lowercase(),
            level,
            name: name[..end].to_owned(),
            granted: Mutex::new(None),
            displaced: watch::channel(None).0,
        }
    }

    pub(super) fn claim(&self) -> Claim {
        Claim {
            number: self.number,
            group: self.group.clone(),
            level: self.level,
            name: self.name.clone(),
            granted: *self.granted.lock(),
        }
    }

    pub(super) fn granted(&self, stamp: Stamp) {
        *self.granted.lock() = Some(stamp);
    }

    fn displace(&self, why: Denial) {
        self.displaced.send_if_modified(|displaced| {
            let first = displaced.is_none();
            if first {
                metrics::reader_displaced(why.label());
                displaced.replace(why);
            }
            first
        });
    }

    /// Resolves when the reader has to go, with the reason, or leaves by itself.
    pub(super) fn displaced(&self) -> impl Future<Output = Option<HubError>> + Send + use<> {
        let mut displaced = self.displaced.subscribe();
        async move {
            let why = displaced.wait_for(Option::is_some).await.ok()?;
            why.as_ref().map(HubError::from)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTITION: PartitionId = PartitionId(3);

    fn insert(table: &ReaderTable, name: &str) -> Arc<Slot> {
        table
            .insert(PARTITION, Slot::new("$Default", None, name))
            .unwrap()
    }

    #[tokio::test]
    async fn a_reader_hears_that_it_has_to_go_once_and_is_not_named_again() {
        let table = ReaderTable::new(40);
        let (slot, other) = (insert(&table, "a"), insert(&table, "b"));
        let heard = slot.displaced();
        table.displace(PARTITION, 40, Denial::Crowded { most: 5 });
        table.displace(PARTITION, 40, Denial::Crowded { most: 6 });
        let error = heard.await.unwrap();
        assert_eq!(error.code(), roost_model::ErrorCode::IotHubQuotaExceeded);
        assert!(error.to_string().starts_with("5 readers"), "{error}");
        assert_eq!(table.claims(PARTITION), (42, vec![other.claim()]));
    }

    #[tokio::test]
    async fn a_leader_is_told_of_who_leaves() {
        let table = ReaderTable::new(0);
        let slot = insert(&table, "a");
        let heard = slot.displaced();
        assert!(table.take_changed().is_empty(), "who comes asks by itself");
        table.remove(PARTITION, &slot);
        assert_eq!(table.take_changed(), [PARTITION].into());
        assert_eq!(table.claims(PARTITION), (1, vec![]));
        assert!(table.partitions().is_empty());
        drop(slot);
        assert_eq!(heard.await, None);
    }

    #[test]
    fn names_are_cut_and_groups_are_in_lower_case() {
        let table = ReaderTable::new(0);
        let claim = insert(&table, &"ä".repeat(100)).claim();
        assert_eq!(claim.group, "$default");
        assert_eq!(claim.name.len(), MAX_NAME);
    }
}
