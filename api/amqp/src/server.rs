//! Listeners: AMQP over TLS, and out of WebSockets that the HTTPS listener hands over.

mod accept;
mod listener;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use roost_actors::client::HubClient;
use roost_edge::Edge;
use roost_edge::tunnel::TunnelError;
use thiserror::Error;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::AmqpConfig;
use crate::context::Context;
use listener::Listeners;

/// Why the AMQP edge does not start.
#[derive(Debug, Error)]
pub enum ServeError {
    #[error("amqp has nothing to listen on: set `listen` or `tunnel_socket`")]
    NothingToListenOn,
    #[error("amqp setting `{0}` must be at least 1")]
    Zero(&'static str),
    #[error("amqp can't listen on {address}: {source}; {hint}", hint = listener::hint(.source))]
    Bind {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("amqp {0}")]
    Tunnel(#[from] TunnelError),
    #[error("amqp can't use its tunnel socket: {0}")]
    Socket(io::Error),
}

/// The server's task ended without being told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the amqp server has stopped unexpectedly")]
pub struct Stopped;

/// A running server. Dropping it does not stop the server; the token given to [`serve`] does.
#[derive(Debug)]
pub struct ServerHandle {
    addresses: Vec<SocketAddr>,
    task: JoinHandle<()>,
}

impl ServerHandle {
    /// Where TLS is listened for, in the order of the configuration, with real ports instead of 0.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Resolves when the server has stopped and its sessions are detached.
    ///
    /// # Errors
    /// [`Stopped`] when it was not told to.
    pub async fn stopped(self) -> Result<(), Stopped> {
        self.task.await.map_err(|_| Stopped)
    }
}

/// What every accept loop needs.
#[derive(Clone)]
struct Server {
    context: Arc<Context>,
    acceptor: TlsAcceptor,
    places: Arc<Semaphore>,
    connections: TaskTracker,
    shutdown: CancellationToken,
}

/// Starts the AMQP edge on the runtime of the caller. It listens when this returns.
///
/// When `shutdown` is cancelled the listeners close, and open connections are closed and their devices
/// detached, for at most `shutdown_timeout`.
///
/// # Errors
/// [`ServeError`]
pub fn serve(
    config: AmqpConfig,
    tls: Arc<rustls::ServerConfig>,
    edge: Edge,
    hub: HubClient,
    shutdown: CancellationToken,
) -> Result<ServerHandle, ServeError> {
    check(&config)?;
    let listeners = Listeners::bind(&config)?;
    let addresses = listeners.addresses();
    let patience = config.shutdown_timeout;
    let server = Server {
        places: Arc::new(Semaphore::new(
            config.max_connections.min(Semaphore::MAX_PERMITS),
        )),
        context: Arc::new(Context::new(config, edge, hub)),
        acceptor: TlsAcceptor::from(tls),
        connections: TaskTracker::new(),
        shutdown,
    };
    let task = tokio::spawn(async move {
        let loops = TaskTracker::new();
        for listener in listeners.tls {
            loops.spawn(server.clone().accept_tls(listener));
        }
        if let Some(listener) = listeners.tunnel {
            loops.spawn(server.clone().accept_tunnelled(listener));
        }
        loops.close();
        loops.wait().await;
        server.connections.close();
        let ended = tokio::time::timeout(patience, server.connections.wait()).await;
        if ended.is_err() {
            tracing::warn!("amqp connections did not end in time");
        }
    });
    Ok(ServerHandle { addresses, task })
}

fn check(config: &AmqpConfig) -> Result<(), ServeError> {
    if config.listen.is_empty() && config.tunnel_socket.is_none() {
        return Err(ServeError::NothingToListenOn);
    }
    let zero = [
        ("max_connections", config.max_connections == 0),
        ("max_links", config.max_links == 0),
        ("max_tokens", config.max_tokens == 0),
        ("handshake_timeout", config.handshake_timeout.is_zero()),
        ("idle_timeout", config.idle_timeout.is_zero()),
    ];
    match zero.into_iter().find(|(_, is_zero)| *is_zero) {
        Some((name, _)) => Err(ServeError::Zero(name)),
        None => Ok(()),
    }
}

impl Server {
    async fn accept_tls(self, listener: TcpListener) {
        while let Some(place) = self.place().await {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.shutdown.cancelled() => return,
            };
            match accepted {
                Ok((socket, peer)) => {
                    let server = self.clone();
                    self.connections.spawn(async move {
                        server.over_tls(socket, peer).await;
                        drop(place);
                    });
                }
                Err(error) => listener::pause_after(&error).await,
            }
        }
    }

    async fn accept_tunnelled(self, listener: UnixListener) {
        while let Some(place) = self.place().await {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.shutdown.cancelled() => return,
            };
            match accepted {
                Ok((socket, _)) => {
                    let server = self.clone();
                    self.connections.spawn(async move {
                        server.over_web_socket(socket).await;
                        drop(place);
                    });
                }
                Err(error) => listener::pause_after(&error).await,
            }
        }
    }

    /// Room for one more connection; none when the node stops.
    async fn place(&self) -> Option<tokio::sync::OwnedSemaphorePermit> {
        tokio::select! {
            place = Arc::clone(&self.places).acquire_owned() => place.ok(),
            () = self.shutdown.cancelled() => None,
        }
    }
}
