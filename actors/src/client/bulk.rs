//! Many registry operations at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use bincode::{Decode, Encode};
use futures::future::join_all;
use roost_model::twin::{SectionChange, TwinUpdate};
use roost_model::{ErrorCode, Identity, PartitionId, Precondition};
use roost_partition::PutMode;

use super::{HubClient, HubError, IdentityDraft, unexpected};
use crate::registry::{Failure, RegistryAnswer, RegistryRequest};
use crate::wire::{Answer, Request};

/// One operation of a bulk call or import.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum BulkOperation {
    /// Adds an identity or changes it.
    Put {
        /// What it is to be. No authentication: what is there keeps its own, what is new gets keys.
        draft: Box<IdentityDraft>,
        /// Whether it may, or must, be there.
        mode: PutMode,
        /// What it must be like when it is there.
        precondition: Precondition,
        /// What becomes of its twin, in the same change.
        twin: Option<Box<TwinDraft>>,
    },
    /// Changes tags and desired properties of a twin.
    UpdateTwin {
        identity: Identity,
        /// What its entity tag must be.
        precondition: Precondition,
        tags: Option<SectionChange>,
        desired: Option<SectionChange>,
    },
    /// Removes an identity, a device's modules with it.
    Delete {
        identity: Identity,
        precondition: Precondition,
    },
}

/// What is to become of an identity's twin.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct TwinDraft {
    /// What the entity tag of a twin that is there must be.
    pub precondition: Precondition,
    /// Reported properties included.
    pub update: TwinUpdate,
}

impl BulkOperation {
    /// Whose.
    pub fn identity(&self) -> &Identity {
        match self {
            Self::Put { draft, .. } => &draft.identity,
            Self::Delete { identity, .. } | Self::UpdateTwin { identity, .. } => identity,
        }
    }

    /// Whether doing it twice comes to the same as doing it once.
    pub(crate) fn is_repeatable(&self) -> bool {
        match self {
            Self::Put {
                mode,
                precondition,
                twin,
                ..
            } => {
                let twin = twin.as_ref().map(|twin| twin.precondition);
                *mode != PutMode::Create
                    && !asks_for_version(*precondition)
                    && !twin.is_some_and(asks_for_version)
            }
            Self::UpdateTwin { precondition, .. } => !asks_for_version(*precondition),
            Self::Delete { .. } => false,
        }
    }
}

impl HubClient {
    /// Runs operations, those of one partition in their order and in one log entry. Gives, for each,
    /// why it failed, or nothing. Sessions that they end are cut when this returns.
    ///
    /// Parents that devices name are looked up.
    pub async fn bulk(&self, operations: Vec<BulkOperation>) -> Vec<Option<HubError>> {
        let checked = join_all(operations.iter().map(|one| self.check_parent_of(one))).await;
        let mut errors: Vec<_> = checked.into_iter().map(Result::err).collect();
        let sound: Vec<usize> = (0..operations.len())
            .filter(|at| matches!(errors.get(*at), Some(None)))
            .collect();
        let operations = operations
            .into_iter()
            .zip(&errors)
            .filter(|(_, error)| error.is_none())
            .map(|(operation, _)| operation)
            .collect();
        for (at, error) in sound.into_iter().zip(self.import(operations).await) {
            if let Some(slot) = errors.get_mut(at) {
                *slot = error;
            }
        }
        errors
    }

    /// As [`HubClient::bulk`], without looking up parents: they may come later.
    pub async fn import(&self, operations: Vec<BulkOperation>) -> Vec<Option<HubError>> {
        let mut errors = vec![None; operations.len()];
        let mut homes: BTreeMap<PartitionId, (Vec<usize>, Vec<BulkOperation>)> = BTreeMap::new();
        for (at, operation) in operations.into_iter().enumerate() {
            match self.home(operation.identity()) {
                Ok(home) => {
                    let (places, group) = homes.entry(home).or_default();
                    places.push(at);
                    group.push(operation);
                }
                Err(error) => set(&mut errors, at, error),
            }
        }
        let asked = homes.into_iter().map(|(home, (places, group))| async move {
            (places, self.import_into(home, Arc::new(group)).await)
        });
        for (places, outcome) in join_all(asked).await {
            match outcome {
                Ok(failures) => {
                    for (at, failure) in failures {
                        if let Some(place) = places.get(at as usize) {
                            set(&mut errors, *place, failure.into());
                        }
                    }
                }
                Err(error) => {
                    for place in places {
                        set(&mut errors, place, error.clone());
                    }
                }
            }
        }
        errors
    }

    /// Runs operations on identities of one partition, in their order and in one log entry. Gives
    /// those that failed, by their place.
    pub(super) async fn import_into(
        &self,
        home: PartitionId,
        operations: Arc<Vec<BulkOperation>>,
    ) -> Result<Vec<(u32, Failure)>, HubError> {
        let request = Request::Registry(RegistryRequest::Bulk(operations));
        match self.ask(home, request).await? {
            Answer::Registry(RegistryAnswer::Bulk(failures)) => Ok(failures),
            _ => Err(unexpected()),
        }
    }
}

/// Doing it changes the version.
fn asks_for_version(precondition: Precondition) -> bool {
    matches!(precondition, Precondition::Matches(_))
}

fn set(errors: &mut [Option<HubError>], at: usize, error: HubError) {
    if let Some(slot) = errors.get_mut(at) {
        *slot = Some(error);
    }
}

impl From<Failure> for HubError {
    fn from(failure: Failure) -> HubError {
        let code = ErrorCode::from_number(failure.code).unwrap_or(ErrorCode::ServerError);
        HubError::new(code, failure.reason)
    }
}
