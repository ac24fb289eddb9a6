//! Reads frames and runs an established connection to its end.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::time::{Instant, sleep_until};
use tokio_util::task::AbortOnDropHandle;

use super::connection::Connection;
use super::frame::Decoder;
use super::violation::Violation;
use super::{metrics, writer};
use crate::transport::ByteStream;

/// Bytes that one read may bring.
const CHUNK: usize = 32 * 1024;
/// With less spare room than this, the buffer grows before the next read.
const SPARE: usize = 4 * 1024;

/// Why a connection came to its end.
#[derive(Debug, Error)]
pub(crate) enum Ended {
    #[error("the peer closed it")]
    ByPeer,
    #[error("closed by this node")]
    ByUs,
    #[error("nothing was received for {0:?}")]
    Silent(Duration),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the peer broke the protocol: {0}")]
    Violation(#[from] Violation),
}

/// Closes the connection however its task ends, by a panic of an acceptor, too.
struct CloseOnDrop(Arc<Connection>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.close();
        metrics::connection_closed(self.0.lane());
    }
}

/// Serves the connection until it breaks or is closed. When this returns, or is dropped,
/// everything under way on it has failed.
pub(crate) async fn run(
    connection: &Arc<Connection>,
    io: Box<dyn ByteStream>,
    decoder: Decoder,
    ping_every: Duration,
    dead_after: Duration,
) -> Ended {
    metrics::connection_opened(connection.lane());
    let _close = CloseOnDrop(connection.clone());
    let (incoming, outgoing) = tokio::io::split(io);
    let writing = {
        let connection = connection.clone();
        tokio::spawn(async move {
            let written = writer::write(connection.clone(), outgoing, ping_every).await;
            connection.close();
            written
        })
    };
    let mut writing = AbortOnDropHandle::new(writing);
    let ended = tokio::select! {
        ended = read(connection, incoming, decoder, dead_after) => ended,
        written = &mut writing => match written {
            Ok(Err(error)) => Ended::Io(error),
            Ok(Ok(())) | Err(_) => Ended::ByUs,
        },
    };
    if let Ended::Violation(violation) = &ended {
        metrics::violation();
        tracing::warn!(
            peer = %connection.peer(), lane = connection.lane().name(), %violation,
            "the peer broke the protocol; connection cut"
        );
    }
    ended
}

async fn read(
    connection: &Arc<Connection>,
    mut io: impl AsyncRead + Unpin,
    mut decoder: Decoder,
    dead_after: Duration,
) -> Ended {
    let mut closed = pin!(connection.closed().cancelled());
    let mut heard = Instant::now();
    let mut silence = pin!(sleep_until(heard + dead_after));
    loop {
        match drain(connection, &mut decoder) {
            Ok(frames) => metrics::received(connection.lane(), frames, 0),
            Err(violation) => return Ended::Violation(violation),
        }
        let buffer = decoder.buffer();
        if buffer.capacity() - buffer.len() < SPARE {
            buffer.reserve(CHUNK);
        }
        tokio::select! {
            biased;
            () = &mut closed => return Ended::ByUs,
            read = io.read_buf(buffer) => match read {
                Ok(0) => return Ended::ByPeer,
                Ok(bytes) => {
                    metrics::received(connection.lane(), 0, bytes as u64);
                    heard = Instant::now();
                }
                Err(error) => return Ended::Io(error),
            },
            // Set anew only when it fires: a read costs no timer.
            () = &mut silence => {
                if heard.elapsed() >= dead_after {
                    return Ended::Silent(dead_after);
                }
                silence.as_mut().reset(heard + dead_after);
            }
        }
    }
}

fn drain(connection: &Arc<Connection>, decoder: &mut Decoder) -> Result<u64, Violation> {
    let mut frames = 0;
    while let Some(frame) = decoder.next()? {
        connection.dispatch(frame)?;
        frames += 1;
    }
    Ok(frames)
}
