//! From a file into the hub.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use futures::StreamExt;
use reqwest::Body;
use tokio::time::timeout;

use super::bar::Bar;
use super::journal::Journal;
use super::report::{Parser, Report};
use super::source::{self, Sent};
use crate::service::{ServiceClient, ServiceError};

/// The hub tells its progress twice a second; a stream silent for longer than this is dead.
const SILENCE: Duration = Duration::from_secs(45);
/// Between two attempts.
const RETRY: Duration = Duration::from_secs(1);
/// Attempts that may come to nothing, one after the other.
const TRIES: u32 = 30;

/// One file on its way into the hub.
#[derive(Debug)]
pub(crate) struct Import {
    client: ServiceClient,
    file: PathBuf,
    /// The first line that is not done.
    line: u64,
    journal: Journal,
    unlisted: u64,
}

/// What it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Imported {
    /// Lines of the file that were looked at.
    pub(crate) lines: u64,
    /// Of those, lines that failed, and are in the file of errors.
    pub(crate) failed: u64,
    /// Further lines that failed.
    pub(crate) unlisted: u64,
}

/// How one connection ended.
enum End {
    Complete,
    /// Another one may do better.
    Broken(String),
}

impl Import {
    pub(crate) fn new(client: ServiceClient, file: &Path, errors: &Path, first_line: u64) -> Self {
        Self {
            client,
            file: file.to_owned(),
            line: first_line,
            journal: Journal::new(errors),
            unlisted: 0,
        }
    }

    /// Sends the file. A connection that breaks is made again and goes on behind the last line that is
    /// done for good.
    ///
    /// # Errors
    /// The hub refuses, cannot be reached for long, or a file cannot be read or written. The text says
    /// where to go on.
    pub(crate) async fn run(mut self) -> anyhow::Result<Imported> {
        let first = self.line;
        let size = std::fs::metadata(&self.file)
            .with_context(|| format!("cannot read {}", self.file.display()))?
            .len();
        let bar = Bar::bytes(size);
        let mut tries = 0;
        loop {
            let before = self.line;
            let end = self.attempt(&bar).await;
            let go_on = || format!("go on with --first-line {}", self.line);
            match end.with_context(go_on)? {
                End::Complete => break,
                End::Broken(reason) => {
                    tries = if self.line > before { 0 } else { tries + 1 };
                    if tries >= TRIES {
                        bail!("the connection broke: {reason}; {}", go_on());
                    }
                    self.journal.forget_open();
                    bar.say(format!("line {}: {reason}, again", self.line));
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
        drop(bar);
        Ok(Imported {
            lines: self.line - first,
            failed: self.journal.close()?,
            unlisted: self.unlisted,
        })
    }

    async fn attempt(&mut self, bar: &Bar) -> anyhow::Result<End> {
        let (sent, stream) = source::open(&self.file, self.line)
            .with_context(|| format!("cannot read {}", self.file.display()))?;
        let first = self.line.to_string();
        let answer = self
            .client
            .upload(
                &["admin", "import"],
                &[("firstLine", &first)],
                Body::wrap_stream(stream),
            )
            .await;
        let response = match answer {
            Ok(response) => response,
            Err(error) if error.is_transient() => return Ok(End::Broken(error.to_string())),
            Err(error) => return Err(error.into()),
        };
        let mut parser = Parser::default();
        let mut bytes = response.bytes_stream();
        loop {
            match timeout(SILENCE, bytes.next()).await {
                Ok(Some(Ok(chunk))) => {
                    let reports = parser.push(&chunk);
                    for report in reports.context("the hub's report cannot be understood")? {
                        if let Some(end) = self.take(report)? {
                            return Ok(end);
                        }
                    }
                    self.show(bar, &sent);
                }
                Ok(Some(Err(error))) => {
                    let error: ServiceError = self.client.stream_error(&error);
                    return Ok(End::Broken(error.to_string()));
                }
                Ok(None) => return Ok(End::Broken("the answer ended early".to_owned())),
                Err(_) => return Ok(End::Broken("the hub is silent".to_owned())),
            }
        }
    }

    fn take(&mut self, report: Report) -> anyhow::Result<Option<End>> {
        match report {
            Report::Progress { line } => self.done(line)?,
            Report::Error { line, rest } => self.journal.error(line, rest),
            Report::Result {
                line,
                unlisted_errors,
                complete,
                reason,
            } => {
                self.done(line)?;
                self.unlisted += unlisted_errors;
                return Ok(Some(if complete {
                    End::Complete
                } else {
                    End::Broken(reason.unwrap_or_default())
                }));
            }
        }
        Ok(None)
    }

    fn done(&mut self, line: u64) -> anyhow::Result<()> {
        self.line = self.line.max(line.saturating_add(1));
        self.journal.done(line)
    }

    fn show(&self, bar: &Bar, sent: &Sent) {
        bar.at(sent.bytes());
        let (line, failed) = (self.line.saturating_sub(1), self.journal.count());
        bar.say(format!("{line} lines, {failed} failed"));
    }
}
