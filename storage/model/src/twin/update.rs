//! Changing a twin.

use std::borrow::Cow;

use thiserror::Error;

use super::document::{InvalidTwin, TwinRef, TwinSection, put_counters};
use super::encoding::{Cursor, Malformed, OBJECT, put_block, put_head};
use super::merge;
use super::patch::Patch;
use super::restore::StoredSection;
use super::size;
use super::view::{ObjectRef, Stamp};
use crate::limits::Limits;
use crate::time::Timestamp;

/// What is to become of a section.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub enum SectionChange {
    /// Merge this into it.
    Merge(Patch),
    /// It becomes this; nulls are left out.
    Replace(Patch),
    /// Nothing is left of it. Those who watch are told every property that goes.
    Clear,
    /// It becomes what it was when it was exported, with the moments of its changes. Its `$version` is
    /// that of the export, unless the twin is further already.
    Restore(StoredSection),
}

impl SectionChange {
    /// The size of its encoded form, in bytes.
    pub fn encoded_len(&self) -> usize {
        match self {
            Self::Merge(patch) | Self::Replace(patch) => patch.encoded_len(),
            Self::Restore(section) => section.encoded_len(),
            Self::Clear => 0,
        }
    }

    /// `$version` after the change.
    fn version_after(&self, before: u64, is_new: bool) -> u64 {
        let next = before.saturating_add(1);
        match self {
            Self::Restore(section) if is_new => section.version(),
            Self::Restore(section) => section.version().max(next),
            _ => next,
        }
    }
}

/// A change of a twin, all of it or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, bincode::Encode, bincode::Decode)]
pub struct TwinUpdate {
    pub tags: Option<SectionChange>,
    pub desired: Option<SectionChange>,
    pub reported: Option<SectionChange>,
}

/// How large the sections may be, in the hub's own measure. Travels with a command, so that replicas with
/// other settings come to the same result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct TwinLimits {
    pub tags: u32,
    pub desired: u32,
    pub reported: u32,
}

/// A section would be larger than it may. Nothing is changed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{} would be larger than {limit} bytes", section.path())]
pub struct TwinTooLarge {
    pub section: TwinSection,
    pub limit: u32,
}

/// Why an update came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TwinUpdateError {
    #[error(transparent)]
    TooLarge(#[from] TwinTooLarge),
    /// The twin's or the patch's bytes are damaged.
    #[error(transparent)]
    Invalid(#[from] InvalidTwin),
}

/// What an update did.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdatedTwin<'p> {
    /// The twin's new bytes.
    pub bytes: Vec<u8>,
    /// What those who watch are told: the patch that was merged, or the whole new section, or nulls
    /// for what was cleared. None for a section that was not touched.
    pub tags: Option<Cow<'p, Patch>>,
    pub desired: Option<Cow<'p, Patch>>,
    pub reported: Option<Cow<'p, Patch>>,
}

impl TwinUpdate {
    /// Nothing is to be touched.
    pub fn is_empty(&self) -> bool {
        self.tags.is_none() && self.desired.is_none() && self.reported.is_none()
    }

    /// What `old` becomes. A section that is touched counts its `$version` up by one, whether its
    /// properties differ afterwards or not; one that is restored may go further. Times never go back inside a section.
    ///
    /// # Errors
    /// A section that would become too large; damaged bytes.
    pub fn apply(
        &self,
        old: &TwinRef<'_>,
        at: Timestamp,
        limits: TwinLimits,
    ) -> Result<UpdatedTwin<'_>, TwinUpdateError> {
        let backend = self.tags.is_some() || self.desired.is_some();
        let count = |counter: u64, touched| counter.saturating_add(u64::from(touched));
        let is_new = old.version == TwinRef::NEW.version;
        let version = |change: &Option<SectionChange>, before| {
            let after = |change: &SectionChange| change.version_after(before, is_new);
            change.as_ref().map_or(before, after)
        };
        let desired_version = version(&self.desired, old.desired_version);
        let reported_version = version(&self.reported, old.reported_version);
        let mut bytes = Vec::with_capacity(self.room(old));
        let counters = [
            count(old.etag.0, backend),
            count(old.version, !self.is_empty()),
            desired_version,
            reported_version,
        ];
        put_counters(&mut bytes, counters);
        let mut one = |change: &'_ Option<SectionChange>, section, version: Option<Option<u64>>| {
            let before = old.section(section);
            let stamp = version.map(|version| Stamp {
                at: before.stamp.map_or(at, |last| last.at.max(at)),
                version,
            });
            let limit = limits.of(section);
            write(&mut bytes, change.as_ref(), before, stamp, (section, limit))
        };
        one(&self.tags, TwinSection::Tags, None)?;
        one(
            &self.desired,
            TwinSection::Desired,
            Some(Some(desired_version)),
        )?;
        one(&self.reported, TwinSection::Reported, Some(None))?;
        Ok(UpdatedTwin {
            bytes,
            tags: notice(self.tags.as_ref(), old.tags)?,
            desired: notice(self.desired.as_ref(), old.desired)?,
            reported: notice(self.reported.as_ref(), old.reported)?,
        })
    }

    /// Enough for the result, most of the time.
    fn room(&self, old: &TwinRef<'_>) -> usize {
        let added = [&self.tags, &self.desired, &self.reported]
            .into_iter()
            .flatten()
            .map(|change| change.encoded_len() * 2)
            .sum::<usize>();
        let kept = old.tags.body.len() + old.desired.body.len() + old.reported.body.len();
        64 + kept + added
    }
}

/// Appends the section as it is after the change, and checks its size.
fn write(
    out: &mut Vec<u8>,
    change: Option<&SectionChange>,
    old: ObjectRef<'_>,
    stamp: Option<Stamp>,
    (section, limit): (TwinSection, u32),
) -> Result<(), TwinUpdateError> {
    let start = out.len();
    let merged = match change {
        None => {
            put_head(out, OBJECT, old.stamp);
            return put_block(out, |out| {
                out.extend_from_slice(old.body);
                Ok(())
            });
        }
        Some(SectionChange::Merge(patch)) => patch
            .body()
            .and_then(|patch| merge::object(out, old.body, patch, stamp)),
        Some(SectionChange::Replace(patch)) => patch
            .body()
            .and_then(|patch| merge::object(out, &[], patch, stamp)),
        Some(SectionChange::Restore(section)) => {
            let ObjectRef { body, stamp } = section.view();
            put_head(out, OBJECT, stamp);
            put_block(out, |out| {
                out.extend_from_slice(body);
                Ok(())
            })
        }
        Some(SectionChange::Clear) => merge::object(out, &[], &[], stamp),
    };
    merged.map_err(InvalidTwin::from)?;
    let written = Cursor(out.get(start..).unwrap_or_default()).node();
    let body = written.map_err(InvalidTwin::from)?.payload;
    if size::exceeds(ObjectRef { body, stamp: None }, limit as usize) {
        return Err(TwinTooLarge { section, limit }.into());
    }
    Ok(())
}

fn notice<'p>(
    change: Option<&'p SectionChange>,
    old: ObjectRef<'_>,
) -> Result<Option<Cow<'p, Patch>>, InvalidTwin> {
    Ok(match change {
        None => None,
        Some(SectionChange::Merge(patch)) => Some(Cow::Borrowed(patch)),
        Some(SectionChange::Replace(patch)) => {
            let whole = patch
                .stripped()
                .map_err(|Malformed| InvalidTwin::Malformed)?;
            Some(Cow::Owned(whole))
        }
        Some(SectionChange::Restore(section)) => {
            let whole = section
                .notice()
                .map_err(|Malformed| InvalidTwin::Malformed)?;
            Some(Cow::Owned(whole))
        }
        Some(SectionChange::Clear) => Some(Cow::Owned(Patch::removing(old))),
    })
}

impl TwinLimits {
    fn of(self, section: TwinSection) -> u32 {
        match section {
            TwinSection::Tags => self.tags,
            TwinSection::Desired => self.desired,
            TwinSection::Reported => self.reported,
        }
    }
}

impl From<&Limits> for TwinLimits {
    fn from(limits: &Limits) -> Self {
        // `Limits::validate` keeps them far below the end of u32.
        let narrow = |bytes| u32::try_from(bytes).unwrap_or(u32::MAX);
        Self {
            tags: narrow(limits.max_tags_bytes),
            desired: narrow(limits.max_desired_bytes),
            reported: narrow(limits.max_reported_bytes),
        }
    }
}

impl Default for TwinLimits {
    fn default() -> Self {
        Self::from(&Limits::default())
    }
}
