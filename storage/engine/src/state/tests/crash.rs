//! What a crash or a failing disk leaves.

use std::pin::pin;
use std::task::{Context, Waker};

use super::*;
use crate::testing::{child, child_dir, child_with_small_disk, reports};

fn row_key(round: u32) -> String {
    format!("{round:08}")
}

/// Small buffers, so that RocksDB also flushes by itself, at moments that nobody asked for.
fn open_small(dir: &Path) -> StateStore {
    let options = StateOptions {
        write_buffer_bytes: 256 << 10,
        total_write_buffer_bytes: 512 << 10,
        ..StateOptions::default()
    };
    StateStore::open(dir, &tables(), options).unwrap()
}

/// The child: writes both tables in step and removes old rows from both, flushes now and then and
/// reports it, until it is killed.
#[test]
fn child_that_is_killed() {
    let Some(dir) = child_dir() else { return };
    let store = open_small(&dir);
    for round in 0.. {
        let mut batch = Batch::default();
        batch.put(SMALL, row_key(round).as_bytes(), b"s");
        batch.put(LARGE, row_key(round).as_bytes(), "v".repeat(600).as_bytes());
        if round % 100 == 99 {
            let (from, to) = (row_key(round - 99), row_key(round - 89));
            batch.delete_range(SMALL, from.as_bytes(), to.as_bytes());
            batch.delete_range(LARGE, from.as_bytes(), to.as_bytes());
        }
        store.write(batch).unwrap();
        if round % 700 == 650 {
            store.flush().unwrap();
            println!("flushed {round}");
        }
    }
}

/// Kills the child after some flushes and gives the last round that it reported as flushed.
fn kill_after(dir: &Path, flushes: usize) -> u32 {
    let mut child = child("state::tests::crash::child_that_is_killed", dir)
        .spawn()
        .unwrap();
    let (mut last, mut count) = (None, 0);
    for round in reports(&mut child, "flushed ") {
        last = Some(round.parse().unwrap());
        count += 1;
        if count == flushes {
            child.kill().unwrap(); // SIGKILL; what it reported until then is still in the pipe
        }
    }
    child.wait().unwrap();
    last.unwrap()
}

#[test]
fn after_a_kill_all_tables_hold_the_same_prefix_with_everything_flushed() {
    for flushes in [1, 2, 7] {
        let dir = TempDir::new().unwrap();
        let flushed = kill_after(dir.path(), flushes);
        let store = open_small(dir.path());
        let small = keys(store.scan(SMALL, b"", b"~"));
        assert_eq!(small, keys(store.scan(LARGE, b"", b"~")));
        let last: u32 = small.last().unwrap().parse().unwrap();
        assert!(
            last >= flushed,
            "{flushed} was flushed, the rows end at {last}"
        );
        let removed = |round: u32| round % 100 < 10 && round - round % 100 + 99 <= last;
        let expected: Vec<_> = (0..=last)
            .filter(|round| !removed(*round))
            .map(row_key)
            .collect();
        assert_eq!(small, expected);
        for row in store.scan(LARGE, b"", b"~") {
            assert_eq!(row.unwrap().1.len(), 600);
        }
    }
}

/// The child: ingests files after a write that nobody flushed, and dies.
#[test]
fn child_that_ingests_and_aborts() {
    let Some(dir) = child_dir() else { return };
    let store = open(&dir.join("db"));
    put(&store, &[(SMALL, "a", "written before")]);
    let mut writer = store.bulk_writer(&dir.join("staging")).unwrap();
    writer.put(LARGE, b"x", b"ingested").unwrap();
    store.ingest(writer.finish().unwrap()).unwrap();
    println!("ingested everything");
    std::process::abort();
}

#[test]
fn what_was_ingested_survives_a_crash_together_with_what_was_written_before() {
    let dir = TempDir::new().unwrap();
    let test = "state::tests::crash::child_that_ingests_and_aborts";
    let mut child = child(test, dir.path()).spawn().unwrap();
    assert_eq!(
        reports(&mut child, "ingested ").collect::<Vec<_>>(),
        ["everything"]
    );
    child.wait().unwrap();
    let store = open(&dir.path().join("db"));
    assert_eq!(keys(store.scan(LARGE, b"", b"~")), ["x"]);
    assert_eq!(keys(store.scan(SMALL, b"", b"~")), ["a"]);
}

/// The child: writes until the disk refuses a flush.
#[test]
fn child_whose_disk_is_full() {
    let Some(dir) = child_dir() else { return };
    let store = open(&dir);
    let mut failed = pin!(store.failed());
    let mut context = Context::from_waker(Waker::noop());
    put(&store, &[(SMALL, "a", "1")]);
    store.flush().unwrap();
    assert!(failed.as_mut().poll(&mut context).is_pending());
    for round in 0..64u64 {
        let mut batch = Batch::default();
        let value: Vec<u8> = (0..64 << 10)
            .map(|at: u64| ((at * 2_654_435_761 + round) >> 7) as u8)
            .collect();
        batch.put(SMALL, &round.to_be_bytes(), &value);
        store.write(batch).unwrap();
    }
    let refused = store.flush().unwrap_err();
    assert!(matches!(refused, EngineError::Io(_)), "{refused:?}");
    let write = store.write(Batch::default());
    assert!(matches!(write, Err(EngineError::Poisoned(_))), "{write:?}");
    assert_eq!(store.flush(), write);
    assert!(failed.poll(&mut context).is_ready());
    println!("refused as it should");
}

#[test]
fn a_flush_that_fails_puts_the_store_out_of_service() {
    let dir = TempDir::new().unwrap();
    let test = "state::tests::crash::child_whose_disk_is_full";
    let mut child = child_with_small_disk(test, dir.path(), 2048)
        .spawn()
        .unwrap();
    assert_eq!(
        reports(&mut child, "refused ").collect::<Vec<_>>(),
        ["as it should"]
    );
    assert!(child.wait().unwrap().success());
    let store = open(dir.path());
    assert_eq!(keys(store.scan(SMALL, b"a", b"b")), ["a"]);
}
