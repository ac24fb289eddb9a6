//! The hub's settings of a moment, and the authorities made ready for checking certificates.

use std::ops::Deref;
use std::sync::Arc;

use parking_lot::Mutex;
use roost_cluster::{FIRST_UNIT, HubSettings, MetaState};
use roost_model::{Grant, TrustStore};

/// The settings at one point of the meta group's log. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Settings {
    meta: Arc<MetaState>,
}

/// The trust store of the latest settings that were asked about.
#[derive(Debug, Default)]
pub(crate) struct TrustCache {
    latest: Mutex<Option<(u64, Arc<TrustStore>)>>,
}

// === impl Settings ===

impl Settings {
    /// None before the cluster is formed.
    pub(crate) fn of(meta: Arc<MetaState>) -> Option<Settings> {
        meta.units
            .contains_key(&FIRST_UNIT)
            .then_some(Settings { meta })
    }

    /// Whether what a session rests on is still so.
    pub(crate) fn uphold(&self, grant: &Grant, trust: &TrustStore) -> bool {
        grant.holds(&self.policies, trust)
    }
}

impl Deref for Settings {
    type Target = HubSettings;

    fn deref(&self) -> &HubSettings {
        // Made only of states that have the unit, and states never change.
        &self.meta.units[&FIRST_UNIT].settings
    }
}

// === impl TrustCache ===

impl TrustCache {
    /// The store for these settings. Built when they are newer than what is kept; for older ones,
    /// which only a task that was slow brings, it is built and not kept.
    pub(crate) fn of(&self, settings: &HubSettings) -> Arc<TrustStore> {
        let mut latest = self.latest.lock();
        match &*latest {
            Some((revision, store)) if *revision == settings.revision => Arc::clone(store),
            other => {
                let newer = other
                    .as_ref()
                    .is_none_or(|(kept, _)| *kept < settings.revision);
                let store = Arc::new(TrustStore::new(settings.authorities.values()));
                if newer {
                    *latest = Some((settings.revision, Arc::clone(&store)));
                }
                store
            }
        }
    }
}
