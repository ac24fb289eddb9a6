//! A session is told the versions of its desired properties in rising order, none twice.

use std::collections::BTreeMap;

use crate::sim::audit::Audit;
use crate::sim::history::{Call, Operation};

pub(super) fn check(operations: &[Operation], _audit: &Audit) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut told = BTreeMap::new();
    for operation in operations {
        let Call::Notice {
            device,
            epoch,
            version,
        } = &operation.call
        else {
            continue;
        };
        if let Some(before) = told.insert((device, epoch), *version)
            && before >= *version
        {
            breaches.push(format!(
                "{device} was told version {version} after version {before} in epoch {epoch}"
            ));
        }
    }
    breaches
}
