//! Events that the hub stores about its devices, in the same write as what they tell of.

use roost_model::twin::{ChangeNotice, TwinDocument};
use roost_model::{
    AuthKind, AuthMethod, AuthScope, ConnectionEpoch, Event, Generation, Identity, IdentityRecord,
    MessageSource, Origin, SystemProperty, TwinRef, encode_record,
};
use serde::Serialize;

use super::Context;
use crate::error::PartitionError;

/// The hub speaks, not the device.
const HUB: AuthMethod = AuthMethod::new(AuthScope::Hub, AuthKind::Sas);

/// What happened to whom.
struct Announcement<'a> {
    identity: &'a Identity,
    generation: Generation,
    source: MessageSource,
    operation: &'a str,
    schema: &'a str,
}

impl Context<'_> {
    /// A twin was changed by a patch, or replaced.
    pub(crate) fn announce_twin_change(
        &mut self,
        record: &IdentityRecord,
        replaced: bool,
        notice: &ChangeNotice<'_>,
    ) -> Result<(), PartitionError> {
        let announcement = Announcement {
            identity: &record.identity,
            generation: record.generation,
            source: MessageSource::TwinChange,
            operation: if replaced {
                "replaceTwin"
            } else {
                "updateTwin"
            },
            schema: "twinChangeNotification",
        };
        self.announce(announcement, notice)
    }

    /// An identity was created, or deleted with this twin.
    pub(crate) fn announce_lifecycle(
        &mut self,
        record: &IdentityRecord,
        created: bool,
        twin: TwinRef<'_>,
    ) -> Result<(), PartitionError> {
        let (operation, schema) = match (record.identity.is_module(), created) {
            (false, true) => ("createDeviceIdentity", "deviceLifecycleNotification"),
            (false, false) => ("deleteDeviceIdentity", "deviceLifecycleNotification"),
            (true, true) => ("createModuleIdentity", "moduleLifecycleNotification"),
            (true, false) => ("deleteModuleIdentity", "moduleLifecycleNotification"),
        };
        let announcement = Announcement {
            identity: &record.identity,
            generation: record.generation,
            source: MessageSource::DeviceLifecycle,
            operation,
            schema,
        };
        let document = TwinDocument {
            twin,
            record,
            status: record.status,
            connected: false,
            model_id: None,
            cloud_to_device_messages: 0,
        };
        self.announce(announcement, &document)
    }

    /// An identity that had no session has one, or one that had has none any more.
    ///
    /// Consumers keep the highest sequence number, compared as text: it has 64 hexadecimal digits.
    pub(crate) fn announce_connection(
        &mut self,
        identity: &Identity,
        generation: Generation,
        epoch: ConnectionEpoch,
        connected: bool,
    ) -> Result<(), PartitionError> {
        let (operation, schema) = match (identity.is_module(), connected) {
            (false, true) => ("deviceConnected", "deviceConnectionStateNotification"),
            (false, false) => ("deviceDisconnected", "deviceConnectionStateNotification"),
            (true, true) => ("moduleConnected", "moduleConnectionStateNotification"),
            (true, false) => ("moduleDisconnected", "moduleConnectionStateNotification"),
        };
        let announcement = Announcement {
            identity,
            generation,
            source: MessageSource::DeviceConnectionState,
            operation,
            schema,
        };
        let number = u128::from(epoch.get()) * 2 + u128::from(!connected);
        let body = ConnectionBody {
            sequence_number: format!("{number:064x}"),
        };
        self.announce(announcement, &body)
    }

    /// Stores what was announced so far: one batch for all of it. Called at the end of an entry, and
    /// before anything else is stored or trimmed.
    pub(crate) fn store_announcements(&mut self) -> Result<(), PartitionError> {
        if self.announced_count > 0 {
            let records = self.announced.split();
            let count = std::mem::take(&mut self.announced_count);
            self.store_events(count, &records)?;
        }
        Ok(())
    }

    fn announce(
        &mut self,
        announcement: Announcement<'_>,
        body: &impl Serialize,
    ) -> Result<(), PartitionError> {
        let source = announcement.source;
        let Some(hub) = self.hub.as_ref().filter(|hub| hub.contains(source)) else {
            return Ok(());
        };
        let body = serde_json::to_vec(body).map_err(|error| PartitionError::row("twin", error))?;
        let sequence = self.row.next.get() + u64::from(self.announced_count);
        let system = vec![
            (SystemProperty::CorrelationId, {
                let generation = announcement.generation.get();
                format!("{generation:016x}{sequence:016x}")
            }),
            (SystemProperty::UserId, hub.hub.clone()),
            (SystemProperty::ContentType, "application/json".to_owned()),
            (SystemProperty::ContentEncoding, "utf-8".to_owned()),
        ];
        let mut properties = vec![text("deviceId", announcement.identity.device.as_str())];
        if let Some(module) = &announcement.identity.module {
            properties.push(text("moduleId", module.as_str()));
        }
        properties.extend([
            text("hubName", &hub.hub),
            text("opType", announcement.operation),
            text("operationTimestamp", &self.at.to_iso()),
            text("iothub-message-schema", announcement.schema),
        ]);
        let event = Event {
            system,
            properties,
            body: body.into(),
        };
        let origin = Origin {
            identity: announcement.identity,
            generation: announcement.generation,
            auth: HUB,
            source,
            // Not one of a session's numbered events.
            epoch: ConnectionEpoch(0),
            sequence: 0,
        };
        encode_record(&mut self.announced, &origin, &event);
        self.announced_count += 1;
        Ok(())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConnectionBody {
    sequence_number: String,
}

fn text(name: &str, value: &str) -> (String, Option<String>) {
    (name.to_owned(), Some(value.to_owned()))
}
