//! Keeps what the listeners present in step with its files.

use std::time::Duration;

use roost_edge::ServerTls;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// How often the files are looked at. Whoever cannot wait sends SIGHUP.
const INTERVAL: Duration = Duration::from_secs(2);

/// Reads the certificate again on SIGHUP and when a file has changed, until the node stops.
///
/// A file that was noticed while it is being written makes no sense yet: the next look tries again.
pub(super) async fn follow(tls: ServerTls, shutdown: CancellationToken) {
    let mut hang_up = match signal(SignalKind::hangup()) {
        Ok(hang_up) => hang_up,
        Err(error) => return tracing::error!(%error, "SIGHUP cannot be caught"),
    };
    let mut tick = tokio::time::interval(INTERVAL);
    let mut complained = false;
    loop {
        let asked = tokio::select! {
            () = shutdown.cancelled() => return,
            _ = hang_up.recv() => true,
            _ = tick.tick() => false,
        };
        if !asked && !tls.has_changed() {
            continue;
        }
        match tls.reload() {
            Ok(()) => complained = false,
            Err(error) if asked || !complained => {
                complained = true;
                tracing::error!(%error, "the certificate is not replaced; the one before stays");
            }
            Err(_) => {}
        }
    }
}
