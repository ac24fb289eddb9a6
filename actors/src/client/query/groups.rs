//! Answers whose rows stand for many.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use futures::StreamExt as _;
use futures::stream;
use ring::digest::{SHA256, digest};
use roost_model::limits::{MAX_QUERY_GROUP_BYTES, MAX_QUERY_GROUPS};
use roost_model::query::{Column, GroupTerm, Output, SortKey, SortTerm, SortValue};
use roost_model::{ErrorCode, PartitionId};
use roost_partition::{GroupRow, QueryPart, QuerySlice, SortPlace};

use super::continuation::Position;
use super::slices::AT_ONCE;
use super::{Gathered, Running};
use crate::client::{HubError, unexpected};

/// Groups by their keys. Their number and the size of their keys are bounded.
#[derive(Debug, Default)]
struct Groups {
    by_key: HashMap<Vec<Option<Vec<u8>>>, GroupRow>,
    bytes: usize,
}

impl Running<'_> {
    /// Every page counts everything again and begins behind the last group of the page before.
    pub(super) async fn groups(&self, from: Option<Position>) -> Result<Gathered, HubError> {
        let beyond = match from {
            Some(Position::Place(place)) => Some(place),
            Some(Position::Key { .. }) => return Err(unexpected()),
            None => None,
        };
        let Output::Groups { columns, .. } = &self.program.output else {
            return Err(unexpected());
        };
        let mut parts = stream::iter(self.partitions.clone())
            .map(|partition| self.part(partition))
            .buffer_unordered(AT_ONCE);
        let mut groups = Groups::default();
        while let Some(part) = parts.next().await {
            for group in part?.by_key.into_values() {
                groups.merge(group)?;
            }
        }
        let order = &self.program.order;
        let descending: Vec<_> = order.iter().map(|key| key.descending).collect();
        let descending = if order.is_empty() {
            vec![false; roost_model::limits::MAX_QUERY_KEYS]
        } else {
            descending
        };
        let mut placed: Vec<_> = groups
            .by_key
            .into_values()
            .map(|group| (place(&group, order), group))
            .collect();
        if let Some(beyond) = &beyond {
            placed.retain(|(place, _)| place.compare(beyond, &descending).is_gt());
        }
        placed.sort_unstable_by(|(one, _), (other, _)| one.compare(other, &descending));
        let more = placed.len() > self.limit;
        placed.truncate(self.limit);
        let last = placed
            .last()
            .map(|(place, _)| Position::Place(place.clone()));
        let rows = placed
            .iter()
            .map(|(_, group)| json(group, columns))
            .collect::<Result<_, _>>()?;
        let next = last.filter(|_| more);
        Ok(Gathered { rows, next })
    }

    async fn part(&self, partition: PartitionId) -> Result<Groups, HubError> {
        let mut groups = Groups::default();
        let slice = QuerySlice {
            limit: u32::MAX,
            bytes: u32::MAX,
            ..QuerySlice::default()
        };
        self.all_slices(partition, slice, |answer| {
            let QueryPart::Groups(found) = answer.part else {
                return Err(unexpected());
            };
            found.into_iter().try_for_each(|group| groups.merge(group))
        })
        .await?;
        Ok(groups)
    }
}

impl Groups {
    fn merge(&mut self, part: GroupRow) -> Result<(), HubError> {
        let count = self.by_key.len();
        match self.by_key.entry(part.keys.clone()) {
            Entry::Occupied(mut group) => {
                let known = &mut group.get_mut().aggregates;
                for (known, more) in known.iter_mut().zip(part.aggregates) {
                    known.merge(more);
                }
            }
            Entry::Vacant(free) => {
                self.bytes += free.key().iter().flatten().map(Vec::len).sum::<usize>();
                if count >= MAX_QUERY_GROUPS || self.bytes > MAX_QUERY_GROUP_BYTES {
                    return Err(HubError::new(
                        ErrorCode::ArgumentInvalid,
                        format!(
                            "the answer has more than {MAX_QUERY_GROUPS} groups, or they are too large"
                        ),
                    ));
                }
                free.insert(part);
            }
        }
        Ok(())
    }
}

/// By the query's order, else by the keys; groups that are equal by it are told apart by a digest.
fn place(group: &GroupRow, order: &[SortKey]) -> SortPlace {
    let value = |key: &SortKey| match key.term {
        SortTerm::Group(GroupTerm::Key(index)) => group.places.get(index).cloned(),
        SortTerm::Group(GroupTerm::Aggregate(index)) => group
            .aggregates
            .get(index)
            .map(|aggregate| aggregate.finish().shortened()),
        SortTerm::Row(_) => None,
    };
    let values = if order.is_empty() {
        group.places.clone()
    } else {
        order
            .iter()
            .map(|key| value(key).unwrap_or(SortValue::Undefined))
            .collect()
    };
    let mut keys = Vec::new();
    for key in &group.keys {
        match key {
            None => keys.push(0),
            Some(json) => {
                keys.push(1);
                keys.extend_from_slice(&(json.len() as u64).to_be_bytes());
                keys.extend_from_slice(json);
            }
        }
    }
    let key = digest(&SHA256, &keys).as_ref()[..16].to_vec();
    SortPlace { values, key }
}

/// The group as a JSON object; what is undefined is left out.
fn json(group: &GroupRow, columns: &[Column<GroupTerm>]) -> Result<Vec<u8>, HubError> {
    let mut out = vec![b'{'];
    for Column { name, value } in columns {
        let json = match value {
            GroupTerm::Key(index) => group.keys.get(*index).cloned().flatten(),
            GroupTerm::Aggregate(index) => match group.aggregates.get(*index) {
                Some(aggregate) => defined(&aggregate.finish())?,
                None => None,
            },
        };
        if let Some(json) = json {
            if out.len() > 1 {
                out.push(b',');
            }
            out.extend_from_slice(&encoded(name)?);
            out.push(b':');
            out.extend_from_slice(&json);
        }
    }
    out.push(b'}');
    Ok(out)
}

fn defined(value: &SortValue) -> Result<Option<Vec<u8>>, HubError> {
    value.is_defined().then(|| encoded(value)).transpose()
}

fn encoded(value: &(impl serde::Serialize + ?Sized)) -> Result<Vec<u8>, HubError> {
    serde_json::to_vec(value)
        .map_err(|error| HubError::new(ErrorCode::ServerError, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(key: Vec<u8>) -> GroupRow {
        GroupRow {
            keys: vec![Some(key)],
            places: Vec::new(),
            aggregates: Vec::new(),
        }
    }

    #[test]
    fn groups_of_all_partitions_are_as_many_as_there_may_be_and_no_more() {
        let mut groups = Groups::default();
        for number in 0..MAX_QUERY_GROUPS {
            groups
                .merge(group(number.to_string().into_bytes()))
                .unwrap();
        }
        // One that is there is no further one.
        groups.merge(group(b"7".to_vec())).unwrap();
        let refused = groups.merge(group(b"more".to_vec())).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::ArgumentInvalid);
    }

    #[test]
    fn keys_of_all_partitions_are_as_large_as_they_may_be_and_no_larger() {
        let mut groups = Groups::default();
        groups
            .merge(group(vec![b'x'; MAX_QUERY_GROUP_BYTES]))
            .unwrap();
        assert!(groups.merge(group(vec![b'y'])).is_err());
    }
}
