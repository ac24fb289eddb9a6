//! A disk that lies: damage must show, and a torn end must not.

use std::fs;
use std::path::PathBuf;

use super::*;

/// RocksDB's write-ahead files, oldest first.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    files.sort();
    files
}

fn fill(dir: &Path) {
    let log = open(dir).group(GroupId(1)).unwrap();
    for index in 1..=50 {
        wait(|done| log.append(index, vec![Bytes::from(vec![index as u8; 2000])], done));
    }
}

#[test]
fn a_torn_end_is_cut_off() {
    let dir = TempDir::new().unwrap();
    fill(dir.path());
    let newest = files(dir.path()).pop().unwrap();
    let length = fs::metadata(&newest).unwrap().len();
    fs::File::options()
        .write(true)
        .open(&newest)
        .unwrap()
        .set_len(length - 100)
        .unwrap();
    let log = open(dir.path()).group(GroupId(1)).unwrap();
    assert_eq!(bounds(&log), Some((1, 49)));
    append(&log, 50, &["again"]);
    assert_eq!(log.read(1..51, usize::MAX).unwrap().len(), 50);
}

#[test]
fn a_flipped_bit_before_the_end_is_an_error() {
    let dir = TempDir::new().unwrap();
    fill(dir.path());
    let newest = files(dir.path()).pop().unwrap();
    let mut bytes = fs::read(&newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&newest, bytes).unwrap();
    let opened = LogStore::open(dir.path(), LogOptions::default());
    assert!(
        matches!(opened, Err(EngineError::Corruption(_))),
        "{opened:?}"
    );
}

#[test]
fn a_missing_file_is_an_error() {
    let dir = TempDir::new().unwrap();
    let options = LogOptions {
        write_buffer_bytes: 64 << 10,
        ..LogOptions::default()
    };
    {
        let store = LogStore::open(dir.path(), options.clone()).unwrap();
        let log = store.group(GroupId(1)).unwrap();
        // Keeps every file needed, because votes go to a memory table of their own.
        wait(|done| log.save_vote(Bytes::from_static(b"vote"), done));
        let mut index = 1;
        while files(dir.path()).len() < 3 {
            wait(|done| log.append(index, vec![Bytes::from(vec![7; 10_000])], done));
            index += 1;
        }
    }
    let oldest = files(dir.path()).remove(0);
    fs::remove_file(oldest).unwrap();
    let opened = LogStore::open(dir.path(), options);
    assert!(
        matches!(opened, Err(EngineError::Corruption(_))),
        "{opened:?}"
    );
}
