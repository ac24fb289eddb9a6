//! Removes a device with its modules, or a module.

use roost_model::{DetachReason, Identity, IdentityRecord, Precondition, identity_key};

use crate::context::{Context, Stop};
use crate::error::PartitionError;
use crate::outcome::EndedSession;
use crate::rejection::Rejection;
use crate::table::IDENTITY;

/// Fails with [`Rejection::DeviceNotFound`], [`Rejection::ModuleNotFound`] and
/// [`Rejection::PreconditionFailed`]. What the identity said stays in the event
/// stream; what waits for it, and what was given up, goes with it.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct DeleteIdentity {
    /// Whose.
    pub identity: Identity,
    /// What the caller's `If-Match` asks for.
    pub precondition: Precondition,
}

/// What a deletion did.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct Deleted {
    /// The identity as it was.
    pub record: IdentityRecord,
    /// The sessions that the deletion ended: the device's own first.
    pub ended: Vec<EndedSession>,
}

impl DeleteIdentity {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<Deleted, Stop> {
        let mut record = context.existing(&self.identity)?;
        if !self.precondition.allows(Some(record.etag)) {
            return Err(Rejection::PreconditionFailed.into());
        }
        let mut ended = Vec::new();
        ended.extend(context.end_session(&mut record, DetachReason::Revoked)?);
        remove(&record, context)?;
        if record.identity.is_module() {
            context.row.modules -= 1;
            return Ok(Deleted { record, ended });
        }
        context.row.devices -= 1;
        context.row.disabled_devices -= u64::from(!record.is_enabled());
        for mut module in context.modules(&record.identity.device)? {
            ended.extend(context.end_session(&mut module, DetachReason::Revoked)?);
            remove(&module, context)?;
            context.row.modules -= 1;
        }
        Ok(Deleted { record, ended })
    }
}

/// Removes what the partition keeps of an identity.
pub(super) fn remove(
    record: &IdentityRecord,
    context: &mut Context<'_>,
) -> Result<(), PartitionError> {
    let identity = &record.identity;
    let twin = context.twin(identity)?;
    context.announce_lifecycle(record, false, twin.view())?;
    context.tx.delete(IDENTITY, &identity_key(identity));
    context.delete_twin(identity)?;
    context.drop_queue(identity)
}
