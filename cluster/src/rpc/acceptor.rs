//! What a node does with the calls and streams of its peers.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use roost_model::NodeId;
use tokio::sync::oneshot;

use super::call::Refused;
use super::connection::Connection;
use super::frame::MAX_PAYLOAD;
use super::slots::Slot;
use super::stream::Stream;

/// Takes what peers send.
///
/// Both functions run on the task that reads the peer's connection: they hand work over and
/// return; whatever blocks here delays everything behind it. If one panics, that connection ends.
pub trait Acceptor: Send + Sync + 'static {
    /// A peer calls. Calls of one peer come in the order in which it made them.
    fn on_call(&self, from: NodeId, kind: u8, payload: Bytes, reply: Responder);

    /// A peer opened a stream. Dropping it resets it.
    fn on_stream(&self, from: NodeId, kind: u8, header: Bytes, stream: Stream);
}

/// Answers one call, from any thread, whenever. Dropped unused, it refuses the call with
/// [`Refused::UNANSWERED`].
pub struct Responder {
    to: Option<To>,
}

enum To {
    Peer {
        connection: Arc<Connection>,
        id: u64,
        slot: Slot,
    },
    Local(oneshot::Sender<Result<Bytes, Refused>>),
}

// === impl Responder ===

impl Responder {
    pub(crate) fn to_peer(connection: Arc<Connection>, id: u64, slot: Slot) -> Responder {
        Responder {
            to: Some(To::Peer {
                connection,
                id,
                slot,
            }),
        }
    }

    /// A responder for a call that stays within the node, and where its answer appears.
    pub fn local() -> (Responder, oneshot::Receiver<Result<Bytes, Refused>>) {
        let (sender, receiver) = oneshot::channel();
        (
            Responder {
                to: Some(To::Local(sender)),
            },
            receiver,
        )
    }

    /// Sends the answer; does nothing if the caller is gone.
    pub fn send(mut self, answer: Result<Bytes, Refused>) {
        self.deliver(answer);
    }

    fn deliver(&mut self, answer: Result<Bytes, Refused>) {
        match self.to.take() {
            Some(To::Peer {
                connection,
                id,
                slot,
            }) => {
                connection.reply(id, check_size(answer), slot);
            }
            // Nobody waits for it any more.
            Some(To::Local(sender)) => drop(sender.send(answer)),
            None => {}
        }
    }
}

fn check_size(answer: Result<Bytes, Refused>) -> Result<Bytes, Refused> {
    match answer {
        Ok(bytes) if bytes.len() > MAX_PAYLOAD => {
            let message = format!("the answer has {} bytes", bytes.len());
            Err(Refused::new(Refused::ANSWER_TOO_LARGE, message))
        }
        answer => answer,
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        if self.to.is_some() {
            self.deliver(Err(Refused::new(
                Refused::UNANSWERED,
                "dropped without an answer",
            )));
        }
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder").finish_non_exhaustive()
    }
}
