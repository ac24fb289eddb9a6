//! Adds a device or module to the registry.

use roost_model::limits::{MAX_MANAGED_BY_CHARS, MAX_STATUS_REASON_CHARS};
use roost_model::{Authentication, Identity, IdentityRecord, Limits, Status, Timestamp, TwinRef};

use super::edge::EdgeKeys;
use super::scopes::Scopes;
use crate::context::{Context, Stop};
use crate::rejection::Rejection;

/// What the owner says about a new identity. Keys are drawn before this is proposed.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct NewIdentity {
    /// Whose.
    pub identity: Identity,
    /// A module is always enabled: it is its device that can be disabled.
    pub status: Status,
    /// At most [`MAX_STATUS_REASON_CHARS`] characters.
    pub status_reason: Option<String>,
    /// How it proves who it is.
    pub authentication: Authentication,
    /// Makes it an Edge device, with its own modules.
    pub edge: Option<Box<EdgeKeys>>,
    /// Of an Edge device: its own scope, made up when none is given. Of a leaf device: its parent's.
    pub device_scope: Option<String>,
    /// The scope of an Edge device's parent. Not looked at for a leaf device.
    pub parent_scopes: Vec<String>,
    /// Of a module: whose it is. At most [`MAX_MANAGED_BY_CHARS`] characters.
    pub managed_by: Option<String>,
}

/// How full a registry may be. The proposer's settings travel with the command, so that replicas with
/// other settings come to the same result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct RegistryLimits {
    /// Devices and modules in this partition: what the others leave of what the hub may have.
    pub identities: u64,
    /// Modules of one device.
    pub modules_per_device: u32,
}

/// Fails with [`Rejection::DeviceAlreadyExists`], [`Rejection::ModuleAlreadyExists`],
/// [`Rejection::DeviceNotFound`] (of a module), [`Rejection::NotForModules`],
/// [`Rejection::ReasonTooLong`], [`Rejection::InvalidScope`], [`Rejection::TooManyIdentities`] and
/// [`Rejection::TooManyModules`].
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct CreateIdentity {
    /// The identity to be.
    pub draft: NewIdentity,
    /// The limits to hold.
    pub limits: RegistryLimits,
}

impl CreateIdentity {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<IdentityRecord, Stop> {
        self.create(TwinRef::NEW, context)
    }

    /// As `apply`; those who watch are told of the identity with this twin, which the caller stores.
    pub(super) fn create(
        self,
        twin: TwinRef<'_>,
        context: &mut Context<'_>,
    ) -> Result<IdentityRecord, Stop> {
        let Self { mut draft, limits } = self;
        let edge = draft.edge.take();
        check_texts(draft.status_reason.as_deref(), draft.managed_by.as_deref())?;
        if draft.identity.is_module() {
            check_module(&draft, edge.is_some(), limits, context)?;
        } else if context.identity(&draft.identity)?.is_some() {
            return Err(Rejection::DeviceAlreadyExists.into());
        }
        let wanted = if edge.is_some() { 3 } else { 1 };
        if context.row.devices + context.row.modules + wanted > limits.identities {
            return Err(Rejection::TooManyIdentities.into());
        }
        let record = record(draft, edge.is_some(), context)?;
        if record.identity.is_module() {
            context.row.modules += 1;
        } else {
            context.row.devices += 1;
            context.row.disabled_devices += u64::from(!record.is_enabled());
        }
        context.put_identity(&record);
        context.announce_lifecycle(&record, true, twin)?;
        if let Some(keys) = edge {
            keys.add_modules(&record, context)?;
        }
        Ok(record)
    }
}

/// Source: IoT Hub developer guide, identity registry, `statusReason`.
pub(super) fn check_texts(
    status_reason: Option<&str>,
    managed_by: Option<&str>,
) -> Result<(), Rejection> {
    let chars = |text: Option<&str>| text.map_or(0, |text| text.chars().count());
    if chars(status_reason) > MAX_STATUS_REASON_CHARS || chars(managed_by) > MAX_MANAGED_BY_CHARS {
        Err(Rejection::ReasonTooLong)
    } else {
        Ok(())
    }
}

fn check_module(
    draft: &NewIdentity,
    edge: bool,
    limits: RegistryLimits,
    context: &Context<'_>,
) -> Result<(), Stop> {
    let plain = draft.status == Status::Enabled
        && !edge
        && draft.device_scope.is_none()
        && draft.parent_scopes.is_empty();
    if !plain {
        return Err(Rejection::NotForModules.into());
    }
    context.existing(&Identity::device(draft.identity.device.clone()))?;
    if context.identity(&draft.identity)?.is_some() {
        return Err(Rejection::ModuleAlreadyExists.into());
    }
    if context.modules(&draft.identity.device)?.len() >= limits.modules_per_device as usize {
        return Err(Rejection::TooManyModules.into());
    }
    Ok(())
}

fn record(
    draft: NewIdentity,
    edge: bool,
    context: &mut Context<'_>,
) -> Result<IdentityRecord, Stop> {
    // A refusal must leave the counter as it is.
    let mut row = context.row;
    let generation = row.next_generation(context.at);
    let device = &draft.identity.device;
    let (given, parents) = (draft.device_scope, draft.parent_scopes);
    let scopes = if edge {
        Scopes::of_edge(device, generation, None, given, parents)?
    } else {
        Scopes::of_leaf(device, given)?
    };
    context.row = row;
    Ok(IdentityRecord {
        identity: draft.identity,
        generation,
        etag: context.row.next_etag(),
        status: draft.status,
        status_reason: draft.status_reason,
        status_updated_at: Timestamp::NEVER,
        authentication: draft.authentication,
        iot_edge: edge,
        device_scope: scopes.own,
        parent_scopes: scopes.parents,
        created_at: context.at,
        connection_state_updated_at: Timestamp::NEVER,
        last_activity_at: Timestamp::NEVER,
        subscriptions: None,
        last_ending: None,
        managed_by: draft.managed_by,
    })
}

impl From<&Limits> for RegistryLimits {
    fn from(limits: &Limits) -> Self {
        Self {
            identities: limits.max_identities,
            modules_per_device: limits.max_modules_per_device,
        }
    }
}

impl Default for RegistryLimits {
    fn default() -> Self {
        Self::from(&Limits::default())
    }
}
