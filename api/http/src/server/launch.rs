use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpServer};
use rustls::ServerConfig;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::StartError;
use crate::observe::observe;
use crate::{HttpConfig, certificate};

/// What a listener needs besides its routes.
pub(crate) struct Launch {
    /// Of the thread.
    pub(crate) name: &'static str,
    pub(crate) listen: Vec<SocketAddr>,
    /// Plain when absent.
    pub(crate) tls: Option<Arc<ServerConfig>>,
    pub(crate) config: HttpConfig,
    pub(crate) shutdown: CancellationToken,
}

/// A listener that serves.
#[derive(Debug)]
pub struct ServerHandle {
    addresses: Vec<SocketAddr>,
    finished: oneshot::Receiver<io::Result<()>>,
}

impl ServerHandle {
    /// The addresses it is bound to; tells the port when port 0 was asked for.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Ready when the listener has ended: after the shutdown that [`super::serve`] was given, or
    /// with the error that ended it.
    pub async fn finished(self) -> io::Result<()> {
        match self.finished.await {
            Ok(result) => result,
            Err(_) => Err(io::Error::other("the thread of the listener panicked")),
        }
    }
}

/// Starts a listener with the routes that `routes` adds, and waits until it is bound.
pub(crate) fn launch<R>(settings: Launch, routes: R) -> Result<ServerHandle, StartError>
where
    R: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let (bound, is_bound) = sync_channel(1);
    let (finish, finished) = oneshot::channel();
    let thread = thread::Builder::new().name(settings.name.to_owned());
    let body = move || {
        let result = actix_web::rt::System::new().block_on(async move {
            let (server, addresses) = match build(settings, routes) {
                Ok(built) => built,
                Err(error) => {
                    // The caller waits for just this message.
                    let _ = bound.send(Err(error));
                    return Ok(());
                }
            };
            let _ = bound.send(Ok(addresses));
            server.await
        });
        // Nobody may care how it ended.
        let _ = finish.send(result);
    };
    thread.spawn(body).map_err(StartError::Thread)?;
    let ended = || StartError::Thread(io::Error::other("it ended at once"));
    let addresses = is_bound.recv().map_err(|_| ended())??;
    Ok(ServerHandle {
        addresses,
        finished,
    })
}

fn build<R>(settings: Launch, routes: R) -> Result<(Server, Vec<SocketAddr>), StartError>
where
    R: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    if settings.listen.is_empty() {
        return Err(StartError::NoAddress);
    }
    let config = &settings.config;
    let factory = move || App::new().configure(routes.clone()).wrap(from_fn(observe));
    let mut server = HttpServer::new(factory)
        .on_connect(certificate::remember)
        .workers(config.workers.max(1))
        .max_connections(config.max_connections)
        .keep_alive(config.keep_alive)
        .client_request_timeout(config.request_timeout)
        .tls_handshake_timeout(config.handshake_timeout)
        // A long poll ends when its client goes away.
        .h1_allow_half_closed(false)
        .shutdown_timeout(config.drain.as_secs())
        .shutdown_signal(settings.shutdown.cancelled_owned());
    for address in settings.listen {
        let bound = match &settings.tls {
            Some(tls) => server.bind_rustls_0_23(address, ServerConfig::clone(tls)),
            None => server.bind(address),
        };
        server = bound.map_err(|source| {
            let advice = advice(&source, address);
            StartError::Bind {
                address,
                source,
                advice,
            }
        })?;
    }
    let addresses = server.addrs();
    Ok((server.run(), addresses))
}

fn advice(error: &io::Error, address: SocketAddr) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "stop the process that listens there, or set another address in `listen`"
        }
        io::ErrorKind::AddrNotAvailable => {
            "set an address of this machine in `listen`, or 0.0.0.0 for all of them"
        }
        io::ErrorKind::PermissionDenied if address.port() < 1024 => {
            "ports below 1024 need the capability CAP_NET_BIND_SERVICE, or a smaller value of the \
             sysctl net.ipv4.ip_unprivileged_port_start"
        }
        _ => "check the address in `listen`",
    }
}
