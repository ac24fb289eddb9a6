//! The identity registry.

use futures::future::try_join_all;
use roost_model::{DeviceId, Identity, Precondition};

use super::{HubClient, HubError, IdentityDraft, IdentityView, RegistryStatistics, unexpected};
use crate::wire::{Answer, Request};

impl HubClient {
    /// Registers an identity.
    ///
    /// # Errors
    /// 409001 or 409301 when it exists, 404001 for a module without its device, 413002 and 413003 when
    /// hub and device have as many identities as they may, 400028 for a parent that is none.
    pub async fn create_identity(&self, draft: IdentityDraft) -> Result<IdentityView, HubError> {
        let home = self.home(&draft.identity)?;
        self.check_parent(&draft).await?;
        view(self.ask(home, Request::CreateIdentity(draft)).await?)
    }

    /// Changes an identity. Sessions that the change revokes are cut when this returns.
    ///
    /// # Errors
    /// 404001 or 404010 when there is none, 412001 when the precondition fails, 400028 for a parent
    /// that is none.
    pub async fn update_identity(
        &self,
        draft: IdentityDraft,
        precondition: Precondition,
    ) -> Result<IdentityView, HubError> {
        let home = self.home(&draft.identity)?;
        self.check_parent(&draft).await?;
        view(
            self.ask(home, Request::UpdateIdentity(draft, precondition))
                .await?,
        )
    }

    /// Reads an identity, linearizably.
    ///
    /// # Errors
    /// 404001 or 404010 when there is none.
    pub async fn identity(&self, identity: &Identity) -> Result<IdentityView, HubError> {
        let home = self.home(identity)?;
        view(self.ask(home, Request::Identity(identity.clone())).await?)
    }

    /// Deletes an identity, a device's modules with it. Their sessions are cut when this returns.
    ///
    /// # Errors
    /// 404001 or 404010 when there is none, 412001 when the precondition fails.
    pub async fn delete_identity(
        &self,
        identity: &Identity,
        precondition: Precondition,
    ) -> Result<(), HubError> {
        let home = self.home(identity)?;
        match self
            .ask(
                home,
                Request::DeleteIdentity(identity.clone(), precondition),
            )
            .await?
        {
            Answer::Done => Ok(()),
            _ => Err(unexpected()),
        }
    }

    /// The first `top` devices of the hub behind `after`, by id; modules are not listed.
    ///
    /// # Errors
    /// 503001 when a partition has no leader.
    pub async fn identities(
        &self,
        after: Option<DeviceId>,
        top: usize,
    ) -> Result<Vec<IdentityView>, HubError> {
        let limit = top as u32;
        let asked = self.all_partitions().map(|partition| {
            let after = after.clone();
            self.ask(partition, Request::Identities { after, limit })
        });
        let mut all = Vec::new();
        for answer in try_join_all(asked).await? {
            all.extend(views(answer)?);
        }
        all.sort_by(|a, b| a.record.identity.cmp(&b.record.identity));
        all.truncate(top);
        Ok(all)
    }

    /// The modules of a device.
    ///
    /// # Errors
    /// 404001 when there is no such device.
    pub async fn modules(&self, device: &Identity) -> Result<Vec<IdentityView>, HubError> {
        let home = self.home(device)?;
        views(self.ask(home, Request::Modules(device.clone())).await?)
    }

    /// Counts over the whole registry.
    ///
    /// # Errors
    /// 503001 when a partition has no leader.
    pub async fn statistics(&self) -> Result<RegistryStatistics, HubError> {
        let asked = self
            .all_partitions()
            .map(|partition| self.ask(partition, Request::Statistics));
        let mut sum = RegistryStatistics::default();
        for answer in try_join_all(asked).await? {
            let Answer::Statistics(part) = answer else {
                return Err(unexpected());
            };
            sum.total_devices += part.total_devices;
            sum.enabled_devices += part.enabled_devices;
            sum.disabled_devices += part.disabled_devices;
            sum.connected_devices += part.connected_devices;
            sum.total_modules += part.total_modules;
        }
        Ok(sum)
    }
}

fn view(answer: Answer) -> Result<IdentityView, HubError> {
    match answer {
        Answer::Identity {
            record,
            connected,
            waiting,
        } => Ok(IdentityView::new(record, connected, waiting)),
        _ => Err(unexpected()),
    }
}

fn views(answer: Answer) -> Result<Vec<IdentityView>, HubError> {
    match answer {
        Answer::Identities(list) => Ok(list
            .into_iter()
            .map(|(record, on, waiting)| IdentityView::new(record, on, waiting))
            .collect()),
        _ => Err(unexpected()),
    }
}
