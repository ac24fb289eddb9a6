//! A query made ready for many rows.

mod compile;
mod lookup;

pub use lookup::{Lookup, RootField};

use super::ast::{AggregateFunction, Expr, Literal, Source};
use super::eval::eval;
use super::value::Value;
use crate::id::DeviceId;

/// The number of a path in [`Program::lookups`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub usize);

/// A query whose paths are numbered and whose parts are where execution wants them.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    pub source: Source,
    /// The most rows of the whole answer.
    pub top: Option<u64>,
    pub output: Output,
    pub order: Vec<SortKey>,
    /// What a row must equal to be in the answer: terms of a top-level `AND`.
    pub equalities: Vec<Equality>,
    filter: Option<Expr<Slot>>,
    lookups: Vec<Lookup>,
}

/// What the answer is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Whole twins.
    Twins,
    /// Values of each row.
    Rows(Vec<Column<Slot>>),
    /// Values of groups of rows; one group of everything if there are no keys.
    Groups {
        keys: Vec<Slot>,
        aggregates: Vec<(AggregateFunction, Option<Slot>)>,
        columns: Vec<Column<GroupTerm>>,
    },
}

/// A named value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column<T> {
    pub name: String,
    pub value: T,
}

/// A value of a group, by its place among keys or aggregates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupTerm {
    Key(usize),
    Aggregate(usize),
}

/// A key of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortKey {
    pub term: SortTerm,
    pub descending: bool,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortTerm {
    Row(Slot),
    Group(GroupTerm),
}

/// The value at a path must be one of these primitives.
#[derive(Debug, Clone, PartialEq)]
pub struct Equality {
    pub slot: Slot,
    pub values: Vec<Literal>,
}

impl Program {
    /// What slots stand for, by their numbers.
    pub fn lookups(&self) -> &[Lookup] {
        &self.lookups
    }

    /// What a slot stands for.
    pub fn lookup(&self, slot: Slot) -> &Lookup {
        self.lookups.get(slot.0).unwrap_or(&Lookup::Nothing)
    }

    /// Whether there is a condition.
    pub fn is_filtered(&self) -> bool {
        self.filter.is_some()
    }

    /// The devices that rows of the answer must belong to, ascending; `None` if the condition names
    /// none. Texts that are no ids belong to no device.
    pub fn named_devices(&self) -> Option<Vec<DeviceId>> {
        let device = Lookup::Field(RootField::DeviceId);
        let named = self
            .equalities
            .iter()
            .find(|equality| *self.lookup(equality.slot) == device)?;
        let ids = named.values.iter().filter_map(|value| match value {
            Literal::Text(id) => id.parse().ok(),
            _ => None,
        });
        let mut devices: Vec<DeviceId> = ids.collect();
        devices.sort();
        devices.dedup();
        Some(devices)
    }

    /// Whether the twin of an identity that nobody has written to can be in the answer: not if the
    /// condition looks at properties only and does not hold where there are none.
    pub fn may_keep_new_twins(&self) -> bool {
        let mut properties_only = true;
        if let Some(filter) = &self.filter {
            filter.map(&mut |slot| properties_only &= self.lookup(*slot).is_property());
        }
        !properties_only || self.keeps(&|_| Value::Undefined)
    }

    /// Whether a row is in the answer; `look` gives the value at a slot.
    pub fn keeps<'v>(&'v self, look: &impl Fn(&Slot) -> Value<'v>) -> bool {
        self.filter
            .as_ref()
            .is_none_or(|filter| eval(filter, look) == Value::Bool(true))
    }
}
