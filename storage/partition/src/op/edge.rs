//! The modules that every Edge device has: the Edge runtime's own.

use roost_model::{
    Authentication, DetachReason, Generation, Identity, IdentityRecord, ModuleId, Status,
    SymmetricKeys, Timestamp, TwinRef,
};

use super::delete_identity::remove;
use crate::context::{Context, Stop};
use crate::outcome::EndedSession;

const AGENT: &str = "$edgeAgent";
const HUB: &str = "$edgeHub";
/// Whose they are, in their documents.
const OWNER: &str = "iotEdge";

/// The keys for an Edge device's own modules. Drawn before proposing; used for modules that are not
/// there yet.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct EdgeKeys {
    /// Of `$edgeAgent`.
    pub agent: SymmetricKeys,
    /// Of `$edgeHub`.
    pub hub: SymmetricKeys,
}

impl EdgeKeys {
    /// Adds the modules that the device lacks.
    pub(super) fn add_modules(
        self,
        device: &IdentityRecord,
        context: &mut Context<'_>,
    ) -> Result<(), Stop> {
        for (name, keys) in [(AGENT, self.agent), (HUB, self.hub)] {
            let Some(identity) = module(device, name) else {
                continue;
            };
            if context.identity(&identity)?.is_none() {
                let record = new_module(identity, keys, context);
                context.row.modules += 1;
                context.put_identity(&record);
                context.announce_lifecycle(&record, true, TwinRef::NEW)?;
            }
        }
        Ok(())
    }
}

/// Removes them from a device that is an Edge device no more.
pub(super) fn remove_modules(
    device: &IdentityRecord,
    context: &mut Context<'_>,
) -> Result<Vec<EndedSession>, Stop> {
    let mut ended = Vec::new();
    for identity in [AGENT, HUB]
        .into_iter()
        .filter_map(|name| module(device, name))
    {
        if let Some(mut record) = context.identity(&identity)? {
            ended.extend(context.end_session(&mut record, DetachReason::Revoked)?);
            remove(&record, context)?;
            context.row.modules -= 1;
        }
    }
    Ok(ended)
}

fn module(device: &IdentityRecord, name: &str) -> Option<Identity> {
    let module = ModuleId::parse(name).ok()?;
    Some(Identity::module(device.identity.device.clone(), module))
}

fn new_module(
    identity: Identity,
    keys: SymmetricKeys,
    context: &mut Context<'_>,
) -> IdentityRecord {
    let generation: Generation = context.row.next_generation(context.at);
    IdentityRecord {
        identity,
        generation,
        etag: context.row.next_etag(),
        status: Status::Enabled,
        status_reason: None,
        status_updated_at: Timestamp::NEVER,
        authentication: Authentication::Sas(keys),
        iot_edge: false,
        device_scope: None,
        parent_scopes: Vec::new(),
        created_at: context.at,
        connection_state_updated_at: Timestamp::NEVER,
        last_activity_at: Timestamp::NEVER,
        subscriptions: None,
        last_ending: None,
        managed_by: Some(OWNER.to_owned()),
    }
}
