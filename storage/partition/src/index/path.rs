//! What an index is over.

use std::fmt;

use bincode::{Decode, Encode};
use roost_model::limits::MAX_INDEX_PATH_BYTES;
use roost_model::query::Lookup;
use roost_model::twin::ValueRef;
use roost_model::{TwinRef, TwinSection};

/// A property of twins, wherever it may be.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
pub struct IndexPath {
    section: Section,
    names: Vec<String>,
}

/// The encoding is the order of variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
enum Section {
    Tags,
    Desired,
    Reported,
}

impl IndexPath {
    /// `None` for what is no property, and for paths that are too long.
    pub fn of(lookup: &Lookup) -> Option<Self> {
        let (section, names) = match lookup {
            Lookup::Tags(names) => (Section::Tags, names),
            Lookup::Desired(names) => (Section::Desired, names),
            Lookup::Reported(names) => (Section::Reported, names),
            Lookup::Field(_) | Lookup::Nothing => return None,
        };
        let bytes: usize = names.iter().map(|name| name.len() + 1).sum();
        (lookup.is_property() && bytes <= MAX_INDEX_PATH_BYTES).then(|| Self {
            section,
            names: names.clone(),
        })
    }

    pub(crate) fn value<'t>(&self, twin: &TwinRef<'t>) -> Option<ValueRef<'t>> {
        twin.lookup(self.section.twin(), self.names.iter().map(String::as_str))
    }
}

impl Section {
    fn twin(self) -> TwinSection {
        match self {
            Self::Tags => TwinSection::Tags,
            Self::Desired => TwinSection::Desired,
            Self::Reported => TwinSection::Reported,
        }
    }
}

impl fmt::Display for IndexPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.section.twin().path())?;
        self.names.iter().try_for_each(|name| write!(f, ".{name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_indexed_up_to_its_longest_and_no_further() {
        // Each name counts for one byte more.
        let of =
            |bytes: usize| IndexPath::of(&Lookup::Tags(vec!["a".into(), "b".repeat(bytes - 3)]));
        assert!(of(MAX_INDEX_PATH_BYTES).is_some());
        assert!(of(MAX_INDEX_PATH_BYTES + 1).is_none());
    }
}
