//! Writes what waits in the outbox, and pings.

use std::collections::VecDeque;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut as _, BytesMut};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::time::{MissedTickBehavior, interval};

use super::connection::Connection;
use super::frame::{Frame, FrameKind, HEAD};
use super::metrics;
use super::outbox::Outbound;

/// Payloads up to this size are copied together; longer ones are written from where they are.
const COPIED: usize = 8 * 1024;
/// Copied bytes that are written at once.
const CHUNK: usize = 64 * 1024;
/// An idle connection keeps no more than this.
const KEPT: usize = 16 * 1024;
const KEPT_FRAMES: usize = 512;

/// Runs until the connection is closed or cannot be written.
pub(crate) async fn write(
    connection: Arc<Connection>,
    mut io: impl AsyncWrite + Unpin,
    ping_every: Duration,
) -> io::Result<()> {
    let mut ticks = interval(ping_every.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut batch = VecDeque::new();
    let mut buffer = BytesMut::new();
    let mut closed = pin!(connection.closed().cancelled());
    loop {
        tokio::select! {
            () = &mut closed => return Ok(()),
            () = connection.outbox().filled() => {}
            _ = ticks.tick() => connection.signal(Frame::signal(FrameKind::Ping, 0)),
        }
        // Whoever is about to send gets the chance to share the flush.
        tokio::task::yield_now().await;
        let (mut frames, mut bytes) = (0, 0);
        while connection.outbox().take(&mut batch) {
            frames += batch.len() as u64;
            bytes += write_batch(&mut io, &mut buffer, &mut batch).await?;
        }
        if frames > 0 {
            io.flush().await?;
            metrics::flushed(connection.lane(), frames, bytes);
        }
        if buffer.capacity() > KEPT {
            buffer = BytesMut::new();
        }
        if batch.capacity() > KEPT_FRAMES {
            batch = VecDeque::new();
        }
    }
}

/// Leaves the batch and the buffer empty. A frame's hold is released once its bytes are copied
/// or written.
async fn write_batch(
    io: &mut (impl AsyncWrite + Unpin),
    buffer: &mut BytesMut,
    batch: &mut VecDeque<Outbound>,
) -> io::Result<u64> {
    let mut bytes = 0;
    while let Some(Outbound { frame, hold }) = batch.pop_front() {
        bytes += (HEAD + frame.payload.len()) as u64;
        buffer.put_slice(&frame.head());
        if frame.payload.len() <= COPIED {
            buffer.put_slice(&frame.payload);
        } else {
            io.write_all(buffer).await?;
            buffer.clear();
            io.write_all(&frame.payload).await?;
        }
        drop(hold);
        if buffer.len() >= CHUNK {
            io.write_all(buffer).await?;
            buffer.clear();
        }
    }
    io.write_all(buffer).await?;
    buffer.clear();
    Ok(bytes)
}
