//! Taking in committed entries.

use std::sync::Arc;

use roost_engine::Batch;

use super::Partition;
use crate::command::Envelope;
use crate::context::Context;
use crate::error::PartitionError;
use crate::index::Catalog;
use crate::outcome::{Answer, Outcome};
use crate::position::{Payload, Position};
use crate::recent::RecentChange;
use crate::table::PARTITION;
use crate::table::membership::{self, Membership};
use crate::table::partition_row::{self, PartitionRow};

/// What applying came to, before it is written.
struct Prepared {
    row: PartitionRow,
    membership: Option<Membership>,
    catalog: Arc<Catalog>,
    batch: Batch,
    recent: Vec<RecentChange>,
    answers: Vec<Answer>,
}

impl Partition {
    /// Applies entries in order, in one write. Entries at or below the applied position are skipped.
    ///
    /// Refusals are outcomes. How entries are grouped into calls has no influence on what is stored.
    ///
    /// # Errors
    /// An entry that cannot be read, a gap in the log, damaged rows, a database error. The replica
    /// has stopped then: every further call fails with [`PartitionError::Stopped`], until
    /// [`Partition::adopt`] or a new [`Partition::open`].
    pub fn apply(
        &mut self,
        entries: Vec<(Position, Payload)>,
    ) -> Result<Vec<Answer>, PartitionError> {
        if self.stopped {
            return Err(PartitionError::Stopped);
        }
        let _span =
            tracing::debug_span!("apply", group = self.group.0, entries = entries.len()).entered();
        let result = self
            .prepare(entries)
            .and_then(|prepared| self.commit(prepared));
        self.stopped = result.is_err();
        result
    }

    fn prepare(&self, entries: Vec<(Position, Payload)>) -> Result<Prepared, PartitionError> {
        let mut context = Context::new(
            self.row,
            &self.rows,
            &self.shared.sessions,
            Arc::clone(&self.catalog),
            self.settings.cadence,
        );
        let mut last_membership = None;
        let mut answers = Vec::with_capacity(entries.len());
        for (position, payload) in entries {
            if self.is_applied(context.row.position, position)? {
                answers.push(vec![Outcome::Skipped]);
                continue;
            }
            answers.push(match payload {
                Payload::Blank => Answer::new(),
                Payload::Membership(bytes) => {
                    last_membership = Some((Some(position), bytes));
                    Answer::new()
                }
                Payload::Command(bytes) => apply_envelope(position, &bytes, &mut context)?,
            });
            context.row.position = Some(position);
        }
        if let Some(membership) = &last_membership {
            let value = membership::encode(membership);
            context.tx.put_unread(PARTITION, &membership::TAIL, &value);
        }
        context
            .tx
            .put_unread(PARTITION, &partition_row::TAIL, &context.row.encode());
        context.tally.publish(answers.len());
        let (row, batch) = (context.row, context.tx.into_batch());
        Ok(Prepared {
            row,
            catalog: context.catalog,
            recent: context.recent,
            membership: last_membership,
            batch,
            answers,
        })
    }

    /// Whether an entry was applied before. A log begins at entry 0 or 1, and has no gaps.
    fn is_applied(
        &self,
        applied: Option<Position>,
        found: Position,
    ) -> Result<bool, PartitionError> {
        let due = applied.map_or(found.index.min(1), |applied| applied.index + 1);
        if found.index > due && !self.settings.allow_gaps {
            return Err(PartitionError::Gap { applied, found });
        }
        Ok(found.index < due)
    }

    fn commit(&mut self, prepared: Prepared) -> Result<Vec<Answer>, PartitionError> {
        if prepared.row == self.row {
            // Every entry was applied before.
            return Ok(prepared.answers);
        }
        {
            // Before readers see the twins: a version that they see is never missing here.
            let mut recent = self.shared.recent.write();
            prepared
                .recent
                .into_iter()
                .for_each(|change| recent.push(change));
        }
        self.rows.store.write(prepared.batch)?;
        let appended = prepared.row.next != self.row.next;
        self.row = prepared.row;
        self.catalog = prepared.catalog;
        self.applied.position = self.row.position;
        if prepared.membership.is_some() {
            self.applied.membership = prepared.membership;
        }
        self.publish();
        if appended {
            (self.settings.on_append)(self.row.next);
        }
        Ok(prepared.answers)
    }
}

fn apply_envelope(
    position: Position,
    bytes: &[u8],
    context: &mut Context<'_>,
) -> Result<Answer, PartitionError> {
    let envelope =
        Envelope::decode(bytes).map_err(|error| PartitionError::Command { position, error })?;
    context.at = envelope.at;
    context.hub = envelope.hub;
    let answer = envelope
        .commands
        .into_iter()
        .map(|command| command.apply(context))
        .collect::<Result<_, _>>()?;
    context.store_announcements()?;
    Ok(answer)
}
