//! The whole registry, partition by partition.

use std::collections::VecDeque;
use std::time::Duration;

use roost_model::{ErrorCode, Identity, IdentityRecord, PartitionId, Twin, codec};
use tokio::time::Instant;

use super::{HubClient, HubError};
use crate::registry::{ExportPages, ExportRow, open_export};

/// How long it waits for the leader of a partition.
const PATIENCE: Duration = Duration::from_secs(30);
const RETRY: Duration = Duration::from_millis(50);

/// An identity with everything that belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedIdentity {
    /// The stored record.
    pub record: IdentityRecord,
    /// Its twin.
    pub twin: Twin,
}

/// Reads the registry. A partition is read as it was at one moment, as long as its leader stays; when
/// that changes, what is left of it is read as it is then.
#[derive(Debug)]
pub struct Exporter {
    hub: HubClient,
    left: VecDeque<PartitionId>,
    pages: Option<ExportPages>,
    /// The last identity of the present partition.
    last: Option<Identity>,
}

impl HubClient {
    /// Begins to read all devices and modules.
    ///
    /// # Errors
    /// 503001 before the cluster is formed.
    pub fn exporter(&self) -> Result<Exporter, HubError> {
        let left: VecDeque<_> = self.all_partitions().collect();
        if left.is_empty() {
            return Err(HubError::starting());
        }
        Ok(Exporter {
            hub: self.clone(),
            left,
            pages: None,
            last: None,
        })
    }
}

// === impl Exporter ===

impl Exporter {
    /// The next identities, a device before its modules; none at the end.
    ///
    /// # Errors
    /// 503001 when a partition has no leader for a while, 500001 for damaged rows.
    pub async fn next(&mut self) -> Result<Option<Vec<ExportedIdentity>>, HubError> {
        let mut give_up = None;
        while let Some(partition) = self.left.front().copied() {
            if self.pages.is_none() {
                self.pages = open_export(&self.hub.context, partition, self.last.as_ref()).await;
            }
            let page = match &mut self.pages {
                Some(pages) => pages.next().await,
                None => None,
            };
            let Some(page) = page else {
                self.pages = None;
                let give_up = *give_up.get_or_insert_with(|| Instant::now() + PATIENCE);
                if Instant::now() >= give_up {
                    return Err(no_leader(partition));
                }
                tokio::time::sleep(RETRY).await;
                continue;
            };
            if page.rows.is_empty() {
                self.left.pop_front();
                (self.pages, self.last) = (None, None);
                continue;
            }
            let identities: Vec<ExportedIdentity> = page
                .rows
                .into_iter()
                .map(exported)
                .collect::<Result<_, _>>()?;
            self.last = identities.last().map(|one| one.record.identity.clone());
            return Ok(Some(identities));
        }
        Ok(None)
    }
}

fn exported(row: ExportRow) -> Result<ExportedIdentity, HubError> {
    let damaged =
        |error: codec::CodecError| HubError::new(ErrorCode::ServerError, error.to_string());
    let (_, record) = codec::decode(IdentityRecord::VERSION, &row.record).map_err(damaged)?;
    let twin = row.twin.map(|bytes| Twin::new(bytes.into())).transpose();
    let twin = twin.map_err(|error| HubError::new(ErrorCode::ServerError, error.to_string()))?;
    Ok(ExportedIdentity {
        record,
        twin: twin.unwrap_or_default(),
    })
}

fn no_leader(partition: PartitionId) -> HubError {
    HubError::new(
        ErrorCode::ServiceUnavailable,
        format!("partition {partition} has no leader"),
    )
}
