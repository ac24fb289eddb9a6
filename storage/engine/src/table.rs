//! Tables of the state database: one column family for each kind of row.

/// A table, by its place in the list that the store was opened with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub usize);

/// What a table is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSpec {
    /// Name of the column family; never given to another kind of row.
    pub name: &'static str,
    /// Values of kilobytes that are written once and read in order. They are kept in files of
    /// their own, which compaction does not rewrite.
    pub large_values: bool,
}
