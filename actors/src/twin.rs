//! Twins at their leader: reading, changing, and telling devices.
//!
//! None of it passes through actors: the log decides about every change, and a session's row says
//! whether the device wants to be told.

pub(crate) mod notify;

use roost_model::twin::{DesiredNotice, TwinLimits};
use roost_model::{
    Channel, Channels, ConnectionEpoch, ErrorCode, Identity, IdentityRecord, Patch, Status, Twin,
};
use roost_partition::{Outcome, ReportTwin, UpdateTwin};

use crate::leadership::Leadership;
use crate::metrics;
use crate::read::{damaged, not_found};
use crate::wire::{Answer, Document, Missed, Refused, TwinAnswer, TwinChange, TwinRequest};

/// An answer about many twins carries at most about this many bytes; the others are asked about again.
const CHANGED_BYTES: usize = 1 << 20;
/// Changes that one session is told of at once; its inbox takes no more.
const MISSED: usize = 64;

/// Does what a request about twins asks for.
pub(crate) async fn answer(
    leadership: &Leadership,
    request: TwinRequest,
) -> Result<Answer, Refused> {
    let answer = match request {
        TwinRequest::Read(identity) => read(leadership, &identity).await?,
        TwinRequest::Update(identity, change) => update(leadership, identity, *change).await?,
        TwinRequest::Fetch(identity, epoch) => fetch(leadership, &identity, epoch).await?,
        TwinRequest::Report {
            identity,
            epoch,
            expected,
            patch,
        } => report(leadership, identity, epoch, expected, patch).await?,
        TwinRequest::Changed(sessions) => changed(leadership, &sessions).await?,
    };
    Ok(Answer::Twin(answer))
}

/// `$version` of an identity's desired properties, if they are among these channels.
pub(crate) fn desired_version(
    leadership: &Leadership,
    identity: &Identity,
    channels: Channels,
) -> Result<Option<u64>, Refused> {
    if !channels.contains(Channel::DesiredProperties) {
        return Ok(None);
    }
    let twin = leadership.reader().twin(identity).map_err(damaged)?;
    Ok(Some(twin.view().desired_version))
}

async fn read(leadership: &Leadership, identity: &Identity) -> Result<TwinAnswer, Refused> {
    leadership.barrier().await?;
    let record = leadership
        .identity(identity)?
        .ok_or_else(|| not_found(identity))?;
    let twin = leadership.reader().twin(identity).map_err(damaged)?;
    document(leadership, record, &twin)
}

async fn update(
    leadership: &Leadership,
    identity: Identity,
    change: TwinChange,
) -> Result<TwinAnswer, Refused> {
    let command = UpdateTwin {
        identity: identity.clone(),
        precondition: change.precondition,
        replace: change.replace,
        tags: change.tags,
        desired: change.desired,
        limits: TwinLimits::from(&leadership.context.limits),
    };
    let Outcome::TwinUpdated(updated) = leadership.propose(command.into()).await? else {
        return Err(Refused::Unknown);
    };
    metrics::twin_updated_by_backend();
    if let Some(change) = updated.desired {
        notify::session_of(leadership, identity, change);
    }
    document(leadership, updated.record, &updated.twin)
}

async fn fetch(
    leadership: &Leadership,
    identity: &Identity,
    epoch: ConnectionEpoch,
) -> Result<TwinAnswer, Refused> {
    leadership.barrier().await?;
    let reader = leadership.reader();
    let current = reader.session(identity).map(|session| session.epoch);
    if current != Some(epoch) {
        return Err(superseded());
    }
    let twin = reader.twin(identity).map_err(damaged)?;
    Ok(TwinAnswer::Fetched(bytes(&twin)))
}

async fn report(
    leadership: &Leadership,
    identity: Identity,
    epoch: ConnectionEpoch,
    expected: Option<u64>,
    patch: Patch,
) -> Result<TwinAnswer, Refused> {
    let command = ReportTwin {
        identity,
        epoch,
        expected,
        patch,
        limits: TwinLimits::from(&leadership.context.limits),
    };
    match leadership.propose(command.into()).await? {
        Outcome::TwinReported(version) => {
            metrics::twin_updated_by_device();
            Ok(TwinAnswer::Reported(version))
        }
        _ => Err(Refused::Unknown),
    }
}

async fn changed(
    leadership: &Leadership,
    sessions: &[(Identity, ConnectionEpoch, u64)],
) -> Result<TwinAnswer, Refused> {
    leadership.barrier().await?;
    let reader = leadership.reader();
    let mut room = CHANGED_BYTES;
    let mut answers = Vec::with_capacity(sessions.len());
    for (identity, epoch, known) in sessions {
        if room == 0 {
            break;
        }
        let current = reader.session(identity).map(|session| session.epoch);
        let answer = if current == Some(*epoch) {
            missed(leadership, identity, *known)?
        } else {
            Missed::default()
        };
        let bytes = answer.notices.iter().map(|(_, body)| body.len());
        room = room.saturating_sub(bytes.sum());
        answers.push(answer);
    }
    Ok(TwinAnswer::Changed(answers))
}

/// What a session has missed that was told `known` last. Every change by itself, because a removed
/// property is named by the change alone; the whole if it is too long ago.
fn missed(leadership: &Leadership, identity: &Identity, known: u64) -> Result<Missed, Refused> {
    let reader = leadership.reader();
    let twin = reader.twin(identity).map_err(damaged)?;
    let twin = twin.view();
    if twin.desired_version <= known {
        return Ok(Missed::default());
    }
    let Some(changes) = reader.desired_changes(identity, known) else {
        metrics::desired_told_whole();
        let notice = DesiredNotice {
            patch: twin.desired,
            version: twin.desired_version,
        };
        return Ok(Missed {
            notices: vec![(twin.desired_version, notify::body(&notice)?)],
            more: false,
        });
    };
    let told = changes.iter().take(MISSED).map(|change| {
        let notice = DesiredNotice {
            patch: change.patch.view(),
            version: change.version,
        };
        Ok((change.version, notify::body(&notice)?))
    });
    Ok(Missed {
        notices: told.collect::<Result<_, Refused>>()?,
        more: changes.len() > MISSED,
    })
}

fn document(
    leadership: &Leadership,
    record: IdentityRecord,
    twin: &Twin,
) -> Result<TwinAnswer, Refused> {
    let reader = leadership.reader();
    let session = reader.session(&record.identity);
    let waiting = reader.queue_depth(&record.identity).map_err(damaged)?;
    let status = status(leadership, &record)?;
    Ok(TwinAnswer::Document(Box::new(Document {
        status,
        connected: session.is_some(),
        model_id: session.and_then(|session| session.model_id),
        waiting,
        twin: bytes(twin),
        record,
    })))
}

/// A module has no status of its own: its device's counts.
fn status(leadership: &Leadership, record: &IdentityRecord) -> Result<Status, Refused> {
    if !record.identity.is_module() {
        return Ok(record.status);
    }
    let device = Identity::device(record.identity.device.clone());
    let device = leadership.identity(&device)?;
    Ok(device.map_or(record.status, |device| device.status))
}

fn bytes(twin: &Twin) -> Option<Vec<u8>> {
    twin.bytes().map(|bytes| bytes.to_vec())
}

fn superseded() -> Refused {
    Refused::rejected(
        ErrorCode::ConnectionForcefullyClosedOnNewConnection,
        "another session has taken this one's place",
    )
}
