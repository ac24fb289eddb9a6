//! Cloud-to-device messages of devices that have no session.

use std::time::Duration;

use roost_actors::Credential;
use roost_actors::client::ReceivedMessage;
use roost_model::{ErrorCode, Identity, LockToken, Settlement};

use super::Edge;
use crate::metrics;
use crate::refusal::Refusal;
use crate::request::Protocol;

/// A device without a session asks for a message, or settles one.
#[derive(Debug, Clone)]
pub struct QueueRequest<W> {
    /// Who it says it is.
    pub identity: Identity,
    /// The hub's name as the device wrote it.
    pub host: String,
    /// What it brings to prove it.
    pub credential: Credential,
    /// What it wants.
    pub what: W,
}

/// How long the device wants to hold the next message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receive(pub Option<Duration>);

/// What it says about a message that it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settle {
    /// Which lock on which message.
    pub lock: LockToken,
    /// What becomes of the message.
    pub how: Settlement,
}

// === impl Edge ===

impl Edge {
    /// Locks the next message for a device without a session; none when none waits.
    ///
    /// # Errors
    /// As [`Edge::connect`].
    pub async fn receive(
        &self,
        request: QueueRequest<Receive>,
    ) -> Result<Option<ReceivedMessage>, Refusal> {
        let received = self.try_receive(request).await;
        note(&received);
        received
    }

    async fn try_receive(
        &self,
        request: QueueRequest<Receive>,
    ) -> Result<Option<ReceivedMessage>, Refusal> {
        self.check_host(&request.host)?;
        let devices = self.inner.devices.clone();
        // To its end, also when the client goes: a lock that nobody hears of lapses.
        let receiving = self.inner.runtime.spawn(async move {
            let Receive(hold) = request.what;
            devices
                .receive(&request.identity, request.credential, hold)
                .await
        });
        Ok(receiving.await.map_err(|_| Refusal::stopping())??)
    }

    /// Settles a message for a device without a session.
    ///
    /// # Errors
    /// As [`Edge::connect`], and 412002 when the device does not, or no longer, hold the message.
    pub async fn settle(&self, request: QueueRequest<Settle>) -> Result<(), Refusal> {
        let settled = self.try_settle(request).await;
        note(&settled);
        settled
    }

    async fn try_settle(&self, request: QueueRequest<Settle>) -> Result<(), Refusal> {
        self.check_host(&request.host)?;
        let devices = self.inner.devices.clone();
        let settling = self.inner.runtime.spawn(async move {
            let Settle { lock, how } = request.what;
            devices
                .settle(&request.identity, request.credential, lock, how)
                .await
        });
        Ok(settling.await.map_err(|_| Refusal::stopping())??)
    }
}

fn note<T>(result: &Result<T, Refusal>) {
    // A lock that lapsed is part of the game, not a device that is turned away.
    if let Err(refusal) = result
        && refusal.code() != ErrorCode::DeviceMessageLockLost
    {
        metrics::refused(Protocol::Https, refusal.code());
    }
}
