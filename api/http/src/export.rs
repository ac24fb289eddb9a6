//! The registry as a stream of `devices.txt` lines.
//!
//! The stream is pulled: a few pieces are made ahead of the socket, and no more. When it cannot be
//! completed the connection is cut, so that no client takes a part for the whole.

use actix_web::web::Bytes;
use futures::{Stream, stream};
use roost_actors::client::{Exporter, HubClient};
use tokio::sync::mpsc;

use crate::dto::ExportLine;
use crate::error::ApiError;
use crate::metrics;

/// Pieces of the answer that wait for the socket.
const PIECES: usize = 4;

/// Starts an export; gives the answer's body.
///
/// Errors: ServiceUnavailable before the cluster is formed.
pub(crate) fn start(
    hub: &HubClient,
    exclude_keys: bool,
) -> Result<impl Stream<Item = Result<Bytes, actix_web::Error>> + use<>, ApiError> {
    let exporter = hub.exporter()?;
    let (send, pieces) = mpsc::channel(PIECES);
    hub.spawn(run(exporter, exclude_keys, send));
    Ok(stream::unfold(pieces, |mut pieces| async move {
        let piece = pieces.recv().await?;
        Some((piece.map_err(actix_web::Error::from), pieces))
    }))
}

async fn run(
    mut exporter: Exporter,
    exclude_keys: bool,
    pieces: mpsc::Sender<Result<Bytes, ApiError>>,
) {
    loop {
        let piece = next(&mut exporter, exclude_keys).await;
        let Some(piece) = piece.transpose() else {
            return;
        };
        let over = piece.is_err();
        if let Err(error) = &piece {
            tracing::warn!(tracking = error.tracking().id(), reason = %error, "an export ended early");
        }
        // The client may have gone.
        if pieces.send(piece).await.is_err() || over {
            return;
        }
    }
}

async fn next(exporter: &mut Exporter, exclude_keys: bool) -> Result<Option<Bytes>, ApiError> {
    let Some(identities) = exporter.next().await? else {
        return Ok(None);
    };
    metrics::exported(identities.len());
    let mut text = Vec::new();
    for identity in identities {
        ExportLine::new(identity, exclude_keys)
            .write_to(&mut text)
            .map_err(ApiError::internal)?;
    }
    Ok(Some(text.into()))
}
