//! A device comes and goes.

use roost_model::{Channels, ConnectionEpoch, ErrorCode, Identity, IdentityRecord};
use roost_partition::{Attach, Command, Detach, DetachReason, Outcome, Rejection};

use crate::auth::{self, Proof};
use crate::credential::Credential;
use crate::leadership::Leadership;
use crate::session::CloseReason;
use crate::twin;
use crate::wire::{Answer, AttachRequest, Attached, Refused};

/// An identity may be edited between the check and the commit; then the check is repeated.
const TRIES: usize = 3;

/// Checks the credential, makes the connection the identity's session, and ends the one before.
pub(super) async fn attach(
    leadership: Leadership,
    request: AttachRequest,
) -> Result<Answer, Refused> {
    for _ in 0..TRIES {
        let record = known(&leadership, &request.identity)?;
        let proof = prove(&leadership, &record, &request.credential)?;
        let command = attach_command(&request, &record, &proof);
        match leadership.handle.propose(leadership.term, command).await? {
            Outcome::Attached(granted) => {
                if let Some(ended) = granted.replaced {
                    let context = leadership.context.clone();
                    tokio::spawn(async move {
                        let reason = CloseReason::Superseded;
                        context
                            .close_session(ended.node, ended.identity, ended.epoch, reason)
                            .await;
                    });
                }
                still_granted(&leadership, &request.identity, granted.epoch, &proof).await?;
                let desired_version = desired_version(&leadership, &request, granted.resumed)?;
                return Ok(Answer::Attached(Attached {
                    epoch: granted.epoch,
                    generation: record.generation,
                    auth: proof.method,
                    expires_at: Some(proof.expires_at),
                    resumed: granted.resumed,
                    desired_version,
                }));
            }
            Outcome::Rejected(Rejection::IdentityChanged) => {}
            Outcome::Rejected(rejection) => {
                return Err(Refused::rejected(rejection.code(), rejection.to_string()));
            }
            _ => return Err(Refused::Unknown),
        }
    }
    Err(Refused::rejected(
        ErrorCode::ServiceUnavailable,
        "the identity keeps changing",
    ))
}

/// `$version` of the desired properties, if the session is subscribed to them from its start.
fn desired_version(
    leadership: &Leadership,
    request: &AttachRequest,
    resumed: Option<Channels>,
) -> Result<Option<u64>, Refused> {
    twin::desired_version(leadership, &request.identity, resumed.unwrap_or_default())
}

/// Ends a session because its connection has ended.
pub(super) async fn detach(
    leadership: Leadership,
    identity: Identity,
    epoch: ConnectionEpoch,
    why: DetachReason,
) -> Result<Answer, Refused> {
    leadership
        .propose(Command::Detach(Detach {
            identity,
            epoch,
            why,
        }))
        .await?;
    Ok(Answer::Done)
}

/// The identity, if it exists and may connect.
pub(super) fn known(
    leadership: &Leadership,
    identity: &Identity,
) -> Result<IdentityRecord, Refused> {
    let record = leadership.identity(identity)?.ok_or_else(|| {
        let code = if identity.is_module() {
            ErrorCode::ModuleNotFound
        } else {
            ErrorCode::DeviceNotFound
        };
        Refused::rejected(code, format!("{identity} is not registered"))
    })?;
    // A module has no status of its own: its device's counts.
    let device = match &identity.module {
        None => None,
        Some(_) => leadership.identity(&Identity::device(identity.device.clone()))?,
    };
    if device.as_ref().unwrap_or(&record).is_enabled() {
        Ok(record)
    } else {
        Err(Refused::rejected(
            ErrorCode::DeviceDisabled,
            format!("{identity} is disabled"),
        ))
    }
}

/// Checks a device's credential against its record and the hub's policies and authorities.
pub(super) fn prove(
    leadership: &Leadership,
    record: &IdentityRecord,
    credential: &Credential,
) -> Result<Proof, Refused> {
    let settings = leadership.settings().ok_or(Refused::NotLeader(None))?;
    let trust = leadership.context.trust.of(&settings);
    auth::verify_device(&settings, &trust, record, credential, leadership.now())
        .map_err(|error| Refused::rejected(ErrorCode::IotHubUnauthorized, error.to_string()))
}

/// Policies and authorities are not in the partition's log, so a session may be granted on the word of
/// one that was taken away meanwhile. Whoever took it away looks for such sessions once this leader
/// knows; a session that is granted after that look is ended here.
pub(super) async fn still_granted(
    leadership: &Leadership,
    identity: &Identity,
    epoch: ConnectionEpoch,
    proof: &Proof,
) -> Result<(), Refused> {
    let settings = leadership.settings().ok_or(Refused::NotLeader(None))?;
    let trust = leadership.context.trust.of(&settings);
    if settings.uphold(&proof.grant, &trust) {
        return Ok(());
    }
    let detach = Detach {
        identity: identity.clone(),
        epoch,
        why: DetachReason::Revoked,
    };
    leadership.propose(detach.into()).await?;
    Err(Refused::rejected(
        ErrorCode::IotHubUnauthorized,
        "the credential was revoked while the device connected",
    ))
}

fn attach_command(request: &AttachRequest, record: &IdentityRecord, proof: &Proof) -> Command {
    Attach {
        identity: request.identity.clone(),
        generation: record.generation,
        identity_etag: record.etag,
        node: request.node,
        incarnation: request.incarnation,
        auth: proof.method,
        grant: proof.grant.clone(),
        clean: request.clean,
        protocol: request.protocol,
        model_id: request.model_id.clone(),
        key: proof.key,
        expires_at: Some(proof.expires_at),
        will: request.will.clone(),
    }
    .into()
}
