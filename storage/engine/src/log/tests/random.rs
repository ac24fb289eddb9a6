//! Any sequence of changes, against a plain map.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<u8>),
    /// Removes this many entries from the end.
    Truncate(u8),
    /// Removes this many entries from the front, possibly more than there are.
    Purge(u8),
    Vote(u8),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(any::<u8>(), 1..6).prop_map(Step::Append),
        2 => (0..6u8).prop_map(Step::Truncate),
        2 => (1..6u8).prop_map(Step::Purge),
        1 => any::<u8>().prop_map(Step::Vote),
        1 => Just(Step::Reopen),
    ]
}

/// What a log should hold.
#[derive(Debug, Default)]
struct Model {
    entries: BTreeMap<u64, Bytes>,
    next: u64,
    first: u64,
    vote: Option<Bytes>,
    purged: Option<Bytes>,
}

impl Model {
    fn run(&mut self, log: &GroupLog, step: &Step, done: Completion) {
        match step {
            Step::Append(values) => {
                let entries: Vec<Bytes> = values
                    .iter()
                    .map(|value| Bytes::from(vec![*value; 10]))
                    .collect();
                self.entries
                    .extend((self.next..).zip(entries.iter().cloned()));
                log.append(self.next, entries, done);
                self.next += values.len() as u64;
            }
            Step::Truncate(count) => {
                let from = self.next.saturating_sub(u64::from(*count)).max(self.first);
                self.entries.split_off(&from);
                self.next = from;
                log.truncate_from(from, done);
            }
            Step::Purge(count) => {
                let upto = self.first + u64::from(*count) - 1;
                self.entries = self.entries.split_off(&(upto + 1));
                self.first = upto + 1;
                self.next = self.next.max(self.first);
                let marker = Bytes::from(upto.to_string().into_bytes());
                self.purged = Some(marker.clone());
                log.purge_to(upto, marker, done);
            }
            Step::Vote(vote) => {
                self.vote = Some(Bytes::from(vec![*vote]));
                log.save_vote(Bytes::from(vec![*vote]), done);
            }
            Step::Reopen => done(Ok(())),
        }
    }

    fn check(&self, log: &GroupLog) -> Result<(), TestCaseError> {
        let expected: Vec<_> = self
            .entries
            .iter()
            .map(|(index, entry)| (*index, entry.clone()))
            .collect();
        prop_assert_eq!(log.read(0..u64::MAX, usize::MAX).unwrap(), expected);
        prop_assert_eq!(log.first_index(), self.entries.keys().next().copied());
        prop_assert_eq!(log.last_index(), self.entries.keys().next_back().copied());
        prop_assert_eq!(log.vote(), self.vote.clone());
        prop_assert_eq!(log.purged(), self.purged.clone());
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_log_holds_what_was_appended_and_not_removed(
        steps in prop::collection::vec(step(), 1..40),
        cache_bytes in prop_oneof![Just(0), Just(300), Just(1 << 20)],
    ) {
        let dir = TempDir::new().unwrap();
        let options = LogOptions { cache_bytes, ..LogOptions::default() };
        let open = || {
            let log = LogStore::open(dir.path(), options.clone()).unwrap().group(GroupId(3));
            log.unwrap()
        };
        let (mut log, mut model) = (open(), Model::default());
        let mut waiting = Vec::new();
        for step in &steps {
            let (done, result) = completion();
            model.run(&log, step, done);
            waiting.push(result);
            model.check(&log)?;
            if matches!(step, Step::Reopen) {
                drop(log);
                log = open();
                model.check(&log)?;
            }
        }
        for result in waiting {
            prop_assert_eq!(result.recv_timeout(PATIENCE).unwrap(), Ok(()));
        }
        drop(log);
        model.check(&open())?;
    }
}
