//! Twins and registry entries are linearizable registers with compare-and-set.
//!
//! Every write raises a register's version, and every answer tells the version, so the order in
//! which operations took effect is known and only has to be held against the clients' time:
//!
//! * a version has one value, and it is what some write wrote;
//! * who was answered before another one asked saw no later version than that one, and an earlier
//!   one if the other wrote;
//! * a write with a condition stands right behind the version that it expected;
//! * a write is refused for its condition only if another version could be there.

use std::collections::{BTreeMap, BTreeSet};

use roost_model::ErrorCode;

use crate::sim::audit::Audit;
use crate::sim::history::{Call, Operation, Outcome, Register, Value};

pub(super) fn check(operations: &[Operation], _audit: &Audit) -> Vec<String> {
    let mut registers: BTreeMap<(Register, &str), Vec<&Operation>> = BTreeMap::new();
    for operation in operations {
        if let Call::Read { register, device }
        | Call::Write {
            register, device, ..
        } = &operation.call
        {
            let key = (*register, device.as_str());
            registers.entry(key).or_default().push(operation);
        }
    }
    let mut breaches = Vec::new();
    for ((register, device), operations) in registers {
        let found = values(&operations)
            .into_iter()
            .chain(real_time(&operations))
            .chain(conditions(&operations));
        breaches.extend(found.map(|what| format!("{register:?} of {device}: {what}")));
    }
    breaches
}

fn seen(operation: &Operation) -> Option<(u64, Option<u64>)> {
    match operation.value()? {
        Value::Versioned { version, value } => Some((*version, *value)),
        _ => None,
    }
}

fn is_write(operation: &Operation) -> bool {
    matches!(operation.call, Call::Write { .. })
}

/// One value per version, one version per value, nothing out of thin air.
fn values(operations: &[&Operation]) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut attempted = BTreeSet::new();
    for operation in operations {
        if let Call::Write { value, .. } = operation.call
            && !matches!(operation.outcome, Outcome::Refused(_))
        {
            attempted.insert(value);
        }
    }
    let mut by_version: BTreeMap<u64, Option<u64>> = BTreeMap::new();
    let mut by_value: BTreeMap<u64, u64> = BTreeMap::new();
    for operation in operations {
        let Some((version, value)) = seen(operation) else {
            continue;
        };
        let known = *by_version.entry(version).or_insert(value);
        if known != value {
            breaches.push(format!("version {version} is {known:?} and {value:?}"));
        }
        let Some(value) = value else { continue };
        let known = *by_value.entry(value).or_insert(version);
        if known != version {
            breaches.push(format!(
                "value {value} has the versions {known} and {version}"
            ));
        }
        if !attempted.contains(&value) {
            breaches.push(format!("value {value} was written by nobody"));
        }
        if let Call::Write { value: written, .. } = operation.call
            && written != value
        {
            breaches.push(format!("a write of {written} was answered with {value}"));
        }
    }
    let mut writes = BTreeSet::new();
    for operation in operations.iter().filter(|operation| is_write(operation)) {
        if let Some((version, _)) = seen(operation)
            && !writes.insert(version)
        {
            breaches.push(format!("two writes got version {version}"));
        }
    }
    breaches
}

fn real_time(operations: &[&Operation]) -> Vec<String> {
    let mut breaches = Vec::new();
    for earlier in operations {
        let Some((before, _)) = seen(earlier) else {
            continue;
        };
        for later in operations.iter().filter(|later| earlier.precedes(later)) {
            let Some((after, _)) = seen(later) else {
                continue;
            };
            if after < before || (after == before && is_write(later)) {
                breaches.push(format!(
                    "{} at version {after} came after {} at version {before}",
                    later.call, earlier.call
                ));
            }
        }
    }
    breaches
}

fn conditions(operations: &[&Operation]) -> Vec<String> {
    let mut breaches = Vec::new();
    for operation in operations {
        let Call::Write {
            value,
            expected: Some(expected),
            ..
        } = operation.call
        else {
            continue;
        };
        match (&operation.outcome, seen(operation)) {
            (_, Some((version, _))) if is_between(operations, expected, version) => {
                breaches.push(format!(
                    "the write of {value} expected version {expected} and got {version}"
                ));
            }
            (Outcome::Refused(ErrorCode::PreconditionFailed), _)
                if !can_differ(operations, operation, expected) =>
            {
                breaches.push(format!(
                    "the write of {value} was refused although version {expected} was there"
                ));
            }
            _ => {}
        }
    }
    breaches
}

/// Whether a condition of version `expected` let a write through that stands at `version`: it must
/// be later, and nobody may have seen one in between.
fn is_between(operations: &[&Operation], expected: u64, version: u64) -> bool {
    let mut seen = operations.iter().filter_map(|operation| seen(operation));
    version <= expected || seen.any(|(other, _)| expected < other && other < version)
}

/// Whether another version than `expected` can have been there while the operation was under way:
/// somebody saw a later one, or wrote and was never told, before the operation had ended.
fn can_differ(operations: &[&Operation], refused: &Operation, expected: u64) -> bool {
    operations.iter().any(|other| {
        let began_before_its_end = refused
            .returned
            .is_none_or(|returned| other.invoked < returned);
        let later = seen(other).is_some_and(|(version, _)| version > expected);
        let unknown = other.outcome == Outcome::Unknown;
        is_write(other) && began_before_its_end && (unknown || later)
    })
}
