//! Replaces what the owner may change of an identity.

use roost_model::{Authentication, Identity, IdentityRecord, Precondition, Status};

use super::create_identity::{check_texts, edge_scope};
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
    /// Makes it an Edge device, or makes it one no more.
    pub iot_edge: bool,
    /// Of an Edge device: none, or the one it has. Of a leaf device: its parent's, or none.
    pub device_scope: Option<String>,
    /// The scope of an Edge device's parent.
    pub parent_scopes: Vec<String>,
}

/// What an update did.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct Updated {
    /// The identity as it is now.
    pub record: IdentityRecord,
    /// The sessions that the update ended: the device's own first.
    pub ended: Vec<EndedSession>,
}

impl UpdateIdentity {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<Updated, Stop> {
        check_texts(self.status_reason.as_deref())?;
        let before = context.existing(&self.identity)?;
        if !self.precondition.allows(Some(before.etag)) {
            return Err(Rejection::PreconditionFailed.into());
        }
        let device_scope = self.scope(&before)?;
        let mut record = IdentityRecord {
            etag: context.row.next_etag(),
            status: self.status,
            status_reason: self.status_reason,
            iot_edge: self.iot_edge,
            device_scope,
            parent_scopes: self.parent_scopes,
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
        if disables || record.authentication != before.authentication {
            ended.extend(context.end_session(&mut record)?);
        }
        context.put_identity(&record);
        if disables {
            for mut module in context.modules(&record.identity.device)? {
                if let Some(session) = context.end_session(&mut module)? {
                    context.put_identity(&module);
                    ended.push(session);
                }
            }
        }
        Ok(Updated { record, ended })
    }

    /// The scope to be. An Edge device keeps the one it was given.
    fn scope(&self, before: &IdentityRecord) -> Result<Option<String>, Rejection> {
        if self.identity.is_module() {
            let plain = self.status == Status::Enabled
                && !self.iot_edge
                && self.device_scope.is_none()
                && self.parent_scopes.is_empty();
            return if plain {
                Ok(None)
            } else {
                Err(Rejection::NotForModules)
            };
        }
        let given = self.device_scope.clone();
        if !self.iot_edge {
            return Ok(given);
        }
        let own = match &before.device_scope {
            Some(scope) if before.iot_edge => scope.clone(),
            _ => edge_scope(&before.identity, before.generation),
        };
        match given {
            Some(given) if given != own => Err(Rejection::InvalidScope),
            _ => Ok(Some(own)),
        }
    }
}
