//! A device shows a credential without a new connection.

use roost_model::{ConnectionEpoch, ErrorCode, Identity};
use roost_partition::{Outcome, Rejection, Renew, Renewed};

use super::attach::{known, prove, still_granted};
use crate::auth::Proof;
use crate::credential::Credential;
use crate::leadership::Leadership;
use crate::wire::{Answer, Proved, Refused};

/// An identity may be edited between the check and the commit; then the check is repeated.
const TRIES: usize = 3;

/// Checks the credential, and lets the session rest on it, if one is named.
pub(super) async fn show(
    leadership: Leadership,
    identity: Identity,
    credential: Credential,
    session: Option<ConnectionEpoch>,
) -> Result<Answer, Refused> {
    for _ in 0..TRIES {
        let record = known(&leadership, &identity)?;
        let proof = prove(&leadership, &record, &credential)?;
        let Some(epoch) = session else {
            return Ok(answer(&proof));
        };
        let renew = Renew {
            identity: identity.clone(),
            epoch,
            generation: record.generation,
            identity_etag: record.etag,
            auth: proof.method,
            grant: proof.grant.clone(),
            key: proof.key,
            expires_at: Some(proof.expires_at),
        };
        match leadership.propose(renew.into()).await? {
            Outcome::Renewed(Renewed::Noted) => {
                still_granted(&leadership, &identity, epoch, &proof).await?;
                return Ok(answer(&proof));
            }
            Outcome::Renewed(Renewed::NotCurrent) => {
                return Err(Refused::rejected(
                    ErrorCode::ConnectionForcefullyClosedOnNewConnection,
                    "the session is over",
                ));
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

fn answer(proof: &Proof) -> Answer {
    Answer::Proved(Proved {
        auth: proof.method,
        expires_at: proof.expires_at,
    })
}
