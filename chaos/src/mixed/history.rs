use serde_json::{Map, Value};

use crate::harness::Event;

/// Every change of one twin, in the order in which the hub stored it.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) changes: Vec<Change>,
}

/// One change of a twin.
#[derive(Debug)]
pub(super) struct Change {
    /// Of the whole twin.
    pub(super) version: u64,
    pub(super) desired: Option<Section>,
    pub(super) reported: Option<Section>,
}

/// What a change did to one section, and what the section was then.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) version: u64,
    /// What was written; null for what was removed.
    pub(super) patch: Map<String, Value>,
    /// All properties after it.
    pub(super) after: Map<String, Value>,
}

impl History {
    /// The changes among `events` that are about `device`.
    pub(super) fn of(device: &str, events: &[Event]) -> Self {
        let (mut desired, mut reported) = (Map::new(), Map::new());
        let about = |event: &&Event| event.property("deviceId") == Some(device);
        let bodies = events
            .iter()
            .filter(about)
            .filter_map(|event| event.body().ok());
        let bodies = bodies.filter_map(|body| serde_json::from_slice::<Value>(&body).ok());
        let changes = bodies.map(|body| Change {
            version: body["version"].as_u64().unwrap_or_default(),
            desired: Section::read(&body["properties"]["desired"], &mut desired),
            reported: Section::read(&body["properties"]["reported"], &mut reported),
        });
        Self {
            changes: changes.collect(),
        }
    }

    pub(super) fn desired(&self) -> impl Iterator<Item = &Section> {
        self.changes
            .iter()
            .filter_map(|change| change.desired.as_ref())
    }

    pub(super) fn reported(&self) -> impl Iterator<Item = &Section> {
        self.changes
            .iter()
            .filter_map(|change| change.reported.as_ref())
    }
}

impl Section {
    fn read(written: &Value, all: &mut Map<String, Value>) -> Option<Self> {
        let patch = properties(written);
        merge(all, &patch);
        Some(Self {
            version: written.get("$version")?.as_u64()?,
            patch,
            after: all.clone(),
        })
    }
}

/// A section without what the hub says about it.
pub(super) fn properties(section: &Value) -> Map<String, Value> {
    let all = section.as_object().into_iter().flatten();
    let own = all.filter(|(name, _)| !name.starts_with('$'));
    own.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Does to a section what a patch says. These workloads write no objects into properties.
pub(super) fn merge(section: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, value) in patch {
        match value {
            Value::Null => section.remove(name),
            value => section.insert(name.clone(), value.clone()),
        };
    }
}
