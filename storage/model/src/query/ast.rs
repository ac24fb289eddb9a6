//! A query as a tree.

mod expr;
mod path;
mod print;

pub use expr::{Arithmetic, Comparison, Expr, Literal, TextFunction, TypeTest};
pub use path::Path;

use bincode::{Decode, Encode};

/// A whole query.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The most rows that are wanted.
    pub top: Option<u64>,
    /// What of each row.
    pub select: Select,
    /// Rows of what.
    pub source: Source,
    /// Which rows: those for which this is true.
    pub filter: Option<Expr<Path>>,
    /// Rows with the same values here become one. Empty: not grouped.
    pub group_by: Vec<Path>,
    /// In which order; empty: in that of partitions and ids.
    pub order_by: Vec<OrderKey>,
}

/// What a query shows of each row.
#[derive(Debug, Clone, PartialEq)]
pub enum Select {
    /// `*`: the twin.
    All,
    /// These, at least one; names differ.
    Items(Vec<Item>),
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What it shows.
    pub projection: Projection,
    /// `AS name`.
    pub alias: Option<String>,
}

/// What a column shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Projection {
    /// The value at a path.
    Path(Path),
    /// One value of many rows.
    Aggregate(Aggregate),
}

/// One value of many rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// How it is made.
    pub function: AggregateFunction,
    /// Of what; absent for `COUNT()` only.
    pub path: Option<Path>,
}

/// How one value is made of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum AggregateFunction {
    /// Rows; with a path, rows in which it is defined.
    Count,
    /// Mean of numbers.
    Avg,
    /// Sum of numbers.
    Sum,
    /// The smallest primitive value.
    Min,
    /// The largest primitive value.
    Max,
}

/// Rows of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Source {
    /// Twins of devices.
    Devices,
    /// Twins of modules.
    Modules,
}

/// One key of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderKey {
    /// A path, or the name of a column.
    pub path: Path,
    /// Largest first.
    pub descending: bool,
}

impl AggregateFunction {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Count, Self::Avg, Self::Sum, Self::Min, Self::Max];

    /// As written; read in any case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "COUNT",
            Self::Avg => "AVG",
            Self::Sum => "SUM",
            Self::Min => "MIN",
            Self::Max => "MAX",
        }
    }
}

impl Source {
    /// As written behind `FROM`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Devices => "devices",
            Self::Modules => "devices.modules",
        }
    }
}

impl Item {
    /// The name that was given, or the last one of the path.
    pub fn name(&self) -> Option<&str> {
        match (&self.alias, &self.projection) {
            (Some(alias), _) => Some(alias),
            (None, Projection::Path(path)) => Some(path.last()),
            (None, Projection::Aggregate(_)) => None,
        }
    }
}
