//! Once a device was disabled or deleted and that was acknowledged, it can neither connect nor have
//! anything acknowledged, until it is let in again.

use std::collections::BTreeMap;

use crate::sim::audit::Audit;
use crate::sim::history::{Access, Call, Operation, Outcome};

pub(super) fn check(operations: &[Operation], _audit: &Audit) -> Vec<String> {
    let mut admissions: BTreeMap<&str, Vec<(Access, &Operation)>> = BTreeMap::new();
    for operation in operations {
        if let Call::Admit { device, access } = &operation.call
            && !matches!(operation.outcome, Outcome::Refused(_))
        {
            admissions
                .entry(device)
                .or_default()
                .push((*access, operation));
        }
    }
    let mut breaches = Vec::new();
    for operation in operations.iter().filter(|one| one.value().is_some()) {
        let (Call::Attach { device } | Call::Send { device, .. }) = &operation.call else {
            continue;
        };
        let Some(admissions) = admissions.get(device.as_str()) else {
            continue;
        };
        let shut = admissions.iter().find(|(access, out)| {
            *access != Access::Granted
                && out.value().is_some()
                && out.precedes(operation)
                && !is_let_in_between(admissions, out, operation)
        });
        if let Some((access, out)) = shut {
            breaches.push(format!(
                "{} was acknowledged although {} was {access:?} ({})",
                operation.call, device, out.invoked
            ));
        }
    }
    breaches
}

/// Whether the device may have been let in after it was turned away, and before an operation ended.
fn is_let_in_between(
    admissions: &[(Access, &Operation)],
    out: &Operation,
    operation: &Operation,
) -> bool {
    admissions.iter().any(|(access, admitted)| {
        let begun = operation.returned.is_none_or(|end| admitted.invoked < end);
        *access == Access::Granted && begun && !admitted.precedes(out)
    })
}
