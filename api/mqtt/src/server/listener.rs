use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;

use ntex::server::create_tcp_listener;
use roost_edge::tunnel;

use super::ServeError;
use crate::MqttConfig;

/// Connections that the kernel completes before a worker takes them.
const BACKLOG: i32 = 4096;

/// Sockets that are bound but not served yet.
#[derive(Debug)]
pub(super) struct Listeners {
    pub tls: Vec<TcpListener>,
    pub tunnel: Option<UnixListener>,
}

impl Listeners {
    pub(super) fn bind(config: &MqttConfig) -> Result<Self, ServeError> {
        let bind = |&address: &SocketAddr| {
            create_tcp_listener(address, BACKLOG)
                .map_err(|source| ServeError::Bind { address, source })
        };
        let tls = config.listen.iter().map(bind).collect::<Result<_, _>>()?;
        let tunnel = config
            .tunnel_socket
            .as_deref()
            .map(tunnel::bind)
            .transpose()?;
        Ok(Self { tls, tunnel })
    }

    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.tls
            .iter()
            .filter_map(|listener| listener.local_addr().ok())
            .collect()
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn config(listen: Vec<SocketAddr>) -> MqttConfig {
        MqttConfig {
            listen,
            ..MqttConfig::default()
        }
    }

    #[test]
    fn a_taken_address_is_named_with_what_to_do() {
        let first = Listeners::bind(&config(vec!["127.0.0.1:0".parse().unwrap()])).unwrap();
        let error = Listeners::bind(&config(first.addresses()))
            .unwrap_err()
            .to_string();
        assert!(error.contains(&first.addresses()[0].to_string()), "{error}");
        assert!(error.contains("choose another port"), "{error}");
    }
}
