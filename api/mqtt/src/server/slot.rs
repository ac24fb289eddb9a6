use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::task::Context;

use roost_edge::Protocol;
use roost_model::CertificateChain;
use roost_model::x509::InvalidChain;

use crate::connection::{Connection, Watch};

/// How the bytes of a connection reach this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Tls,
    Tunnel,
}

impl Transport {
    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Self::Tls => Protocol::Mqtt,
            Self::Tunnel => Protocol::MqttWebSocket,
        }
    }

    /// Label of the metrics.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::Tunnel => "websocket",
        }
    }
}

/// The certificates that a client showed, or why they are none that anybody would read.
pub(crate) type Certificates = Result<CertificateChain, InvalidChain>;

/// What is known about a connection before and after CONNECT.
pub(crate) struct Slot {
    pub peer: Rc<str>,
    pub transport: Transport,
    /// Taken by CONNECT: nothing needs them afterwards.
    pub certificates: Cell<Option<Certificates>>,
    /// CONNECT was refused, and that has been logged.
    pub refused: Cell<bool>,
    /// Number of the session in the worker's list.
    number: OnceCell<u64>,
    watch: Watch,
}

impl Slot {
    pub(crate) fn new(
        peer: impl Into<Rc<str>>,
        transport: Transport,
        certificates: Option<Certificates>,
    ) -> Self {
        Self {
            peer: peer.into(),
            transport,
            certificates: Cell::new(certificates),
            refused: Cell::new(false),
            number: OnceCell::new(),
            watch: Watch::default(),
        }
    }

    /// A session is attached: it is counted, and watched for its end.
    pub(crate) fn attached(&self, connection: &Rc<Connection>) {
        let _ = self.number.set(connection.worker.add(connection));
        self.watch.set(Rc::clone(connection));
    }

    pub(super) fn poll_watch(&self, context: &mut Context<'_>) {
        self.watch.poll(context);
    }

    pub(super) fn number(&self) -> Option<u64> {
        self.number.get().copied()
    }
}
