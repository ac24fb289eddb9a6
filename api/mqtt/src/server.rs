//! Listeners and threads.

mod front;
mod listener;
mod slot;
mod worker;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::{io, thread};

use ntex::SharedCfg;
use ntex::io::IoConfig;
use ntex::rt::{DefaultRuntime, System};
use ntex::server::{Affinity, Server, ServerBuilder, TlsConfig};
use ntex::time::{Millis, Seconds};
use ntex::util::BytePageSize;
use ntex_mqtt::{MqttServiceConfig, QoS};
use roost_edge::Edge;
use roost_edge::tunnel::TunnelError;
use thiserror::Error;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use self::front::{TlsFront, TunnelFront};
use self::listener::Listeners;
use crate::MqttConfig;

pub(crate) use self::slot::{Certificates, Slot, Transport};
pub(crate) use self::worker::Worker;

/// What a PUBLISH packet holds besides its message: topic, its length and the packet id, in bytes.
const MAX_TOPIC: usize = 65_535 + 2 + 2;

/// A client that sends a packet slower than `SLOW_RATE` bytes in this time is cut off.
const SLOW_PERIOD: Seconds = Seconds(30);
const SLOW_RATE: u32 = 64;

/// A client that takes nothing off its full socket for this long is cut off.
const WRITE_TIMEOUT: Seconds = Seconds(60);

/// Why the MQTT edge does not start.
#[derive(Debug, Error)]
pub enum ServeError {
    #[error("mqtt has nothing to listen on: set `listen` or `tunnel_socket`")]
    NothingToListenOn,
    #[error("mqtt setting `{0}` must be at least 1")]
    Zero(&'static str),
    #[error("mqtt can't listen on {address}: {source}; {hint}", hint = listener::hint(.source))]
    Bind {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("mqtt {0}")]
    Tunnel(#[from] TunnelError),
    #[error("mqtt can't start its thread: {0}")]
    Thread(io::Error),
}

/// The server's thread ended without being told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the mqtt server has stopped unexpectedly")]
pub struct Stopped;

/// A running server. Dropping it does not stop the server; the token given to [`serve`] does.
#[derive(Debug)]
pub struct ServerHandle {
    addresses: Vec<SocketAddr>,
    done: oneshot::Receiver<()>,
}

impl ServerHandle {
    /// Where TLS is listened for, in the order of the configuration, with real ports instead of 0.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Resolves when the server has stopped and its sessions are detached.
    pub async fn stopped(self) -> Result<(), Stopped> {
        self.done.await.map_err(|_| Stopped)
    }
}

/// Starts the MQTT edge on threads of its own. It listens when this returns.
///
/// When `shutdown` is cancelled the listeners close, open sessions are closed and detached, and what they
/// have read is handed over, for at most `shutdown_timeout`.
pub fn serve(
    config: MqttConfig,
    tls: Arc<rustls::ServerConfig>,
    edge: Edge,
    shutdown: CancellationToken,
) -> Result<ServerHandle, ServeError> {
    check(&config)?;
    let listeners = Listeners::bind(&config)?;
    let addresses = listeners.addresses();
    let (finished, done) = oneshot::channel();
    let run = move || {
        let system = System::build()
            .name("mqtt")
            .disable_signals()
            .build(DefaultRuntime);
        system.block_on(async move {
            match start(&config, listeners, tls, edge) {
                Ok(server) => {
                    if run_until(server, shutdown.cancelled()).await {
                        let _ = finished.send(());
                    }
                }
                Err(error) => tracing::error!("the mqtt server can't run: {error}"),
            }
        });
    };
    thread::Builder::new()
        .name("mqtt".to_owned())
        .spawn(run)
        .map_err(ServeError::Thread)?;
    Ok(ServerHandle { addresses, done })
}

fn check(config: &MqttConfig) -> Result<(), ServeError> {
    if config.listen.is_empty() && config.tunnel_socket.is_none() {
        return Err(ServeError::NothingToListenOn);
    }
    let zero = [
        ("workers", config.workers == 0),
        ("max_receive", config.max_receive == 0),
        ("max_connections", config.max_connections == 0),
        ("max_handshakes", config.max_handshakes == 0),
        ("handshake_timeout", config.handshake_timeout.as_secs() == 0),
    ];
    match zero.into_iter().find(|(_, is_zero)| *is_zero) {
        Some((name, _)) => Err(ServeError::Zero(name)),
        None => Ok(()),
    }
}

/// True if the server was told to stop, false if it ended by itself.
async fn run_until(server: Server, shutdown: impl Future<Output = ()>) -> bool {
    tokio::select! {
        () = shutdown => {
            server.stop(true).await;
            true
        }
        _ = server.clone() => {
            tracing::error!("the mqtt server has stopped unexpectedly");
            false
        }
    }
}

fn start(
    config: &MqttConfig,
    listeners: Listeners,
    tls: Arc<rustls::ServerConfig>,
    edge: Edge,
) -> io::Result<Server> {
    ntex_tls::max_concurrent_ssl_accept(config.max_handshakes);
    let mut builder = ServerBuilder::default()
        .name("mqtt")
        .workers(config.workers)
        // the node's other threads, and other nodes on this machine, want the same cores
        .affinity(Affinity::Disabled)
        .max_connections(config.max_connections)
        .disable_signals()
        .graceful_shutdown_timeout(Millis::from(config.shutdown_timeout));
    let handshake_timeout = config.handshake_timeout;
    for listener in listeners.tls {
        let (tls, edge) = (Arc::clone(&tls), edge.clone());
        let settings = settings("mqtt-tls", config, &edge);
        builder = builder.listen("mqtt-tls", listener, settings, async move |()| {
            let worker = Worker::start(edge.clone(), Transport::Tls, handshake_timeout);
            TlsFront::new(Arc::clone(&tls), worker)
        })?;
    }
    if let Some(listener) = listeners.tunnel {
        let settings = settings("mqtt-tunnel", config, &edge);
        builder = builder.listen_uds("mqtt-tunnel", listener, settings, async move |()| {
            let worker = Worker::start(edge.clone(), Transport::Tunnel, handshake_timeout);
            TunnelFront::new(worker)
        })?;
    }
    Ok(builder.run())
}

/// Messages that a client may leave unacknowledged: more than the hub has under way for one session, as
/// some may come again before they are.
const MAX_SEND: u16 = 64;

/// Buffers and limits of a connection. Pages are small, as most of them serve one acknowledgement.
fn settings(name: &'static str, config: &MqttConfig, edge: &Edge) -> SharedCfg {
    let timeout = Seconds(u16::try_from(config.handshake_timeout.as_secs()).unwrap_or(u16::MAX));
    let max_message = edge.limits().max_message_bytes;
    let max_packet = u32::try_from(max_message + MAX_TOPIC).unwrap_or(u32::MAX);
    let io = IoConfig::new()
        .set_read_size(BytePageSize::Size4, BytePageSize::Size64)
        .set_write_size(BytePageSize::Size4)
        .set_frame_read_rate(SLOW_PERIOD, Seconds::ZERO, SLOW_RATE)
        .set_write_timeout(WRITE_TIMEOUT);
    let mqtt = MqttServiceConfig::new()
        .set_max_qos(QoS::AtLeastOnce)
        .set_max_size(max_packet)
        .set_max_receive(config.max_receive)
        // with the window full the socket is not read
        .set_max_queue(config.max_receive.into())
        .set_max_receive_size(max_message)
        .set_max_send(MAX_SEND)
        // what was sent before DISCONNECT counts, even if the socket is gone by now
        .set_handle_qos_after_disconnect(Some(QoS::AtLeastOnce))
        .set_connect_timeout(timeout)
        .protocol_version_timeout(timeout);
    let tls = TlsConfig::new().set_handshake_timeout(timeout);
    SharedCfg::new(name).add(io).add(mqtt).add(tls).into()
}
