use proptest::prelude::*;

use super::*;

/// What may happen to a tail; numbers are relative, so that most steps mean something.
#[derive(Debug, Clone)]
enum Step {
    Append(u8),
    Truncate(u8),
    Purge(u8),
    /// The flusher reports this many more appends.
    Durable(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..5u8).prop_map(Step::Append),
        1 => (0..6u8).prop_map(Step::Truncate),
        1 => (0..6u8).prop_map(Step::Purge),
        3 => (1..4u8).prop_map(Step::Durable),
    ]
}

fn appended(change: Change) -> u64 {
    match change {
        Change::Append { append, .. } => append,
        other => panic!("not an append: {other:?}"),
    }
}

proptest! {
    #[test]
    fn what_is_not_durable_can_be_read_from_memory(
        steps in prop::collection::vec(step(), 1..60),
        keep in 0..400usize,
    ) {
        let mut tail = Tail::default();
        // Index and append of each entry there should be, beginning at `first`.
        let (mut model, mut first) = (VecDeque::<u64>::new(), 0);
        let (mut queued, mut durable) = (0, 0);
        for step in steps {
            let end = first + model.len() as u64;
            match step {
                Step::Append(count) => {
                    let entries = vec![Bytes::from(vec![7; 20]); usize::from(count)];
                    queued = appended(tail.append(end, entries).unwrap());
                    model.extend(std::iter::repeat_n(queued, usize::from(count)));
                }
                Step::Truncate(less) => {
                    let from = end.saturating_sub(u64::from(less)).max(first);
                    tail.truncate(from).unwrap();
                    model.truncate((from - first) as usize);
                }
                Step::Purge(more) => {
                    let upto = first + u64::from(more);
                    tail.purge(upto, Bytes::new()).unwrap();
                    model.drain(..model.len().min((upto + 1 - first) as usize));
                    first = upto + 1;
                }
                Step::Durable(more) => {
                    durable = queued.min(durable + u64::from(more));
                    tail.durable(durable, keep);
                }
            }
            let end = first + model.len() as u64;
            prop_assert_eq!(tail.range().is_empty(), model.is_empty());
            if !model.is_empty() {
                prop_assert_eq!(tail.range(), first..end);
            }
            for (index, append) in (first..).zip(&model) {
                let read = tail.read_memory(index, end, usize::MAX, true);
                prop_assert!(*append <= durable || read.len() as u64 == end - index);
            }
            prop_assert_eq!(
                tail.newest_bytes,
                tail.newest.iter().map(|kept| cost(&kept.entry)).sum::<usize>()
            );
        }
    }
}

#[test]
fn an_entry_that_replaces_a_truncated_one_stays_until_it_is_durable_itself() {
    let mut tail = Tail::default();
    let old = appended(tail.append(1, vec![Bytes::from_static(b"old")]).unwrap());
    tail.truncate(1).unwrap();
    let new = appended(tail.append(1, vec![Bytes::from_static(b"new")]).unwrap());
    tail.durable(old, 0);
    assert_eq!(
        tail.read_memory(1, 2, 0, true),
        [(1, Bytes::from_static(b"new"))]
    );
    tail.durable(new, 0);
    assert_eq!(tail.memory_start(), 2);
}

#[test]
fn the_first_entry_of_a_read_may_exceed_the_budget_and_no_other() {
    let mut tail = Tail::default();
    let entry = Bytes::from_static(b"12345");
    tail.append(1, vec![entry; 3]).unwrap();
    assert_eq!(tail.read_memory(1, 4, 4, true).len(), 1);
    assert_eq!(tail.read_memory(1, 4, 4, false).len(), 0);
    assert_eq!(tail.read_memory(1, 4, 10, true).len(), 2);
    assert_eq!(tail.read_memory(1, 4, usize::MAX, true).len(), 3);
    assert_eq!(tail.read_memory(0, 4, usize::MAX, true).len(), 0);
}

#[test]
fn only_a_newer_committed_marker_is_handed_out() {
    let mut tail = Tail::default();
    assert_eq!(tail.take_unsaved_committed(), None);
    tail.set_committed(Bytes::from_static(b"1"));
    assert_eq!(tail.take_unsaved_committed().as_deref(), Some(&b"1"[..]));
    assert_eq!(tail.take_unsaved_committed(), None);
    assert_eq!(tail.committed().as_deref(), Some(&b"1"[..]));
}
