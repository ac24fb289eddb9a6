use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::error::ClientError;
use super::link::Link;

/// Resolves when the broker has acknowledged a message, or every message of a batch. Dropping it takes
/// nothing back.
#[derive(Debug)]
pub struct Ack(Option<Waiting>);

#[derive(Debug)]
struct Waiting {
    receiver: oneshot::Receiver<()>,
    link: Arc<Link>,
}

impl Ack {
    /// For what needs no acknowledgement.
    pub(super) fn immediate() -> Self {
        Self(None)
    }

    pub(super) fn new(receiver: oneshot::Receiver<()>, link: Arc<Link>) -> Self {
        Self(Some(Waiting { receiver, link }))
    }
}

impl Future for Ack {
    type Output = Result<(), ClientError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(waiting) = &mut self.0 else {
            return Poll::Ready(Ok(()));
        };
        let received = ready!(Pin::new(&mut waiting.receiver).poll(context));
        // the sender is dropped only when the connection ends
        Poll::Ready(received.map_err(|_| waiting.link.ended_error()))
    }
}

/// Counts down the acknowledgements of one batch.
#[derive(Debug)]
pub(super) struct Batch {
    missing: AtomicUsize,
    done: Mutex<Option<oneshot::Sender<()>>>,
}

impl Batch {
    pub(super) fn new(size: usize) -> (Arc<Self>, oneshot::Receiver<()>) {
        let (sender, receiver) = oneshot::channel();
        let done = Mutex::new(Some(sender));
        (
            Arc::new(Self {
                missing: AtomicUsize::new(size),
                done,
            }),
            receiver,
        )
    }

    fn acknowledge(&self) {
        if self.missing.fetch_sub(1, Ordering::AcqRel) == 1
            && let Some(done) = self.done.lock().take()
        {
            let _ = done.send(());
        }
    }
}

/// Who waits for the answer to a packet id.
#[derive(Debug)]
pub(super) enum Waiter {
    Publish(oneshot::Sender<()>),
    Batch(Arc<Batch>),
    Subscribe(oneshot::Sender<Bytes>),
    Unsubscribe(oneshot::Sender<()>),
}

/// An answer to a packet id.
#[derive(Debug)]
pub(super) enum Answer {
    Publish,
    Subscribe(Bytes),
    Unsubscribe,
}

impl Waiter {
    /// Whether this packet takes a place in the publish window.
    pub(super) fn is_publish(&self) -> bool {
        matches!(self, Self::Publish(_) | Self::Batch(_))
    }

    /// False if the answer belongs to another kind of packet.
    pub(super) fn answer(self, answer: Answer) -> bool {
        match (self, answer) {
            (Self::Publish(sender), Answer::Publish)
            | (Self::Unsubscribe(sender), Answer::Unsubscribe) => {
                let _ = sender.send(());
            }
            (Self::Batch(batch), Answer::Publish) => batch.acknowledge(),
            (Self::Subscribe(sender), Answer::Subscribe(codes)) => {
                let _ = sender.send(codes);
            }
            _ => return false,
        }
        true
    }
}
