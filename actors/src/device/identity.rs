//! Registry operations on one identity.

use ring::rand::SystemRandom;
use roost_model::{
    Authentication, ErrorCode, Identity, Precondition, SymmetricKey, SymmetricKeys, limits,
};
use roost_partition::{
    CreateIdentity, DeleteIdentity, EndedSession, NewIdentity, Outcome, RegistryLimits,
    UpdateIdentity,
};

use crate::client::IdentityDraft;
use crate::leadership::Leadership;
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
        None => Authentication::Sas(generate_keys()?),
    };
    let limits = &leadership.context.limits;
    let limits = RegistryLimits {
        identities: limits.max_identities,
        modules_per_device: limits.max_modules_per_device,
    };
    let command = CreateIdentity {
        draft: new_identity(draft, authentication),
        limits,
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
    let disabled = draft.status == roost_model::Status::Disabled;
    let command = UpdateIdentity {
        identity: draft.identity,
        precondition,
        status: draft.status,
        status_reason: draft.status_reason,
        authentication: draft.authentication,
        iot_edge: draft.iot_edge,
        device_scope: draft.device_scope,
        parent_scopes: draft.parent_scopes,
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
async fn cut(leadership: &Leadership, ended: Vec<EndedSession>, code: ErrorCode) {
    let context = &leadership.context;
    let closing = ended.into_iter().map(|session| {
        let reason = CloseReason::Revoked(code);
        context.close_session(session.node, session.identity, session.epoch, reason)
    });
    futures::future::join_all(closing).await;
}

fn generate_keys() -> Result<SymmetricKeys, Refused> {
    Ok(SymmetricKeys {
        primary: generate_key()?,
        secondary: generate_key()?,
    })
}

fn generate_key() -> Result<SymmetricKey, Refused> {
    use ring::rand::SecureRandom as _;
    let mut bytes = vec![0; limits::GENERATED_KEY_BYTES];
    let unavailable = || {
        Refused::rejected(
            ErrorCode::ServerError,
            "the system has no randomness to give",
        )
    };
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| unavailable())?;
    SymmetricKey::from_bytes(bytes).map_err(|_| unavailable())
}

fn new_identity(draft: IdentityDraft, authentication: Authentication) -> NewIdentity {
    NewIdentity {
        identity: draft.identity,
        status: draft.status,
        status_reason: draft.status_reason,
        authentication,
        iot_edge: draft.iot_edge,
        device_scope: draft.device_scope,
        parent_scopes: draft.parent_scopes,
    }
}
