mod crash;
mod damage;
mod files;

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use tempfile::TempDir;

use super::*;

const SMALL: TableId = TableId(0);
const LARGE: TableId = TableId(1);

fn tables() -> Vec<TableSpec> {
    vec![
        TableSpec {
            name: "small",
            large_values: false,
        },
        TableSpec {
            name: "large",
            large_values: true,
        },
    ]
}

fn open(dir: &Path) -> StateStore {
    StateStore::open(dir, &tables(), StateOptions::default()).unwrap()
}

fn put(store: &StateStore, rows: &[(TableId, &str, &str)]) {
    let mut batch = Batch::default();
    for (table, key, value) in rows {
        batch.put(*table, key.as_bytes(), value.as_bytes());
    }
    store.write(batch).unwrap();
}

fn keys(scan: Scan<'_>) -> Vec<String> {
    scan.map(|row| String::from_utf8(row.unwrap().0.into_vec()).unwrap())
        .collect()
}

fn keys_of_view(view: &View, table: TableId) -> Vec<String> {
    let mut keys = Vec::new();
    view.scan::<EngineError>(table, b"", b"~", |key, _| {
        keys.push(String::from_utf8(key.to_vec()).unwrap());
        Ok(ControlFlow::Continue(()))
    })
    .unwrap();
    keys
}

#[test]
fn scans_stay_within_their_bounds_and_in_order() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    put(
        &store,
        &[
            (SMALL, "b", "2"),
            (SMALL, "a", "1"),
            (SMALL, "d", "4"),
            (SMALL, "c", "3"),
        ],
    );
    assert_eq!(keys(store.scan(SMALL, b"b", b"d")), ["b", "c"]);
    assert_eq!(keys(store.scan(SMALL, b"d", b"b")), Vec::<String>::new());
    assert_eq!(keys(store.scan(SMALL, b"b", b"b")), Vec::<String>::new());
    let last = store.last_before(SMALL, b"a", b"d").unwrap().unwrap();
    assert_eq!((&*last.0, &*last.1), (&b"c"[..], &b"3"[..]));
    let first = store.first_from(SMALL, b"bb", b"z").unwrap().unwrap();
    assert_eq!(&*first.0, b"c");
    assert!(store.last_before(SMALL, b"x", b"z").unwrap().is_none());
    assert!(store.last_before(SMALL, b"z", b"x").unwrap().is_none());
    assert!(store.first_from(SMALL, b"x", b"z").unwrap().is_none());
}

#[test]
fn changes_of_a_batch_apply_in_order_over_all_tables() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    put(
        &store,
        &[
            (SMALL, "a", "1"),
            (SMALL, "b", "2"),
            (SMALL, "c", "3"),
            (LARGE, "b", "5"),
        ],
    );
    let mut batch = Batch::default();
    batch.delete_range(SMALL, b"b", b"c");
    batch.put(SMALL, b"b", b"back");
    batch.put(SMALL, b"d", b"4");
    batch.delete(SMALL, b"d");
    batch.delete(LARGE, b"b");
    store.write(batch).unwrap();
    store.flush().unwrap();
    assert_eq!(keys(store.scan(SMALL, b"", b"z")), ["a", "b", "c"]);
    assert_eq!(
        store.get(SMALL, b"b").unwrap().as_deref(),
        Some(&b"back"[..])
    );
    assert_eq!(store.get(LARGE, b"b").unwrap(), None);
}

#[test]
fn a_batch_that_names_no_table_is_refused_whole() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let mut batch = Batch::default();
    batch.put(SMALL, b"a", b"1");
    batch.put(TableId(2), b"b", b"2");
    assert!(matches!(store.write(batch), Err(EngineError::Refused(_))));
    assert_eq!(store.get(SMALL, b"a").unwrap(), None);
    let row = store.scan(TableId(9), b"", b"z").next();
    assert!(matches!(row, Some(Err(EngineError::Refused(_)))));
    put(&store, &[(SMALL, "a", "the store still works")]);
}

#[test]
fn a_view_does_not_see_what_comes_later_and_may_outlive_the_store() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    put(&store, &[(SMALL, "a", "old"), (LARGE, "l", "old")]);
    let view = store.view();
    put(
        &store,
        &[
            (SMALL, "a", "new"),
            (SMALL, "b", "new"),
            (LARGE, "l", "new"),
        ],
    );
    store.flush().unwrap();
    drop(store);
    let elsewhere = std::thread::spawn(move || {
        assert_eq!(view.get(SMALL, b"a").unwrap().as_deref(), Some(&b"old"[..]));
        assert_eq!(view.get(LARGE, b"l").unwrap().as_deref(), Some(&b"old"[..]));
        assert_eq!(keys_of_view(&view, SMALL), ["a"]);
    });
    elsewhere.join().unwrap();
}

#[test]
fn a_scan_of_a_view_stops_when_told_and_hands_errors_on() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    put(
        &store,
        &[(SMALL, "a", "1"), (SMALL, "b", "2"), (SMALL, "c", "3")],
    );
    let view = store.view();
    let mut count = 0;
    view.scan::<EngineError>(SMALL, b"", b"z", |_, _| {
        count += 1;
        Ok(if count == 2 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    })
    .unwrap();
    assert_eq!(count, 2);
    let failed = view.scan(SMALL, b"", b"z", |_, _| Err(EngineError::Closed));
    assert_eq!(failed, Err(EngineError::Closed));
}

#[test]
fn flushes_that_have_nothing_to_do_do_nothing() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    put(&store, &[(SMALL, "a", "1")]);
    store.flush().unwrap();
    store.flush().unwrap();
    assert_eq!(files_of(&store), 1);
}

#[test]
fn callers_that_wait_for_a_flush_share_the_next_one() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let running = store.inner.flushed.lock(); // as while a flush runs
    std::thread::scope(|scope| {
        for caller in 0..8 {
            let store = &store;
            scope.spawn(move || {
                put(store, &[(SMALL, &caller.to_string(), "row")]);
                store.flush().unwrap();
            });
        }
        while store.inner.writes.load(Ordering::Acquire) < 8 {
            std::thread::yield_now();
        }
        drop(running);
    });
    assert_eq!(files_of(&store), 1);
}

/// Files of the small table; each flush that finds something adds one.
fn files_of(store: &StateStore) -> u64 {
    let (db, family) = (&store.inner.db, store.family(SMALL).unwrap());
    db.property_int_value_cf(family, "rocksdb.num-files-at-level0")
        .unwrap()
        .unwrap()
}

#[test]
fn cursors_walk_ranges_as_they_were_when_the_view_was_opened() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    put(
        &store,
        &[(SMALL, "a", "1"), (SMALL, "b", "2"), (SMALL, "d", "3")],
    );
    put(&store, &[(LARGE, "b", "x")]);
    let view = store.view();
    put(&store, &[(SMALL, "c", "late")]);
    let ranges: [(TableId, &[u8], &[u8]); 2] = [(SMALL, b"a", b"d"), (LARGE, b"", b"z")];
    let seen = view.walk(&ranges, |mut cursors| {
        let mut large = cursors.pop().unwrap();
        let mut small = cursors.pop().unwrap();
        assert_eq!(large.row(), Some((&b"b"[..], &b"x"[..])));
        large.advance();
        assert_eq!(large.row(), None);
        large.advance();
        large.check()?;
        let mut seen = Vec::new();
        while let Some(key) = small.key() {
            seen.push(String::from_utf8(key.to_vec()).unwrap());
            small.advance();
        }
        small.seek(b"aa");
        assert_eq!(small.key(), Some(&b"b"[..]));
        Ok::<_, EngineError>(seen)
    });
    assert_eq!(seen.unwrap(), ["a", "b"]);
}
