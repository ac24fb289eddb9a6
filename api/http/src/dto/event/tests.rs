use bytes::{Bytes, BytesMut};
use roost_actors::client::StoredEvent;
use roost_model::{
    AuthKind, AuthMethod, AuthScope, ConnectionEpoch, Event, Generation, Identity, MessageSource,
    Origin, PartitionId, Record, SequenceNumber, SystemProperty, Timestamp, encode_record,
};
use serde_json::{Value, json};

use super::EventDocument;

fn document(identity: &str, event: &Event) -> Value {
    let identity: Identity = identity.parse().unwrap();
    let origin = Origin {
        identity: &identity,
        generation: Generation(7),
        auth: AuthMethod::new(AuthScope::Device, AuthKind::Sas),
        source: MessageSource::Telemetry,
        epoch: ConnectionEpoch(0),
        sequence: 0,
    };
    let mut bytes = BytesMut::new();
    encode_record(&mut bytes, &origin, event);
    let record = Record::split(&mut bytes.freeze()).unwrap().unwrap();
    let stored = StoredEvent {
        sequence: SequenceNumber(12),
        enqueued_at: Timestamp(1_795_248_000_000),
        record,
    };
    serde_json::to_value(EventDocument::new(PartitionId(3), &stored).unwrap()).unwrap()
}

#[test]
fn an_event_shows_what_the_hub_knows_and_what_the_device_said() {
    let event = Event {
        system: vec![
            (SystemProperty::MessageId, "m1".to_owned()),
            (SystemProperty::ContentType, "application/json".to_owned()),
        ],
        properties: vec![
            ("alert".to_owned(), Some("yes".to_owned())),
            ("flag".to_owned(), None),
        ],
        body: Bytes::from_static(b"{\"t\":21}"),
    };
    let expected = json!({
        "sequenceNumber": 12,
        "offset": "12",
        "enqueuedTimeUtc": "2026-11-21T08:00:00.0000000Z",
        "partition": 3,
        "systemProperties": {
            "message-id": "m1",
            "content-type": "application/json",
            "iothub-connection-device-id": "dev1",
            "iothub-connection-module-id": "mod1",
            "iothub-connection-auth-method":
                AuthMethod::new(AuthScope::Device, AuthKind::Sas).json(),
            "iothub-connection-auth-generation-id": "7",
            "iothub-enqueuedtime": "2026-11-21T08:00:00.0000000Z",
            "iothub-message-source": "Telemetry",
        },
        "properties": {"alert": "yes", "flag": null},
        "body": "eyJ0IjoyMX0=",
        "bodyText": "{\"t\":21}",
    });
    assert_eq!(document("dev1/mod1", &event), expected);
}

#[test]
fn a_body_that_is_not_text_has_no_text() {
    let event = Event {
        body: Bytes::from_static(b"\xff\x00"),
        ..Event::default()
    };
    let document = document("dev1", &event);
    assert_eq!(document["body"], "/wA=");
    assert!(document.get("bodyText").is_none());
    assert!(
        document["systemProperties"]
            .get("iothub-connection-module-id")
            .is_none()
    );
}
