//! A message that the hub took reaches its device, waits for it, or was given up in the open; once
//! its completion was acknowledged, nobody is given it again.

use std::collections::{BTreeMap, BTreeSet};

use crate::sim::audit::Audit;
use crate::sim::history::{Call, Operation, Outcome, Value};

pub(super) fn check(operations: &[Operation], audit: &Audit) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut sent: BTreeMap<u64, &str> = BTreeMap::new();
    let mut got: BTreeSet<u64> = BTreeSet::new();
    let mut completed: BTreeMap<u64, &Operation> = BTreeMap::new();
    for operation in operations {
        match (&operation.call, &operation.outcome) {
            (Call::Enqueue { .. }, Outcome::Refused(_)) => {}
            (Call::Enqueue { device, message }, _) => {
                sent.insert(*message, device);
            }
            (Call::Receive { .. }, Outcome::Done(Value::Message(Some(message))))
            | (Call::Deliver { message, .. }, _) => {
                got.insert(*message);
            }
            (Call::Complete { message, .. }, Outcome::Done(_)) => {
                completed.insert(*message, operation);
            }
            _ => {}
        }
    }
    let kept: BTreeSet<u64> = audit.messages.values().flatten().copied().collect();
    for operation in operations {
        let Call::Enqueue { device, message } = &operation.call else {
            continue;
        };
        let taken = operation.value().is_some();
        if taken && !got.contains(message) && !kept.contains(message) {
            breaches.push(format!("message {message} of {device} is lost"));
        }
    }
    for operation in operations {
        let (Call::Receive { device }, Some(Value::Message(Some(message)))) =
            (&operation.call, operation.value())
        else {
            continue;
        };
        if sent.get(message) != Some(&device.as_str()) {
            breaches.push(format!("message {message} was never sent to {device}"));
        }
        let done = completed.get(message);
        if done.is_some_and(|done| done.precedes(operation)) {
            breaches.push(format!(
                "message {message} was given to {device} after it was completed"
            ));
        }
    }
    for message in kept
        .iter()
        .filter(|message| completed.contains_key(message))
    {
        breaches.push(format!(
            "message {message} was completed and is still there"
        ));
    }
    breaches
}
