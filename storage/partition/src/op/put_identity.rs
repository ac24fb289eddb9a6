//! Adds an identity or changes the one that is there: a line of a bulk call or import.

use roost_model::Precondition;

use super::create_identity::{CreateIdentity, NewIdentity, RegistryLimits};
use super::update_identity::UpdateIdentity;
use crate::context::{Context, Stop};
use crate::outcome::Outcome;

/// Answers as [`CreateIdentity`] or [`UpdateIdentity`] does, and fails as they do.
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
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<Outcome, Stop> {
        let creates = match self.mode {
            PutMode::Create => true,
            PutMode::Update => false,
            PutMode::CreateOrUpdate => !context.has_identity(&self.draft.identity)?,
        };
        if creates {
            let create = CreateIdentity {
                draft: self.draft,
                limits: self.limits,
            };
            let record = create.apply(context)?;
            return Ok(Outcome::Created(Box::new(record)));
        }
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
        let updated = update.apply(context)?;
        Ok(Outcome::Updated(Box::new(updated)))
    }
}
