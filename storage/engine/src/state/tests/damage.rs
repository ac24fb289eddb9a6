//! What a bit that is another one leaves.

use std::fs;
use std::pin::pin;
use std::task::{Context, Waker};

use super::*;

/// A store whose only file of a table has a damaged row in it.
fn damaged(dir: &Path) -> StateStore {
    let store = open(dir);
    let rows: Vec<String> = (0..1000).map(|row| format!("row {row:04}")).collect();
    let mut batch = Batch::default();
    for row in &rows {
        batch.put(SMALL, row.as_bytes(), row.as_bytes());
    }
    store.write(batch).unwrap();
    store.flush().unwrap();
    drop(store);
    let files = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let table = files
        .filter(|file| file.extension().is_some_and(|end| end == "sst"))
        .max_by_key(|file| file.metadata().unwrap().len())
        .unwrap();
    let mut bytes = fs::read(&table).unwrap();
    // Rows come first in a file, the first of them at its beginning.
    bytes[20] ^= 1;
    fs::write(&table, bytes).unwrap();
    open(dir)
}

/// The store says that it is out of service, and takes nothing more.
fn assert_out_of_service(store: &StateStore) {
    let mut context = Context::from_waker(Waker::noop());
    assert!(pin!(store.failed()).poll(&mut context).is_ready());
    let write = store.write(Batch::default());
    assert!(matches!(write, Err(EngineError::Poisoned(_))), "{write:?}");
}

#[test]
fn a_damaged_row_puts_the_store_out_of_service_when_it_is_read() {
    let dir = TempDir::new().unwrap();
    let store = damaged(dir.path());
    let mut context = Context::from_waker(Waker::noop());
    assert!(pin!(store.failed()).poll(&mut context).is_pending());
    let read = store.get(SMALL, b"row 0000");
    assert!(matches!(read, Err(EngineError::Corruption(_))), "{read:?}");
    assert_out_of_service(&store);
}

#[test]
fn so_does_a_scan_that_comes_across_it() {
    let dir = TempDir::new().unwrap();
    let store = damaged(dir.path());
    let rows: Vec<_> = store.scan(SMALL, b"", b"~").collect();
    let last = rows.last().unwrap();
    assert!(matches!(last, Err(EngineError::Corruption(_))), "{last:?}");
    assert_out_of_service(&store);
}

#[test]
fn so_do_a_view_and_a_cursor() {
    let dir = TempDir::new().unwrap();
    let store = damaged(dir.path());
    let read = store.view().get(SMALL, b"row 0000");
    assert!(matches!(read, Err(EngineError::Corruption(_))), "{read:?}");
    assert_out_of_service(&store);

    let dir = TempDir::new().unwrap();
    let store = damaged(dir.path());
    let walked = store.view().walk(&[(SMALL, b"", b"~")], |cursors| {
        cursors.iter().try_for_each(Cursor::check)
    });
    assert!(
        matches!(walked, Err(EngineError::Corruption(_))),
        "{walked:?}"
    );
    assert_out_of_service(&store);
}
