//! Replaces or swaps an identity's keys.

use roost_model::{Authentication, Identity, SymmetricKeys};

use super::update_identity::Updated;
use crate::context::{Context, Stop};
use crate::rejection::Rejection;

/// Ends the identity's session if it rests on a key that is no more; a device that uses the other key
/// goes on undisturbed.
///
/// Fails with [`Rejection::DeviceNotFound`], [`Rejection::ModuleNotFound`] and [`Rejection::NoKeys`].
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct RegenerateKeys {
    /// Whose.
    pub identity: Identity,
    /// What to do with them.
    pub which: WhichKey,
    /// Drawn before proposing; used as far as they are wanted.
    pub fresh: SymmetricKeys,
}

/// Which of an identity's keys to replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub enum WhichKey {
    Primary,
    Secondary,
    Both,
    /// Neither: the two change places.
    Swap,
}

impl RegenerateKeys {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<Updated, Stop> {
        let mut record = context.existing(&self.identity)?;
        let Authentication::Sas(keys) = record.authentication else {
            return Err(Rejection::NoKeys.into());
        };
        let SymmetricKeys { primary, secondary } = keys;
        let fresh = self.fresh;
        let (primary, secondary) = match self.which {
            WhichKey::Primary => (fresh.primary, secondary),
            WhichKey::Secondary => (primary, fresh.secondary),
            WhichKey::Both => (fresh.primary, fresh.secondary),
            WhichKey::Swap => (secondary, primary),
        };
        record.authentication = Authentication::Sas(SymmetricKeys { primary, secondary });
        record.etag = context.row.next_etag();
        let ended = context.end_session_without_key(&mut record)?;
        context.put_identity(&record);
        Ok(Updated {
            record,
            ended: ended.into_iter().collect(),
            desired: None,
        })
    }
}
