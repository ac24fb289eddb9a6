//! From the tree to the program.

use super::{Column, Equality, GroupTerm, Lookup, Output, Program, Slot, SortKey, SortTerm};
use crate::query::ast::{Comparison, Expr, Literal, Path, Projection, Query, Select};
use crate::query::parser::column;

impl Program {
    /// Makes a parsed query ready.
    pub fn compile(query: &Query) -> Self {
        let mut lookups = Slots::default();
        let filter = query
            .filter
            .as_ref()
            .map(|filter| filter.map(&mut |path| lookups.slot(path)));
        let names = query.column_names();
        let output = output(query, &names, &mut lookups);
        let order = order(query, &names, &output, &mut lookups);
        let equalities = filter.as_ref().map(equalities).unwrap_or_default();
        Self {
            source: query.source,
            top: query.top,
            output,
            order,
            equalities,
            filter,
            lookups: lookups.0,
        }
    }
}

/// Every distinct lookup once.
#[derive(Debug, Default)]
struct Slots(Vec<Lookup>);

impl Slots {
    fn slot(&mut self, path: &Path) -> Slot {
        let lookup = Lookup::of(path);
        if let Some(known) = self.0.iter().position(|known| *known == lookup) {
            return Slot(known);
        }
        self.0.push(lookup);
        Slot(self.0.len() - 1)
    }
}

fn output(query: &Query, names: &[String], slots: &mut Slots) -> Output {
    let items = match &query.select {
        Select::All => return Output::Twins,
        Select::Items(items) => items,
    };
    if !query.is_grouped() {
        let columns = items.iter().zip(names).filter_map(|(item, name)| {
            let Projection::Path(path) = &item.projection else {
                return None;
            };
            Some(Column {
                name: name.clone(),
                value: slots.slot(path),
            })
        });
        return Output::Rows(columns.collect());
    }
    let keys = query.group_by.iter().map(|path| slots.slot(path)).collect();
    let mut aggregates = Vec::new();
    let mut columns = Vec::new();
    for (item, name) in items.iter().zip(names) {
        let value = match &item.projection {
            Projection::Path(path) => {
                // The parser has seen that it is there.
                let key = query.group_by.iter().position(|key| key == path);
                GroupTerm::Key(key.unwrap_or_default())
            }
            Projection::Aggregate(aggregate) => {
                let slot = aggregate.path.as_ref().map(|path| slots.slot(path));
                aggregates.push((aggregate.function, slot));
                GroupTerm::Aggregate(aggregates.len() - 1)
            }
        };
        columns.push(Column {
            name: name.clone(),
            value,
        });
    }
    Output::Groups {
        keys,
        aggregates,
        columns,
    }
}

/// A key of the order means a column of that name, if there is one, else a path.
fn order(query: &Query, names: &[String], output: &Output, slots: &mut Slots) -> Vec<SortKey> {
    let keys = query.order_by.iter().map(|key| {
        let named = column(names, &key.path);
        let term = match (output, named) {
            (Output::Rows(columns), Some(index)) => {
                columns.get(index).map(|column| SortTerm::Row(column.value))
            }
            (Output::Groups { columns, .. }, Some(index)) => columns
                .get(index)
                .map(|column| SortTerm::Group(column.value)),
            (Output::Groups { .. }, None) => query
                .group_by
                .iter()
                .position(|path| *path == key.path)
                .map(|index| SortTerm::Group(GroupTerm::Key(index))),
            _ => None,
        };
        SortKey {
            term: term.unwrap_or_else(|| SortTerm::Row(slots.slot(&key.path))),
            descending: key.descending,
        }
    });
    keys.collect()
}

/// Equalities that every row of the answer keeps.
fn equalities(filter: &Expr<Slot>) -> Vec<Equality> {
    match filter {
        Expr::All(terms) => terms.iter().flat_map(equalities).collect(),
        Expr::Compare(Comparison::Equal, left, right) => match (&**left, &**right) {
            (Expr::Path(slot), Expr::Literal(value)) | (Expr::Literal(value), Expr::Path(slot)) => {
                vec![equality(*slot, std::slice::from_ref(value))]
            }
            _ => Vec::new(),
        },
        Expr::In(inner, values) => match &**inner {
            Expr::Path(slot) => vec![equality(*slot, values)],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Other values than primitives equal nothing.
fn equality(slot: Slot, values: &[Literal]) -> Equality {
    let primitive = |value: &&Literal| !matches!(value, Literal::Undefined | Literal::Array(_));
    Equality {
        slot,
        values: values.iter().filter(primitive).cloned().collect(),
    }
}
