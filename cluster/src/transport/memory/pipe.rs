//! A duplex pipe with a tap on each direction.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::task::AtomicWaker;
use parking_lot::Mutex;
use roost_model::NodeId;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

use super::Path;

/// Bytes in flight in each direction before the writer waits, like a socket buffer.
const CAPACITY: usize = 64 * 1024;

/// The taps, and who waits at them. Index 0 is the dialer's end, 1 the acceptor's.
pub(super) struct Wire {
    ends: [NodeId; 2],
    paths: Mutex<[Path; 2]>,
    readers: [AtomicWaker; 2],
    writers: [AtomicWaker; 2],
}

/// One end of a pipe.
pub(super) struct End {
    io: DuplexStream,
    wire: Arc<Wire>,
    side: usize,
}

pub(super) fn pipe(dialer: NodeId, acceptor: NodeId) -> (End, End, Arc<Wire>) {
    let (near, far) = tokio::io::duplex(CAPACITY);
    let wire = Arc::new(Wire {
        ends: [dialer, acceptor],
        paths: Mutex::default(),
        readers: Default::default(),
        writers: Default::default(),
    });
    let near = End {
        io: near,
        wire: wire.clone(),
        side: 0,
    };
    let far = End {
        io: far,
        wire: wire.clone(),
        side: 1,
    };
    (near, far, wire)
}

// === impl Wire ===

impl Wire {
    /// A direction that was cut once stays cut: the connection is gone for good.
    pub(super) fn set_path(&self, from: NodeId, to: NodeId, path: Path) {
        {
            let mut paths = self.paths.lock();
            for side in 0..2 {
                let uses = self.ends[side] == from && self.ends[1 - side] == to;
                if uses && paths[side] != Path::Cut {
                    paths[side] = path;
                }
            }
        }
        self.wake();
    }

    pub(super) fn joins(&self, a: NodeId, b: NodeId) -> bool {
        self.ends == [a, b] || self.ends == [b, a]
    }

    pub(super) fn break_now(&self) {
        *self.paths.lock() = [Path::Cut; 2];
        self.wake();
    }

    fn wake(&self) {
        self.readers
            .iter()
            .chain(&self.writers)
            .for_each(AtomicWaker::wake);
    }

    /// The state of what `side` reads: cut as soon as either direction is.
    fn towards(&self, side: usize) -> Path {
        let paths = self.paths.lock();
        if paths.contains(&Path::Cut) {
            Path::Cut
        } else {
            paths[1 - side]
        }
    }
}

// === impl End ===

impl End {
    fn check_write(&self, context: &Context<'_>) -> io::Result<()> {
        self.wire.writers[self.side].register(context.waker());
        match self.wire.towards(self.side) {
            Path::Cut => Err(io::ErrorKind::BrokenPipe.into()),
            // A frozen peer is noticed only by what does not come back.
            Path::Open | Path::Frozen => Ok(()),
        }
    }
}

impl AsyncRead for End {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.wire.readers[self.side].register(context.waker());
        match self.wire.towards(self.side) {
            Path::Cut => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            Path::Frozen => Poll::Pending,
            Path::Open => Pin::new(&mut self.io).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for End {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check_write(context)?;
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check_write(context)?;
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
