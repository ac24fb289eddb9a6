//! A method is performed once at most, by the device that it is for, and its caller gets the answer
//! that this device gave.

use std::collections::BTreeMap;

use crate::sim::audit::Audit;
use crate::sim::history::{Call, Operation, Value};

pub(super) fn check(operations: &[Operation], _audit: &Audit) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut performed: BTreeMap<u64, Vec<&str>> = BTreeMap::new();
    for operation in operations {
        if let Call::Perform { device, number } = &operation.call {
            performed.entry(*number).or_default().push(device);
        }
    }
    for (number, devices) in performed.iter().filter(|(_, devices)| devices.len() > 1) {
        breaches.push(format!("method {number} was performed by {devices:?}"));
    }
    for operation in operations {
        let Call::Invoke { device, number } = &operation.call else {
            continue;
        };
        let by = performed.get(number).and_then(|devices| devices.first());
        if by.is_some_and(|by| by != device) {
            breaches.push(format!(
                "method {number} is for {device} and not for {by:?}"
            ));
        }
        if let Some(Value::Answer(answer)) = operation.value()
            && (answer != number || by.is_none())
        {
            breaches.push(format!("method {number} was answered {answer}, by {by:?}"));
        }
    }
    breaches
}
