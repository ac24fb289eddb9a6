//! A courier's proposals under way, and what they come to.

use std::pin::Pin;
use std::task::{Context, Poll};

use roost_cluster::ProposeError;
use roost_model::{Event, QueuedMessage};
use roost_partition::{Enqueued, Locked, Outcome, QueueOutcome};
use tokio::sync::oneshot;

use crate::client::EnqueuedMessage;
use crate::device::Work;
use crate::reply::ReplyPort;
use crate::wire::{QueueAnswer, Refused};

type Pending = oneshot::Receiver<Result<Outcome, ProposeError>>;

/// Resolves when its outcome is there.
#[derive(Debug)]
pub(super) struct Proposal {
    pending: Pending,
    /// Taken when it resolves.
    kind: Option<Kind>,
}

#[derive(Debug)]
enum Kind {
    Enqueue {
        content: Event,
        promised: usize,
        reply: ReplyPort,
        work: Work,
    },
    Lock {
        promised: usize,
    },
}

/// What a proposal came to.
#[derive(Debug)]
pub(super) enum Done {
    Enqueued(DoneEnqueue),
    Locked(DoneLock),
}

#[derive(Debug)]
pub(super) struct DoneEnqueue {
    outcome: Result<Enqueued, Refused>,
    content: Event,
    promised: usize,
    reply: ReplyPort,
    /// Ends with the answer.
    _work: Work,
}

#[derive(Debug)]
pub(super) struct DoneLock {
    /// None when it failed.
    pub(super) outcome: Option<Locked>,
    promised: usize,
}

// === impl Proposal ===

impl Proposal {
    pub(super) fn enqueue(
        pending: Pending,
        content: Event,
        promised: usize,
        reply: ReplyPort,
        work: Work,
    ) -> Proposal {
        let kind = Some(Kind::Enqueue {
            content,
            promised,
            reply,
            work,
        });
        Proposal { pending, kind }
    }

    pub(super) fn lock(pending: Pending, promised: usize) -> Proposal {
        let kind = Some(Kind::Lock { promised });
        Proposal { pending, kind }
    }
}

impl Future for Proposal {
    type Output = Done;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Done> {
        let Poll::Ready(outcome) = Pin::new(&mut self.pending).poll(cx) else {
            return Poll::Pending;
        };
        let outcome = queue_outcome(outcome.unwrap_or(Err(ProposeError::Unknown)));
        match self.kind.take() {
            None => Poll::Pending,
            Some(Kind::Enqueue {
                content,
                promised,
                reply,
                work,
            }) => {
                let outcome = outcome.and_then(|outcome| match outcome {
                    QueueOutcome::Enqueued(enqueued) => Ok(enqueued),
                    _ => Err(Refused::Unknown),
                });
                Poll::Ready(Done::Enqueued(DoneEnqueue {
                    outcome,
                    content,
                    promised,
                    reply,
                    _work: work,
                }))
            }
            Some(Kind::Lock { promised }) => {
                let outcome = match outcome {
                    Ok(QueueOutcome::Locked(locked)) => Some(locked),
                    _ => None,
                };
                Poll::Ready(Done::Locked(DoneLock { outcome, promised }))
            }
        }
    }
}

fn queue_outcome(outcome: Result<Outcome, ProposeError>) -> Result<QueueOutcome, Refused> {
    match outcome {
        Ok(Outcome::Queue(outcome)) => Ok(outcome),
        Ok(Outcome::Rejected(rejection)) => {
            Err(Refused::rejected(rejection.code(), rejection.to_string()))
        }
        Ok(_) => Err(Refused::Unknown),
        Err(error) => Err(error.into()),
    }
}

// === impl Done ===

impl Done {
    /// How many messages it might have added to what the session holds.
    pub(super) fn promised(&self) -> usize {
        match self {
            Done::Enqueued(enqueued) => enqueued.promised,
            Done::Locked(locked) => locked.promised,
        }
    }
}

impl DoneEnqueue {
    /// Answers the sender; gives the message if there is one now.
    pub(super) fn answer(self) -> Option<(u64, QueuedMessage, Event)> {
        match self.outcome {
            Err(refused) => {
                self.reply.refuse(refused);
                None
            }
            Ok(enqueued) => {
                let answer = EnqueuedMessage {
                    sequence: enqueued.sequence,
                    enqueued_at: enqueued.message.enqueued_at,
                    expires_at: enqueued.message.expires_at,
                    waiting: enqueued.depth,
                };
                self.reply.send(QueueAnswer::Enqueued(answer).into());
                // It was not delivered before: the lock in the same entry is the first.
                let message = QueuedMessage {
                    was_delivered: false,
                    ..enqueued.message
                };
                Some((enqueued.sequence, message, self.content))
            }
        }
    }
}
