//! The sessions whose sockets this node holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bincode::{Decode, Encode};
use dashmap::DashMap;
use roost_model::{
    AuthKind, AuthMethod, Channels, ConnectionEpoch, ErrorCode, Generation, Identity, PartitionId,
    Timestamp,
};
use tokio::sync::{Mutex, watch};

use crate::delivery::desired::DesiredFeed;
use crate::delivery::{Delivery, Inbox};

/// Why the hub ended a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum CloseReason {
    /// A newer connection of the same identity took over (400027).
    Superseded,
    /// The identity was disabled (403012), deleted (404001) or given other keys (401003).
    Revoked(ErrorCode),
    /// The token that the session was opened with has expired (401003).
    TokenExpired,
    /// A certificate that the session rests on has expired (401003).
    CertificateExpired,
    /// The cluster gave the session up because this node was out of reach for too long.
    Unreachable,
    /// The node is stopping; the device should connect elsewhere.
    Shutdown,
}

/// One session as its edge keeps it.
#[derive(Debug)]
pub struct SessionSlot {
    /// Who is attached.
    pub identity: Identity,
    /// Orders the sessions of an identity.
    pub epoch: ConnectionEpoch,
    /// The identity's generation when it attached.
    pub generation: Generation,
    standing: parking_lot::Mutex<Standing>,
    /// Where its device lives.
    pub partition: PartitionId,
    /// The sequence of the last event; held over queueing, so order of calls is order of storage.
    pub(crate) sequence: Mutex<u64>,
    /// What the device has subscribed to; held while that changes, so that changes are made in
    /// their order.
    pub(crate) channels: Mutex<Channels>,
    /// What an earlier connection had subscribed to and this one need not again.
    pub resumed: Option<Channels>,
    pub(crate) inbox: Inbox,
    pub(crate) desired: parking_lot::Mutex<DesiredFeed>,
    open_methods: AtomicU32,
    closed: watch::Sender<Option<CloseReason>>,
}

/// How a session proved itself last.
#[derive(Debug, Clone, Copy)]
struct Standing {
    /// Stamped on its events.
    auth: AuthMethod,
    /// When its token, or a certificate that it rests on, runs out.
    expires_at: Option<Timestamp>,
}

/// One direct method that waits for the device's answer; counts until dropped.
#[derive(Debug)]
pub(crate) struct OpenMethod(Arc<SessionSlot>);

/// All sessions of this node.
#[derive(Debug, Default)]
pub struct Sessions {
    by_identity: DashMap<Identity, Arc<SessionSlot>>,
}

// === impl CloseReason ===

impl CloseReason {
    /// The service's code for it, for logs.
    pub fn code(self) -> ErrorCode {
        match self {
            CloseReason::Superseded => ErrorCode::ConnectionForcefullyClosedOnNewConnection,
            CloseReason::Revoked(code) => code,
            CloseReason::TokenExpired | CloseReason::CertificateExpired => {
                ErrorCode::IotHubUnauthorized
            }
            CloseReason::Unreachable | CloseReason::Shutdown => ErrorCode::ServiceUnavailable,
        }
    }
}

impl std::fmt::Display for CloseReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            CloseReason::Superseded => "a newer connection of the same identity took over",
            CloseReason::Revoked(ErrorCode::DeviceDisabled) => "the identity was disabled",
            CloseReason::Revoked(ErrorCode::DeviceNotFound) => "the identity was deleted",
            CloseReason::Revoked(_) => "its credential was changed or revoked",
            CloseReason::TokenExpired => "the token has expired",
            CloseReason::CertificateExpired => "the client certificate has expired",
            CloseReason::Unreachable => "this node was out of reach for too long",
            CloseReason::Shutdown => "the node is stopping",
        })
    }
}

// === impl SessionSlot ===

impl SessionSlot {
    pub(crate) fn new(
        identity: Identity,
        partition: PartitionId,
        attached: crate::wire::Attached,
    ) -> SessionSlot {
        SessionSlot {
            identity,
            epoch: attached.epoch,
            generation: attached.generation,
            standing: parking_lot::Mutex::new(Standing {
                auth: attached.auth,
                expires_at: attached.expires_at,
            }),
            partition,
            sequence: Mutex::new(0),
            channels: Mutex::new(attached.resumed.unwrap_or_default()),
            resumed: attached.resumed,
            inbox: Inbox::default(),
            desired: parking_lot::Mutex::new(DesiredFeed::new(attached.desired_version)),
            open_methods: AtomicU32::new(0),
            closed: watch::channel(None).0,
        }
    }

    /// How the session proved itself.
    pub(crate) fn auth(&self) -> AuthMethod {
        self.standing.lock().auth
    }

    /// The session rests on another credential from now on.
    pub(crate) fn renewed(&self, auth: AuthMethod, expires_at: Option<Timestamp>) {
        *self.standing.lock() = Standing { auth, expires_at };
    }

    /// Ends the session; the first reason stands.
    pub fn close(&self, reason: CloseReason) {
        self.closed.send_if_modified(|closed| {
            let first = closed.is_none();
            closed.get_or_insert(reason);
            first
        });
    }

    /// The next thing that the hub has for the device. Cancel-safe; for one taker at a time.
    pub async fn next_delivery(&self) -> Delivery {
        self.inbox.next().await
    }

    /// Counts one more open method; none when there are `limit` already.
    pub(crate) fn open_method(self: &Arc<Self>, limit: u32) -> Option<OpenMethod> {
        let open = self.open_methods.fetch_add(1, Ordering::AcqRel);
        let guard = OpenMethod(Arc::clone(self));
        (open < limit).then_some(guard)
    }

    /// Why the session ended, if it did.
    pub fn close_reason(&self) -> Option<CloseReason> {
        *self.closed.borrow()
    }

    /// Resolves when the hub ends the session.
    pub async fn closed(&self) -> CloseReason {
        let mut closed = self.closed.subscribe();
        loop {
            if let Some(reason) = *closed.borrow_and_update() {
                return reason;
            }
            if closed.changed().await.is_err() {
                return CloseReason::Shutdown;
            }
        }
    }
}

impl Drop for OpenMethod {
    fn drop(&mut self) {
        self.0.open_methods.fetch_sub(1, Ordering::AcqRel);
    }
}

// === impl Sessions ===

impl Sessions {
    /// Keeps a session; an older one of the same identity on this node ends.
    pub(crate) fn insert(&self, slot: Arc<SessionSlot>) {
        let older = self.by_identity.insert(slot.identity.clone(), slot.clone());
        if let Some(older) = older {
            if older.epoch > slot.epoch {
                // Two connects crossed: the log has decided, and not for this one.
                slot.close(CloseReason::Superseded);
                self.by_identity.insert(older.identity.clone(), older);
            } else {
                older.close(CloseReason::Superseded);
            }
        }
    }

    /// A session of this node that is not over.
    pub(crate) fn get(
        &self,
        identity: &Identity,
        epoch: ConnectionEpoch,
    ) -> Option<Arc<SessionSlot>> {
        let slot = self.by_identity.get(identity)?;
        (slot.epoch == epoch && slot.close_reason().is_none()).then(|| Arc::clone(&slot))
    }

    /// Forgets a session that is over.
    pub(crate) fn remove(&self, identity: &Identity, epoch: ConnectionEpoch) {
        self.by_identity
            .remove_if(identity, |_, slot| slot.epoch == epoch);
    }

    /// Ends a session by order of its partition's leader. False when it is not here (yet).
    pub(crate) fn close(
        &self,
        identity: &Identity,
        epoch: ConnectionEpoch,
        reason: CloseReason,
    ) -> bool {
        match self.by_identity.get(identity) {
            // A newer session here means that the one in question has ended.
            Some(slot) if slot.epoch > epoch => true,
            Some(slot) if slot.epoch == epoch => {
                slot.close(reason);
                true
            }
            _ => false,
        }
    }

    /// The sessions whose devices live in a partition.
    pub(crate) fn of(&self, partition: PartitionId) -> Vec<Arc<SessionSlot>> {
        self.by_identity
            .iter()
            .filter(|slot| slot.partition == partition)
            .map(|slot| slot.value().clone())
            .collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_identity.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_identity.is_empty()
    }

    /// Ends every session whose credential ran out: a token's after `grace`, a certificate's at once.
    pub(crate) fn expire(&self, now: Timestamp, grace: Duration) {
        for slot in &self.by_identity {
            let Standing { auth, expires_at } = *slot.standing.lock();
            let Some(expires_at) = expires_at else {
                continue;
            };
            let (ends_at, reason) = match auth.kind {
                AuthKind::Sas => (expires_at.saturating_add(grace), CloseReason::TokenExpired),
                AuthKind::X509 => (expires_at, CloseReason::CertificateExpired),
            };
            if ends_at <= now {
                slot.close(reason);
            }
        }
    }

    /// Ends all sessions: the node stops.
    pub fn close_all(&self, reason: CloseReason) {
        for slot in &self.by_identity {
            slot.close(reason);
        }
    }
}
