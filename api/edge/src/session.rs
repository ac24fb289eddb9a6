//! One attached device, as its protocol holds it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use roost_actors::{CloseReason, Credential, Delivery, DeviceClient, SessionSlot};
use roost_model::{
    Channels, ConnectionEpoch, Event, Identity, Limits, LockToken, Settlement, Timestamp,
};
use tokio::runtime::Handle;

use crate::metrics;
use crate::refusal::Refusal;
use crate::request::{Departure, Protocol};

/// An attached session. Dropping it without [`Session::detach`] counts as a lost connection.
pub struct Session {
    slot: Arc<SessionSlot>,
    devices: DeviceClient,
    runtime: Handle,
    protocol: Protocol,
    max_bytes: usize,
    detached: AtomicBool,
}

/// Resolves when the event is durable on a majority of the partition's replicas.
#[derive(Debug)]
pub struct Receipt(roost_actors::Receipt);

// === impl Session ===

impl Session {
    pub(crate) fn new(
        slot: Arc<SessionSlot>,
        devices: DeviceClient,
        runtime: Handle,
        protocol: Protocol,
        max_bytes: usize,
    ) -> Session {
        metrics::connected(protocol);
        let detached = AtomicBool::new(false);
        Session {
            slot,
            devices,
            runtime,
            protocol,
            max_bytes,
            detached,
        }
    }

    /// Who is attached.
    pub fn identity(&self) -> &Identity {
        &self.slot.identity
    }

    /// Orders the sessions of the identity.
    pub fn epoch(&self) -> ConnectionEpoch {
        self.slot.epoch
    }

    /// Queues an event behind earlier ones. Waits while the queue is full: a protocol that awaits
    /// this stops reading its socket.
    ///
    /// # Errors
    /// 413001 for an event above the hub's limit; the reason of the close when the session is over.
    pub async fn send(&self, event: Event) -> Result<Receipt, Refusal> {
        let size = event.size();
        if size > self.max_bytes {
            return Err(Refusal::too_large(size, self.max_bytes));
        }
        let receipt = self.devices.send(&self.slot, &event).await?;
        metrics::event_received(self.protocol, size);
        Ok(Receipt(receipt))
    }

    /// What the identity's last connection had subscribed to and this one need not again; none when
    /// one of both asked for a clean session (MQTT 3.1.1, 3.2.2.2).
    pub fn resumed(&self) -> Option<Channels> {
        self.slot.resumed
    }

    /// Changes what the hub is to send to the device; gives all that it sends then. Changes are made
    /// in the order of their calls.
    ///
    /// # Errors
    /// 400027 when the session is over, 503001 without a leader.
    pub async fn subscribe(
        &self,
        change: impl FnOnce(Channels) -> Channels + Send + 'static,
    ) -> Result<Channels, Refusal> {
        let (devices, slot) = (self.devices.clone(), Arc::clone(&self.slot));
        let changed = self
            .runtime
            .spawn(async move { devices.subscribe(&slot, change).await });
        Ok(changed.await.map_err(|_| Refusal::stopping())??)
    }

    /// The time of this node.
    pub fn now(&self) -> Timestamp {
        self.devices.now()
    }

    pub(crate) fn limits(&self) -> &Limits {
        self.devices.limits()
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// What a task needs that works for this session.
    pub(crate) fn parts(&self) -> (DeviceClient, Arc<SessionSlot>) {
        (self.devices.clone(), Arc::clone(&self.slot))
    }

    /// The next thing that the hub has for the device. Cancel-safe; for one taker at a time.
    pub async fn next_delivery(&self) -> Delivery {
        self.slot.next_delivery().await
    }

    /// Tells the hub what becomes of a message that the device received. Does not wait.
    pub fn settle(&self, lock: LockToken, how: Settlement) {
        let (devices, slot) = (self.devices.clone(), Arc::clone(&self.slot));
        self.runtime
            .spawn(async move { devices.settle_for(&slot, lock, how).await });
    }

    /// Lets the session rest on a newer credential; gives when that runs out.
    ///
    /// # Errors
    /// As [`Edge::connect`](crate::Edge::connect), then the session goes on as it was; 400027 when it is
    /// over.
    pub async fn renew(&self, credential: Credential) -> Result<Timestamp, Refusal> {
        let (devices, slot) = self.parts();
        let renewed = self
            .runtime
            .spawn(async move { devices.renew(&slot, credential).await });
        Ok(renewed.await.map_err(|_| Refusal::stopping())??)
    }

    /// Resolves when the hub ends the session. Cancel-safe.
    pub async fn closed(&self) -> CloseReason {
        self.slot.closed().await
    }

    /// Tells the hub that the connection has ended.
    pub async fn detach(&self, how: Departure) {
        if let Some(done) = self.start_detach(how) {
            // The task runs to its end even if nobody waits for it.
            let _ = done.await;
        }
    }

    fn start_detach(&self, how: Departure) -> Option<tokio::task::JoinHandle<()>> {
        if self.detached.swap(true, Ordering::AcqRel) {
            return None;
        }
        metrics::disconnected(self.protocol);
        let (devices, slot) = (self.devices.clone(), Arc::clone(&self.slot));
        let lost = how == Departure::Lost;
        Some(
            self.runtime
                .spawn(async move { devices.detach(&slot, lost).await }),
        )
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.start_detach(Departure::Lost);
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("identity", &self.slot.identity)
            .field("epoch", &self.slot.epoch)
            .field("protocol", &self.protocol)
            .finish_non_exhaustive()
    }
}

// === impl Receipt ===

impl Future for Receipt {
    type Output = Result<(), Refusal>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|answer| match answer {
            Ok(stored) => stored.map_err(Refusal::from),
            Err(_) => Err(Refusal::stopping()),
        })
    }
}
