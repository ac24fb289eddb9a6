//! The latest changes of desired properties whose devices want to be told, in memory.
//!
//! A leader that dies takes notifications with it that it was about to send. The others have applied
//! the same changes, so whoever leads next can send them again, one by one. What is here is a
//! convenience and no part of the state: a replica that was opened or took in a snapshot begins with
//! nothing, and what is too old goes.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::op::DesiredChange;

/// Changes that are kept for one partition, and their bytes, about.
const MAX_CHANGES: usize = 16_384;
const MAX_BYTES: usize = 2 << 20;
/// What a change takes beside its patch, about.
const OVERHEAD: usize = 128;

/// A change of an identity's desired properties.
#[derive(Debug)]
pub(crate) struct RecentChange {
    /// Key of the identity.
    pub(crate) key: Arc<[u8]>,
    /// `$version` before it.
    pub(crate) from: u64,
    pub(crate) change: DesiredChange,
}

/// By identity, each the next step behind the one before it.
#[derive(Debug, Default)]
pub(crate) struct RecentChanges {
    by_key: HashMap<Arc<[u8]>, VecDeque<Step>>,
    /// All steps, the oldest first. Some may be gone already.
    order: VecDeque<(u64, Arc<[u8]>)>,
    next: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Step {
    number: u64,
    from: u64,
    change: DesiredChange,
}

impl RecentChanges {
    pub(crate) fn push(&mut self, recent: RecentChange) {
        let RecentChange { key, from, change } = recent;
        let number = self.next;
        self.next += 1;
        self.bytes += size(&change);
        self.order.push_back((number, Arc::clone(&key)));
        let steps = self.by_key.entry(key).or_default();
        if steps.back().is_some_and(|last| last.change.version != from) {
            // Not told of meanwhile, or another device of that name: no way leads here from there.
            let gone = steps.drain(..).map(|step| size(&step.change));
            self.bytes -= gone.sum::<usize>();
        }
        steps.push_back(Step {
            number,
            from,
            change,
        });
        while self.order.len() > MAX_CHANGES || self.bytes > MAX_BYTES {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some((number, key)) = self.order.pop_front() else {
            return;
        };
        let Some(steps) = self.by_key.get_mut(&key) else {
            return;
        };
        if let Some(step) = steps.pop_front_if(|step| step.number == number) {
            self.bytes -= size(&step.change);
        }
        if steps.is_empty() {
            self.by_key.remove(&key);
        }
    }

    /// The changes that lead from `version` to the newest one, in order. None when that is not known
    /// any more.
    pub(crate) fn behind(&self, key: &[u8], version: u64) -> Option<Vec<DesiredChange>> {
        let steps = self.by_key.get(key)?;
        let first = steps.iter().position(|step| step.from == version)?;
        let steps = steps.iter().skip(first);
        Some(steps.map(|step| step.change.clone()).collect())
    }
}

fn size(change: &DesiredChange) -> usize {
    change.patch.encoded_len() + OVERHEAD
}

#[cfg(test)]
mod tests {
    use roost_model::twin::Object;
    use roost_model::{Limits, Patch};

    use super::*;

    fn patch(json: &str) -> Patch {
        let object: Object = serde_json::from_str(json).unwrap();
        Patch::new(object, &Limits::default()).unwrap()
    }

    fn push(recent: &mut RecentChanges, key: &str, from: u64, to: u64) {
        recent.push(RecentChange {
            key: key.as_bytes().into(),
            from,
            change: DesiredChange {
                version: to,
                patch: patch(r#"{"a":1}"#),
            },
        });
    }

    fn versions(recent: &RecentChanges, key: &str, version: u64) -> Option<Vec<u64>> {
        let changes = recent.behind(key.as_bytes(), version)?;
        Some(changes.iter().map(|change| change.version).collect())
    }

    #[test]
    fn the_way_leads_on_from_every_version_that_was_told() {
        let mut recent = RecentChanges::default();
        // A restored section may go further than by one.
        for (from, to) in [(1, 2), (2, 7), (7, 8)] {
            push(&mut recent, "a", from, to);
            push(&mut recent, "b", 5, 6);
        }
        assert_eq!(versions(&recent, "a", 1), Some(vec![2, 7, 8]));
        assert_eq!(versions(&recent, "a", 7), Some(vec![8]));
        for unknown in [0, 3, 8] {
            assert_eq!(versions(&recent, "a", unknown), None);
        }
        assert_eq!(versions(&recent, "c", 1), None);
    }

    #[test]
    fn a_way_with_a_gap_is_no_way() {
        let mut recent = RecentChanges::default();
        push(&mut recent, "a", 1, 2);
        push(&mut recent, "a", 4, 5);
        assert_eq!(versions(&recent, "a", 1), None);
        assert_eq!(versions(&recent, "a", 4), Some(vec![5]));
    }

    #[test]
    fn the_oldest_go_and_the_size_stays_what_it_is() {
        let mut recent = RecentChanges::default();
        for version in 1..50_000 {
            push(&mut recent, "a", version, version + 1);
            push(&mut recent, "b", version * 2, version * 2 + 1);
        }
        assert!(recent.order.len() <= MAX_CHANGES && recent.bytes <= MAX_BYTES);
        let kept: usize = recent
            .by_key
            .values()
            .flatten()
            .map(|step| size(&step.change))
            .sum();
        assert_eq!(recent.bytes, kept);
        assert_eq!(versions(&recent, "a", 1), None);
        assert_eq!(versions(&recent, "a", 49_999), Some(vec![50_000]));
    }
}
