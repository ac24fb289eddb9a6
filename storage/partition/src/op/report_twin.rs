//! Changes what a device reports.

use roost_model::twin::{ChangeNotice, Patch, SectionChange, TwinLimits, TwinUpdate};
use roost_model::{ConnectionEpoch, Identity, identity_key};

use super::update_twin::stop;
use crate::context::{Context, Stop};
use crate::rejection::Rejection;
use crate::table;

/// Answers `$version` of the reported properties after the change.
///
/// Fails with [`Rejection::Superseded`], [`Rejection::ReportedVersion`] and
/// [`Rejection::TwinTooLarge`].
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct ReportTwin {
    /// Whose.
    pub identity: Identity,
    /// The session that reports; must be the current one.
    pub epoch: ConnectionEpoch,
    /// `$version` that the device expects, if it does.
    pub expected: Option<u64>,
    /// What is to change.
    pub patch: Patch,
    /// The sizes to hold.
    pub limits: TwinLimits,
}

impl ReportTwin {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<u64, Stop> {
        let key = identity_key(&self.identity);
        let current = context.sessions.read().get(&key).map(|state| state.epoch);
        if current != Some(self.epoch) {
            return Err(Rejection::Superseded.into());
        }
        let record = context.existing(&self.identity)?;
        let before = context.twin(&self.identity)?;
        let old = before.view();
        if self
            .expected
            .is_some_and(|expected| expected != old.reported_version)
        {
            return Err(Rejection::ReportedVersion(old.reported_version).into());
        }
        let update = TwinUpdate {
            reported: Some(SectionChange::Merge(self.patch)),
            ..TwinUpdate::default()
        };
        let updated = update.apply(&old, context.at, self.limits).map_err(stop)?;
        let twin = table::twin::decode(updated.bytes.into())?;
        let new = twin.view();
        let notice = ChangeNotice {
            version: new.version,
            tags: None,
            desired: None,
            reported: updated
                .reported
                .as_deref()
                .map(|patch| (patch, new.reported_version)),
            at: context.at,
        };
        context.announce_twin_change(&record, false, &notice)?;
        context.put_twin(&self.identity, &twin)?;
        Ok(new.reported_version)
    }
}
