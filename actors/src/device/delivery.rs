//! How the actor and its courier share the work on the device's queue.

use roost_model::queue::Fate;
use roost_model::{ErrorCode, LockToken, Settlement};
use tokio::sync::mpsc::error::TrySendError;

use ractor::ActorRef;

use super::courier::{CourierHandle, Errand};
use super::{DeviceMessage, State, Work, queue, run, wake};
use crate::client::MessageDraft;
use crate::reply::ReplyPort;
use crate::wire::{Answer, QueueWork, Refused, SettledBy};

impl State {
    pub(super) fn queue(
        &mut self,
        myself: ActorRef<DeviceMessage>,
        request: QueueWork,
        reply: ReplyPort,
        work: Work,
    ) {
        let (leadership, identity) = (self.leadership.clone(), self.identity.clone());
        match request {
            QueueWork::Enqueue(draft) => self.enqueue(draft, reply, work),
            QueueWork::Receive { credential, hold } => {
                let received = queue::receive(leadership, identity, credential, hold);
                run(work, reply, received);
            }
            QueueWork::Settle { by, lock, how } => {
                self.settle(myself, (by, lock, how), reply, work)
            }
            QueueWork::Resubmit(sequence) => {
                let activity = std::sync::Arc::clone(&self.activity);
                run(work, reply, async move {
                    let resubmitted = queue::resubmit(leadership, identity, sequence).await;
                    wake(&myself, &activity);
                    resubmitted
                });
            }
        }
    }

    /// Messages go through the courier, which keeps their order.
    fn enqueue(&mut self, draft: MessageDraft, reply: ReplyPort, work: Work) {
        let errand = Errand::Enqueue(draft, reply, work);
        let errand = match &self.courier {
            None => errand,
            Some(courier) => match courier.0.try_send(errand) {
                Ok(()) => return,
                Err(TrySendError::Full(errand)) => return busy(errand),
                Err(TrySendError::Closed(errand)) => errand,
            },
        };
        if let Err(TrySendError::Full(errand) | TrySendError::Closed(errand)) =
            self.start_courier().0.try_send(errand)
        {
            busy(errand);
        }
    }

    fn settle(
        &self,
        myself: ActorRef<DeviceMessage>,
        (by, lock, how): (SettledBy, LockToken, Settlement),
        reply: ReplyPort,
        work: Work,
    ) {
        let (leadership, identity) = (self.leadership.clone(), self.identity.clone());
        let (courier, activity) = (self.courier.clone(), std::sync::Arc::clone(&self.activity));
        tokio::spawn(async move {
            match queue::settle(&leadership, identity, by, lock, how).await {
                Err(refused) => reply.refuse(refused),
                Ok(fate) => {
                    reply.send(Answer::Done);
                    match courier {
                        // A courier that has ended finds in the tables what it needs to know.
                        Some(courier) => {
                            let again = fate == Fate::Requeued;
                            drop(courier.0.send(Errand::Settled { lock, again }).await);
                        }
                        None => wake(&myself, &activity),
                    }
                }
            }
            drop(work);
        });
    }

    /// Starts a courier if there is something to deliver, and to whom.
    pub(super) fn wake_courier(&mut self) {
        if let Some(courier) = &self.courier
            && !matches!(
                courier.0.try_send(Errand::Wake),
                Err(TrySendError::Closed(_))
            )
        {
            return;
        }
        let reader = self.leadership.reader();
        let is_wanted = reader
            .session(&self.identity)
            .is_some_and(|session| session.channels.wants_messages());
        let has_some = is_wanted
            && reader
                .queue_depth(&self.identity)
                .is_ok_and(|depth| depth > 0);
        if has_some {
            self.start_courier();
        }
    }

    fn start_courier(&mut self) -> &CourierHandle {
        self.courier.insert(CourierHandle::start(
            self.leadership.clone(),
            self.identity.clone(),
            std::sync::Arc::clone(&self.activity),
        ))
    }
}

/// More back ends send to the device at once than its courier can take on.
fn busy(errand: Errand) {
    if let Errand::Enqueue(_, reply, _) = errand {
        let reason = "too many messages for this device are under way";
        reply.refuse(Refused::rejected(ErrorCode::ServerBusy, reason));
    }
}
