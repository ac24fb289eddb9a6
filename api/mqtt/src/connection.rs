//! One attached session and its end.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Context;

use ntex::io::IoRef;
use ntex::time::{Millis, timeout};
use ntex::util::BytePages;
use ntex_mqtt::v3::MqttSink;
use ntex_mqtt::{Control, Reason, v3};
use roost_edge::{Departure, Session};
use roost_model::Identity;
use tokio::sync::Mutex;

use crate::deliver::deliver;
use crate::devicebound::OpenMessages;
use crate::error::{Ending, PacketError};
use crate::method::OpenMethods;
use crate::server::{Slot, Worker};
use crate::subscriptions::Subscriptions;

/// Time that messages which were read already get to enter the hub's queue when their session ends:
/// so many times so long.
const HAND_OVER_TRIES: u32 = 50;
const HAND_OVER_TRY: Millis = Millis(100);

/// State of a session; the framework hands it to every packet handler.
pub(crate) struct Connection {
    pub worker: Rc<Worker>,
    pub session: Session,
    pub peer: Rc<str>,
    pub sink: MqttSink,
    /// What the client has subscribed to.
    pub subscriptions: Subscriptions,
    /// Methods that the client has been asked to do.
    pub methods: OpenMethods,
    /// Messages that the client has been sent.
    pub messages: OpenMessages,
    /// Held from the arrival of a message until the hub's queue has it. Handlers take it in the order of
    /// arrival, so a payload that comes in pieces can't be overtaken by the message behind it.
    pub order: Mutex<()>,
    /// The holder of `order` waits for the rest of a payload.
    pub reading: Cell<bool>,
    ending: RefCell<Option<Ending>>,
    io: IoRef,
    /// A packet has come since the worker looked last.
    active: Cell<bool>,
}

impl Connection {
    pub(crate) fn new(
        worker: Rc<Worker>,
        session: Session,
        peer: Rc<str>,
        connect: &v3::Connect<Rc<Slot>>,
    ) -> Self {
        let subscriptions = Subscriptions::new(session.resumed().unwrap_or_default());
        Self {
            worker,
            session,
            peer,
            sink: connect.sink(),
            io: connect.io().get_ref(),
            active: Cell::new(true),
            subscriptions,
            methods: OpenMethods::default(),
            messages: OpenMessages::default(),
            order: Mutex::new(()),
            reading: Cell::new(false),
            ending: RefCell::new(None),
        }
    }

    pub(crate) fn identity(&self) -> &Identity {
        self.session.identity()
    }

    /// Remembers why the session ends; the first reason stays.
    pub(crate) fn set_ending(&self, ending: Ending) {
        self.ending.borrow_mut().get_or_insert(ending);
    }

    /// A packet has come; the connection is not idle.
    pub(crate) fn touch(&self) {
        self.active.set(true);
    }

    /// Gives back the write pages of a connection that has been idle since the last call. Without
    /// this the framework keeps one for plaintext and one for ciphertext, 4 KiB each, after the first
    /// write.
    pub(crate) fn release_if_idle(&self) {
        if !self.active.replace(false) {
            // fails only if the connection is closing
            let _ = self.io.with_write_src(release);
            self.io.with_write_dst(release);
        }
    }

    /// Closes the socket from this side.
    pub(crate) fn close(&self, ending: Ending) {
        self.set_ending(ending);
        self.sink.close();
    }

    /// Waits until the messages that were read are in the hub's queue.
    pub(crate) async fn hand_over(&self) {
        for _ in 0..HAND_OVER_TRIES {
            let queued = timeout(HAND_OVER_TRY, self.order.lock()).await.is_ok();
            // a payload that is still incomplete now never will be
            if queued || self.reading.get() {
                return;
            }
        }
    }

    /// Lets the hub know that the session is over. Runs once, before the socket is torn down.
    async fn finish(&self) {
        self.hand_over().await;
        let ending = self
            .ending
            .borrow_mut()
            .take()
            .unwrap_or(Ending::PeerGone(None));
        let departure = if ending.is_clean() {
            Departure::Clean
        } else {
            Departure::Lost
        };
        self.worker.metrics.ended(ending.label());
        let (peer, id) = (&self.peer, self.identity());
        match &ending {
            Ending::Disconnected | Ending::Stopping => {
                tracing::debug!(%peer, %id, "session ended: {ending}");
            }
            Ending::PeerGone(Some(error)) => {
                tracing::info!(%peer, %id, "session ended: {ending}: {error}");
            }
            ending => tracing::info!(%peer, %id, "session ended: {ending}"),
        }
        // the client need not wait until the hub has noted it
        self.sink.close();
        self.session.detach(departure).await;
    }
}

fn release(pages: &mut BytePages) {
    if pages.is_empty() {
        *pages = BytePages::new(pages.page_size());
    }
}

/// The framework's control service: it hears about the end of every connection exactly once.
pub(crate) async fn control(
    session: &v3::Session<Rc<Connection>>,
    message: Control<PacketError>,
) -> Result<Option<v3::codec::Encoded>, Infallible> {
    if let Control::Stop(reason) = message {
        session.set_ending(match reason {
            Reason::Error(error) => Ending::Packet(error.into()),
            Reason::Protocol(error) => error.into().into(),
            Reason::PeerGone(gone) => Ending::PeerGone(gone.into()),
        });
        session.finish().await;
    }
    Ok(None)
}

/// Waits for what the hub has for a device, or for the hub to cut its session, inside the task of the
/// connection: a task of its own for each idle connection would cost more than the future.
#[derive(Default)]
pub(crate) struct Watch(RefCell<Option<Pin<Box<dyn Future<Output = ()>>>>>);

impl Watch {
    pub(crate) fn set(&self, connection: Rc<Connection>) {
        *self.0.borrow_mut() = Some(Box::pin(async move {
            loop {
                let delivered = async {
                    let delivery = connection.session.next_delivery().await;
                    deliver(&connection, delivery).await;
                };
                tokio::select! {
                    biased;
                    // also while the client does not read what it is sent
                    reason = connection.session.closed() => {
                        return connection.close(Ending::Hub(reason));
                    }
                    () = delivered => {}
                }
            }
        }));
    }

    pub(crate) fn poll(&self, context: &mut Context<'_>) {
        // taken out while it runs: closing a socket may come back here
        let Some(mut watch) = self.0.borrow_mut().take() else {
            return;
        };
        if watch.as_mut().poll(context).is_pending() {
            *self.0.borrow_mut() = Some(watch);
        }
    }
}
