//! Simulated clusters: the same seed is the same run, and no seed breaks a promise.

use std::process::{Command, Output};

/// Simulates one seed in a process of its own.
fn simulate(seed: u64, seconds: u64) -> Output {
    Command::new(env!("CARGO_BIN_EXE_roost-chaos"))
        .args(["sim", "--seed", &seed.to_string()])
        .args(["--seconds", &seconds.to_string()])
        .output()
        .expect("this crate's binary starts")
}

fn assert_sound(seed: u64, output: &Output) {
    let history = String::from_utf8_lossy(&output.stdout);
    let tail: Vec<&str> = history.lines().rev().take(40).collect();
    assert!(
        output.status.success(),
        "seed {seed}: {}\nthe end of its history, backwards:\n{}\n{}",
        output.status,
        tail.join("\n"),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_same_seed_gives_the_same_history_byte_for_byte() {
    let (one, other) = (simulate(7, 10), simulate(7, 10));
    assert_sound(7, &one);
    let end = String::from_utf8_lossy(&one.stdout);
    assert!(end.lines().count() > 1_000, "hardly anything happened");
    assert!(one.stdout == other.stdout, "two runs of one seed differ");
    assert!(
        one.stdout != simulate(8, 10).stdout,
        "seeds make no difference"
    );
}

#[test]
fn no_seed_breaks_a_promise() {
    for seed in 100..108 {
        assert_sound(seed, &simulate(seed, 10));
    }
}

/// Seeds that have found something once.
#[test]
fn what_was_found_stays_fixed() {
    // A failed fsync: the partition's actor was started without end.
    assert_sound(1, &simulate(1, 12));
}
