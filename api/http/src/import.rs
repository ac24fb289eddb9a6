//! A stream of `devices.txt` lines in, a stream of report lines out.
//!
//! ```text
//!  request body ─ feed (the server's thread) ─► chunks ─► work (the hub's threads) ─► Importer
//!  answer       ◄─────────── reports, bounded ◄───────────┘ progress, errors, result
//! ```
//!
//! The answer begins while the request is still being sent. A client that reads only after it has sent
//! everything loses nothing but errors beyond the first thousands, which are counted instead.

mod feed;
mod lines;
mod report;
mod work;

use std::convert::Infallible;

use actix_web::web::{self, Bytes};
use futures::{Stream, stream};
use roost_actors::client::HubClient;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::error::ApiError;
use report::Reports;

/// Parts of the request body that wait to be worked on.
const CHUNKS: usize = 16;

/// Starts an import; gives the answer's body.
///
/// Errors: ServiceUnavailable before the cluster is formed.
pub(crate) fn start(
    hub: &HubClient,
    payload: web::Payload,
    first_line: u64,
    shutdown: CancellationToken,
) -> Result<impl Stream<Item = Result<Bytes, Infallible>> + use<>, ApiError> {
    let (reports, told) = Reports::new();
    let importer = hub.importer(reports.on_failure())?;
    let (send, chunks) = mpsc::channel(CHUNKS);
    actix_web::rt::spawn(feed::run(payload, send, shutdown));
    let limits = hub.limits().clone();
    hub.spawn(work::run(chunks, importer, reports, limits, first_line));
    Ok(stream::unfold(told, |mut told| async move {
        let line = told.recv().await?;
        Some((Ok(line), told))
    }))
}
