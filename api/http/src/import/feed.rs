//! From the request's body to the import's work.

use std::time::Duration;

use actix_web::web::{self, Bytes};
use futures::StreamExt;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A client that sends nothing for so long has gone.
const SILENCE: Duration = Duration::from_secs(60);

/// Why a body ended early.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum BodyEnd {
    #[error("the request ended early")]
    Broken,
    #[error("nothing was sent for a minute")]
    Silent,
    #[error("the node is stopping")]
    Stopping,
}

/// Passes the body on, as fast as it is worked on.
pub(super) async fn run(
    mut payload: web::Payload,
    chunks: mpsc::Sender<Result<Bytes, BodyEnd>>,
    shutdown: CancellationToken,
) {
    loop {
        let next = tokio::select! {
            biased;
            () = shutdown.cancelled() => Some(Err(BodyEnd::Stopping)),
            next = tokio::time::timeout(SILENCE, payload.next()) => match next {
                Ok(Some(Ok(bytes))) => Some(Ok(bytes)),
                Ok(Some(Err(_))) => Some(Err(BodyEnd::Broken)),
                Ok(None) => None,
                Err(_) => Some(Err(BodyEnd::Silent)),
            },
        };
        let Some(next) = next else { return };
        let over = next.is_err();
        if chunks.send(next).await.is_err() || over {
            return;
        }
    }
}
