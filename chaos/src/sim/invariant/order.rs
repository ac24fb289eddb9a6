//! The events of a session are stored in the order in which it sent them, and those of a device's
//! later session behind those of its earlier ones.

use std::collections::BTreeMap;

use crate::sim::audit::Audit;
use crate::sim::history::Operation;

pub(super) fn check(_operations: &[Operation], audit: &Audit) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut last = BTreeMap::new();
    for event in &audit.events {
        // Numbers rise with every event that is sent, over all sessions of a client.
        let place = (event.epoch, event.number);
        if let Some((epoch, number)) = last.insert(&event.device, place)
            && (epoch, number) > place
        {
            breaches.push(format!(
                "event {} of {} (epoch {}) stands behind event {number} (epoch {epoch})",
                event.number, event.device, event.epoch
            ));
        }
    }
    breaches
}
