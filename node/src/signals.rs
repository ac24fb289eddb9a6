//! What ends a node or a development cluster: signals, and the end of standard input if asked for.

use std::io;

use tokio::io::AsyncReadExt as _;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Ctrl-C, SIGTERM and the closing of the terminal.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// None: it means something else here.
    hang_up: Option<Signal>,
    /// Cancelled when standard input ends, if that counts.
    input_ended: CancellationToken,
}

impl Signals {
    /// # Errors
    /// The signals cannot be caught.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: Some(signal(SignalKind::hangup())?),
            input_ended: CancellationToken::new(),
        })
    }

    /// SIGHUP asks a node to read its certificate again.
    pub(crate) fn without_hang_up(mut self) -> Self {
        self.hang_up = None;
        self
    }

    /// Lets the end of standard input count as well: whoever holds the other end may be killed,
    /// and what it started ends with it.
    pub(crate) fn until_stdin_closes(self) -> Self {
        let ended = self.input_ended.clone();
        tokio::spawn(async move {
            let mut input = tokio::io::stdin();
            let mut ignored = [0; 256];
            while input.read(&mut ignored).await.is_ok_and(|count| count > 0) {}
            ended.cancel();
        });
        self
    }

    /// Resolves when one of them arrives; may be dropped and called again.
    pub(crate) async fn stop(&mut self) {
        let input_ended = tokio::select! {
            _ = self.interrupt.recv() => false,
            _ = self.terminate.recv() => false,
            () = hung_up(&mut self.hang_up) => false,
            () = self.input_ended.cancelled() => true,
        };
        if input_ended {
            // It ends once; the next call waits for something new.
            self.input_ended = CancellationToken::new();
        }
    }
}

async fn hung_up(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}
