use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use ntex::server::create_tcp_listener;

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
            .map(bind_tunnel)
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

/// Replaces the file of a node that is gone. Only this user may connect: whoever can writes the peer
/// address that the logs show.
fn bind_tunnel(path: &Path) -> Result<UnixListener, ServeError> {
    let failed = |source| ServeError::BindTunnel {
        path: path.to_owned(),
        source,
    };
    if UnixStream::connect(path).is_ok() {
        return Err(ServeError::TunnelInUse(path.to_owned()));
    }
    remove_socket(path).map_err(failed)?;
    let listener = UnixListener::bind(path).map_err(failed)?;
    fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(listener)
}

/// Removes a socket, and nothing else that may be in its place.
fn remove_socket(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt;
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => fs::remove_file(path),
        Ok(_) => Err(io::Error::new(
            ErrorKind::AlreadyExists,
            "there is a file that is no socket",
        )),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
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

    fn config(listen: Vec<SocketAddr>, tunnel: Option<&Path>) -> MqttConfig {
        MqttConfig {
            listen,
            tunnel_socket: tunnel.map(Path::to_owned),
            ..MqttConfig::default()
        }
    }

    #[test]
    fn a_taken_address_is_named_with_what_to_do() {
        let first = Listeners::bind(&config(vec!["127.0.0.1:0".parse().unwrap()], None)).unwrap();
        let error = Listeners::bind(&config(first.addresses(), None))
            .unwrap_err()
            .to_string();
        assert!(error.contains(&first.addresses()[0].to_string()), "{error}");
        assert!(error.contains("choose another port"), "{error}");
    }

    #[test]
    fn the_socket_of_a_dead_node_is_replaced_and_that_of_a_living_one_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tunnel");
        let first = Listeners::bind(&config(Vec::new(), Some(&path))).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let refused = Listeners::bind(&config(Vec::new(), Some(&path)));
        assert!(matches!(refused, Err(ServeError::TunnelInUse(_))));
        drop(first);
        assert!(Listeners::bind(&config(Vec::new(), Some(&path))).is_ok());
    }

    #[test]
    fn a_file_in_the_place_of_the_socket_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("precious");
        fs::write(&path, "data").unwrap();
        let refused = Listeners::bind(&config(Vec::new(), Some(&path)));
        assert!(matches!(refused, Err(ServeError::BindTunnel { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "data");
    }
}
