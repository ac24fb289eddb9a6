//! How the rows that may be in an answer are found.

use std::fmt;

use bincode::{Decode, Encode};
use roost_model::DeviceId;
use roost_model::query::{Program, Source};

use super::Scene;
use crate::error::PartitionError;
use crate::index::{self, Catalog, IndexPath};
use crate::table;

/// Index rows that are counted to see which index leads to fewer candidates.
const SAMPLE: usize = 256;

/// How candidates are found, for people.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum QueryPlan {
    /// Every row.
    Scan,
    /// The identities that the condition names.
    Ids,
    /// Rows that an index gives for a path.
    Index(String),
    /// None: counts are kept.
    Counters,
}

impl fmt::Display for QueryPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scan => f.write_str("scan"),
            Self::Ids => f.write_str("ids"),
            Self::Index(path) => write!(f, "index {path}"),
            Self::Counters => f.write_str("counters"),
        }
    }
}

/// A way to the candidates, in the order of keys.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) name: QueryPlan,
    pub(super) way: Way,
    /// The index that it goes by.
    pub(super) index: Option<IndexPath>,
}

#[derive(Debug)]
pub(super) enum Way {
    /// Ascending and apart.
    Ranges {
        ranges: Vec<KeyRange>,
        /// Identities whose twin was never changed can't be in the answer.
        stored_twins: bool,
    },
    /// Tails of index rows begin with one of these; identity keys follow.
    Index(Vec<Vec<u8>>),
}

/// Keys that are looked at.
#[derive(Debug)]
pub(super) struct KeyRange {
    /// Inclusive.
    pub(super) from: Vec<u8>,
    /// Exclusive; `None` is the end.
    pub(super) to: Option<Vec<u8>>,
}

impl Plan {
    pub(super) fn choose(
        scene: &Scene<'_>,
        program: &Program,
        catalog: &Catalog,
    ) -> Result<Self, PartitionError> {
        if let Some(ranges) = ids(program) {
            return Ok(Self {
                name: QueryPlan::Ids,
                way: Way::Ranges {
                    ranges,
                    stored_twins: false,
                },
                index: None,
            });
        }
        let mut best: Option<(usize, Self)> = None;
        for equality in &program.equalities {
            let Some(path) = IndexPath::of(program.lookup(equality.slot)) else {
                continue;
            };
            let Some(id) = catalog.usable(&path) else {
                continue;
            };
            let mut prefixes: Vec<_> = equality
                .values
                .iter()
                .filter_map(|literal| index::prefix_of_literal(id, literal))
                .collect();
            prefixes.sort();
            prefixes.dedup();
            let rows = index::count(scene.view, scene.prefix, &prefixes, SAMPLE)?;
            if best.as_ref().is_none_or(|(fewest, _)| rows < *fewest) {
                let plan = Self {
                    name: QueryPlan::Index(path.to_string()),
                    way: Way::Index(prefixes),
                    index: Some(path),
                };
                best = Some((rows, plan));
            }
        }
        Ok(best.map_or_else(|| Self::scan(program), |(_, plan)| plan))
    }

    fn scan(program: &Program) -> Self {
        Self {
            name: QueryPlan::Scan,
            way: Way::Ranges {
                ranges: vec![KeyRange {
                    from: Vec::new(),
                    to: None,
                }],
                stored_twins: !program.may_keep_new_twins(),
            },
            index: None,
        }
    }

    /// Paths whose equalities found no index; none when ids were named.
    pub(super) fn unindexed(&self, program: &Program, catalog: &Catalog) -> Vec<IndexPath> {
        if self.name == QueryPlan::Ids {
            return Vec::new();
        }
        let paths = program
            .equalities
            .iter()
            .filter_map(|equality| IndexPath::of(program.lookup(equality.slot)));
        paths
            .filter(|path| catalog.usable(path).is_none())
            .collect()
    }
}

/// The keys of the identities that the condition names, if it does.
fn ids(program: &Program) -> Option<Vec<KeyRange>> {
    let range = |device: &DeviceId| {
        let (first_module, behind) = table::identity::module_range(device);
        let (from, to) = match program.source {
            Source::Devices => (table::identity::device_key(device).to_vec(), first_module),
            Source::Modules => (first_module, behind),
        };
        KeyRange { from, to: Some(to) }
    };
    Some(program.named_devices()?.iter().map(range).collect())
}
