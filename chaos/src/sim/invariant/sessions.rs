//! Sessions of a device have rising epochs, and a session that was replaced is acknowledged nothing
//! that it sends afterwards.

use std::collections::BTreeMap;

use roost_model::ConnectionEpoch;

use crate::sim::audit::Audit;
use crate::sim::history::{Call, Operation, Value};

pub(super) fn check(operations: &[Operation], _audit: &Audit) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut attached: BTreeMap<&str, Vec<(ConnectionEpoch, &Operation)>> = BTreeMap::new();
    for operation in operations {
        let (Call::Attach { device }, Some(Value::Session(epoch))) =
            (&operation.call, operation.value())
        else {
            continue;
        };
        let sessions = attached.entry(device).or_default();
        for (other, session) in sessions.iter() {
            if other == epoch {
                breaches.push(format!("{device} has two sessions of epoch {epoch}"));
            } else if session.precedes(operation) && other > epoch {
                breaches.push(format!(
                    "{device} got epoch {epoch} after it had got {other}"
                ));
            }
        }
        sessions.push((*epoch, operation));
    }
    for operation in operations {
        let Call::Send {
            device,
            epoch,
            number,
        } = &operation.call
        else {
            continue;
        };
        let sessions = attached.get(device.as_str()).map_or(&[][..], Vec::as_slice);
        let newer = sessions
            .iter()
            .find(|(other, session)| other > epoch && session.precedes(operation));
        if let (Some((newer, _)), Some(_)) = (newer, operation.value()) {
            breaches.push(format!(
                "event {number} of {device} in epoch {epoch} was acknowledged after epoch {newer} began"
            ));
        }
    }
    breaches
}
