//! Registry operations on one identity.

use roost_model::{Authentication, ErrorCode, Identity, Precondition};
use roost_partition::{
    CreateIdentity, DeleteIdentity, EdgeKeys, EndedSession, NewIdentity, Outcome, UpdateIdentity,
};

use crate::census;
use crate::client::IdentityDraft;
use crate::leadership::Leadership;
use crate::random::symmetric_keys;
use crate::read::damaged;
use crate::session::CloseReason;
use crate::wire::{Answer, Refused};

/// Registers an identity; keys are drawn here, before proposing, if none were given.
pub(super) async fn create(
    leadership: Leadership,
    draft: IdentityDraft,
) -> Result<Answer, Refused> {
    let authentication = match draft.authentication.clone() {
        Some(authentication) => authentication,
        None => Authentication::Sas(symmetric_keys()?),
    };
    let edge = edge_keys(&draft)?;
    let command = CreateIdentity {
        draft: new_identity(draft, authentication, edge),
        limits: census::limits(&leadership).await,
    };
    match leadership.propose(command.into()).await? {
        Outcome::Created(record) => Ok(Answer::Identity {
            record: *record,
            connected: false,
            waiting: 0,
        }),
        _ => Err(Refused::Unknown),
    }
}

/// Updates an identity. When the answer comes, sessions that the update ends are cut.
pub(super) async fn update(
    leadership: Leadership,
    draft: IdentityDraft,
    precondition: Precondition,
) -> Result<Answer, Refused> {
    let identity = draft.identity.clone();
    let edge = edge_keys(&draft)?;
    let disabled = draft.status == roost_model::Status::Disabled;
    let command = UpdateIdentity {
        identity: draft.identity,
        precondition,
        status: draft.status,
        status_reason: draft.status_reason,
        authentication: draft.authentication,
        edge,
        device_scope: draft.device_scope,
        parent_scopes: draft.parent_scopes,
        managed_by: draft.managed_by,
    };
    let Outcome::Updated(updated) = leadership.propose(command.into()).await? else {
        return Err(Refused::Unknown);
    };
    let code = if disabled {
        ErrorCode::DeviceDisabled
    } else {
        ErrorCode::IotHubUnauthorized
    };
    cut(&leadership, updated.ended, code).await;
    let reader = leadership.reader();
    Ok(Answer::Identity {
        record: updated.record,
        connected: reader.session(&identity).is_some(),
        waiting: reader.queue_depth(&identity).map_err(damaged)?,
    })
}

/// Deletes an identity, a device's modules with it. When the answer comes, their sessions are cut.
pub(super) async fn delete(
    leadership: Leadership,
    identity: Identity,
    precondition: Precondition,
) -> Result<Answer, Refused> {
    let command = DeleteIdentity {
        identity,
        precondition,
    };
    let Outcome::Deleted(deleted) = leadership.propose(command.into()).await? else {
        return Err(Refused::Unknown);
    };
    cut(&leadership, deleted.ended, ErrorCode::DeviceNotFound).await;
    Ok(Answer::Done)
}

/// Tells the edges, and waits until they have heard it or cannot be reached.
pub(crate) async fn cut(leadership: &Leadership, ended: Vec<EndedSession>, code: ErrorCode) {
    let context = &leadership.context;
    let closing = ended.into_iter().map(|session| {
        let reason = CloseReason::Revoked(code);
        context.close_session(session.node, session.identity, session.epoch, reason)
    });
    futures::future::join_all(closing).await;
}

/// Keys for the modules that an Edge device has.
pub(crate) fn edge_keys(draft: &IdentityDraft) -> Result<Option<Box<EdgeKeys>>, Refused> {
    if !draft.iot_edge {
        return Ok(None);
    }
    Ok(Some(Box::new(EdgeKeys {
        agent: symmetric_keys()?,
        hub: symmetric_keys()?,
    })))
}

pub(crate) fn new_identity(
    draft: IdentityDraft,
    authentication: Authentication,
    edge: Option<Box<EdgeKeys>>,
) -> NewIdentity {
    NewIdentity {
        identity: draft.identity,
        status: draft.status,
        status_reason: draft.status_reason,
        authentication,
        edge,
        device_scope: draft.device_scope,
        parent_scopes: draft.parent_scopes,
        managed_by: draft.managed_by,
    }
}
