//! Replaces what the owner may change of an identity.

use roost_model::{Authentication, DetachReason, Identity, IdentityRecord, Precondition, Status};

use super::create_identity::check_texts;
use super::edge::{self, EdgeKeys};
use super::scopes::Scopes;
use super::update_twin::DesiredChange;
use crate::context::{Context, Stop};
use crate::outcome::EndedSession;
use crate::rejection::Rejection;

/// Disabling a device ends its session and those of its modules; another authentication ends the
/// identity's own.
///
/// Fails with [`Rejection::DeviceNotFound`], [`Rejection::ModuleNotFound`],
/// [`Rejection::PreconditionFailed`], [`Rejection::NotForModules`], [`Rejection::ReasonTooLong`] and
/// [`Rejection::InvalidScope`].
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct UpdateIdentity {
    /// Whose.
    pub identity: Identity,
    /// What the caller's `If-Match` asks for.
    pub precondition: Precondition,
    /// Stays enabled for a module.
    pub status: Status,
    /// At most [`roost_model::limits::MAX_STATUS_REASON_CHARS`] characters.
    pub status_reason: Option<String>,
    /// None leaves it as it is.
    pub authentication: Option<Authentication>,
    /// Makes it an Edge device, with its own modules; none makes it one no more.
    pub edge: Option<Box<EdgeKeys>>,
    /// Of an Edge device: none, or the one it has. Of a leaf device: its parent's, or none.
    pub device_scope: Option<String>,
    /// The scope of an Edge device's parent. Not looked at for a leaf device.
    pub parent_scopes: Vec<String>,
    /// Of a module: whose it is.
    pub managed_by: Option<String>,
}

/// What an update did.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct Updated {
    /// The identity as it is now.
    pub record: IdentityRecord,
    /// The sessions that the update ended: the device's own first.
    pub ended: Vec<EndedSession>,
    /// What the device is to be told, if its desired properties were touched as well.
    pub desired: Option<DesiredChange>,
}

impl UpdateIdentity {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<Updated, Stop> {
        check_texts(self.status_reason.as_deref(), self.managed_by.as_deref())?;
        let before = context.existing(&self.identity)?;
        if !self.precondition.allows(Some(before.etag)) {
            return Err(Rejection::PreconditionFailed.into());
        }
        let scopes = self.scopes(&before)?;
        let mut record = IdentityRecord {
            etag: context.row.next_etag(),
            status: self.status,
            status_reason: self.status_reason,
            iot_edge: self.edge.is_some(),
            device_scope: scopes.own,
            parent_scopes: scopes.parents,
            managed_by: self.managed_by,
            authentication: self
                .authentication
                .unwrap_or_else(|| before.authentication.clone()),
            ..before.clone()
        };
        if record.status != before.status {
            record.status_updated_at = context.at;
        }
        let disables = before.is_enabled() && !record.is_enabled();
        context.row.disabled_devices += u64::from(disables);
        context.row.disabled_devices -= u64::from(!before.is_enabled() && record.is_enabled());

        let mut ended = Vec::new();
        if disables {
            ended.extend(context.end_session(&mut record, DetachReason::Revoked)?);
        } else if record.authentication != before.authentication {
            ended.extend(context.end_session_without_key(&mut record)?);
        }
        context.put_identity(&record);
        match self.edge {
            Some(keys) => keys.add_modules(&record, context)?,
            None if before.iot_edge => ended.extend(edge::remove_modules(&record, context)?),
            None => {}
        }
        if disables {
            for mut module in context.modules(&record.identity.device)? {
                if let Some(session) = context.end_session(&mut module, DetachReason::Revoked)? {
                    context.put_identity(&module);
                    ended.push(session);
                }
            }
        }
        Ok(Updated {
            record,
            ended,
            desired: None,
        })
    }

    /// The scopes to be. An Edge device keeps the one it was given.
    fn scopes(&self, before: &IdentityRecord) -> Result<Scopes, Rejection> {
        let given = self.device_scope.clone();
        if self.identity.is_module() {
            let plain = self.status == Status::Enabled
                && self.edge.is_none()
                && given.is_none()
                && self.parent_scopes.is_empty();
            return if plain {
                Scopes::of_leaf(&self.identity.device, None)
            } else {
                Err(Rejection::NotForModules)
            };
        }
        let device = &self.identity.device;
        if self.edge.is_none() {
            return Scopes::of_leaf(device, given);
        }
        let kept = before.device_scope.as_deref().filter(|_| before.iot_edge);
        let parents = self.parent_scopes.clone();
        Scopes::of_edge(device, before.generation, kept, given, parents)
    }
}
