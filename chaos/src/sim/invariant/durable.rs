//! An event that was acknowledged is stored, exactly once; what is stored was sent.

use std::collections::{BTreeMap, BTreeSet};

use crate::sim::audit::Audit;
use crate::sim::history::{Call, Operation};

pub(super) fn check(operations: &[Operation], audit: &Audit) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut stored: BTreeMap<u64, u32> = BTreeMap::new();
    for event in &audit.events {
        *stored.entry(event.number).or_default() += 1;
    }
    for (number, times) in stored.iter().filter(|(_, times)| **times > 1) {
        breaches.push(format!("event {number} is stored {times} times"));
    }
    let mut sent = BTreeSet::new();
    for operation in operations {
        let Call::Send { device, number, .. } = &operation.call else {
            continue;
        };
        sent.insert(*number);
        if operation.value().is_some() && !stored.contains_key(number) {
            breaches.push(format!("event {number} of {device} is not stored"));
        }
    }
    for number in stored.keys().filter(|number| !sent.contains(number)) {
        breaches.push(format!("event {number} is stored and was never sent"));
    }
    breaches
}
