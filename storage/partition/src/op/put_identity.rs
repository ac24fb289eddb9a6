//! Adds an identity or changes the one that is there: a line of a bulk call or import.

use roost_model::{Precondition, Twin, TwinRef};

use super::create_identity::{CreateIdentity, NewIdentity, RegistryLimits};
use super::imported_twin::{ImportedTwin, Prepared, check_tag};
use super::update_identity::{UpdateIdentity, Updated};
use crate::context::{Context, Stop};
use crate::outcome::Outcome;

/// Identity and twin together, or neither. Answers as [`CreateIdentity`] or [`UpdateIdentity`] does,
/// and fails as they do, and with [`crate::Rejection::TwinChanged`] and
/// [`crate::Rejection::TwinTooLarge`].
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct PutIdentity {
    /// The identity to be. Its authentication is that of a new one.
    pub draft: NewIdentity,
    /// Whether an identity that is there takes the draft's authentication; else it keeps its own.
    pub replace_authentication: bool,
    /// What may happen.
    pub mode: PutMode,
    /// What an identity that is there must be like.
    pub precondition: Precondition,
    /// What becomes of its twin.
    pub twin: Option<ImportedTwin>,
    /// The limits to hold.
    pub limits: RegistryLimits,
}

/// What becomes of an identity that is there, or is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub enum PutMode {
    /// Refused when it is there.
    Create,
    /// Refused when it is not there.
    Update,
    CreateOrUpdate,
}

impl PutIdentity {
    pub(crate) fn size_hint(&self) -> usize {
        self.twin.as_ref().map_or(0, ImportedTwin::size_hint)
    }

    pub(crate) fn apply(mut self, context: &mut Context<'_>) -> Result<Outcome, Stop> {
        let twin = self.twin.take();
        let creates = match self.mode {
            PutMode::Create => true,
            PutMode::Update => false,
            PutMode::CreateOrUpdate => !context.has_identity(&self.draft.identity)?,
        };
        if creates {
            return self.create(twin.as_ref(), context);
        }
        let before = match &twin {
            Some(_) => context.twin(&self.draft.identity)?,
            None => Twin::default(),
        };
        let prepared = match &twin {
            Some(twin) => Some(twin.prepare(before.view(), context)?),
            None => None,
        };
        let exists = context.has_identity(&self.draft.identity)?;
        if let Some(twin) = twin.as_ref().filter(|_| exists) {
            check_tag(twin, before.view())?;
        }
        let mut updated = self.update(context)?;
        if let Some(prepared) = prepared {
            updated.desired = prepared.store(&updated.record, context)?;
        }
        Ok(Outcome::Updated(Box::new(updated)))
    }

    fn create(
        self,
        twin: Option<&ImportedTwin>,
        context: &mut Context<'_>,
    ) -> Result<Outcome, Stop> {
        let prepared = match twin {
            Some(twin) => Some(twin.prepare(TwinRef::NEW, context)?),
            None => None,
        };
        let create = CreateIdentity {
            draft: self.draft,
            limits: self.limits,
        };
        let view = prepared.as_ref().map_or(TwinRef::NEW, Prepared::view);
        let record = create.create(view, context)?;
        if let Some(prepared) = prepared {
            prepared.store_new(&record, context)?;
        }
        Ok(Outcome::Created(Box::new(record)))
    }

    fn update(self, context: &mut Context<'_>) -> Result<Updated, Stop> {
        let draft = self.draft;
        let update = UpdateIdentity {
            identity: draft.identity,
            precondition: self.precondition,
            status: draft.status,
            status_reason: draft.status_reason,
            authentication: self.replace_authentication.then_some(draft.authentication),
            edge: draft.edge,
            device_scope: draft.device_scope,
            parent_scopes: draft.parent_scopes,
            managed_by: draft.managed_by,
        };
        update.apply(context)
    }
}
