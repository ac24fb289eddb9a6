use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use bytes::Bytes;
use tempfile::TempDir;

use super::*;

const CRASH_DIR: &str = "ROOST_LOG_CRASH_DIR";

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

/// Waits for one queued operation.
fn wait(submit: impl FnOnce(Completion)) {
    let (done, result) = completion();
    submit(done);
    result
        .recv_timeout(Duration::from_secs(10))
        .unwrap()
        .unwrap();
}

fn append(log: &GroupLog, first: u64, texts: &[&str]) {
    wait(|done| log.append(first, entries(texts), done));
}

fn texts(log: &GroupLog, range: std::ops::Range<u64>) -> Vec<String> {
    let read = log.read(range, usize::MAX).unwrap();
    read.into_iter()
        .map(|(_, bytes)| String::from_utf8(bytes.to_vec()).unwrap())
        .collect()
}

#[test]
fn what_was_appended_is_there_after_reopening() {
    let dir = TempDir::new().unwrap();
    {
        let store = open(dir.path());
        let log = store.group(GroupId(7)).unwrap();
        append(&log, 1, &["a", "b", "c"]);
        wait(|done| log.save_vote(Bytes::from_static(b"vote"), done));
        let other = store.group(GroupId(8)).unwrap();
        append(&other, 5, &["x"]);
    }
    let store = open(dir.path());
    let log = store.group(GroupId(7)).unwrap();
    assert_eq!((log.first_index(), log.last_index()), (Some(1), Some(3)));
    assert_eq!(log.vote().as_deref(), Some(&b"vote"[..]));
    assert_eq!(texts(&log, 1..4), ["a", "b", "c"]);
    assert_eq!(texts(&store.group(GroupId(8)).unwrap(), 0..9), ["x"]);
    assert_eq!(store.group(GroupId(9)).unwrap().last_index(), None);
}

#[test]
fn entries_written_over_a_truncated_tail_are_the_only_ones_left() {
    let dir = TempDir::new().unwrap();
    {
        let log = open(dir.path()).group(GroupId(1)).unwrap();
        append(&log, 1, &["a", "b", "c", "d"]);
        let (truncated, _first) = completion();
        let (appended, second) = completion();
        log.truncate_from(3, truncated);
        log.append(3, entries(&["C"]), appended);
        assert_eq!(texts(&log, 1..9), ["a", "b", "C"]);
        second
            .recv_timeout(Duration::from_secs(10))
            .unwrap()
            .unwrap();
    }
    let log = open(dir.path()).group(GroupId(1)).unwrap();
    assert_eq!(texts(&log, 1..9), ["a", "b", "C"]);
    assert_eq!(log.last_index(), Some(3));
}

#[test]
fn a_purge_removes_the_front_and_leaves_its_mark() {
    let dir = TempDir::new().unwrap();
    {
        let log = open(dir.path()).group(GroupId(1)).unwrap();
        append(&log, 1, &["a", "b", "c"]);
        wait(|done| log.purge_to(2, Bytes::from_static(b"two"), done));
        assert_eq!(texts(&log, 0..9), ["c"]);
    }
    let log = open(dir.path()).group(GroupId(1)).unwrap();
    assert_eq!((log.first_index(), log.last_index()), (Some(3), Some(3)));
    assert_eq!(log.purged().as_deref(), Some(&b"two"[..]));
}

#[test]
fn a_purge_of_everything_leaves_an_empty_log_that_goes_on_behind_it() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path()).group(GroupId(1)).unwrap();
    append(&log, 1, &["a", "b"]);
    wait(|done| log.purge_to(10, Bytes::from_static(b"ten"), done));
    assert_eq!(log.last_index(), None);
    append(&log, 11, &["k"]);
    assert_eq!((log.first_index(), log.last_index()), (Some(11), Some(11)));
    assert_eq!(texts(&log, 0..20), ["k"]);
}

#[test]
fn reads_cross_from_disk_into_memory() {
    let dir = TempDir::new().unwrap();
    let options = LogOptions {
        cache_bytes_per_group: 8,
        ..LogOptions::default()
    };
    let store = LogStore::open(dir.path(), options).unwrap();
    let log = store.group(GroupId(1)).unwrap();
    append(&log, 1, &["aaaa", "bbbb", "cccc", "dddd", "eeee"]);
    assert_eq!(texts(&log, 1..6), ["aaaa", "bbbb", "cccc", "dddd", "eeee"]);
    assert_eq!(log.read(1..6, 9).unwrap().len(), 2);
    assert_eq!(log.read(2..6, 1).unwrap().len(), 1);
}

#[test]
fn a_destroyed_group_leaves_nothing_and_its_neighbour_alone() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let log = store.group(GroupId(1)).unwrap();
    append(&log, 1, &["a"]);
    wait(|done| log.save_vote(Bytes::from_static(b"v"), done));
    append(&store.group(GroupId(2)).unwrap(), 1, &["b"]);
    store.destroy_group(GroupId(1)).unwrap();
    let again = store.group(GroupId(1)).unwrap();
    assert_eq!((again.last_index(), again.vote()), (None, None));
    assert_eq!(texts(&store.group(GroupId(2)).unwrap(), 0..9), ["b"]);
}

#[test]
fn a_closed_store_completes_with_an_error() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let log = store.group(GroupId(1)).unwrap();
    store.close();
    let (done, result) = completion();
    log.append(1, entries(&["a"]), done);
    assert_eq!(result.recv().unwrap(), Err(EngineError::Closed));
}

#[test]
fn many_groups_complete_each_in_its_order() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let (send, receive) = sync_channel(4096);
    for index in 1..=50u64 {
        for group in 0..16 {
            let log = store.group(GroupId(group)).unwrap();
            let send = send.clone();
            let done = Box::new(move |result: Result<(), EngineError>| {
                result.unwrap();
                send.send((group, index)).unwrap();
            });
            log.append(index, entries(&["entry"]), done);
        }
    }
    let mut last = [0; 16];
    for _ in 0..16 * 50 {
        let (group, index) = receive.recv_timeout(Duration::from_secs(10)).unwrap();
        assert_eq!(last[group as usize] + 1, index);
        last[group as usize] = index;
    }
}

/// The child of the test below: appends and reports each durable index until it is killed.
#[test]
fn crash_child() {
    let Ok(dir) = std::env::var(CRASH_DIR) else {
        return;
    };
    let log = open(Path::new(&dir)).group(GroupId(1)).unwrap();
    for index in 1.. {
        append(&log, index, &["some entry that must survive"]);
        println!("durable {index}");
    }
}

#[test]
fn everything_that_completed_survives_a_kill() {
    use std::io::{BufRead as _, BufReader};
    let dir = TempDir::new().unwrap();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "log::tests::crash_child", "--nocapture"])
        .env(CRASH_DIR, dir.path())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut durable = 0;
    for line in lines.map_while(Result::ok) {
        // The test harness shares the pipe and may write in front of the first report.
        if let Some(index) = line.split("durable ").nth(1) {
            durable = index.parse().unwrap();
        }
        if durable == 200 {
            child.kill().unwrap(); // SIGKILL; what it reported until then is still in the pipe
        }
    }
    child.wait().unwrap();
    assert!(durable >= 200);
    let log = open(dir.path()).group(GroupId(1)).unwrap();
    assert!(
        log.last_index().unwrap() >= durable,
        "{:?} < {durable}",
        log.last_index()
    );
    assert_eq!(
        log.read(1..durable + 1, usize::MAX).unwrap().len() as u64,
        durable
    );
}
