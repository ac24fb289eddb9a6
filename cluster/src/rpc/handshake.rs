//! The exchange of hellos on a fresh connection.

use std::io;

use bytes::Bytes;
use roost_model::NodeId;
use thiserror::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::frame::{Decoder, Frame, FrameError, FrameKind, MAX_FRAME, MAX_HANDSHAKE_FRAME};
use super::hello::{Hello, HelloError};
use crate::transport::{ByteStream, PeerStream, TransportError};

/// Longest text of a refusal that is logged, in characters.
const MAX_REASON: usize = 500;
/// Detail of a goodbye that says no more than its text.
const REFUSED: u8 = 0;
/// Detail of a goodbye to a node that was removed from the cluster.
const REMOVED: u8 = 1;

/// Why two nodes do not talk.
#[derive(Debug, Error)]
pub(crate) enum HandshakeError {
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Hello(#[from] HelloError),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("the peer began with a {0:?} frame")]
    NoHello(FrameKind),
    #[error("the peer closed the connection before its hello")]
    NoAnswer,
    #[error("the peer refused: {0}")]
    Refused(String),
    #[error("the cluster removed this node")]
    Expelled,
    #[error("node {0} was removed from the cluster")]
    Removed(NodeId),
    #[error("the peer claims to be node {0} but did not prove it")]
    NotProven(NodeId),
    #[error("node {found} answers where node {expected} was expected")]
    WrongNode { expected: NodeId, found: NodeId },
    #[error("the peer answered for another lane")]
    WrongLane,
    #[error("a newer incarnation of node {0} is connected")]
    Ghost(NodeId),
    #[error("this node dialed itself")]
    Myself,
    #[error("timed out")]
    TimedOut,
}

/// A connection whose ends know each other.
pub(crate) struct Greeted {
    pub(crate) io: Box<dyn ByteStream>,
    pub(crate) decoder: Decoder,
    /// The peer's.
    pub(crate) hello: Hello,
}

/// The dialer's side: speaks first.
pub(crate) async fn greet(
    stream: PeerStream,
    to: NodeId,
    ours: &Hello,
) -> Result<Greeted, HandshakeError> {
    let credential = stream.credential().clone();
    let mut io = stream.into_io();
    write_hello(&mut io, ours).await?;
    let (hello, decoder) = read_hello(&mut io).await?;
    hello.check_cluster(&ours.cluster)?;
    if hello.node != to {
        return Err(HandshakeError::WrongNode {
            expected: to,
            found: hello.node,
        });
    }
    if !credential.proves(to) {
        return Err(HandshakeError::NotProven(to));
    }
    if hello.lane != ours.lane {
        return Err(HandshakeError::WrongLane);
    }
    Ok(Greeted { io, decoder, hello })
}

/// The acceptor's side: `ours` makes the answer to the peer's hello, or refuses it. A refused
/// peer is told why.
pub(crate) async fn answer(
    stream: PeerStream,
    cluster: &str,
    ours: impl FnOnce(&Hello) -> Result<Hello, HandshakeError>,
) -> Result<Greeted, HandshakeError> {
    let credential = stream.credential().clone();
    let mut io = stream.into_io();
    let (read, decoder) = match read_hello(&mut io).await {
        Ok((hello, decoder)) => (Ok(hello), decoder),
        // Foreign bytes or an older version: still say why.
        Err(error @ HandshakeError::Hello(_)) => (Err(error), Decoder::new(0)),
        Err(error) => return Err(error),
    };
    let checked = read.and_then(|hello| {
        if !credential.proves(hello.node) {
            return Err(HandshakeError::NotProven(hello.node));
        }
        hello.check_cluster(cluster)?;
        let ours = ours(&hello)?;
        Ok((hello, ours))
    });
    match checked {
        Ok((hello, ours)) => {
            write_hello(&mut io, &ours).await?;
            Ok(Greeted { io, decoder, hello })
        }
        Err(error) => {
            let detail = match error {
                HandshakeError::Removed(_) => REMOVED,
                _ => REFUSED,
            };
            let reason = Bytes::from(error.to_string());
            write_frame(&mut io, Frame::new(FrameKind::Goodbye, detail, 0, reason)).await?;
            io.shutdown().await?;
            Err(error)
        }
    }
}

async fn write_hello(io: &mut Box<dyn ByteStream>, hello: &Hello) -> io::Result<()> {
    write_frame(io, Frame::new(FrameKind::Hello, 0, 0, hello.encode())).await
}

async fn write_frame(io: &mut Box<dyn ByteStream>, frame: Frame) -> io::Result<()> {
    let bytes = [&frame.head()[..], &frame.payload].concat();
    io.write_all(&bytes).await?;
    io.flush().await
}

/// What follows the hello stays in the decoder.
async fn read_hello(io: &mut Box<dyn ByteStream>) -> Result<(Hello, Decoder), HandshakeError> {
    let mut decoder = Decoder::new(MAX_HANDSHAKE_FRAME);
    let frame = loop {
        if let Some(frame) = decoder.next()? {
            break frame;
        }
        if io.read_buf(decoder.buffer()).await? == 0 {
            return Err(HandshakeError::NoAnswer);
        }
    };
    decoder.set_limit(MAX_FRAME);
    match frame.kind {
        FrameKind::Hello => Ok((Hello::decode(frame.payload)?, decoder)),
        FrameKind::Goodbye if frame.detail == REMOVED => Err(HandshakeError::Expelled),
        FrameKind::Goodbye => {
            let reason = String::from_utf8_lossy(&frame.payload);
            Err(HandshakeError::Refused(
                reason.chars().take(MAX_REASON).collect(),
            ))
        }
        kind => Err(HandshakeError::NoHello(kind)),
    }
}
