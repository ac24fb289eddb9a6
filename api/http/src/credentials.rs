use roost_actors::client::HubClient;
use roost_model::{Authentication, Identity};

use crate::dto::{AuthenticationRequest, Wanted};
use crate::error::ApiError;

/// The credentials for a new identity; `None` has the hub make keys.
pub(crate) fn for_new(
    request: Option<AuthenticationRequest>,
) -> Result<Option<Authentication>, ApiError> {
    match request.map(AuthenticationRequest::wanted).transpose()? {
        None | Some(Wanted::SasWithAnyKeys) => Ok(None),
        Some(Wanted::Exactly(authentication)) => Ok(Some(authentication)),
    }
}

/// The credentials for an identity that exists; `None` leaves them as they are.
///
/// Errors: ArgumentNull when the identity is to change to shared access signatures and the request
/// names no keys for it: keys that nobody asked for would lock the device out silently.
pub(crate) async fn for_update(
    hub: &HubClient,
    identity: &Identity,
    request: Option<AuthenticationRequest>,
) -> Result<Option<Authentication>, ApiError> {
    match request.map(AuthenticationRequest::wanted).transpose()? {
        None => Ok(None),
        Some(Wanted::Exactly(authentication)) => Ok(Some(authentication)),
        Some(Wanted::SasWithAnyKeys) => match hub.identity(identity).await?.record.authentication {
            Authentication::Sas(_) => Ok(None),
            _ => Err(ApiError::missing(
                "a change to sas needs primaryKey and secondaryKey",
            )),
        },
    }
}
