//! From an accepted socket to a connection.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{Buf as _, BytesMut};
use roost_edge::Protocol;
use roost_edge::tunnel::{Preface, PrefaceError};
use roost_model::CertificateChain;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::{TcpStream, UnixStream};

use super::Server;
use crate::connection::{self, Peer};
use crate::metrics;

/// Why a tunnelled connection does not begin.
enum NoPreface {
    Wrong(PrefaceError),
    /// Gone before it said anything.
    Gone,
}

impl Server {
    pub(super) async fn over_tls(&self, socket: TcpStream, peer: SocketAddr) {
        // Small answers are what most of this protocol is made of.
        let _ = socket.set_nodelay(true);
        let limit = self.context.config.handshake_timeout;
        let accepted = tokio::time::timeout(limit, self.acceptor.accept(socket)).await;
        let socket = match accepted {
            Ok(Ok(socket)) => socket,
            Ok(Err(error)) => {
                return match error.kind() {
                    // port scanners and health checks
                    ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset => {
                        tracing::debug!(%peer, "connection closed during the TLS handshake");
                    }
                    _ => {
                        metrics::refused("TlsHandshake");
                        tracing::warn!(%peer, "TLS handshake failed: {error}");
                    }
                };
            }
            Err(_) => {
                metrics::refused("TlsHandshake");
                return tracing::warn!(%peer, "TLS handshake took too long");
            }
        };
        let shown = socket.get_ref().1.peer_certificates();
        let certificates = match shown.filter(|shown| !shown.is_empty()) {
            None => None,
            Some(shown) => match CertificateChain::new(shown) {
                Ok(chain) => Some(chain),
                Err(error) => {
                    metrics::refused("Certificates");
                    return tracing::warn!(%peer, "connection refused: {error}");
                }
            },
        };
        let peer = Peer {
            address: peer.to_string().into(),
            protocol: Protocol::Amqp,
            certificates,
        };
        let context = Arc::clone(&self.context);
        connection::serve(socket, context, peer, self.shutdown.clone()).await;
    }

    pub(super) async fn over_web_socket(&self, mut socket: UnixStream) {
        let limit = self.context.config.handshake_timeout;
        let read = tokio::time::timeout(limit, preface(&mut socket)).await;
        match read {
            Ok(Ok((Preface { peer, chain }, rest))) => {
                let peer = Peer {
                    address: peer.into(),
                    protocol: Protocol::AmqpWebSocket,
                    certificates: chain,
                };
                let (reader, writer) = socket.into_split();
                let socket = tokio::io::join(
                    tokio::io::AsyncReadExt::chain(std::io::Cursor::new(rest), reader),
                    writer,
                );
                let context = Arc::clone(&self.context);
                connection::serve(socket, context, peer, self.shutdown.clone()).await;
            }
            Ok(Err(NoPreface::Wrong(error))) => {
                metrics::refused("Preface");
                tracing::warn!("tunnelled connection refused: {error}");
            }
            Ok(Err(NoPreface::Gone)) | Err(_) => {}
        }
    }
}

/// Who is behind a tunnelled connection, and what came behind that.
async fn preface(socket: &mut (impl AsyncRead + Unpin)) -> Result<(Preface, BytesMut), NoPreface> {
    let mut bytes = BytesMut::new();
    loop {
        if let Some((preface, length)) = Preface::parse(&bytes).map_err(NoPreface::Wrong)? {
            bytes.advance(length);
            return Ok((preface, bytes));
        }
        match socket.read_buf(&mut bytes).await {
            Ok(count) if count > 0 => {}
            _ => return Err(NoPreface::Gone),
        }
    }
}
