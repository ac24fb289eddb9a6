//! Cloud-to-device messages, for back ends.

use roost_model::{Identity, Settlement};
use roost_partition::{KeptLetter, WaitingMessage};

use super::{EnqueuedMessage, HubClient, HubError, MessageDraft, ReceivedFeedback, unexpected};
use crate::wire::{Answer, QueueAnswer, QueueLook, QueueRequest, QueueWork, Request};

impl HubClient {
    /// Stores a message for a device; durable when it returns, delivered maybe later.
    ///
    /// # Errors
    /// 404001 or 404010 when there is no such identity, 413001 for a message that is too large,
    /// 403009 for one that is to wait too long, 403004 when as many wait as may.
    pub async fn enqueue(
        &self,
        identity: &Identity,
        draft: MessageDraft,
    ) -> Result<EnqueuedMessage, HubError> {
        let work = QueueWork::Enqueue(draft);
        match self.ask_device(identity, work).await? {
            QueueAnswer::Enqueued(enqueued) => Ok(enqueued),
            _ => Err(unexpected()),
        }
    }

    /// The first messages that wait for a device, behind the one numbered `after`; they stay where
    /// they are. A page ends after `most` messages or about 1 MiB.
    ///
    /// # Errors
    /// 404001 or 404010 when there is no such identity.
    pub async fn waiting_messages(
        &self,
        identity: &Identity,
        after: Option<u64>,
        most: u32,
    ) -> Result<Vec<WaitingMessage>, HubError> {
        let look = QueueLook::Waiting {
            identity: identity.clone(),
            after,
            most,
        };
        match self.ask_leader(identity, look).await? {
            QueueAnswer::Waiting(messages) => Ok(messages),
            _ => Err(unexpected()),
        }
    }

    /// The first dead letters of a device, behind the one numbered `after`. A page ends after `most`
    /// dead letters or about 1 MiB.
    ///
    /// # Errors
    /// 404001 or 404010 when there is no such identity.
    pub async fn dead_letters(
        &self,
        identity: &Identity,
        after: Option<u64>,
        most: u32,
    ) -> Result<Vec<KeptLetter>, HubError> {
        let look = QueueLook::DeadLetters {
            identity: identity.clone(),
            after,
            most,
        };
        match self.ask_leader(identity, look).await? {
            QueueAnswer::DeadLetters(letters) => Ok(letters),
            _ => Err(unexpected()),
        }
    }

    /// Forgets one dead letter of a device, or all; tells how many there were.
    ///
    /// # Errors
    /// 404001 or 404010 when there is no such identity.
    pub async fn delete_dead_letters(
        &self,
        identity: &Identity,
        sequence: Option<u64>,
    ) -> Result<u64, HubError> {
        let look = QueueLook::DeleteDeadLetters {
            identity: identity.clone(),
            sequence,
        };
        count(self.ask_leader(identity, look).await?)
    }

    /// Puts a dead letter back into the device's queue. False when there is none of this number.
    ///
    /// # Errors
    /// 404001 or 404010 when there is no such identity, 403004 when as many messages wait as may.
    pub async fn resubmit(&self, identity: &Identity, sequence: u64) -> Result<bool, HubError> {
        let work = QueueWork::Resubmit(sequence);
        Ok(count(self.ask_device(identity, work).await?)? > 0)
    }

    /// Removes the messages that wait for a device and that nobody holds; tells how many.
    ///
    /// # Errors
    /// 404001 or 404010 when there is no such identity.
    pub async fn purge(&self, identity: &Identity) -> Result<u64, HubError> {
        let look = QueueLook::Purge(identity.clone());
        count(self.ask_leader(identity, look).await?)
    }

    /// The next batch of feedback, whatever partition has one; none when none has.
    ///
    /// # Errors
    /// 503001 when a partition has no leader.
    pub async fn receive_feedback(&self) -> Result<Option<ReceivedFeedback>, HubError> {
        let count = self.partition_count().max(1);
        let first = self.context.next_feedback_turn();
        for turn in 0..count {
            let partition = roost_model::PartitionId((first.wrapping_add(turn)) % count);
            let look = Request::Queue(QueueRequest::Leader(QueueLook::Feedback));
            match queue(self.ask(partition, look).await?)? {
                QueueAnswer::Feedback(None) => {}
                QueueAnswer::Feedback(Some((lock, batch))) => {
                    return Ok(Some(ReceivedFeedback { lock, batch }));
                }
                _ => return Err(unexpected()),
            }
        }
        Ok(None)
    }

    /// Settles a batch of feedback.
    ///
    /// # Errors
    /// 412002 when it is not, or no longer, locked under this token.
    pub async fn settle_feedback(
        &self,
        lock: roost_model::LockToken,
        how: Settlement,
    ) -> Result<(), HubError> {
        let partition = roost_model::PartitionId(lock.tag());
        if partition.get() >= self.partition_count() {
            return Err(HubError::new(
                roost_model::ErrorCode::DeviceMessageLockLost,
                "nothing is locked under this token",
            ));
        }
        let look = Request::Queue(QueueRequest::Leader(QueueLook::SettleFeedback(lock, how)));
        match self.ask(partition, look).await? {
            Answer::Done => Ok(()),
            _ => Err(unexpected()),
        }
    }

    async fn ask_device(
        &self,
        identity: &Identity,
        work: QueueWork,
    ) -> Result<QueueAnswer, HubError> {
        let home = self.home(identity)?;
        let request = Request::Queue(QueueRequest::Device(identity.clone(), work));
        queue(self.ask(home, request).await?)
    }

    async fn ask_leader(
        &self,
        identity: &Identity,
        look: QueueLook,
    ) -> Result<QueueAnswer, HubError> {
        let home = self.home(identity)?;
        queue(
            self.ask(home, Request::Queue(QueueRequest::Leader(look)))
                .await?,
        )
    }
}

fn queue(answer: Answer) -> Result<QueueAnswer, HubError> {
    match answer {
        Answer::Queue(answer) => Ok(answer),
        _ => Err(unexpected()),
    }
}

fn count(answer: QueueAnswer) -> Result<u64, HubError> {
    match answer {
        QueueAnswer::Count(count) => Ok(count),
        _ => Err(unexpected()),
    }
}
