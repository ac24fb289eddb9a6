//! Answers in an order of their own.

use futures::StreamExt as _;
use futures::stream;
use roost_partition::{QueryPart, QueryRow, QuerySlice, SortPlace};

use super::continuation::Position;
use super::slices::AT_ONCE;
use super::{Gathered, Running};
use crate::client::{HubError, unexpected};

/// Bytes of JSON that all leaders together give for a page.
const ALL_BYTES: u32 = 16 << 20;

impl Running<'_> {
    /// Every partition gives its first rows behind the place; the first of all of them are the page.
    pub(super) async fn ordered(&self, from: Option<Position>) -> Result<Gathered, HubError> {
        let beyond = match from {
            Some(Position::Place(place)) => Some(place),
            Some(Position::Key { .. }) => return Err(unexpected()),
            None => None,
        };
        let share = ALL_BYTES / u32::try_from(self.partitions.len().max(1)).unwrap_or(1);
        let slice = QuerySlice {
            after: None,
            beyond,
            limit: u32::try_from(self.limit + 1).unwrap_or(u32::MAX),
            bytes: share,
        };
        let parts = stream::iter(self.partitions.clone())
            .map(|partition| self.first_rows(partition, slice.clone()))
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        let parts = parts.into_iter().collect::<Result<Vec<_>, _>>()?;
        let descending: Vec<_> = self
            .program
            .order
            .iter()
            .map(|key| key.descending)
            .collect();
        Ok(merge(parts.into_iter().flatten(), &descending, self.limit))
    }

    async fn first_rows(
        &self,
        partition: roost_model::PartitionId,
        slice: QuerySlice,
    ) -> Result<Vec<Part>, HubError> {
        let mut parts = Vec::new();
        let take = |answer: crate::query::QueryAnswer| match answer.part {
            QueryPart::Rows { rows, more } => {
                parts.push(Part { rows, more });
                Ok(())
            }
            QueryPart::Groups(_) => Err(unexpected()),
        };
        self.all_slices(partition, slice, take).await?;
        Ok(parts)
    }
}

/// The first rows of a slice, and whether there are more behind them.
struct Part {
    rows: Vec<QueryRow>,
    more: bool,
}

/// The first rows of all parts. What is behind the last row of a part that has more is not known, so the
/// page ends there at the latest.
fn merge(parts: impl Iterator<Item = Part>, descending: &[bool], limit: usize) -> Gathered {
    let order = |one: &SortPlace, other: &SortPlace| one.compare(other, descending);
    let mut rows = Vec::new();
    let mut known_to: Option<SortPlace> = None;
    for part in parts {
        if let Some(last) = part.rows.last().filter(|_| part.more)
            && known_to
                .as_ref()
                .is_none_or(|known| order(&last.place, known).is_lt())
        {
            known_to = Some(last.place.clone());
        }
        rows.extend(part.rows);
    }
    rows.sort_unstable_by(|one, other| order(&one.place, &other.place));
    let unknown = |row: &QueryRow| {
        known_to
            .as_ref()
            .is_some_and(|known| order(&row.place, known).is_gt())
    };
    let known = rows.iter().position(unknown).unwrap_or(rows.len());
    let more = known_to.is_some() || rows.len() > limit;
    rows.truncate(known.min(limit));
    let last = rows.last().map(|row| Position::Place(row.place.clone()));
    Gathered {
        rows: rows.into_iter().map(|row| row.json).collect(),
        next: last.filter(|_| more),
    }
}

#[cfg(test)]
mod tests {
    use roost_model::query::{Number, SortValue};

    use super::*;

    fn part(values: &[i64], more: bool) -> Part {
        let row = |value: &i64| QueryRow {
            place: SortPlace {
                values: vec![SortValue::Number(Number::Int(*value))],
                key: value.to_string().into_bytes(),
            },
            json: value.to_string().into_bytes(),
        };
        Part {
            rows: values.iter().map(row).collect(),
            more,
        }
    }

    fn merged(parts: Vec<Part>, limit: usize) -> (Vec<String>, bool) {
        let gathered = merge(parts.into_iter(), &[true], limit);
        let text = |json| String::from_utf8(json).unwrap();
        let rows = gathered.rows.into_iter().map(text).collect();
        (rows, gathered.next.is_some())
    }

    #[test]
    fn the_first_rows_of_all_parts_are_the_page() {
        let parts = || vec![part(&[9, 5, 1], false), part(&[7], false), part(&[], false)];
        assert_eq!(merged(parts(), 2), (vec!["9".into(), "7".into()], true));
        assert!(!merged(parts(), 4).1);
    }

    #[test]
    fn a_page_ends_where_a_part_is_not_known_any_more() {
        let parts = vec![part(&[9, 8], true), part(&[9, 3], false)];
        let (rows, more) = merged(parts, 10);
        assert_eq!(rows, ["9", "9", "8"]);
        assert!(more);
    }
}
