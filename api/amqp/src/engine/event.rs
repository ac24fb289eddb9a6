//! What the host hears from the engine.

use bytes::Bytes;

use super::id::{DeliveryId, LinkId, SessionId};
use crate::codec::delivery_state::DeliveryState;
use crate::codec::performative::AmqpError;
use crate::codec::terminus::{Source, Target};
use crate::codec::{Map, ReceiverSettleMode, Role, SenderSettleMode, Symbols};
use crate::sasl::Credentials;

/// Something happened. Nothing here waits for the host, except where it says so.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The client authenticates; nothing more is read until
    /// [`authenticate`](super::Engine::authenticate).
    Authenticate {
        /// What it says.
        credentials: Credentials,
        /// The host that it means.
        hostname: Option<String>,
    },
    /// The connection is open on both sides.
    Opened(Box<Opened>),
    /// A session has begun on both sides.
    SessionBegun(SessionId),
    /// A link wants to attach and waits for [`accept`](super::Engine::accept) or
    /// [`refuse`](super::Engine::refuse).
    Attaching(Box<Attaching>),
    /// A message has arrived as a whole.
    Delivery(Box<Delivery>),
    /// The receiver says what became of a delivery. Unless it has settled it, the host does, with
    /// [`settle`](super::Engine::settle).
    Disposition {
        /// The link it went out on.
        link: LinkId,
        /// The delivery.
        delivery: DeliveryId,
        /// What the host gave with it.
        token: u64,
        /// What became of it.
        state: Option<DeliveryState>,
        /// Whether the receiver has forgotten it; so has the engine.
        settled: bool,
    },
    /// The sender has forgotten a delivery that the host has not settled; it cannot any more.
    Forgotten {
        /// The link it came in on.
        link: LinkId,
        /// The delivery.
        delivery: DeliveryId,
    },
    /// Deliveries can be sent, where none could before.
    Credit {
        /// The link.
        link: LinkId,
        /// How many.
        available: u32,
    },
    /// The receiver wants what there is at once; after that the host calls
    /// [`drained`](super::Engine::drained).
    Drain {
        /// The link.
        link: LinkId,
    },
    /// The sender has used up the credit or given it back, as [`drain`](super::Engine::drain) asked.
    Drained {
        /// The link.
        link: LinkId,
    },
    /// A link is gone, by no act of the host.
    Detached {
        /// The link.
        link: LinkId,
        /// Whether for good.
        closed: bool,
        /// Why, from the one that broke it off.
        error: Option<AmqpError>,
    },
    /// A session is gone, by no act of the host. Its links came before it as detached.
    Ended {
        /// The session.
        session: SessionId,
        /// Why, from the one that broke it off.
        error: Option<AmqpError>,
    },
    /// The connection is gone, by no act of the host, with everything in it.
    Closed {
        /// Which side broke it off.
        by: Side,
        /// Why.
        error: Option<AmqpError>,
    },
}

/// One of the two sides of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// This one.
    Server,
    /// The other.
    Client,
}

/// What the client says about itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// Its name.
    pub container_id: String,
    /// The host that it means.
    pub hostname: Option<String>,
    /// Extensions it would use.
    pub desired_capabilities: Symbols,
    /// Product, version, platform.
    pub properties: Option<Map>,
}

/// A link as the client wants it.
#[derive(Debug, Clone, PartialEq)]
pub struct Attaching {
    /// Its name here.
    pub link: LinkId,
    /// Its session.
    pub session: SessionId,
    /// Its name at the client, unique in the session and direction at best.
    pub name: String,
    /// Role of the client: a sender sends to `target`, a receiver receives from `source`.
    pub role: Role,
    /// Where messages come from.
    pub source: Option<Source>,
    /// Where messages go to.
    pub target: Option<Target>,
    /// When the sender settles.
    pub snd_settle_mode: SenderSettleMode,
    /// Which end settles first.
    pub rcv_settle_mode: ReceiverSettleMode,
    /// Bytes of the largest message that the client takes.
    pub max_message_size: Option<u64>,
    /// Extensions it would use.
    pub desired_capabilities: Symbols,
    /// Anything else.
    pub properties: Option<Map>,
}

/// A message from the client.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The link it came in on.
    pub link: LinkId,
    /// The delivery, to settle it.
    pub delivery: DeliveryId,
    /// Its tag.
    pub tag: Bytes,
    /// Zero for an ordinary message.
    pub message_format: u32,
    /// Whether the client awaits no outcome; there is nothing to settle then.
    pub settled: bool,
    /// The sections as they came. They may share a larger buffer; copy what is to stay.
    pub payload: Bytes,
}
