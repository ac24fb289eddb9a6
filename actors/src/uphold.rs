//! Ends the sessions that rest on a policy or an authority that is no more.
//!
//! ```text
//!  change in the meta group ─► every node's settings ─► every leader looks through its sessions
//!                                                          │ what a session rests on is gone
//!                                                          ▼
//!                                          Detach in the log ─► its edge cuts the connection
//! ```
//!
//! A leader looks when the settings change, when it begins to lead, and when whoever made the change
//! asks: the change is acknowledged once every partition has been looked through.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use roost_cluster::FIRST_UNIT;
use roost_model::{ConnectionEpoch, ErrorCode, Grant, Identity, NodeId};
use roost_partition::{Detach, DetachReason, Detached, Outcome};

use crate::context::Context;
use crate::leadership::Leadership;
use crate::metrics;
use crate::session::CloseReason;
use crate::wire::Refused;

/// Sessions that one leader ends at the same time.
const AT_ONCE: usize = 64;
/// How long a node may lag behind a change of the settings that it was told of.
const CATCH_UP: Duration = Duration::from_secs(3);

/// Ready when this node knows the settings of `revision`; false when it does not in time.
pub(crate) async fn settled(context: &Context, revision: u64) -> bool {
    let mut meta = context.meta.clone();
    let known = meta.wait_for(|meta| {
        let unit = meta.units.get(&FIRST_UNIT);
        unit.is_some_and(|unit| unit.settings.revision >= revision)
    });
    matches!(tokio::time::timeout(CATCH_UP, known).await, Ok(Ok(_)))
}

/// Looks through the sessions of a led partition under the settings of `revision` or later, and ends
/// those whose grant is gone. Ready when their edges have cut them, or cannot be reached.
pub(crate) async fn uphold(leadership: &Leadership, revision: u64) -> Result<(), Refused> {
    if !settled(&leadership.context, revision).await {
        return Err(Refused::NotLeader(None));
    }
    // Who has been deposed meanwhile must not answer for the new leader.
    let barrier = leadership.handle.read_barrier().await;
    barrier.map_err(|not_leading| Refused::NotLeader(not_leading.leader))?;
    end_unfounded(leadership).await
}

/// The same under the settings that this node knows.
pub(crate) async fn end_unfounded(leadership: &Leadership) -> Result<(), Refused> {
    let unfounded = unfounded(leadership)?;
    let endings = unfounded
        .into_iter()
        .map(|(identity, epoch, edge)| end(leadership, identity, epoch, edge));
    let mut endings = stream::iter(endings).buffer_unordered(AT_ONCE);
    while let Some(ended) = endings.next().await {
        ended?;
    }
    Ok(())
}

/// Looks through every partition that this node leads, whenever policies or authorities change.
pub(crate) async fn follow(context: Arc<Context>) {
    let mut meta = context.meta.clone();
    let mut looked_at = 0;
    loop {
        let revision = {
            let meta = meta.borrow_and_update();
            let unit = meta.units.get(&FIRST_UNIT);
            unit.map_or(0, |unit| unit.settings.revision)
        };
        if revision > looked_at {
            looked_at = revision;
            for leading in context.directory.all() {
                begin(leading.leadership);
            }
        }
        if meta.changed().await.is_err() {
            return;
        }
    }
}

/// Looks through one partition, on the side. A failure leaves it to the next leader, which looks when
/// it begins.
pub(crate) fn begin(leadership: Leadership) {
    tokio::spawn(async move {
        if let Err(refused) = end_unfounded(&leadership).await {
            let partition = leadership.partition();
            tracing::debug!(%partition, ?refused, "sessions were not looked through");
        }
    });
}

fn unfounded(leadership: &Leadership) -> Result<Vec<(Identity, ConnectionEpoch, NodeId)>, Refused> {
    let settings = leadership.settings().ok_or(Refused::NotLeader(None))?;
    let trust = leadership.context.trust.of(&settings);
    let resting = leadership
        .reader()
        .sessions_where(|session| session.grant != Grant::Own)
        .map_err(|_| Refused::Unknown)?;
    Ok(resting
        .into_iter()
        .filter(|(_, session)| !settings.uphold(&session.grant, &trust))
        .map(|(identity, session)| (identity, session.epoch, session.node))
        .collect())
}

async fn end(
    leadership: &Leadership,
    identity: Identity,
    epoch: ConnectionEpoch,
    edge: NodeId,
) -> Result<(), Refused> {
    let detach = Detach {
        identity: identity.clone(),
        epoch,
        why: DetachReason::Revoked,
    };
    let outcome = leadership.propose(detach.into()).await?;
    if matches!(outcome, Outcome::Detached(Detached::Ended { .. })) {
        metrics::session_revoked();
        tracing::info!(%identity, "a session is ended: what it rests on was revoked");
    }
    let reason = CloseReason::Revoked(ErrorCode::IotHubUnauthorized);
    let context = &leadership.context;
    context.close_session(edge, identity, epoch, reason).await;
    Ok(())
}
