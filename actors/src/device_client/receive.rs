//! Cloud-to-device messages, for devices.

use std::time::Duration;

use roost_model::{Identity, LockToken, Settlement};
use tokio::time::Instant;

use super::DeviceClient;
use crate::client::{HoldTime, HubError, ReceivedMessage, ask, unexpected};
use crate::credential::Credential;
use crate::session::SessionSlot;
use crate::wire::{Answer, QueueAnswer, QueueRequest, QueueWork, Request, SettledBy};

const DEADLINE: Duration = Duration::from_secs(10);
/// How long a session's word is repeated while the leader changes; by then its locks have lapsed.
const PERSISTENCE: Duration = Duration::from_secs(60);
const AGAIN: Duration = Duration::from_millis(100);

impl DeviceClient {
    /// The next message of a device that has no session; none when none waits.
    ///
    /// # Errors
    /// As [`DeviceClient::attach`].
    pub async fn receive(
        &self,
        identity: &Identity,
        credential: Credential,
        hold: HoldTime,
    ) -> Result<Option<ReceivedMessage>, HubError> {
        let work = QueueWork::Receive { credential, hold };
        match self.ask_queue(identity, work).await? {
            Answer::Queue(QueueAnswer::Received(message)) => Ok(message.map(|message| *message)),
            _ => Err(unexpected()),
        }
    }

    /// Settles a message that a device received without a session.
    ///
    /// # Errors
    /// As [`DeviceClient::attach`], and 412002 when the device does not hold it.
    pub async fn settle(
        &self,
        identity: &Identity,
        credential: Credential,
        lock: LockToken,
        how: Settlement,
    ) -> Result<(), HubError> {
        let by = SettledBy::Credential(credential);
        let work = QueueWork::Settle { by, lock, how };
        match self.ask_queue(identity, work).await? {
            Answer::Done => Ok(()),
            _ => Err(unexpected()),
        }
    }

    /// Settles a message that a session received; goes on trying while the leader changes. A lock
    /// that is lost by then means that the message was settled, or goes to another receiver.
    pub async fn settle_for(&self, slot: &SessionSlot, lock: LockToken, how: Settlement) {
        let give_up = Instant::now() + PERSISTENCE;
        loop {
            let work = QueueWork::Settle {
                by: SettledBy::Session,
                lock,
                how,
            };
            match self.ask_queue(&slot.identity, work).await {
                Err(error) if error.is_transient() && Instant::now() < give_up => {
                    tokio::time::sleep(AGAIN).await;
                }
                Err(error) => {
                    let identity = &slot.identity;
                    tracing::debug!(%identity, %lock, %error, "a message was not settled");
                    return;
                }
                Ok(_) => return,
            }
        }
    }

    async fn ask_queue(&self, identity: &Identity, work: QueueWork) -> Result<Answer, HubError> {
        let partition = self
            .context
            .partition_of(identity)
            .ok_or_else(HubError::starting)?;
        let request = Request::Queue(QueueRequest::Device(identity.clone(), work));
        ask(&self.context, partition, request, DEADLINE).await
    }
}
