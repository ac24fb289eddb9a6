//! New keys for identities.

use std::collections::BTreeMap;

use futures::future::join_all;
use roost_model::{Identity, PartitionId, SymmetricKeys};
use roost_partition::WhichKey;

use super::{HubClient, HubError, unexpected};
use crate::registry::{RegistryAnswer, RegistryRequest};
use crate::wire::{Answer, Request};

/// An identity's keys as they are now, or why they are as they were.
pub type Regenerated = Result<SymmetricKeys, HubError>;

impl HubClient {
    /// Replaces or swaps the keys of identities; gives the result for each, in no particular order.
    /// Sessions that rest on a replaced key are cut when this returns.
    pub async fn regenerate_keys(
        &self,
        identities: Vec<Identity>,
        which: WhichKey,
    ) -> Vec<(Identity, Regenerated)> {
        let mut results = Vec::with_capacity(identities.len());
        let mut homes: BTreeMap<PartitionId, Vec<Identity>> = BTreeMap::new();
        for identity in identities {
            match self.home(&identity) {
                Ok(home) => homes.entry(home).or_default().push(identity),
                Err(error) => results.push((identity, Err(error))),
            }
        }
        let asked = homes
            .into_iter()
            .map(|(home, group)| self.regenerate_in(home, group, which));
        results.extend(join_all(asked).await.into_iter().flatten());
        results
    }

    async fn regenerate_in(
        &self,
        home: PartitionId,
        group: Vec<Identity>,
        which: WhichKey,
    ) -> Vec<(Identity, Regenerated)> {
        let request = Request::Registry(RegistryRequest::RegenerateKeys(group.clone(), which));
        let error = match self.ask(home, request).await {
            Ok(Answer::Registry(RegistryAnswer::Keys(keys))) => {
                let keys = keys.into_iter().map(|one| one.map_err(HubError::from));
                return group.into_iter().zip(keys).collect();
            }
            Ok(_) => unexpected(),
            Err(error) => error,
        };
        let failed = |identity| (identity, Err(error.clone()));
        group.into_iter().map(failed).collect()
    }
}
