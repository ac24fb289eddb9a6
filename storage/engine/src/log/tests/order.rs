//! What is seen, and in which order, while the disk lags behind.

use super::*;

#[test]
fn entries_can_be_read_before_they_are_durable() {
    let dir = TempDir::new().unwrap();
    let options = LogOptions {
        cache_bytes: 0,
        ..LogOptions::default()
    };
    let store = LogStore::open(dir.path(), options).unwrap();
    let log = store.group(GroupId(1)).unwrap();
    append(&log, 1, &["a"]);
    let held = hold_flusher(&store);
    let (done, appended) = completion();
    log.append(2, entries(&["b", "c"]), done);
    assert_eq!(texts(&log, 1..9), ["a", "b", "c"]);
    assert_eq!(log.last_index(), Some(3));
    assert!(appended.try_recv().is_err());
    drop(held);
    assert_eq!(appended.recv_timeout(PATIENCE).unwrap(), Ok(()));
    assert_eq!(texts(&log, 1..9), ["a", "b", "c"]);
}

#[test]
fn entries_appended_over_a_truncated_tail_are_the_only_ones_left() {
    let dir = TempDir::new().unwrap();
    {
        let store = open(dir.path());
        let log = store.group(GroupId(1)).unwrap();
        append(&log, 1, &["a", "b", "c", "d"]);
        let held = hold_flusher(&store);
        let (truncated, _first) = completion();
        let (appended, second) = completion();
        log.truncate_from(3, truncated);
        assert_eq!(texts(&log, 1..9), ["a", "b"]);
        log.append(3, entries(&["C"]), appended);
        assert_eq!(texts(&log, 1..9), ["a", "b", "C"]);
        drop(held);
        second.recv_timeout(PATIENCE).unwrap().unwrap();
    }
    let log = open(dir.path()).group(GroupId(1)).unwrap();
    assert_eq!(texts(&log, 1..9), ["a", "b", "C"]);
    assert_eq!(log.last_index(), Some(3));
}

#[test]
fn a_late_completion_does_not_pass_for_the_entry_that_replaced_its_own() {
    let dir = TempDir::new().unwrap();
    let options = LogOptions {
        cache_bytes: 0,
        ..LogOptions::default()
    };
    let store = LogStore::open(dir.path(), options).unwrap();
    let log = store.group(GroupId(1)).unwrap();
    let held = hold_flusher(&store);
    // Large enough to be a batch of its own: it is on disk before its truncation is.
    let old = Bytes::from(vec![b'o'; 2 << 20]);
    let (seen, see) = sync_channel(1);
    let reader = log.clone();
    log.append(
        1,
        vec![old],
        Box::new(move |_| seen.send(reader.read(1..2, 0)).unwrap()),
    );
    let (ignored, _result) = completion();
    log.truncate_from(1, ignored);
    let (done, appended) = completion();
    log.append(1, entries(&["new"]), done);
    drop(held);
    let read = see.recv_timeout(PATIENCE).unwrap().unwrap();
    assert_eq!(read, [(1, Bytes::from_static(b"new"))]);
    appended.recv_timeout(PATIENCE).unwrap().unwrap();
    assert_eq!(texts(&log, 1..2), ["new"]);
}

#[test]
fn appends_that_leave_a_gap_or_overlap_are_refused_in_their_turn_and_change_nothing() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path()).group(GroupId(1)).unwrap();
    append(&log, 5, &["e", "f", "g"]);
    wait(|done| log.purge_to(5, Bytes::new(), done));
    for first in [0, 5, 6, 7, 9, u64::MAX] {
        let refused = outcome(|done| log.append(first, entries(&["x"]), done));
        assert!(
            matches!(refused, Err(EngineError::Refused(_))),
            "{first}: {refused:?}"
        );
    }
    wait(|done| log.append(100, Vec::new(), done));
    wait(|done| log.truncate_from(6, done));
    let refused = outcome(|done| log.append(5, entries(&["purged"]), done));
    assert!(matches!(refused, Err(EngineError::Refused(_))));
    append(&log, 6, &["F"]);
    assert_eq!(texts(&log, 0..99), ["F"]);
}

#[test]
fn completions_of_many_groups_run_on_the_flusher_each_once_and_in_order() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let (send, receive) = sync_channel(4096);
    std::thread::scope(|scope| {
        for group in 0..16 {
            let (log, send) = (store.group(GroupId(group)).unwrap(), send.clone());
            scope.spawn(move || {
                for index in 1..=50u64 {
                    let send = send.clone();
                    let done = Box::new(move |result: Result<(), EngineError>| {
                        assert_eq!(std::thread::current().name(), Some("log-writer"));
                        send.send((group, index, result)).unwrap();
                    });
                    log.append(index, entries(&["entry"]), done);
                }
            });
        }
    });
    drop((send, store));
    let mut last = [0; 16];
    for (group, index, result) in receive {
        assert_eq!(result, Ok(()));
        assert_eq!(last[group as usize] + 1, index);
        last[group as usize] = index;
    }
    assert_eq!(last, [50; 16]);
}

#[test]
fn handles_of_one_group_may_be_used_by_many_threads() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path()).group(GroupId(1)).unwrap();
    append(&log, 0, &["first"]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    // Two threads may see the same end; one of them is refused then.
                    let next = log.last_index().unwrap() + 1;
                    let outcome = outcome(|done| log.append(next, entries(&["entry"]), done));
                    assert!(matches!(outcome, Ok(()) | Err(EngineError::Refused(_))));
                }
            });
        }
    });
    let last = log.last_index().unwrap();
    assert!(last >= 50);
    assert_eq!(
        log.read(0..u64::MAX, usize::MAX).unwrap().len() as u64,
        last + 1
    );
}

#[test]
fn a_full_queue_makes_appenders_wait_and_loses_nothing() {
    let dir = TempDir::new().unwrap();
    let options = LogOptions {
        queue_bytes: 4096,
        ..LogOptions::default()
    };
    let store = LogStore::open(dir.path(), options).unwrap();
    let log = store.group(GroupId(1)).unwrap();
    let held = hold_flusher(&store);
    let (send, queued) = sync_channel(16);
    let appender = std::thread::spawn(move || {
        for index in 1..=8 {
            log.append(index, vec![Bytes::from(vec![0; 3000])], Box::new(|_| {}));
            send.send(index).unwrap();
        }
        log
    });
    assert_eq!(queued.recv_timeout(PATIENCE), Ok(1));
    assert!(queued.try_recv().is_err() && !appender.is_finished());
    drop(held);
    let log = appender.join().unwrap();
    wait(|done| log.save_vote(Bytes::new(), done));
    assert_eq!(log.read(1..9, usize::MAX).unwrap().len(), 8);
}

#[test]
fn a_completion_that_panics_takes_no_other_along() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let log = store.group(GroupId(1)).unwrap();
    let held = hold_flusher(&store);
    log.append(
        1,
        entries(&["a"]),
        Box::new(|_| panic!("a completion panics, as asked")),
    );
    let (done, second) = completion();
    log.append(2, entries(&["b"]), done);
    drop(held);
    assert_eq!(second.recv_timeout(PATIENCE).unwrap(), Ok(()));
}

#[test]
fn reads_that_race_with_truncations_never_mix_two_histories() {
    let dir = TempDir::new().unwrap();
    let options = LogOptions {
        cache_bytes: 0,
        ..LogOptions::default()
    };
    let store = LogStore::open(dir.path(), options).unwrap();
    let log = store.group(GroupId(1)).unwrap();
    // Every history writes its number into all entries from 5 on.
    append(&log, 1, &["0"; 12]);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            loop {
                let read = texts(&log, 5..99);
                assert!(read.windows(2).all(|pair| pair[0] == pair[1]), "{read:?}");
                if read.first().is_some_and(|history| history == "end") {
                    return;
                }
            }
        });
        for round in 1..200u32 {
            let (ignored, _result) = completion();
            log.truncate_from(5, ignored);
            append(&log, 5, &[&round.to_string()[..]; 8]);
        }
        let (ignored, _result) = completion();
        log.truncate_from(5, ignored);
        append(&log, 5, &["end"; 8]);
        reader.join().unwrap();
    });
}

#[test]
fn reads_are_whole_while_entries_leave_memory() {
    let dir = TempDir::new().unwrap();
    let options = LogOptions {
        cache_bytes: 0,
        ..LogOptions::default()
    };
    let store = LogStore::open(dir.path(), options).unwrap();
    let log = store.group(GroupId(1)).unwrap();
    append(&log, 1, &["first"]);
    for index in 2..2000 {
        log.append(index, entries(&["more"]), Box::new(|_| {}));
        // A part is on disk by now, and another part gets there while this reads.
        let read = log
            .read((index - 1).max(20) - 19..u64::MAX, usize::MAX)
            .unwrap();
        assert_eq!(read.last().map(|(last, _)| *last), Some(index));
    }
}
