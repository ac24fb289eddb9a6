use std::ops::ControlFlow;

use tempfile::TempDir;

use super::*;

const SMALL: TableId = TableId(0);
const LARGE: TableId = TableId(1);
const CRASH_DIR: &str = "ROOST_STATE_CRASH_DIR";

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
    let last = store.last_before(SMALL, b"a", b"d").unwrap().unwrap();
    assert_eq!((&*last.0, &*last.1), (&b"c"[..], &b"3"[..]));
    let first = store.first_from(SMALL, b"bb", b"z").unwrap().unwrap();
    assert_eq!(&*first.0, b"c");
    assert!(store.last_before(SMALL, b"x", b"z").unwrap().is_none());
}

#[test]
fn a_view_does_not_see_what_comes_later() {
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
    assert_eq!(view.get(SMALL, b"a").unwrap().as_deref(), Some(&b"old"[..]));
    assert_eq!(view.get(LARGE, b"l").unwrap().as_deref(), Some(&b"old"[..]));
    let mut seen = Vec::new();
    view.scan::<EngineError>(SMALL, b"", b"z", |key, _| {
        seen.push(key.to_vec());
        Ok(ControlFlow::Continue(()))
    })
    .unwrap();
    assert_eq!(seen, [b"a"]);
}

#[test]
fn a_range_delete_removes_exactly_the_range() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    put(
        &store,
        &[(SMALL, "a", "1"), (SMALL, "b", "2"), (SMALL, "c", "3")],
    );
    let mut batch = Batch::default();
    batch.delete_range(SMALL, b"b", b"c");
    store.write(batch).unwrap();
    store.flush().unwrap();
    assert_eq!(keys(store.scan(SMALL, b"", b"z")), ["a", "c"]);
}

#[test]
fn bulk_files_are_taken_in_beside_what_is_there() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir.path().join("db"));
    put(&store, &[(SMALL, "a", "1")]);
    let mut writer = store.bulk_writer(&dir.path().join("staging")).unwrap();
    writer.put(SMALL, b"x", b"9").unwrap();
    writer.put(SMALL, b"y", b"8").unwrap();
    writer.put(LARGE, b"k", &[7; 4096]).unwrap();
    store.ingest(writer.finish().unwrap()).unwrap();
    assert_eq!(keys(store.scan(SMALL, b"", b"zz")), ["a", "x", "y"]);
    assert_eq!(store.get(LARGE, b"k").unwrap().unwrap().len(), 4096);
}

#[test]
fn bulk_keys_out_of_order_are_an_error() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir.path().join("db"));
    let mut writer = store.bulk_writer(&dir.path().join("staging")).unwrap();
    writer.put(SMALL, b"y", b"1").unwrap();
    writer.put(SMALL, b"x", b"2").unwrap();
    assert!(writer.finish().is_err());
}

#[test]
fn a_checkpoint_is_a_database_of_its_own() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir.path().join("db"));
    put(&store, &[(SMALL, "a", "1")]);
    store.checkpoint(&dir.path().join("copy")).unwrap();
    put(&store, &[(SMALL, "b", "2")]);
    let copy = open(&dir.path().join("copy"));
    assert_eq!(keys(copy.scan(SMALL, b"", b"z")), ["a"]);
}

#[test]
fn flushes_that_have_nothing_to_do_do_nothing() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    put(&store, &[(SMALL, "a", "1")]);
    store.flush().unwrap();
    let flushed = *store.inner.flushed.lock();
    store.flush().unwrap();
    assert_eq!(*store.inner.flushed.lock(), flushed);
}

/// The child of the test below: writes both tables in step, flushes now and then, and dies.
#[test]
fn crash_child() {
    let Ok(dir) = std::env::var(CRASH_DIR) else {
        return;
    };
    let store = open(Path::new(&dir));
    for round in 0..1000u32 {
        let key = format!("{round:04}");
        let large = "v".repeat(600);
        put(&store, &[(SMALL, &key, "s"), (LARGE, &key, &large)]);
        if round == 500 {
            store.flush().unwrap();
        }
    }
    std::process::abort();
}

#[test]
fn after_a_crash_both_tables_hold_the_same_prefix_with_everything_flushed() {
    let dir = TempDir::new().unwrap();
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "state::tests::crash_child"])
        .env(CRASH_DIR, dir.path())
        .stderr(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(!status.success());
    let store = open(dir.path());
    let small = keys(store.scan(SMALL, b"", b"z"));
    let large = keys(store.scan(LARGE, b"", b"z"));
    assert!(
        small.len() >= 501,
        "only {} rows of 501 flushed ones",
        small.len()
    );
    assert_eq!(small, large);
    assert!(
        small
            .iter()
            .enumerate()
            .all(|(at, key)| *key == format!("{at:04}"))
    );
}
