//! Answers in the order of partitions and keys.

use std::time::Duration;

use futures::future::try_join_all;
use roost_model::PartitionId;
use roost_partition::{QueryPart, QueryRow, QuerySlice};
use tokio::time::Instant;

use super::continuation::Position;
use super::slices::AT_ONCE;
use super::{Gathered, Running};
use crate::client::{HubError, unexpected};

/// Bytes of JSON that fill a page.
const PAGE_BYTES: u32 = 4 << 20;
/// A page that is not full after this long is given as it is, with a continuation.
const PAGE_TIME: Duration = Duration::from_secs(5);

/// What is known of one partition.
struct Found {
    partition: PartitionId,
    rows: Vec<QueryRow>,
    /// Behind which key there may be more; none at the partition's end.
    next: Option<Vec<u8>>,
}

impl Running<'_> {
    /// One partition after the other, the next ones ahead of time: few at first, because the first may fill
    /// the page, then more and more.
    pub(super) async fn rows(&self, from: Option<Position>) -> Result<Gathered, HubError> {
        let (first, mut after) = match from {
            Some(Position::Key { partition, after }) => (PartitionId(partition), after),
            Some(Position::Place(_)) => return Err(unexpected()),
            None => (PartitionId(0), None),
        };
        let mut left: Vec<_> = self.partitions.clone();
        left.retain(|partition| *partition >= first);
        if left.first() != Some(&first) {
            after = None;
        }
        let give_up = Instant::now() + PAGE_TIME;
        let mut width = if self.program.is_filtered() { 4 } else { 1 };
        let mut page = Page::default();
        while !left.is_empty() {
            let asked: Vec<_> = left.drain(..width.min(left.len())).collect();
            let wanted = self.limit - page.rows.len() + 1;
            let looked = asked.into_iter().enumerate().map(|(index, partition)| {
                let after = if index == 0 { after.take() } else { None };
                self.look(partition, after, wanted, give_up)
            });
            for found in try_join_all(looked.collect::<Vec<_>>()).await? {
                if let Some(next) = page.take(found, self.limit, give_up) {
                    let rows = page.rows;
                    return Ok(Gathered {
                        rows,
                        next: Some(next),
                    });
                }
            }
            width = (width * 2).min(AT_ONCE);
        }
        Ok(Gathered {
            rows: page.rows,
            next: None,
        })
    }

    /// Rows of a partition: as many as are wanted, or all, or those that were found in time.
    async fn look(
        &self,
        partition: PartitionId,
        mut after: Option<Vec<u8>>,
        wanted: usize,
        give_up: Instant,
    ) -> Result<Found, HubError> {
        let mut rows = Vec::new();
        let mut bytes = PAGE_BYTES;
        loop {
            let slice = QuerySlice {
                after,
                beyond: None,
                limit: u32::try_from(wanted - rows.len()).unwrap_or(u32::MAX),
                bytes,
            };
            let answer = self.slice(partition, slice).await?;
            let QueryPart::Rows { rows: more, .. } = answer.part else {
                return Err(unexpected());
            };
            let size = more.iter().map(|row| row.json.len()).sum::<usize>();
            bytes = bytes.saturating_sub(u32::try_from(size).unwrap_or(u32::MAX));
            rows.extend(more);
            let enough = rows.len() >= wanted || bytes == 0 || Instant::now() >= give_up;
            if enough || answer.next.is_none() {
                return Ok(Found {
                    partition,
                    rows,
                    next: answer.next,
                });
            }
            after = answer.next;
        }
    }
}

/// What the page has so far.
#[derive(Debug, Default)]
struct Page {
    rows: Vec<Vec<u8>>,
    bytes: usize,
    /// Behind the last row.
    last: Option<Position>,
}

impl Page {
    /// Takes a partition's rows; where to go on if the page is full, or the partition is not finished.
    fn take(&mut self, found: Found, limit: usize, give_up: Instant) -> Option<Position> {
        let partition = found.partition.get();
        for row in found.rows {
            if self.rows.len() >= limit || self.bytes >= PAGE_BYTES as usize {
                return self.last.take();
            }
            self.bytes += row.json.len();
            self.rows.push(row.json);
            self.last = Some(Position::Key {
                partition,
                after: Some(row.place.key),
            });
        }
        match found.next {
            Some(next) => Some(Position::Key {
                partition,
                after: Some(next),
            }),
            // Out of time: the next partition is looked at by the next page.
            None if Instant::now() >= give_up => Some(Position::Key {
                partition: partition.saturating_add(1),
                after: None,
            }),
            None => None,
        }
    }
}
