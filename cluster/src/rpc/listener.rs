//! Accepts the connections that peers dial.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::connection::Connection;
use super::core::Core;
use super::handshake::{HandshakeError, answer};
use super::hello::Hello;
use super::{metrics, reader};
use crate::transport::{Incoming, TransportError};

/// Pause after a failed accept: it usually means that the process is out of file descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// Accepts until the mux stops.
pub(crate) async fn listen(core: Arc<Core>) {
    let stop = core.stop.clone();
    stop.run_until_cancelled(accept_all(core)).await;
}

async fn accept_all(core: Arc<Core>) {
    let handshakes = Arc::new(Semaphore::new(
        core.options.max_handshakes.clamp(1, 1 << 16),
    ));
    loop {
        let Ok(turn) = handshakes.clone().acquire_owned().await else {
            return;
        };
        match core.transport.accept().await {
            Ok(incoming) => {
                let (task_core, stop) = (core.clone(), core.stop.clone());
                core.tasks.spawn(async move {
                    let welcomed = welcome(&task_core, incoming);
                    let Some(greeted) = stop.run_until_cancelled(welcomed).await else {
                        return;
                    };
                    drop(turn);
                    match greeted {
                        Ok(serving) => {
                            stop.run_until_cancelled(serve(&task_core, serving)).await;
                        }
                        Err(error) => {
                            metrics::handshake_refused();
                            tracing::warn!(%error, "a connection was refused");
                        }
                    }
                });
            }
            Err(TransportError::Closed) => return,
            Err(error) => {
                tracing::error!(%error, "cannot accept connections of peers");
                sleep(PAUSE).await;
            }
        }
    }
}

struct Serving {
    connection: Arc<Connection>,
    greeted: super::handshake::Greeted,
}

async fn welcome(core: &Arc<Core>, incoming: Incoming) -> Result<Serving, HandshakeError> {
    let welcoming = async {
        let stream = incoming.await?;
        answer(stream, &core.options.cluster, |theirs| {
            if theirs.node == core.me {
                return Err(HandshakeError::Myself);
            }
            if core.is_removed(theirs.node) {
                return Err(HandshakeError::Removed(theirs.node));
            }
            check_ghost(core, theirs)?;
            Ok(core.hello(theirs.lane))
        })
        .await
    };
    let welcomed = timeout(core.options.dial_timeout, welcoming).await;
    let greeted = welcomed.unwrap_or(Err(HandshakeError::TimedOut))?;
    let acceptor = Some(core.acceptor.clone());
    let window = core.receive_window();
    let connection = Connection::new(&greeted.hello, &core.options, window, acceptor);
    Ok(Serving {
        connection,
        greeted,
    })
}

/// A connection of an older incarnation must not replace a newer one's.
fn check_ghost(core: &Core, theirs: &Hello) -> Result<(), HandshakeError> {
    let accepted = core.accepted.lock();
    match accepted.get(&(theirs.node, theirs.lane)) {
        Some(live) if live.incarnation() > theirs.incarnation => {
            Err(HandshakeError::Ghost(theirs.node))
        }
        _ => Ok(()),
    }
}

async fn serve(core: &Arc<Core>, serving: Serving) {
    let Serving {
        connection,
        greeted,
    } = serving;
    let key = (connection.peer(), connection.lane());
    // A peer has one connection per lane: it gave up the previous one, even if we do not know yet.
    let previous = core.accepted.lock().insert(key, connection.clone());
    if let Some(previous) = previous {
        previous.close();
    }
    if core.is_removed(connection.peer()) {
        connection.close();
    }
    core.heard_from(connection.peer(), connection.incarnation());
    let registered = Registered {
        core,
        connection: &connection,
    };
    let options = &core.options;
    let (ping_every, dead_after) = (options.ping_every, options.dead_after);
    let ended = reader::run(
        &connection,
        greeted.io,
        greeted.decoder,
        ping_every,
        dead_after,
    )
    .await;
    drop(registered);
    tracing::debug!(
        peer = %connection.peer(), lane = connection.lane().name(), reason = %ended,
        "a connection of a peer ended"
    );
}

/// Takes the connection off the list however its task ends.
struct Registered<'a> {
    core: &'a Core,
    connection: &'a Arc<Connection>,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        let key = (self.connection.peer(), self.connection.lane());
        let mut accepted = self.core.accepted.lock();
        if accepted
            .get(&key)
            .is_some_and(|live| Arc::ptr_eq(live, self.connection))
        {
            accepted.remove(&key);
        }
    }
}
