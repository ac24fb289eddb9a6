use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use roost_edge::tunnel;
use tokio::net::{TcpListener, TcpSocket, UnixListener};

use super::ServeError;
use crate::AmqpConfig;

/// Connections that the kernel completes before they are taken.
const BACKLOG: u32 = 4096;
/// After an error that more haste would repeat, such as too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// Sockets that are bound but not served yet.
#[derive(Debug)]
pub(super) struct Listeners {
    pub(super) tls: Vec<TcpListener>,
    pub(super) tunnel: Option<UnixListener>,
}

impl Listeners {
    pub(super) fn bind(config: &AmqpConfig) -> Result<Self, ServeError> {
        let bind = |&address: &SocketAddr| {
            bind(address).map_err(|source| ServeError::Bind { address, source })
        };
        let tls = config.listen.iter().map(bind).collect::<Result<_, _>>()?;
        let tunnel = match &config.tunnel_socket {
            Some(path) => {
                let listener = tunnel::bind(path)?;
                listener.set_nonblocking(true).map_err(ServeError::Socket)?;
                Some(UnixListener::from_std(listener).map_err(ServeError::Socket)?)
            }
            None => None,
        };
        Ok(Self { tls, tunnel })
    }

    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.tls
            .iter()
            .filter_map(|listener| listener.local_addr().ok())
            .collect()
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// What to do about a bind error.
pub(super) fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::AddrInUse => "stop the program that listens there, or choose another port",
        ErrorKind::AddrNotAvailable => "choose an address that this machine has",
        ErrorKind::PermissionDenied => {
            "choose a port above 1023, or lower net.ipv4.ip_unprivileged_port_start"
        }
        _ => "check `listen` in the configuration",
    }
}

/// A connection could not be taken.
pub(super) async fn pause_after(error: &io::Error) {
    match error.kind() {
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted => {}
        _ => {
            tracing::warn!(%error, "an amqp connection could not be taken");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_address_is_named_with_what_to_do() {
        let config = |listen| AmqpConfig {
            listen,
            ..AmqpConfig::default()
        };
        let first = Listeners::bind(&config(vec!["127.0.0.1:0".parse().unwrap()])).unwrap();
        let error = Listeners::bind(&config(first.addresses()))
            .unwrap_err()
            .to_string();
        assert!(error.contains(&first.addresses()[0].to_string()), "{error}");
        assert!(error.contains("choose another port"), "{error}");
    }
}
