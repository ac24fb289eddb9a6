//! Mutual TLS over TCP.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use roost_model::NodeId;
use serde::{Deserialize, Serialize};
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};

use super::tls::{NodeTls, server_name};
use super::{Credential, Incoming, PeerStream, Transport, TransportError};

/// Connections that the kernel completes before they are accepted.
const BACKLOG: u32 = 256;

/// The PEM files that a node proves itself with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificatePaths {
    /// The cluster's certificate authority; only what it signed is let in.
    pub ca: PathBuf,
    /// The node's certificate, then any intermediate ones. Carries the DNS name
    /// `node-{id}.roost.internal` and may be used as client and as server.
    pub certificate: PathBuf,
    /// The certificate's private key.
    pub key: PathBuf,
}

/// A bound listener, and the identity to dial and accept with.
pub struct TcpTransport {
    listener: TcpListener,
    paths: CertificatePaths,
    tls: ArcSwap<NodeTls>,
}

// === impl TcpTransport ===

impl TcpTransport {
    /// Reads the certificates and listens; port 0 picks a free one.
    ///
    /// # Errors
    /// [`TransportError::Certificate`] for an unusable file, [`TransportError::Io`] when the
    /// address cannot be bound.
    pub fn bind(listen: SocketAddr, paths: &CertificatePaths) -> Result<Self, TransportError> {
        let tls = ArcSwap::from_pointee(NodeTls::load(paths)?);
        let socket = socket_for(listen)?;
        socket.set_reuseaddr(true)?;
        socket.bind(listen)?;
        // Accepted sockets inherit keepalive from the listening one.
        let listener = socket.listen(BACKLOG)?;
        Ok(TcpTransport {
            listener,
            paths: paths.clone(),
            tls,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the socket cannot tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Reads the certificate files again; connections made from now on use them.
    ///
    /// # Errors
    /// [`TransportError::Certificate`]; the old certificates then stay in use.
    pub fn reload(&self) -> Result<(), TransportError> {
        self.tls.store(Arc::new(NodeTls::load(&self.paths)?));
        Ok(())
    }

    async fn dial_tls(&self, to: NodeId, address: &str) -> Result<PeerStream, TransportError> {
        let tcp = connect(address).await?;
        let tls = self
            .tls
            .load_full()
            .connector
            .connect(server_name(to)?, tcp)
            .await?;
        // The handshake checked the certificate against exactly this node's name.
        Ok(PeerStream::new(tls, Credential::Node(to), address))
    }
}

impl std::fmt::Debug for TcpTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TcpTransport")
            .field("listener", &self.listener)
            .finish_non_exhaustive()
    }
}

impl Transport for TcpTransport {
    fn dial<'a>(
        &'a self,
        to: NodeId,
        address: &'a str,
    ) -> BoxFuture<'a, Result<PeerStream, TransportError>> {
        self.dial_tls(to, address).boxed()
    }

    fn accept(&self) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        async move {
            let (tcp, remote) = self.listener.accept().await?;
            Ok(handshake(self.tls.load_full(), tcp, remote).boxed())
        }
        .boxed()
    }
}

async fn handshake(
    tls: Arc<NodeTls>,
    tcp: TcpStream,
    remote: SocketAddr,
) -> Result<PeerStream, TransportError> {
    tcp.set_nodelay(true)?;
    let stream = tls.acceptor.accept(tcp).await?;
    let shown = stream
        .get_ref()
        .1
        .peer_certificates()
        .and_then(|chain| chain.first());
    let certificate = shown.ok_or_else(|| io::Error::other("the peer showed no certificate"))?;
    let credential = Credential::Certificate(certificate.clone().into_owned());
    Ok(PeerStream::new(stream, credential, remote.to_string()))
}

/// The first address of the name that answers.
async fn connect(address: &str) -> Result<TcpStream, TransportError> {
    let mut failure = TransportError::Unresolved(address.to_owned());
    for candidate in lookup_host(address).await? {
        match connect_to(candidate).await {
            Ok(tcp) => return Ok(tcp),
            Err(error) => failure = error.into(),
        }
    }
    Err(failure)
}

async fn connect_to(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = socket_for(address)?;
    socket.set_nodelay(true)?;
    socket.connect(address).await
}

fn socket_for(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    // The mux's own pings find a dead peer much sooner; this is for connections that never
    // got as far as the mux.
    socket.set_keepalive(true)?;
    Ok(socket)
}
