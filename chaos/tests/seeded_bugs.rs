//! The simulation's checks find bugs that were put in on purpose. Needs the feature `seeded-bugs`,
//! with which nothing else should be built:
//! `cargo test -p roost-chaos --features seeded-bugs --test seeded_bugs`.
#![cfg(feature = "seeded-bugs")]

use std::process::Command;

use roost_engine::SeededBug;

/// Seeds that are tried before a bug counts as not found.
const SEEDS: u64 = 12;

/// The first seed that breaks a promise, and which.
fn find(bug: SeededBug) -> Option<(u64, String)> {
    (1..=SEEDS).find_map(|seed| {
        let output = Command::new(env!("CARGO_BIN_EXE_roost-chaos"))
            .args(["sim", "--seed", &seed.to_string()])
            .env("ROOST_SEEDED_BUG", bug.name())
            .output()
            .expect("this crate's binary starts");
        let history = String::from_utf8_lossy(&output.stdout).into_owned();
        let broken = history.lines().find(|line| line.starts_with("BROKEN"))?;
        Some((seed, broken.to_owned()))
    })
}

#[test]
fn every_seeded_bug_is_found() {
    for bug in SeededBug::ALL {
        let found = find(bug);
        println!("{}: {found:?}", bug.name());
        assert!(found.is_some(), "{} was not found", bug.name());
    }
}
