//! A stored event for a reader of the event stream.

use bytes::{Bytes, BytesMut};
use roost_actors::client::{PartitionInfo, StoredEvent};
use roost_model::{RecordError, SystemProperty, Timestamp};

use super::sections::{application, moment, properties};
use crate::codec::message::{Body, Message};
use crate::codec::{Encode as _, Map, Value};

/// System properties that travel as annotations: the standard has no field for them.
const ANNOTATED: [SystemProperty; 7] = [
    SystemProperty::InterfaceId,
    SystemProperty::Subject,
    SystemProperty::DataSchema,
    SystemProperty::OutputName,
    SystemProperty::MessageSchema,
    SystemProperty::DiagnosticId,
    SystemProperty::CorrelationContext,
];

/// How far a partition has got, for readers that want to know with each event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReaderInfo {
    pub(crate) info: PartitionInfo,
    pub(crate) retrieved_at: Timestamp,
}

/// The sections of an event; the same for all readers.
///
/// # Errors
/// The record cannot be read.
pub(crate) fn event(stored: &StoredEvent) -> Result<Bytes, RecordError> {
    let record = &stored.record;
    let event = record.event()?;
    let identity = record.identity()?;
    let sequence = stored.sequence.get();
    let mut annotations = Map::new()
        .symbol("x-opt-sequence-number", long(sequence))
        .symbol("x-opt-offset", sequence.to_string())
        .symbol("x-opt-enqueued-time", moment(stored.enqueued_at))
        .symbol("iothub-connection-device-id", identity.device.to_string());
    if let Some(module) = &identity.module {
        annotations = annotations.symbol("iothub-connection-module-id", module.to_string());
    }
    annotations = annotations
        .symbol("iothub-connection-auth-method", record.auth().json())
        .symbol(
            "iothub-connection-auth-generation-id",
            record.generation().to_string(),
        )
        .symbol("iothub-enqueuedtime", moment(stored.enqueued_at))
        .symbol("iothub-message-source", record.source().name());
    for property in ANNOTATED {
        if let Some(value) = event.system_property(property) {
            annotations = annotations.symbol(property.name(), value);
        }
    }
    let message = Message {
        message_annotations: Some(annotations),
        properties: properties(&event),
        application_properties: application(&event),
        body: Body::Data(vec![event.body]),
        ..Message::default()
    };
    Ok(message.to_bytes())
}

/// The section in front of an event that tells a reader how far the partition has got.
pub(crate) fn reader_info(at: ReaderInfo) -> Bytes {
    let ReaderInfo { info, retrieved_at } = at;
    let last = last_sequence(info);
    let annotations = Map::new()
        .symbol("last_enqueued_sequence_number", last)
        .symbol("last_enqueued_offset", last.to_string())
        .symbol(
            "last_enqueued_time_utc",
            moment(info.last_enqueued_at.unwrap_or(Timestamp::NEVER)),
        )
        .symbol("runtime_info_retrieval_time_utc", moment(retrieved_at));
    let message = Message {
        delivery_annotations: Some(annotations),
        body: Body::Empty,
        ..Message::default()
    };
    let mut out = BytesMut::new();
    message.encode(&mut out);
    out.freeze()
}

/// The number of the newest event; -1 when there never was one.
pub(crate) fn last_sequence(info: PartitionInfo) -> i64 {
    let next = i64::try_from(info.next_sequence.get()).unwrap_or(i64::MAX);
    next.saturating_sub(1)
}

fn long(number: u64) -> Value {
    Value::Long(i64::try_from(number).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use roost_model::{
        AuthKind, AuthMethod, AuthScope, ConnectionEpoch, Event, Generation, MessageSource, Origin,
        Record, SequenceNumber, encode_record,
    };

    use super::*;

    fn stored(event: &Event) -> StoredEvent {
        let identity = "dev/m".parse().unwrap();
        let origin = Origin {
            identity: &identity,
            generation: Generation(8),
            auth: AuthMethod::new(AuthScope::Module, AuthKind::Sas),
            source: MessageSource::Telemetry,
            epoch: ConnectionEpoch(1),
            sequence: 1,
        };
        let mut out = BytesMut::new();
        encode_record(&mut out, &origin, event);
        let record = Record::split(&mut out.freeze()).unwrap().unwrap();
        StoredEvent {
            sequence: SequenceNumber(41),
            enqueued_at: Timestamp(5000),
            record,
        }
    }

    #[test]
    fn a_reader_finds_what_the_hub_vouches_for_in_the_annotations() {
        let bytes = event(&stored(&Event {
            system: vec![(SystemProperty::InterfaceId, "urn:x".into())],
            properties: vec![("k".into(), Some("v".into())), ("n".into(), None)],
            body: Bytes::from_static(b"b"),
        }))
        .unwrap();
        let message = Message::decode(&bytes).unwrap();
        assert_eq!(message.properties, None, "nothing of it was set");
        let annotations = message.message_annotations.unwrap();
        let found = |name| annotations.get(name).unwrap().clone();
        assert_eq!(found("x-opt-sequence-number"), Value::Long(41));
        assert_eq!(found("x-opt-offset"), "41".into());
        assert_eq!(found("x-opt-enqueued-time"), Value::Timestamp(5000));
        assert_eq!(found("iothub-connection-device-id"), "dev".into());
        assert_eq!(found("iothub-connection-module-id"), "m".into());
        assert_eq!(found("iothub-message-source"), "Telemetry".into());
        assert_eq!(found("iothub-interface-id"), "urn:x".into());
        let own = message.application_properties.unwrap();
        assert_eq!(own.get("n"), Some(&Value::Null));
        assert_eq!(message.body, Body::Data(vec![Bytes::from_static(b"b")]));
    }

    #[test]
    fn an_empty_partition_has_minus_one_for_its_last_event() {
        let info = PartitionInfo {
            begin_sequence: SequenceNumber(0),
            next_sequence: SequenceNumber(0),
            last_enqueued_at: None,
        };
        assert_eq!(last_sequence(info), -1);
        let bytes = reader_info(ReaderInfo {
            info,
            retrieved_at: Timestamp(7),
        });
        let message = Message::decode(&bytes).unwrap();
        let annotations = message.delivery_annotations.unwrap();
        let last = annotations.get("last_enqueued_offset").unwrap();
        assert_eq!(last.as_text(), Some("-1"));
    }
}
