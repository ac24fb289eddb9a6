//! The services that take accepted sockets to MQTT.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;

use ntex::io::types::PeerAddr;
use ntex::io::{Io, IoBoxed, Layer};
use ntex::service::{BindCtx, Ctx, Pipeline, Service};
use ntex::time::{Millis, timeout};
use ntex::util::Either;
use ntex_mqtt::{MqttConnectError, MqttError, v3};
use ntex_tls::rustls::{PeerCertChain, TlsAcceptor, TlsServerFilter};
use roost_edge::tunnel::Preface;
use roost_model::CertificateChain;

use super::{Certificates, Slot, Worker};
use crate::connection::{Connection, control};
use crate::handshake::handshake;
use crate::preface::PrefaceCodec;
use crate::publish::publish;
use crate::subscribe::protocol;

type Mqtt = Pipeline<(Rc<Slot>, IoBoxed), (), MqttError<Infallible>>;
type Tls = Pipeline<Io, Io<Layer<TlsServerFilter>>, std::io::Error>;

/// MQTT over TLS.
pub(super) struct TlsFront {
    tls: Tls,
    back: Back,
}

/// MQTT out of WebSockets that the HTTPS listener hands over.
pub(super) struct TunnelFront {
    back: Back,
}

/// What both have behind them.
struct Back {
    mqtt: Mqtt,
    worker: Rc<Worker>,
}

impl TlsFront {
    pub(super) fn new(config: Arc<rustls::ServerConfig>, worker: Rc<Worker>) -> Self {
        Self {
            tls: Pipeline::new((), TlsAcceptor::new(config)),
            back: Back::new(worker),
        }
    }
}

impl Service<(), Io> for TlsFront {
    type Res = ();
    type Error = Infallible;

    fn bind(&self, ctx: BindCtx<'_>) {
        self.tls.bind_to(&ctx);
    }

    async fn ready(&self, _: Ctx<'_, Self, ()>) -> Result<(), Infallible> {
        // the acceptor is ready when it may start another handshake; it has no way to fail
        let _ = self.tls.ready().await;
        Ok(())
    }

    async fn call(&self, io: Io, _: Ctx<'_, Self, ()>) -> Result<(), Infallible> {
        let peer = peer_address(&io);
        match self.tls.call_static(io).await {
            Ok(io) => {
                let certificates = certificates(&io);
                self.back.serve(peer, certificates, io.into()).await;
            }
            Err(error) => self.back.refuse_tls(&peer, &error),
        }
        Ok(())
    }

    async fn shutdown(&self, _: Ctx<'_, Self, ()>) {
        self.back.worker.stop().await;
    }
}

impl TunnelFront {
    pub(super) fn new(worker: Rc<Worker>) -> Self {
        Self {
            back: Back::new(worker),
        }
    }
}

impl Service<(), Io> for TunnelFront {
    type Res = ();
    type Error = Infallible;

    async fn call(&self, io: Io, _: Ctx<'_, Self, ()>) -> Result<(), Infallible> {
        let limit = Millis::from(self.back.worker.handshake_timeout);
        match timeout(limit, io.recv(&PrefaceCodec)).await {
            Ok(Ok(Some(Preface { peer, chain }))) => {
                let certificates = chain.map(Ok);
                self.back.serve(peer.into(), certificates, io.into()).await;
            }
            Ok(Err(Either::Left(error))) => {
                self.back.worker.metrics.refused("Preface");
                tracing::warn!("tunnelled connection refused: {error}");
            }
            // gone before it said anything
            Ok(Ok(None) | Err(Either::Right(_))) | Err(()) => {}
        }
        Ok(())
    }

    async fn shutdown(&self, _: Ctx<'_, Self, ()>) {
        self.back.worker.stop().await;
    }
}

impl Back {
    fn new(worker: Rc<Worker>) -> Self {
        Self {
            mqtt: mqtt(Rc::clone(&worker)),
            worker,
        }
    }

    /// Runs one connection to its end.
    async fn serve(&self, peer: Rc<str>, certificates: Option<Certificates>, io: IoBoxed) {
        let slot = Slot::new(peer, self.worker.transport, certificates);
        let slot = Rc::new(slot);
        let mut serving = pin!(self.mqtt.call_static((Rc::clone(&slot), io)));
        let served = poll_fn(|context| {
            let polled = serving.as_mut().poll(context);
            if polled.is_pending() {
                slot.poll_watch(context);
            }
            polled
        });
        let result = served.await;
        match slot.number() {
            Some(number) => self.worker.remove(number),
            None if slot.refused.get() => {}
            None => self.refuse(&slot, result),
        }
    }

    /// A connection that ended before its CONNECT could be answered.
    fn refuse(&self, slot: &Slot, result: Result<(), MqttError<Infallible>>) {
        let peer = &slot.peer;
        match result {
            Err(MqttError::Connect(MqttConnectError::Disconnected(_))) | Ok(()) => {
                tracing::debug!(%peer, "connection closed by the client before CONNECT");
            }
            Err(MqttError::Connect(MqttConnectError::Timeout)) => {
                self.worker.metrics.refused("ConnectTimeout");
                tracing::warn!(%peer, "connection refused: no CONNECT in time");
            }
            Err(error) => {
                self.worker.metrics.refused("Protocol");
                tracing::warn!(%peer, "connection refused: {error}");
            }
        }
    }

    fn refuse_tls(&self, peer: &str, error: &std::io::Error) {
        match error.kind() {
            // port scanners and health checks
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset => {
                tracing::debug!(%peer, "connection closed during the TLS handshake");
            }
            _ => {
                self.worker.metrics.refused("TlsHandshake");
                tracing::warn!(%peer, "TLS handshake failed: {error}");
            }
        }
    }
}

/// MQTT 3.1.1 and nothing else: other protocol levels are answered with CONNACK 1.
fn mqtt(worker: Rc<Worker>) -> Mqtt {
    let server = v3::MqttServer::<Rc<Slot>, Rc<Connection>, Infallible, _, _, _>::with(publish)
        .protocol(protocol)
        .control(control)
        .build(async move |connect| handshake(connect, Rc::clone(&worker)).await);
    Pipeline::new((), server)
}

/// What the client showed; none when it showed nothing. A resumed session brings what the first one
/// brought.
fn certificates(io: &Io<Layer<TlsServerFilter>>) -> Option<Certificates> {
    let shown = io.query::<PeerCertChain<'_>>();
    let shown = shown.as_ref().filter(|shown| !shown.0.is_empty())?;
    Some(CertificateChain::new(&shown.0))
}

fn peer_address(io: &Io) -> Rc<str> {
    match io.query::<PeerAddr>().get() {
        Some(PeerAddr(address)) => address.to_string().into(),
        None => "unknown".into(),
    }
}
