//! Byte streams between nodes whose ends know who the other end is.
//!
//! Two implementations: [`tcp`] (mutual TLS, what nodes run on) and [`memory`] (pipes inside one
//! process that can be cut and frozen, for tests and simulation).

pub mod memory;
pub mod tcp;
mod tls;

use std::fmt;
use std::io;

use futures::future::BoxFuture;
use roost_model::NodeId;
use rustls_pki_types::CertificateDer;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};

/// An accepted connection whose handshake is still to be run, in a task of its own.
pub type Incoming = BoxFuture<'static, Result<PeerStream, TransportError>>;

/// Makes and accepts authenticated byte streams. Object-safe: used as `Arc<dyn Transport>`.
///
/// A transport is bound to its listening address when it is made, and releases it when dropped.
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Connects to `address` and proves that node `to` answers there. The caller sets the time
    /// limit; dropping the future abandons the attempt.
    fn dial<'a>(
        &'a self,
        to: NodeId,
        address: &'a str,
    ) -> BoxFuture<'a, Result<PeerStream, TransportError>>;

    /// The next connection of a peer. Cancel-safe; one caller at a time gets each connection.
    fn accept(&self) -> BoxFuture<'_, Result<Incoming, TransportError>>;
}

/// Both directions of a connection, whatever carries them.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> ByteStream for T {}

/// A connection to a peer that has proved something about itself.
pub struct PeerStream {
    io: Box<dyn ByteStream>,
    credential: Credential,
    address: String,
}

/// What a peer proved when it connected.
#[derive(Debug, Clone)]
pub enum Credential {
    /// It holds the key of this end-entity certificate, which the cluster's CA signed.
    Certificate(CertificateDer<'static>),
    /// It is this node; only transports that cannot be lied to say so.
    Node(NodeId),
}

/// Why there is no stream.
#[derive(Debug, Error)]
pub enum TransportError {
    /// The network or the TLS handshake failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A peer's address is not `host:port` or has no IP address.
    #[error("no IP address for {0}")]
    Unresolved(String),
    /// A certificate or key file cannot be used.
    #[error("cannot use {path}: {reason}")]
    Certificate {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The transport was shut down.
    #[error("the transport is closed")]
    Closed,
}

// === impl PeerStream ===

impl PeerStream {
    /// `address` is for log lines only.
    pub fn new(io: impl ByteStream, credential: Credential, address: impl Into<String>) -> Self {
        PeerStream {
            io: Box::new(io),
            credential,
            address: address.into(),
        }
    }

    /// What the peer proved.
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The other end's address, for log lines.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The bytes.
    pub fn into_io(self) -> Box<dyn ByteStream> {
        self.io
    }
}

impl fmt::Debug for PeerStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerStream")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

// === impl Credential ===

impl Credential {
    /// Whether the proof holds for this node: its certificate names `node-{id}.roost.internal`.
    pub fn proves(&self, node: NodeId) -> bool {
        match self {
            Credential::Certificate(certificate) => tls::names(certificate, node),
            Credential::Node(proved) => *proved == node,
        }
    }
}
