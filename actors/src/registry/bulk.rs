//! Many changes in one log entry.

use roost_model::twin::TwinLimits;
use roost_model::{Authentication, ErrorCode, Identity, Status};
use roost_partition::{
    Command, DeleteIdentity, DesiredChange, EndedSession, ImportedTwin, Outcome, PutIdentity,
    PutMode, RegistryLimits, UpdateTwin,
};

use super::{Failure, RegistryAnswer, cut_all};
use crate::census;
use crate::client::{BulkOperation, IdentityDraft};
use crate::device::{edge_keys, new_identity};
use crate::leadership::Leadership;
use crate::random::symmetric_keys;
use crate::twin::notify;
use crate::wire::Refused;

/// Runs the operations. When the answer comes, sessions that they ended are cut.
pub(super) async fn run(
    leadership: &Leadership,
    operations: Vec<BulkOperation>,
) -> Result<RegistryAnswer, Refused> {
    if operations.is_empty() {
        return Ok(RegistryAnswer::Bulk(Vec::new()));
    }
    let twins = TwinLimits::from(&leadership.context.limits);
    let registry = if operations.iter().any(may_create) {
        census::limits(leadership).await
    } else {
        RegistryLimits::from(&leadership.context.limits)
    };
    let limits = (registry, twins);
    // What a disabled device's session is told differs from what one with new keys is.
    let disables: Vec<bool> = operations.iter().map(disables).collect();
    let commands = operations
        .into_iter()
        .map(|operation| command(operation, limits))
        .collect::<Result<Vec<_>, _>>()?;
    let outcomes = leadership
        .handle
        .propose_many(leadership.term, commands)
        .await?;
    let mut failures = Vec::new();
    let mut ended = Vec::new();
    for (at, (outcome, disables)) in outcomes.into_iter().zip(disables).enumerate() {
        match outcome {
            Outcome::Created(_) => {}
            Outcome::Updated(updated) => {
                let code = if disables {
                    ErrorCode::DeviceDisabled
                } else {
                    ErrorCode::IotHubUnauthorized
                };
                told(&mut ended, updated.ended, code);
                tell(leadership, updated.record.identity, updated.desired);
            }
            Outcome::TwinUpdated(updated) => {
                tell(leadership, updated.record.identity, updated.desired);
            }
            Outcome::Deleted(deleted) => {
                told(&mut ended, deleted.ended, ErrorCode::DeviceNotFound);
            }
            Outcome::Rejected(rejection) => failures.push((at as u32, Failure::from(rejection))),
            _ => return Err(Refused::Unknown),
        }
    }
    cut_all(leadership, ended).await;
    Ok(RegistryAnswer::Bulk(failures))
}

/// Tells a device of its new desired properties, if there are any.
fn tell(leadership: &Leadership, identity: Identity, change: Option<DesiredChange>) {
    if let Some(change) = change {
        notify::session_of(leadership, identity, change);
    }
}

fn told(all: &mut Vec<(EndedSession, ErrorCode)>, ended: Vec<EndedSession>, code: ErrorCode) {
    all.extend(ended.into_iter().map(|session| (session, code)));
}

fn disables(operation: &BulkOperation) -> bool {
    matches!(operation, BulkOperation::Put { draft, .. } if draft.status == Status::Disabled)
}

fn may_create(operation: &BulkOperation) -> bool {
    matches!(operation, BulkOperation::Put { mode, .. } if *mode != PutMode::Update)
}

/// Draws the keys that the operation may need.
fn command(
    operation: BulkOperation,
    limits: (RegistryLimits, TwinLimits),
) -> Result<Command, Refused> {
    Ok(match operation {
        BulkOperation::Put {
            draft,
            mode,
            precondition,
            twin,
        } => PutIdentity {
            replace_authentication: draft.authentication.is_some(),
            draft: draft_of(*draft, mode)?,
            mode,
            precondition,
            twin: twin.map(|twin| ImportedTwin {
                precondition: twin.precondition,
                update: twin.update,
                limits: limits.1,
            }),
            limits: limits.0,
        }
        .into(),
        BulkOperation::UpdateTwin {
            identity,
            precondition,
            tags,
            desired,
        } => UpdateTwin {
            identity,
            precondition,
            replace: false,
            tags,
            desired,
            limits: limits.1,
        }
        .into(),
        BulkOperation::Delete {
            identity,
            precondition,
        } => DeleteIdentity {
            identity,
            precondition,
        }
        .into(),
    })
}

fn draft_of(
    mut draft: IdentityDraft,
    mode: PutMode,
) -> Result<roost_partition::NewIdentity, Refused> {
    let authentication = match draft.authentication.take() {
        Some(authentication) => authentication,
        // Not looked at.
        None if mode == PutMode::Update => Authentication::None,
        None => Authentication::Sas(symmetric_keys()?),
    };
    let edge = edge_keys(&draft)?;
    Ok(new_identity(draft, authentication, edge))
}
