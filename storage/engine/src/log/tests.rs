mod damage;
mod durability;
mod order;
mod random;

use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use bytes::Bytes;
use tempfile::TempDir;

use super::*;

/// Long enough for any disk; only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

fn open(dir: &Path) -> LogStore {
    LogStore::open(dir, LogOptions::default()).unwrap()
}

fn entries(texts: &[&str]) -> Vec<Bytes> {
    texts
        .iter()
        .map(|text| Bytes::copy_from_slice(text.as_bytes()))
        .collect()
}

fn completion() -> (Completion, Receiver<Result<(), EngineError>>) {
    let (send, receive) = sync_channel(1);
    (Box::new(move |result| send.send(result).unwrap()), receive)
}

/// Submits an operation and gives what it completed with.
fn outcome(submit: impl FnOnce(Completion)) -> Result<(), EngineError> {
    let (done, result) = completion();
    submit(done);
    result.recv_timeout(PATIENCE).unwrap()
}

fn wait(submit: impl FnOnce(Completion)) {
    outcome(submit).unwrap();
}

fn append(log: &GroupLog, first: u64, texts: &[&str]) {
    wait(|done| log.append(first, entries(texts), done));
}

fn texts(log: &GroupLog, range: Range<u64>) -> Vec<String> {
    let read = log.read(range, usize::MAX).unwrap();
    read.into_iter()
        .map(|(_, bytes)| String::from_utf8(bytes.to_vec()).unwrap())
        .collect()
}

fn bounds(log: &GroupLog) -> Option<(u64, u64)> {
    log.first_index().zip(log.last_index())
}

/// Makes the flusher wait inside a completion until the sender is dropped.
fn hold_flusher(store: &LogStore) -> SyncSender<()> {
    let (release, held) = sync_channel::<()>(0);
    let (entered, inside) = sync_channel(1);
    let log = store.group(GroupId(u32::MAX)).unwrap();
    let hold = Box::new(move |_| {
        entered.send(()).unwrap();
        assert!(held.recv().is_err());
    });
    log.save_vote(Bytes::new(), hold);
    inside.recv_timeout(PATIENCE).unwrap();
    release
}

#[test]
fn everything_of_every_group_is_there_after_reopening() {
    let dir = TempDir::new().unwrap();
    {
        let store = open(dir.path());
        let log = store.group(GroupId(7)).unwrap();
        append(&log, 1, &["a", "b", "c"]);
        wait(|done| log.save_vote(Bytes::from_static(b"vote"), done));
        log.save_committed(Bytes::from_static(b"two"));
        append(&store.group(GroupId(u32::MAX)).unwrap(), 5, &["x"]);
        let voter = store.group(GroupId(0)).unwrap();
        wait(|done| voter.save_vote(Bytes::from_static(b"v"), done));
        store.group(GroupId(9)).unwrap();
        assert_eq!(store.groups(), [GroupId(0), GroupId(7), GroupId(u32::MAX)]);
    }
    let store = open(dir.path());
    assert_eq!(store.groups(), [GroupId(0), GroupId(7), GroupId(u32::MAX)]);
    let log = store.group(GroupId(7)).unwrap();
    assert_eq!(bounds(&log), Some((1, 3)));
    assert_eq!(texts(&log, 0..9), ["a", "b", "c"]);
    assert_eq!(log.vote().as_deref(), Some(&b"vote"[..]));
    assert_eq!(log.committed().as_deref(), Some(&b"two"[..]));
    assert_eq!(log.purged(), None);
    assert_eq!(texts(&store.group(GroupId(u32::MAX)).unwrap(), 5..6), ["x"]);
    assert_eq!(bounds(&store.group(GroupId(0)).unwrap()), None);
}

#[test]
fn a_purge_removes_the_front_and_leaves_its_marker() {
    let dir = TempDir::new().unwrap();
    {
        let log = open(dir.path()).group(GroupId(1)).unwrap();
        append(&log, 1, &["a", "b", "c"]);
        wait(|done| log.purge_to(2, Bytes::from_static(b"two"), done));
        wait(|done| log.purge_to(1, Bytes::from_static(b"one"), done));
        assert_eq!(texts(&log, 0..9), ["c"]);
    }
    let log = open(dir.path()).group(GroupId(1)).unwrap();
    assert_eq!(bounds(&log), Some((3, 3)));
    assert_eq!(log.purged().as_deref(), Some(&b"two"[..]));
    append(&log, 4, &["d"]);
    assert_eq!(texts(&log, 3..5), ["c", "d"]);
}

#[test]
fn a_log_that_was_purged_beyond_its_end_goes_on_behind_the_purge() {
    let dir = TempDir::new().unwrap();
    {
        let log = open(dir.path()).group(GroupId(1)).unwrap();
        append(&log, 1, &["a", "b"]);
        wait(|done| log.purge_to(10, Bytes::from_static(b"ten"), done));
        assert_eq!(bounds(&log), None);
    }
    let log = open(dir.path()).group(GroupId(1)).unwrap();
    assert_eq!(
        (bounds(&log), log.purged().as_deref()),
        (None, Some(&b"ten"[..]))
    );
    append(&log, 11, &["k"]);
    assert_eq!(bounds(&log), Some((11, 11)));
    assert_eq!(texts(&log, 0..20), ["k"]);
}

#[test]
fn reads_cross_from_disk_into_memory_within_their_byte_limit() {
    let dir = TempDir::new().unwrap();
    let options = LogOptions {
        cache_bytes: 2 * (64 + 4),
        ..LogOptions::default()
    };
    let store = LogStore::open(dir.path(), options).unwrap();
    let log = store.group(GroupId(1)).unwrap();
    append(&log, 1, &["aaaa", "bbbb", "cccc", "dddd", "eeee"]);
    assert_eq!(log.group_memory_start(), 4);
    assert_eq!(texts(&log, 1..6), ["aaaa", "bbbb", "cccc", "dddd", "eeee"]);
    assert_eq!(texts(&log, 2..5), ["bbbb", "cccc", "dddd"]);
    assert_eq!(log.read(1..6, 9).unwrap().len(), 2);
    assert_eq!(log.read(2..6, 1).unwrap().len(), 1);
    assert_eq!(log.read(3..6, 8).unwrap().len(), 2);
    assert_eq!(log.read(3..6, 11).unwrap().len(), 2);
    assert_eq!(log.read(4..u64::MAX, 1).unwrap().len(), 1);
    assert!(log.read(6..9, usize::MAX).unwrap().is_empty());
}

#[test]
fn a_destroyed_group_leaves_its_promises_and_its_neighbours_alone() {
    let dir = TempDir::new().unwrap();
    {
        let store = open(dir.path());
        let log = store.group(GroupId(1)).unwrap();
        append(&log, 1, &["a"]);
        wait(|done| log.save_vote(Bytes::from_static(b"v"), done));
        log.save_committed(Bytes::from_static(b"c"));
        append(&store.group(GroupId(0)).unwrap(), 1, &["z"]);
        append(&store.group(GroupId(2)).unwrap(), 1, &["b"]);
        let ended = Some(Bytes::from_static(b"e"));
        store.destroy_group(GroupId(1), ended).unwrap();
        let late = outcome(|done| log.append(2, entries(&["late"]), done));
        assert_eq!(late, Err(EngineError::Closed));
        log.save_committed(Bytes::from_static(b"late"));
        let next = store.group(GroupId(1)).unwrap();
        assert_eq!(next.vote(), Some(Bytes::from_static(b"v")));
        // A second time: there is nothing to say about a log that never was.
        store.destroy_group(GroupId(1), None).unwrap();
    }
    let store = open(dir.path());
    let again = store.group(GroupId(1)).unwrap();
    assert_eq!((bounds(&again), again.committed()), (None, None));
    assert_eq!(again.vote(), Some(Bytes::from_static(b"v")));
    assert_eq!(again.ended(), Some(Bytes::from_static(b"e")));
    append(&again, 40, &["anew"]);
    assert_eq!(texts(&again, 0..99), ["anew"]);
    store.destroy_group(GroupId(9), None).unwrap();
    assert_eq!(store.groups(), [GroupId(0), GroupId(1), GroupId(2)]);
    assert_eq!(texts(&store.group(GroupId(0)).unwrap(), 0..9), ["z"]);
    assert_eq!(texts(&store.group(GroupId(2)).unwrap(), 0..9), ["b"]);
}

#[test]
fn a_closed_store_writes_what_was_queued_and_refuses_the_rest() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let log = store.group(GroupId(1)).unwrap();
    let (done, queued) = completion();
    log.append(1, entries(&["a"]), done);
    store.close();
    assert_eq!(queued.try_recv().unwrap(), Ok(()));
    let late = outcome(|done| log.append(2, entries(&["b"]), done));
    assert_eq!(late, Err(EngineError::Closed));
    assert_eq!(
        store.destroy_group(GroupId(1), None),
        Err(EngineError::Closed)
    );
}

#[test]
fn the_last_handle_may_be_dropped_by_a_completion() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let log = store.group(GroupId(1)).unwrap();
    let (done, result) = completion();
    let held = hold_flusher(&store);
    let last = log.clone();
    let finish: Completion = Box::new(move |outcome| {
        drop(last);
        done(outcome);
    });
    log.append(1, entries(&["a"]), finish);
    drop((log, store, held));
    assert_eq!(result.recv_timeout(PATIENCE).unwrap(), Ok(()));
}
