//! What a leader answers without an actor: reads behind a read barrier, and checkpoints.

mod queue;

use roost_model::{Identity, SequenceNumber};
use roost_partition::{Command, DeleteCheckpoint, Outcome, Reader, SetCheckpoint};

use crate::client::{Checkpoint, PartitionInfo, RegistryStatistics};
use crate::leadership::Leadership;
use crate::uphold;
use crate::wire::{Answer, QueueRequest, Refused, Request};

/// Answers a request that does not go through an actor.
pub(crate) async fn read(leadership: &Leadership, request: Request) -> Result<Answer, Refused> {
    match request {
        Request::Query(request) => crate::query::serve(leadership, request).await,
        Request::SetCheckpoint(group, sequence) => {
            set_checkpoint(leadership, group, sequence).await
        }
        Request::DeleteCheckpoint(group) => {
            leadership
                .propose(Command::DeleteCheckpoint(DeleteCheckpoint { group }))
                .await?;
            Ok(Answer::Done)
        }
        Request::Queue(QueueRequest::Leader(look)) => queue::answer(leadership, look).await,
        Request::Uphold { revision } => {
            uphold::uphold(leadership, revision).await?;
            Ok(Answer::Done)
        }
        request => look(leadership, request).await,
    }
}

/// Answers from the tables, behind a read barrier.
async fn look(leadership: &Leadership, request: Request) -> Result<Answer, Refused> {
    leadership.barrier().await?;
    let reader = leadership.reader();
    match request {
        Request::Identity(identity) => {
            let found = leadership.identity(&identity)?;
            let record = found.ok_or_else(|| not_found(&identity))?;
            Ok(Answer::Identity {
                record,
                connected: reader.session(&identity).is_some(),
                waiting: reader.queue_depth(&identity).map_err(damaged)?,
            })
        }
        Request::Identities { after, limit } => {
            let records = reader.devices(after.as_ref(), limit as usize);
            with_sessions(reader, records.map_err(damaged)?)
        }
        Request::Modules(device) => {
            leadership
                .identity(&device)?
                .ok_or_else(|| not_found(&device))?;
            let records = reader.modules(&device.device).map_err(damaged)?;
            with_sessions(reader, records)
        }
        Request::Statistics => {
            let counts = reader.statistics();
            Ok(Answer::Statistics(RegistryStatistics {
                total_devices: counts.total,
                enabled_devices: counts.enabled,
                disabled_devices: counts.disabled,
                connected_devices: counts.connected,
                total_modules: counts.modules,
            }))
        }
        Request::PartitionInfo => Ok(Answer::PartitionInfo(PartitionInfo::from(reader.bounds()))),
        Request::Checkpoint(group) => {
            let stored = reader.checkpoint(&group).map_err(damaged)?;
            let checkpoint = stored.map(|at| Checkpoint {
                sequence: at.sequence,
                updated_at: at.updated_at,
            });
            Ok(Answer::Checkpoint(checkpoint))
        }
        _ => Err(Refused::NotLeader(None)),
    }
}

async fn set_checkpoint(
    leadership: &Leadership,
    group: String,
    sequence: SequenceNumber,
) -> Result<Answer, Refused> {
    let command = Command::SetCheckpoint(SetCheckpoint { group, sequence });
    match leadership.propose(command).await? {
        Outcome::Checkpointed(at) => Ok(Answer::Checkpoint(Some(Checkpoint {
            sequence: at.sequence,
            updated_at: at.updated_at,
        }))),
        _ => Err(Refused::Unknown),
    }
}

fn with_sessions(
    reader: &Reader,
    records: Vec<roost_model::IdentityRecord>,
) -> Result<Answer, Refused> {
    let views = records.into_iter().map(|record| {
        let connected = reader.session(&record.identity).is_some();
        let waiting = reader.queue_depth(&record.identity).map_err(damaged)?;
        Ok((record, connected, waiting))
    });
    Ok(Answer::Identities(views.collect::<Result<_, Refused>>()?))
}

pub(crate) fn not_found(identity: &Identity) -> Refused {
    use roost_model::ErrorCode::{DeviceNotFound, ModuleNotFound};
    let code = if identity.is_module() {
        ModuleNotFound
    } else {
        DeviceNotFound
    };
    Refused::rejected(code, format!("{identity} is not registered"))
}

pub(crate) fn damaged(error: roost_partition::PartitionError) -> Refused {
    tracing::error!(%error, "a partition cannot be read");
    Refused::rejected(
        roost_model::ErrorCode::ServerError,
        "the partition cannot be read",
    )
}

// === impl Leadership ===

impl Leadership {
    /// An identity's record as it stands in the tables.
    pub(crate) fn identity(
        &self,
        identity: &Identity,
    ) -> Result<Option<roost_model::IdentityRecord>, Refused> {
        self.reader().identity(identity).map_err(damaged)
    }
}
