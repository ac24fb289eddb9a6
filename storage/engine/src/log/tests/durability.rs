//! What a crash or a failing disk leaves.

use std::collections::HashMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::*;
use crate::testing::{child, child_dir, child_with_small_disk, reports};

/// What entry `index` of a group holds, so that a wrong one is noticed.
fn content(group: u32, index: u64) -> Bytes {
    let length = 20 + (u64::from(group) * 31 + index * 17) % 700;
    let text = format!("{group}/{index}/").repeat(length as usize);
    Bytes::from(text.into_bytes()).slice(..length as usize)
}

fn ready(failed: Failed) -> Option<EngineError> {
    match pin!(failed).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(error) => Some(error),
        Poll::Pending => None,
    }
}

/// The child: appends, votes, truncates and purges in four groups, reports what is durable, until it
/// is killed.
#[test]
fn child_that_is_killed() {
    let Some(dir) = child_dir() else { return };
    let options = LogOptions {
        cache_bytes: 0,
        ..LogOptions::default()
    };
    let store = LogStore::open(&dir, options).unwrap();
    std::thread::scope(|scope| {
        for group in 0..4 {
            let log = store.group(GroupId(group)).unwrap();
            scope.spawn(move || {
                for index in 1.. {
                    let report = Box::new(move |result: Result<(), EngineError>| {
                        result.unwrap();
                        println!("durable {group} {index}");
                    });
                    if index % 7 == 0 {
                        // A wrong entry that is taken back before the right one follows.
                        let wrong = vec![Bytes::from_static(b"wrong"); 3];
                        log.append(index, wrong, Box::new(|_| {}));
                        log.truncate_from(index, Box::new(|_| {}));
                    }
                    log.append(index, vec![content(group, index)], report);
                    if index % 50 == 0 {
                        let marker = Bytes::from(index.to_be_bytes().to_vec());
                        wait(|done| log.save_vote(marker.clone(), done));
                        println!("vote {group} {index}");
                        wait(|done| log.purge_to(index - 40, marker, done));
                    }
                }
            });
        }
    });
}

#[test]
fn everything_that_completed_survives_a_kill() {
    let dir = TempDir::new().unwrap();
    let mut child = child("log::tests::durability::child_that_is_killed", dir.path())
        .spawn()
        .unwrap();
    let (mut durable, mut votes) = (HashMap::new(), HashMap::new());
    let mut count = 0;
    for report in reports(&mut child, "") {
        let mut words = report.split(' ').rev();
        let index: Option<u64> = words.next().and_then(|word| word.parse().ok());
        let group: Option<u32> = words.next().and_then(|word| word.parse().ok());
        let Some((group, index)) = group.zip(index) else {
            continue;
        };
        match words.next() {
            Some("durable") => durable.insert(group, index),
            Some("vote") => votes.insert(group, index),
            _ => continue,
        };
        count += 1;
        if count == 2000 {
            child.kill().unwrap(); // SIGKILL; what it reported until then is still in the pipe
        }
    }
    child.wait().unwrap();
    assert!(count >= 2000 && durable.len() == 4);
    let store = open(dir.path());
    for (group, durable) in durable {
        let log = store.group(GroupId(group)).unwrap();
        let (first, last) = bounds(&log).unwrap();
        assert!(
            last >= durable,
            "group {group} ends at {last}, {durable} was durable"
        );
        let read = log.read(first..durable + 1, usize::MAX).unwrap();
        assert_eq!(read.len() as u64, durable + 1 - first);
        for (index, entry) in read {
            assert_eq!(
                entry,
                content(group, index),
                "entry {index} of group {group}"
            );
        }
        if let Some(vote) = votes.get(&group) {
            let stored = u64::from_be_bytes(log.vote().unwrap()[..].try_into().unwrap());
            assert!(stored >= *vote);
        }
        if let Some(marker) = log.purged() {
            assert_eq!(
                first,
                u64::from_be_bytes(marker[..].try_into().unwrap()) - 39
            );
        }
    }
}

/// The child: appends until the disk refuses.
#[test]
fn child_whose_disk_is_full() {
    let Some(dir) = child_dir() else { return };
    let store = open(&dir);
    let log = store.group(GroupId(1)).unwrap();
    let mut failed = pin!(store.failed());
    let mut context = Context::from_waker(Waker::noop());
    assert!(failed.as_mut().poll(&mut context).is_pending());
    let mut index = 1;
    let refused = loop {
        let entry = Bytes::from(vec![b'x'; 16 << 10]);
        match outcome(|done| log.append(index, vec![entry], done)) {
            Ok(()) => println!("durable {index}"),
            Err(error) => break error,
        }
        index += 1;
    };
    assert!(matches!(refused, EngineError::Io(_)), "{refused:?}");
    let next = outcome(|done| log.save_vote(Bytes::new(), done));
    assert!(matches!(next, Err(EngineError::Poisoned(_))), "{next:?}");
    let other = store.group(GroupId(2));
    assert!(matches!(other, Err(EngineError::Poisoned(_))), "{other:?}");
    assert_eq!(failed.poll(&mut context), Poll::Ready(next.unwrap_err()));
    assert!(ready(store.failed()).is_some());
    println!("finished as it should");
}

#[test]
fn a_write_that_fails_puts_the_store_out_of_service() {
    let dir = TempDir::new().unwrap();
    let test = "log::tests::durability::child_whose_disk_is_full";
    let mut child = child_with_small_disk(test, dir.path(), 2048)
        .spawn()
        .unwrap();
    let (mut durable, mut finished) = (0, false);
    for report in reports(&mut child, "") {
        finished |= report.ends_with("finished as it should");
        if let Some((_, index)) = report.split_once("durable ") {
            durable = index.parse().unwrap();
        }
    }
    assert!(finished && child.wait().unwrap().success());
    assert!(durable > 0);
    let log = open(dir.path()).group(GroupId(1)).unwrap();
    assert!(log.last_index().unwrap() >= durable);
    assert_eq!(
        log.read(1..durable + 1, usize::MAX).unwrap().len() as u64,
        durable
    );
}
