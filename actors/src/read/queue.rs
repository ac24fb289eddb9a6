//! What a leader does for queues and feedback without an actor.

use std::time::Duration;

use roost_model::{Identity, LockToken, Settlement};
use roost_partition::{
    Command, DeleteDeadLetters, LockFeedback, Outcome, PurgeQueue, QueueOutcome, SettleFeedback,
};

use super::{damaged, not_found};
use crate::leadership::Leadership;
use crate::random;
use crate::wire::{Answer, QueueAnswer, QueueLook, Refused};

/// A page of messages carries about as many bytes.
const PAGE_BYTES: usize = 1 << 20;
/// Messages that one entry purges.
const PURGED_AT_ONCE: u32 = 1000;

pub(super) async fn answer(leadership: &Leadership, look: QueueLook) -> Result<Answer, Refused> {
    match look {
        QueueLook::Waiting {
            identity,
            after,
            most,
        } => {
            exists(leadership, &identity).await?;
            let reader = leadership.reader();
            let found = reader.queue(&identity, after, most as usize, PAGE_BYTES);
            Ok(QueueAnswer::Waiting(found.map_err(damaged)?).into())
        }
        QueueLook::DeadLetters {
            identity,
            after,
            most,
        } => {
            exists(leadership, &identity).await?;
            let reader = leadership.reader();
            let found = reader.dead_letters(&identity, after, most as usize, PAGE_BYTES);
            Ok(QueueAnswer::DeadLetters(found.map_err(damaged)?).into())
        }
        QueueLook::DeleteDeadLetters { identity, sequence } => {
            let command = DeleteDeadLetters { identity, sequence };
            match leadership.change_queue(command).await? {
                QueueOutcome::DeadLetters(count) => Ok(QueueAnswer::Count(count.into()).into()),
                _ => Err(Refused::Unknown),
            }
        }
        QueueLook::Purge(identity) => purge(leadership, identity).await,
        QueueLook::Feedback => feedback(leadership).await,
        QueueLook::SettleFeedback(token, how) => settle_feedback(leadership, token, how).await,
    }
}

/// Behind a read barrier.
async fn exists(leadership: &Leadership, identity: &Identity) -> Result<(), Refused> {
    leadership.barrier().await?;
    leadership
        .identity(identity)?
        .map(drop)
        .ok_or_else(|| not_found(identity))
}

async fn purge(leadership: &Leadership, identity: Identity) -> Result<Answer, Refused> {
    let mut purged = 0;
    loop {
        let command = PurgeQueue {
            identity: identity.clone(),
            most: PURGED_AT_ONCE,
            limits: leadership.queue_limits(),
        };
        let QueueOutcome::Purged(part) = leadership.change_queue(command).await? else {
            return Err(Refused::Unknown);
        };
        purged += u64::from(part.count);
        if !part.more {
            return Ok(QueueAnswer::Count(purged).into());
        }
    }
}

/// Proposes only when there is something to have: a reader that polls costs no entries.
async fn feedback(leadership: &Leadership) -> Result<Answer, Refused> {
    let limits = &leadership.context.limits;
    let wait = Duration::from_secs(limits.feedback_batch_seconds.into());
    let ready = leadership.reader().has_feedback(leadership.now(), wait);
    if !ready.map_err(damaged)? {
        return Ok(QueueAnswer::Feedback(None).into());
    }
    let command = LockFeedback {
        seed: random::draw()?,
        duration: Duration::from_secs(limits.devicebound_lock_seconds.into()),
        wait,
        limits: leadership.queue_limits(),
    };
    match leadership.change_queue(command).await? {
        QueueOutcome::FeedbackLocked(locked) => {
            let locked = locked.map(|(token, batch)| (token, *batch));
            Ok(QueueAnswer::Feedback(locked).into())
        }
        _ => Err(Refused::Unknown),
    }
}

async fn settle_feedback(
    leadership: &Leadership,
    token: LockToken,
    how: Settlement,
) -> Result<Answer, Refused> {
    let command = SettleFeedback {
        token,
        how,
        limits: leadership.queue_limits(),
    };
    leadership.change_queue(command).await?;
    Ok(Answer::Done)
}

// === impl Leadership ===

impl Leadership {
    /// Proposes a change of queues.
    pub(crate) async fn change_queue(
        &self,
        command: impl Into<Command>,
    ) -> Result<QueueOutcome, Refused> {
        match self.propose(command.into()).await? {
            Outcome::Queue(outcome) => Ok(outcome),
            _ => Err(Refused::Unknown),
        }
    }

    pub(crate) fn queue_limits(&self) -> roost_partition::QueueLimits {
        (&self.context.limits).into()
    }
}
