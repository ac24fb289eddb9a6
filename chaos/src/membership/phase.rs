use std::time::Duration;

use tokio::time::Instant;

use crate::load::{Journal, Stalls};

/// When something was done to which node.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) name: &'static str,
    /// Devices at this node lose their connections.
    pub(super) victim: Option<u64>,
    pub(super) begin: Instant,
    pub(super) end: Instant,
    /// What else is worth telling.
    pub(super) note: String,
}

/// One phase as the devices saw it.
#[derive(Debug, Clone)]
pub struct Phase {
    pub name: &'static str,
    /// Until the cluster was settled and every device was served.
    pub duration: Duration,
    /// Pauses of devices at other nodes than the one that was hit.
    pub stalls: Stalls,
    /// Connections to those nodes that broke, with their reasons.
    pub dropped: Vec<String>,
    pub note: String,
}

impl Phase {
    pub(super) fn new(span: &Span, journals: &[Journal]) -> Self {
        let Span {
            name,
            victim,
            begin,
            end,
            note,
        } = span;
        let mut others: Vec<&Journal> = journals.iter().collect();
        others.retain(|journal| victim.is_none() || journal.node_at(*begin) != *victim);
        let dropped = others
            .iter()
            .flat_map(|journal| journal.dropped(*victim, *begin, *end));
        Self {
            name,
            duration: *end - *begin,
            stalls: Stalls::between(*begin, *end, &others),
            dropped: dropped.collect(),
            note: note.clone(),
        }
    }
}
