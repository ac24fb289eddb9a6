//! The twin in a line of an import.

use std::borrow::Cow;

use roost_model::twin::{ChangeNotice, Patch, TwinLimits, TwinUpdate};
use roost_model::{IdentityRecord, Precondition, Twin, TwinRef};

use super::update_twin::{DesiredChange, stop};
use crate::context::{Context, Stop};
use crate::error::PartitionError;
use crate::rejection::Rejection;
use crate::table;

/// What is to become of an identity's twin. Sections that are not there stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct ImportedTwin {
    /// What is asked of the entity tag of a twin that is there.
    pub precondition: Precondition,
    /// Reported properties included.
    pub update: TwinUpdate,
    /// The sizes to hold.
    pub limits: TwinLimits,
}

/// The twin to be, before anything is changed.
pub(super) struct Prepared<'p> {
    twin: Twin,
    /// `$version` of the desired properties before.
    from: u64,
    tags: Option<Cow<'p, Patch>>,
    desired: Option<Cow<'p, Patch>>,
    reported: Option<Cow<'p, Patch>>,
}

impl ImportedTwin {
    pub(crate) fn size_hint(&self) -> usize {
        let TwinUpdate {
            tags,
            desired,
            reported,
        } = &self.update;
        let changes = [tags, desired, reported].into_iter().flatten();
        changes.map(|change| change.encoded_len()).sum()
    }

    /// What `before` becomes. Fails with [`Rejection::TwinTooLarge`].
    pub(super) fn prepare(
        &self,
        before: TwinRef<'_>,
        context: &Context<'_>,
    ) -> Result<Prepared<'_>, Stop> {
        let updated = self.update.apply(&before, context.at, self.limits);
        let updated = updated.map_err(stop)?;
        Ok(Prepared {
            twin: table::twin::decode(updated.bytes.into())?,
            from: before.desired_version,
            tags: updated.tags,
            desired: updated.desired,
            reported: updated.reported,
        })
    }
}

impl Prepared<'_> {
    pub(super) fn view(&self) -> TwinRef<'_> {
        self.twin.view()
    }

    /// Stores the twin of a new identity, if it is not like any new twin.
    pub(super) fn store_new(
        self,
        record: &IdentityRecord,
        context: &mut Context<'_>,
    ) -> Result<(), PartitionError> {
        let twin = self.twin.view();
        let versions = (twin.desired_version, twin.reported_version);
        let is_plain = versions == (1, 1)
            && twin.tags.is_empty()
            && twin.desired.is_empty()
            && twin.reported.is_empty();
        if !is_plain {
            context.put_twin(&record.identity, &self.twin)?;
        }
        Ok(())
    }

    /// Stores the twin in place of the one that was there, and tells those who watch. Gives what the
    /// device is to be told.
    pub(super) fn store(
        self,
        record: &IdentityRecord,
        context: &mut Context<'_>,
    ) -> Result<Option<DesiredChange>, PartitionError> {
        let new = self.twin.view();
        let (desired_version, reported_version) = (new.desired_version, new.reported_version);
        let notice = ChangeNotice {
            version: new.version,
            tags: self.tags.as_deref(),
            desired: self.desired.as_deref().map(|one| (one, desired_version)),
            reported: self.reported.as_deref().map(|one| (one, reported_version)),
            at: context.at,
        };
        context.announce_twin_change(record, true, &notice)?;
        context.put_twin(&record.identity, &self.twin)?;
        let change = self.desired.map(|patch| DesiredChange {
            version: desired_version,
            patch: patch.into_owned(),
        });
        if let Some(change) = &change {
            context.remember_desired(&record.identity, self.from, change);
        }
        Ok(change)
    }
}

/// Refuses a twin that has changed since its tag was read.
pub(super) fn check_tag(imported: &ImportedTwin, before: TwinRef<'_>) -> Result<(), Rejection> {
    if imported.precondition.allows(Some(before.etag)) {
        Ok(())
    } else {
        Err(Rejection::TwinChanged)
    }
}
