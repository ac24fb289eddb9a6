//! Sessions that the tables name and whose edges have yet to confirm them.
//!
//! A new leader knows sessions only from the tables. Each edge names the ones that it still
//! holds; what nobody names within the grace is detached, in the log.
//!
//! Nodes have a link each way, and one of the two may break alone. Then the leader has lost an edge, and
//! the edge has not lost its leader and has no reason to name anything. So the leader asks, as long as it
//! doubts sessions of an edge that it reaches.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use roost_model::{ConnectionEpoch, Identity, Incarnation, NodeId};
use roost_partition::{Command, Detach, DetachReason, PartitionError, Reader};
use tokio::time::Instant;

use crate::leadership::Leadership;
use crate::link::LinkHandle;
use crate::session::CloseReason;
use crate::wire::{self, Call};

const ASK_DEADLINE: Duration = Duration::from_secs(1);

/// A session that counts as lost at its deadline.
#[derive(Debug, Default)]
pub(super) struct Presumed {
    deadlines: HashMap<Identity, (ConnectionEpoch, Instant)>,
}

// === impl Presumed ===

impl Presumed {
    /// Every session there is.
    pub(super) fn all(reader: &Reader, deadline: Instant) -> Result<Presumed, PartitionError> {
        let sessions = reader.sessions()?.into_iter();
        Ok(Presumed {
            deadlines: sessions
                .map(|(identity, session)| (identity, (session.epoch, deadline)))
                .collect(),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.deadlines.len()
    }

    /// Doubts every session at an edge.
    pub(super) fn presume_edge(
        &mut self,
        reader: &Reader,
        edge: NodeId,
        deadline: Instant,
    ) -> Result<(), PartitionError> {
        for (identity, session) in reader.sessions()? {
            if session.node == edge {
                self.deadlines
                    .entry(identity)
                    .or_insert((session.epoch, deadline));
            }
        }
        Ok(())
    }

    /// Takes an edge's word for its sessions. Answers, for each, why it is over, or nothing.
    /// What an older incarnation of the edge held ends at once.
    pub(super) fn confirm(
        &mut self,
        reader: &Reader,
        edge: NodeId,
        incarnation: Incarnation,
        named: &[(Identity, ConnectionEpoch)],
    ) -> Result<Vec<Option<CloseReason>>, PartitionError> {
        for (identity, session) in reader.sessions()? {
            if session.node == edge && session.incarnation < incarnation {
                self.deadlines
                    .insert(identity, (session.epoch, Instant::now()));
            }
        }
        let verdicts = named
            .iter()
            .map(|(identity, epoch)| match reader.session(identity) {
                Some(session) if session.epoch == *epoch => {
                    self.deadlines.remove(identity);
                    None
                }
                Some(_) => Some(CloseReason::Superseded),
                None => Some(CloseReason::Unreachable),
            });
        Ok(verdicts.collect())
    }

    /// The edges whose sessions are doubted.
    pub(super) fn edges(&self, reader: &Reader) -> BTreeSet<NodeId> {
        let doubted = self.deadlines.iter().filter_map(|(identity, (epoch, _))| {
            let session = reader.session(identity)?;
            (session.epoch == *epoch).then_some(session.node)
        });
        doubted.collect()
    }

    /// Takes out what nobody confirmed in time.
    pub(super) fn expired(&mut self, now: Instant) -> Vec<(Identity, ConnectionEpoch)> {
        let mut expired = Vec::new();
        self.deadlines.retain(|identity, (epoch, deadline)| {
            let due = *deadline <= now;
            if due {
                expired.push((identity.clone(), *epoch));
            }
            !due
        });
        expired
    }
}

/// Asks an edge to name the sessions that it holds. Best effort: it is asked again.
pub(super) async fn ask(leadership: Leadership, edge: NodeId) {
    let (context, partition) = (&leadership.context, leadership.partition());
    if edge == context.cluster.me() {
        return LinkHandle::of(context, partition).confirm().await;
    }
    if context.cluster.network().is_up(edge) {
        let call = wire::encode(&Call::NameSessions(partition));
        if let Err(error) = context.cluster.call(edge, call, ASK_DEADLINE).await {
            tracing::debug!(%edge, %error, "an edge was not asked for its sessions");
        }
    }
}

/// Ends a session that was given up; a newer one of the same identity is left alone.
pub(super) async fn detach(leadership: Leadership, gone: (Identity, ConnectionEpoch)) {
    let (identity, epoch) = gone;
    let held = leadership.reader().session(&identity);
    let edge = held
        .filter(|held| held.epoch == epoch)
        .map(|held| held.node);
    tracing::info!(%identity, "a session was not confirmed in time and is detached");
    let why = DetachReason::GraceExpired;
    let command = Command::Detach(Detach {
        identity: identity.clone(),
        epoch,
        why,
    });
    if let Err(refused) = leadership.propose(command).await {
        return tracing::debug!(?refused, "a lost session was not detached by this leader");
    }
    // The device may be there all the same, and must not believe that the hub still has its session.
    let context = &leadership.context;
    let there =
        |edge: &NodeId| *edge == context.cluster.me() || context.cluster.network().is_up(*edge);
    if let Some(edge) = edge.filter(there) {
        context
            .close_session(edge, identity, epoch, CloseReason::Unreachable)
            .await;
    }
}
