//! Changes what the back end may change of a twin.

use roost_model::twin::{
    ChangeNotice, Patch, SectionChange, TwinLimits, TwinUpdate, TwinUpdateError,
};
use roost_model::{Identity, IdentityRecord, Precondition, Twin};

use crate::context::{Context, Stop};
use crate::error::PartitionError;
use crate::rejection::Rejection;
use crate::table;

/// Tags and desired properties together, or neither. Without either it changes nothing.
///
/// Fails with [`Rejection::DeviceNotFound`], [`Rejection::ModuleNotFound`], [`Rejection::TwinChanged`]
/// and [`Rejection::TwinTooLarge`].
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct UpdateTwin {
    /// Whose.
    pub identity: Identity,
    /// What the caller's `If-Match` asks of the twin's entity tag.
    pub precondition: Precondition,
    /// Whether those who watch are told of a replacement, not of an update.
    pub replace: bool,
    /// What is to become of the tags.
    pub tags: Option<SectionChange>,
    /// What is to become of the desired properties.
    pub desired: Option<SectionChange>,
    /// The sizes to hold.
    pub limits: TwinLimits,
}

/// What an update did.
#[derive(Debug, Clone, PartialEq)]
pub struct TwinUpdated {
    /// Whose twin it is.
    pub record: IdentityRecord,
    /// The twin as it is now.
    pub twin: Twin,
    /// What the device is to be told, if the desired properties were touched.
    pub desired: Option<DesiredChange>,
}

/// A change of desired properties.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct DesiredChange {
    /// `$version` after the change.
    pub version: u64,
    /// What changed: the patch, or the whole of them, or nulls for what is gone.
    pub patch: Patch,
}

impl UpdateTwin {
    pub(crate) fn size_hint(&self) -> usize {
        let changes = [&self.tags, &self.desired].into_iter().flatten();
        changes.map(SectionChange::encoded_len).sum()
    }

    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<TwinUpdated, Stop> {
        let record = context.existing(&self.identity)?;
        let before = context.twin(&self.identity)?;
        let old = before.view();
        if !self.precondition.allows(Some(old.etag)) {
            return Err(Rejection::TwinChanged.into());
        }
        let update = TwinUpdate {
            tags: self.tags,
            desired: self.desired,
            reported: None,
        };
        if update.is_empty() {
            return Ok(TwinUpdated {
                record,
                twin: before,
                desired: None,
            });
        }
        let updated = update.apply(&old, context.at, self.limits).map_err(stop)?;
        let twin = table::twin::decode(updated.bytes.into())?;
        let new = twin.view();
        let notice = ChangeNotice {
            version: new.version,
            tags: updated.tags.as_deref(),
            desired: updated
                .desired
                .as_deref()
                .map(|patch| (patch, new.desired_version)),
            reported: None,
            at: context.at,
        };
        context.announce_twin_change(&record, self.replace, &notice)?;
        context.put_twin(&self.identity, &twin)?;
        let desired = updated.desired.map(|patch| DesiredChange {
            version: new.desired_version,
            patch: patch.into_owned(),
        });
        if let Some(change) = &desired {
            context.remember_desired(&self.identity, old.desired_version, change);
        }
        Ok(TwinUpdated {
            record,
            desired,
            twin,
        })
    }
}

/// A twin that would become too large is refused; one that can't be read stops the replica.
pub(super) fn stop(error: TwinUpdateError) -> Stop {
    match error {
        TwinUpdateError::TooLarge(refused) => Rejection::TwinTooLarge(refused.section).into(),
        TwinUpdateError::Invalid(error) => PartitionError::row("twin", error).into(),
    }
}
