//! What must hold of a run, one promise per file. Each looks at the whole history and at what the
//! healed cluster says in the end, and names every breach that it finds.

mod durable;
mod fence;
mod messages;
mod methods;
mod notices;
mod order;
mod registers;
mod replicas;
mod revocation;
mod sessions;

use super::audit::Audit;
use super::history::Operation;
use super::world::World;

pub(super) use replicas::{are_level as replicas_are_level, check as check_replicas};

/// A promise, held against what clients saw.
type Check = fn(&[Operation], &Audit) -> Vec<String>;

const CHECKS: &[(&str, Check)] = &[
    ("what was acknowledged is stored, once", durable::check),
    (
        "events are in the order in which they were sent",
        order::check,
    ),
    (
        "the newest session of a device is the only one",
        sessions::check,
    ),
    ("registers are linearizable", registers::check),
    ("messages are delivered at least once", messages::check),
    (
        "changes are told in the order of their versions",
        notices::check,
    ),
    ("a method is performed once at most", methods::check),
    ("who is turned away stays out", revocation::check),
    (
        "what was decided in one term is not written in another",
        fence::check,
    ),
];

/// Every breach of every promise that is about what clients saw.
pub(super) fn check_all(world: &World, audit: &Audit) -> Vec<String> {
    let operations = world.history().operations();
    let mut breaches = Vec::new();
    for (promise, check) in CHECKS {
        let found = check(&operations, audit);
        breaches.extend(found.into_iter().map(|what| format!("{promise}: {what}")));
    }
    breaches
}
