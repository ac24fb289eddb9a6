//! Short words for what tests do with queues.

use std::time::Duration;

use roost_model::queue::Fate;
use roost_model::{
    Acknowledge, ConnectionEpoch, Event, FeedbackBatch, FeedbackStatus, LockToken, Settlement,
    SystemProperty, Timestamp,
};

use super::{Replica, event, id};
use crate::{
    EnqueueMessage, Enqueued, Hold, LockFeedback, LockMessages, Locked, Outcome, PurgeQueue,
    Purged, QueueLimits, QueueOutcome, Rejection, SettleFeedback, SettleMessage, SweepQueues,
    Swept,
};

pub(in crate::tests) const NOBODY: ConnectionEpoch = ConnectionEpoch(0);
/// How long tests hold what they lock, in milliseconds.
pub(in crate::tests) const HOLD: u64 = 60_000;

pub(in crate::tests) fn limits() -> QueueLimits {
    QueueLimits {
        messages: 4,
        deliveries: 3,
        dead_letters: 2,
        feedback_records: 100,
        ..QueueLimits::default()
    }
}

/// A message whose id is its body, with feedback about everything.
pub(in crate::tests) fn message(name: &str, body: &str) -> EnqueueMessage {
    let mut content: Event = event(body);
    content.set_system_property(SystemProperty::MessageId, body.to_owned());
    EnqueueMessage::new(id(name), &content, Acknowledge::Full, None, limits())
}

pub(in crate::tests) fn hold(receiver: ConnectionEpoch, seed: u64) -> Hold {
    Hold {
        receiver,
        duration: Duration::from_millis(HOLD),
        seed,
    }
}

/// The token of a message that was just locked.
pub(in crate::tests) fn token(locked: &Locked, index: usize) -> LockToken {
    locked.messages[index].1.lock.unwrap().token
}

impl Replica {
    pub(in crate::tests) fn queue_outcome(
        &mut self,
        command: impl Into<crate::Command>,
    ) -> QueueOutcome {
        match self.run(command) {
            Outcome::Queue(outcome) => outcome,
            other => panic!("not of a queue: {other:?}"),
        }
    }

    pub(in crate::tests) fn enqueue(&mut self, name: &str, body: &str) -> Enqueued {
        self.enqueue_with(message(name, body))
    }

    pub(in crate::tests) fn enqueue_with(&mut self, command: EnqueueMessage) -> Enqueued {
        match self.queue_outcome(command) {
            QueueOutcome::Enqueued(enqueued) => enqueued,
            other => panic!("not enqueued: {other:?}"),
        }
    }

    pub(in crate::tests) fn lock(
        &mut self,
        name: &str,
        receiver: ConnectionEpoch,
        most: u32,
    ) -> Locked {
        let seed = self.now.0;
        let command = LockMessages {
            identity: id(name),
            hold: hold(receiver, seed),
            most,
            limits: limits(),
        };
        match self.queue_outcome(command) {
            QueueOutcome::Locked(locked) => locked,
            other => panic!("not locked: {other:?}"),
        }
    }

    /// Locks the first message for a request, which must get one.
    pub(in crate::tests) fn receive(&mut self, name: &str) -> LockToken {
        token(&self.lock(name, NOBODY, 1), 0)
    }

    pub(in crate::tests) fn settle(
        &mut self,
        name: &str,
        token: LockToken,
        how: Settlement,
    ) -> Result<Fate, Rejection> {
        let command = SettleMessage {
            identity: id(name),
            token,
            how,
            limits: limits(),
        };
        match self.run(command) {
            Outcome::Queue(QueueOutcome::Settled(fate)) => Ok(fate),
            Outcome::Rejected(rejection) => Err(rejection),
            other => panic!("not settled: {other:?}"),
        }
    }

    pub(in crate::tests) fn sweep(&mut self) -> Swept {
        self.sweep_some(1000)
    }

    pub(in crate::tests) fn sweep_some(&mut self, most: u32) -> Swept {
        let command = SweepQueues {
            from: Timestamp::NEVER,
            most,
            limits: limits(),
        };
        match self.queue_outcome(command) {
            QueueOutcome::Swept(swept) => swept,
            other => panic!("not swept: {other:?}"),
        }
    }

    pub(in crate::tests) fn purge(&mut self, name: &str, most: u32) -> Purged {
        let command = PurgeQueue {
            identity: id(name),
            most,
            limits: limits(),
        };
        match self.queue_outcome(command) {
            QueueOutcome::Purged(purged) => purged,
            other => panic!("not purged: {other:?}"),
        }
    }

    pub(in crate::tests) fn feedback(
        &mut self,
        wait: Duration,
    ) -> Option<(LockToken, Box<FeedbackBatch>)> {
        let command = LockFeedback {
            seed: self.now.0,
            duration: Duration::from_millis(HOLD),
            wait,
            limits: limits(),
        };
        match self.queue_outcome(command) {
            QueueOutcome::FeedbackLocked(locked) => locked,
            other => panic!("no feedback: {other:?}"),
        }
    }

    /// All feedback that waits, as message id and status; it is taken.
    pub(in crate::tests) fn told(&mut self) -> Vec<(String, FeedbackStatus)> {
        let mut told = Vec::new();
        while let Some((token, batch)) = self.feedback(Duration::ZERO) {
            told.extend(
                batch
                    .records
                    .into_iter()
                    .map(|record| (record.original_message_id.unwrap(), record.status)),
            );
            self.settle_feedback(token, Settlement::Complete).unwrap();
        }
        told
    }

    pub(in crate::tests) fn settle_feedback(
        &mut self,
        token: LockToken,
        how: Settlement,
    ) -> Result<(), Rejection> {
        let command = SettleFeedback {
            token,
            how,
            limits: limits(),
        };
        match self.run(command) {
            Outcome::Queue(QueueOutcome::FeedbackSettled) => Ok(()),
            Outcome::Rejected(rejection) => Err(rejection),
            other => panic!("not settled: {other:?}"),
        }
    }

    /// The bodies that wait, in order.
    pub(in crate::tests) fn waiting(&self, name: &str) -> Vec<String> {
        let queue = self
            .reader()
            .queue(&id(name), None, usize::MAX, usize::MAX)
            .unwrap();
        queue
            .into_iter()
            .map(|waiting| text(&waiting.content))
            .collect()
    }

    /// The bodies and reasons of dead letters.
    pub(in crate::tests) fn letters(&self, name: &str) -> Vec<(String, FeedbackStatus)> {
        let letters = self
            .reader()
            .dead_letters(&id(name), None, usize::MAX, usize::MAX);
        let letters = letters.unwrap().into_iter();
        letters
            .map(|kept| (text(&kept.content), kept.letter.reason.status()))
            .collect()
    }
}

fn text(content: &Event) -> String {
    String::from_utf8(content.body.to_vec()).unwrap()
}
