//! From the hub into a file.

use std::fs::{self, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use futures::StreamExt;
use serde::Deserialize;
use tokio::time::timeout;

use super::bar::Bar;
use crate::service::ServiceClient;

/// A stream silent for longer than this is dead: the hub waits half a minute for a leader.
const SILENCE: Duration = Duration::from_secs(60);
/// Attempts before it is given up.
const TRIES: u32 = 5;
const BUFFER_BYTES: usize = 1 << 20;

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exported {
    /// Devices and modules.
    pub(crate) lines: u64,
}

/// Writes all devices and modules to `file`, which only its owner can read: it is there when it is
/// complete, and not before. An export whose connection breaks begins anew.
///
/// # Errors
/// The hub refuses or cannot be reached, or the file cannot be written.
pub(crate) async fn export(
    client: &ServiceClient,
    file: &Path,
    exclude_keys: bool,
) -> anyhow::Result<Exported> {
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let mut broken = String::new();
    for _ in 0..TRIES {
        match attempt(client, &part, exclude_keys).await? {
            Ok(exported) => {
                fs::rename(&part, file)
                    .with_context(|| format!("cannot write {}", file.display()))?;
                return Ok(exported);
            }
            Err(reason) => broken = reason,
        }
    }
    // It may not have come so far that there is one.
    let _ = fs::remove_file(&part);
    bail!("the export broke off {TRIES} times: {broken}")
}

/// The inner error tells why another attempt may do better.
async fn attempt(
    client: &ServiceClient,
    part: &Path,
    exclude_keys: bool,
) -> anyhow::Result<Result<Exported, String>> {
    let bar = Bar::devices(total(client).await?);
    let keys = exclude_keys.to_string();
    let query = [("excludeKeys", keys.as_str())];
    let response = match client.download(&["admin", "export"], &query).await {
        Ok(response) => response,
        Err(error) if error.is_transient() => return Ok(Err(error.to_string())),
        Err(error) => return Err(error.into()),
    };
    let cannot = || format!("cannot write {}", part.display());
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(part)
        .with_context(cannot)?;
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, file);
    let mut lines = 0;
    let mut bytes = response.bytes_stream();
    loop {
        match timeout(SILENCE, bytes.next()).await {
            Ok(Some(Ok(chunk))) => {
                lines += chunk.iter().filter(|byte| **byte == b'\n').count() as u64;
                out.write_all(&chunk).with_context(cannot)?;
                bar.at(lines);
            }
            Ok(Some(Err(error))) => return Ok(Err(client.stream_error(&error).to_string())),
            Ok(None) => break,
            Err(_) => return Ok(Err("the hub is silent".to_owned())),
        }
    }
    let file = out.into_inner().map_err(|error| error.into_error());
    file.and_then(|file| file.sync_all()).with_context(cannot)?;
    Ok(Ok(Exported { lines }))
}

/// How many devices there are; modules come on top.
async fn total(client: &ServiceClient) -> anyhow::Result<u64> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Statistics {
        total_device_count: u64,
    }
    let answer = client.get(&["statistics", "devices"], &[]).await?;
    let statistics: Statistics = answer.json().await?;
    Ok(statistics.total_device_count)
}
