//! Where a value stands in a row.

/// Names from the root of a row's document down; at least one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    names: Vec<String>,
}

impl Path {
    /// `None` without a name.
    pub fn new(names: Vec<String>) -> Option<Self> {
        (!names.is_empty()).then_some(Self { names })
    }

    /// The names, from the root down.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    pub(crate) fn last(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }
}
