//! What was decided in one term is never written in another one.

use crate::sim::audit::Audit;
use crate::sim::history::{Call, Operation};

pub(super) fn check(operations: &[Operation], _audit: &Audit) -> Vec<String> {
    let written = operations
        .iter()
        .filter(|operation| operation.value().is_some());
    let breach = |operation: &Operation| match &operation.call {
        Call::Propose { partition, term } => Some(format!(
            "partition {partition} wrote at node {} what was decided in its term {term}, which had passed",
            operation.node
        )),
        _ => None,
    };
    written.filter_map(breach).collect()
}
