//! Credentials that come without a new connection: over AMQP they are put beside the links.

use std::time::Duration;

use roost_model::{ConnectionEpoch, Identity, Timestamp};

use super::{DeviceClient, over};
use crate::client::{HubError, ask, unexpected};
use crate::credential::Credential;
use crate::session::SessionSlot;
use crate::wire::{Answer, Proved, Request};

const PROVE_DEADLINE: Duration = Duration::from_secs(8);

impl DeviceClient {
    /// Checks a device's credential at its leader; gives when it runs out.
    ///
    /// # Errors
    /// As [`DeviceClient::attach`].
    pub async fn prove(
        &self,
        identity: &Identity,
        credential: Credential,
    ) -> Result<Timestamp, HubError> {
        let proved = self.show(identity, credential, None).await?;
        Ok(proved.expires_at)
    }

    /// Lets a session rest on a newer credential; gives when that runs out. Nothing else changes.
    ///
    /// # Errors
    /// As [`DeviceClient::attach`], then the session rests on what it did before; 400027 when the
    /// session is over.
    pub async fn renew(
        &self,
        slot: &SessionSlot,
        credential: Credential,
    ) -> Result<Timestamp, HubError> {
        let session = Some(slot.epoch);
        let proved = self.show(&slot.identity, credential, session).await;
        let proved = proved.inspect_err(|error| over(slot, error))?;
        slot.renewed(proved.auth, Some(proved.expires_at));
        Ok(proved.expires_at)
    }

    async fn show(
        &self,
        identity: &Identity,
        credential: Credential,
        session: Option<ConnectionEpoch>,
    ) -> Result<Proved, HubError> {
        let partition = self.context.partition_of(identity);
        let partition = partition.ok_or_else(HubError::starting)?;
        let request = Request::Prove {
            identity: identity.clone(),
            credential,
            session,
        };
        match ask(&self.context, partition, request, PROVE_DEADLINE).await? {
            Answer::Proved(proved) => Ok(proved),
            _ => Err(unexpected()),
        }
    }
}
