//! Reads lines and hands their operations on.

use std::time::Duration;

use actix_web::web::Bytes;
use roost_actors::client::Importer;
use roost_model::{ErrorCode, Limits};
use tokio::sync::mpsc;

use super::feed::BodyEnd;
use super::lines::{Line, Lines, MAX_LINE_BYTES};
use super::report::Reports;
use crate::dto::{ImportRequest, LineName};
use crate::error::ApiError;
use crate::metrics;

/// How often the client is told how far it is.
const TELL: Duration = Duration::from_millis(500);

struct Work {
    importer: Importer,
    reports: Reports,
    limits: Limits,
    line: u64,
}

/// Works until the body ends, and tells the result when everything is done.
pub(super) async fn run(
    mut chunks: mpsc::Receiver<Result<Bytes, BodyEnd>>,
    importer: Importer,
    reports: Reports,
    limits: Limits,
    first_line: u64,
) {
    let mut work = Work {
        importer,
        reports,
        limits,
        line: first_line.saturating_sub(1),
    };
    let mut lines = Lines::default();
    let mut tick = tokio::time::interval(TELL);
    let broken = loop {
        tokio::select! {
            chunk = chunks.recv() => match chunk {
                Some(Ok(bytes)) => {
                    let mut rest: &[u8] = &bytes;
                    while let Some(line) = lines.next(&mut rest) {
                        work.take(line).await;
                    }
                }
                Some(Err(end)) => break Some(end.to_string()),
                None => break None,
            },
            _ = tick.tick() => work.reports.progress(work.importer.progress()),
        }
    };
    if broken.is_none()
        && let Some(line) = lines.last()
    {
        work.take(line).await;
    }
    let reports = work.reports;
    let progress = work.importer.finish().await;
    metrics::imported(progress.succeeded, progress.failed);
    reports.result(progress, broken).await;
    tracing::info!(
        line = progress.line,
        succeeded = progress.succeeded,
        failed = progress.failed,
        "an import has ended"
    );
}

impl Work {
    async fn take(&mut self, line: Line<'_>) {
        self.line += 1;
        let text = match line {
            Line::Text([]) => return self.importer.skip(self.line),
            Line::Text(text) => text,
            Line::TooLong => {
                let text = format!("a line has at most {MAX_LINE_BYTES} bytes");
                let error = ApiError::new(ErrorCode::MessageTooLarge, text);
                return self.refuse(&LineName::default(), &error);
            }
        };
        let request: ImportRequest = match serde_json::from_slice(text) {
            Ok(request) => request,
            Err(error) => {
                let error = ApiError::malformed(format!("the line cannot be read: {error}"));
                return self.refuse(&LineName::default(), &error);
            }
        };
        let name = request.name();
        match request.operation(&self.limits) {
            Ok(operation) => self.importer.push(self.line, operation, text.len()).await,
            Err(error) => self.refuse(&name, &error),
        }
    }

    fn refuse(&self, name: &LineName, error: &ApiError) {
        self.importer.refuse(self.line);
        self.reports.error(self.line, name, error);
    }
}
