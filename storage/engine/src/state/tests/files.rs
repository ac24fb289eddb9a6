//! Tables as files.

use super::*;

/// Bytes that do not compress.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..length).map(|_| next()).collect()
}

/// Takes rows in as one file at the bottom of the small table.
fn ingest(store: &StateStore, dir: &Path, keys: &[&str]) {
    let mut writer = store.bulk_writer(dir).unwrap();
    for key in keys {
        writer.put(SMALL, key.as_bytes(), b"row").unwrap();
    }
    store.ingest(writer.finish().unwrap()).unwrap();
}

#[test]
fn bulk_files_are_taken_in_beside_what_is_there() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir.path().join("db"));
    let staging = dir.path().join("staging");
    put(&store, &[(SMALL, "a", "1"), (SMALL, "x", "old")]);
    let mut writer = store.bulk_writer(&staging).unwrap();
    writer.put(SMALL, b"x", b"9").unwrap();
    writer.put(SMALL, b"y", b"8").unwrap();
    writer.put(LARGE, b"k", &[7; 4096]).unwrap();
    let files = writer.finish().unwrap();
    assert_eq!(
        files.iter().map(|(table, _)| *table).collect::<Vec<_>>(),
        [SMALL, LARGE]
    );
    store.ingest(files).unwrap();
    assert_eq!(keys(store.scan(SMALL, b"", b"zz")), ["a", "x", "y"]);
    assert_eq!(store.get(SMALL, b"x").unwrap().as_deref(), Some(&b"9"[..]));
    assert_eq!(store.get(LARGE, b"k").unwrap().unwrap().len(), 4096);
    assert_eq!(std::fs::read_dir(&staging).unwrap().count(), 0);
    drop(store);
    let store = open(&dir.path().join("db"));
    assert_eq!(keys(store.scan(SMALL, b"", b"zz")), ["a", "x", "y"]);
}

#[test]
fn a_bulk_writer_begins_a_new_file_when_one_is_full() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir.path().join("db"));
    let mut writer = store.bulk_writer(&dir.path().join("staging")).unwrap();
    for row in 0..70u64 {
        writer
            .put(LARGE, &row.to_be_bytes(), &noise(row, 1 << 20))
            .unwrap();
    }
    let files = writer.finish().unwrap();
    assert_eq!(
        files
            .iter()
            .map(|(_, files)| files.len())
            .collect::<Vec<_>>(),
        [2]
    );
    store.ingest(files).unwrap();
    assert_eq!(store.scan(LARGE, b"", &[0xff]).count(), 70);
    let row = store.get(LARGE, &69u64.to_be_bytes()).unwrap().unwrap();
    assert!(row[..] == noise(69, 1 << 20)[..]);
}

#[test]
fn bulk_keys_out_of_order_are_refused_even_across_files() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir.path().join("db"));
    let mut writer = store.bulk_writer(&dir.path().join("staging")).unwrap();
    writer.put(SMALL, b"y", b"1").unwrap();
    writer.put(LARGE, b"a", b"1").unwrap();
    for key in [b"x", b"y"] {
        let refused = writer.put(SMALL, key, b"2");
        assert!(
            matches!(refused, Err(EngineError::Refused(_))),
            "{refused:?}"
        );
    }
    assert!(matches!(
        writer.put(TableId(7), b"x", b"2"),
        Err(EngineError::Refused(_))
    ));
    writer.put(SMALL, b"z", b"3").unwrap();
    store.ingest(writer.finish().unwrap()).unwrap();
    assert_eq!(keys(store.scan(SMALL, b"", b"zz")), ["y", "z"]);
}

#[test]
fn dropping_files_spares_the_row_at_the_end_of_the_range() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir.path().join("db"));
    ingest(&store, &dir.path().join("1"), &["a", "b", "c"]);
    ingest(&store, &dir.path().join("2"), &["d", "e"]);
    store.drop_files_in_range(SMALL, b"a", b"c").unwrap();
    assert_eq!(
        keys(store.scan(SMALL, b"", b"z")),
        ["a", "b", "c", "d", "e"]
    );
    store.drop_files_in_range(SMALL, b"a", b"d").unwrap();
    assert_eq!(keys(store.scan(SMALL, b"", b"z")), ["d", "e"]);
    store.drop_files_in_range(SMALL, b"z", b"a").unwrap();
    store.drop_files_in_range(SMALL, b"", b"").unwrap();
    assert_eq!(keys(store.scan(SMALL, b"", b"z")), ["d", "e"]);
}

#[test]
fn files_that_a_view_may_need_are_not_dropped() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir.path().join("db"));
    ingest(&store, &dir.path().join("staging"), &["a", "b", "c"]);
    let view = store.view();
    store.drop_files_in_range(SMALL, b"a", b"z").unwrap();
    assert_eq!(keys_of_view(&view, SMALL), ["a", "b", "c"]);
    drop(view);
    store.drop_files_in_range(SMALL, b"a", b"z").unwrap();
    assert_eq!(keys(store.scan(SMALL, b"", b"z")), Vec::<String>::new());
}

#[test]
fn the_size_of_a_range_counts_its_large_values() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    for row in 0..64u64 {
        let mut batch = Batch::default();
        batch.put(LARGE, &row.to_be_bytes(), &noise(row, 64 << 10));
        store.write(batch).unwrap();
    }
    store.flush().unwrap();
    let whole = store
        .approximate_size(LARGE, &0u64.to_be_bytes(), &[0xff])
        .unwrap();
    assert!(
        (4 << 20..5 << 20).contains(&whole),
        "{whole} bytes of 4 MiB"
    );
    assert_eq!(
        store
            .approximate_size(LARGE, &[0xff], &0u64.to_be_bytes())
            .unwrap(),
        0
    );
    assert_eq!(store.approximate_size(SMALL, b"", &[0xff]).unwrap(), 0);
}

#[test]
fn a_checkpoint_is_a_database_of_its_own() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir.path().join("db"));
    put(
        &store,
        &[(SMALL, "a", "1"), (LARGE, "l", &"v".repeat(1000))],
    );
    store.checkpoint(&dir.path().join("copy")).unwrap();
    assert!(store.checkpoint(&dir.path().join("copy")).is_err());
    put(&store, &[(SMALL, "b", "2")]);
    let copy = open(&dir.path().join("copy"));
    assert_eq!(keys(copy.scan(SMALL, b"", b"z")), ["a"]);
    assert_eq!(copy.get(LARGE, b"l").unwrap().unwrap().len(), 1000);
    put(&copy, &[(SMALL, "c", "3")]);
    assert_eq!(keys(store.scan(SMALL, b"", b"z")), ["a", "b"]);
}
