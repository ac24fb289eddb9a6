//! What the hub itself says in the event stream.

use roost_model::{EventSources, HubName, MessageSource};

/// Which kinds of events the hub stores about its devices, and the name that stands in them. Settings of
/// the hub; they travel with each entry, so that all replicas store the same.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct HubEvents {
    /// The hub's short name.
    pub hub: String,
    /// Telemetry needs no mention: it is always stored.
    pub sources: EventSources,
}

impl HubEvents {
    /// Of a hub with this name.
    pub fn new(hub: &HubName, sources: EventSources) -> Self {
        Self {
            hub: hub.short().to_owned(),
            sources,
        }
    }

    pub(crate) fn contains(&self, source: MessageSource) -> bool {
        self.sources.contains(source)
    }
}
