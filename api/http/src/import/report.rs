//! What the client of an import is told while it runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::web::Bytes;
use roost_actors::client::{FailureHook, ImportProgress};
use tokio::sync::mpsc;

use crate::dto::{ImportReport, LineName};
use crate::error::ApiError;

/// Report lines that wait for a client that does not read.
const WAITING: usize = 8192;

/// Tells the client. Only the end is waited for: an import must not stand still because its client
/// does not read yet.
#[derive(Debug, Clone)]
pub(super) struct Reports {
    lines: mpsc::Sender<Bytes>,
    unlisted: Arc<AtomicU64>,
}

impl Reports {
    pub(super) fn new() -> (Self, mpsc::Receiver<Bytes>) {
        let (lines, told) = mpsc::channel(WAITING);
        let unlisted = Arc::default();
        (Reports { lines, unlisted }, told)
    }

    /// Tells of operations that the hub refused.
    pub(super) fn on_failure(&self) -> FailureHook {
        let reports = self.clone();
        Arc::new(move |failure| {
            let name = LineName {
                device: failure.identity.device.to_string(),
                module: failure.identity.module.as_ref().map(ToString::to_string),
                mode: String::new(),
            };
            reports.error(failure.line, &name, &failure.error.into());
        })
    }

    pub(super) fn error(&self, line: u64, name: &LineName, error: &ApiError) {
        let report = ImportReport::error(line, name, error);
        if self.lines.try_send(report.to_line()).is_err() {
            self.unlisted.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Dropped when the client is behind: the next one says more.
    pub(super) fn progress(&self, progress: ImportProgress) {
        let report = ImportReport::progress(progress);
        // See above.
        let _ = self.lines.try_send(report.to_line());
    }

    /// Tells the end. `broken`: why the request did not reach its own.
    pub(super) async fn result(&self, progress: ImportProgress, broken: Option<String>) {
        let unlisted = self.unlisted.load(Ordering::Relaxed);
        let report = ImportReport::result(progress, unlisted, broken);
        // A client that has gone needs no result.
        let _ = self.lines.send(report.to_line()).await;
    }
}
