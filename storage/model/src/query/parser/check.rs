//! Whether the parts of a query go together.

use super::super::ast::{Path, Projection, Query, Select};
use super::{Parsed, Parser};
use crate::limits::{MAX_QUERY_COLUMNS, MAX_QUERY_KEYS};

/// Where in the text parts of the tree stand, in bytes.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) select: usize,
    pub(super) items: Vec<usize>,
    pub(super) groups: Vec<usize>,
    pub(super) orders: Vec<usize>,
}

impl Places {
    pub(super) fn check(&self, parser: &Parser<'_>, query: Query) -> Parsed<Query> {
        let fail = |at: usize, message: String| Err(parser.error(at, message));
        for (what, places, most) in [
            ("columns", &self.items, MAX_QUERY_COLUMNS),
            ("paths to group by", &self.groups, MAX_QUERY_KEYS),
            ("keys to order by", &self.orders, MAX_QUERY_KEYS),
        ] {
            if let Some(at) = places.get(most) {
                return fail(*at, format!("a query has at most {most} {what}"));
            }
        }
        let names = query.column_names();
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                let message = format!("two columns are named {name}; give one a name with AS");
                return fail(self.items[index], message);
            }
        }
        if !query.is_grouped() {
            return Ok(query);
        }
        let Select::Items(items) = &query.select else {
            return fail(self.select, "* can't be grouped".to_owned());
        };
        for (item, at) in items.iter().zip(&self.items) {
            if let Projection::Path(path) = &item.projection
                && !query.group_by.contains(path)
            {
                let message = format!("{path} must stand in GROUP BY or in an aggregate");
                return fail(*at, message);
            }
        }
        for (key, at) in query.order_by.iter().zip(&self.orders) {
            if !query.group_by.contains(&key.path) && column(&names, &key.path).is_none() {
                let message = format!("{} is neither a column nor grouped by", key.path);
                return fail(*at, message);
            }
        }
        Ok(query)
    }
}

impl Query {
    /// Whether rows of the answer stand for many of the source.
    pub fn is_grouped(&self) -> bool {
        let aggregates = match &self.select {
            Select::All => false,
            Select::Items(items) => items
                .iter()
                .any(|item| matches!(item.projection, Projection::Aggregate(_))),
        };
        aggregates || !self.group_by.is_empty()
    }

    /// Names of the columns: given ones, the last one of a path, and `$1`, `$2`… for other aggregates.
    /// Empty for `*`.
    pub fn column_names(&self) -> Vec<String> {
        let Select::Items(items) = &self.select else {
            return Vec::new();
        };
        let mut unnamed = 0;
        items
            .iter()
            .map(|item| match item.name() {
                Some(name) => name.to_owned(),
                None => {
                    unnamed += 1;
                    format!("${unnamed}")
                }
            })
            .collect()
    }
}

/// The column that a path of one name means.
pub(in crate::query) fn column(names: &[String], path: &Path) -> Option<usize> {
    match path.names() {
        [name] => names.iter().position(|column| column == name),
        _ => None,
    }
}
