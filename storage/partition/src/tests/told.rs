//! What the hub tells in the event stream about its devices.

use roost_model::{Event, MessageSource, Precondition, Record, SystemProperty};
use serde_json::{Value, json};

use super::support::{Replica, create, every_event, id, merge, report, update_twin};
use crate::{DeleteIdentity, DetachReason, HubEvents, UpdateTwin};

/// All events that are not telemetry, and what kind each is of.
fn told(replica: &Replica) -> Vec<(Record, Event)> {
    let reader = replica.reader();
    let batches = reader
        .events(reader.bounds().begin, usize::MAX, usize::MAX)
        .unwrap();
    let records = batches.iter().flat_map(|batch| batch.iter());
    records
        .map(|record| record.unwrap().1)
        .filter(|record| record.source() != MessageSource::Telemetry)
        .map(|record| (record.clone(), record.event().unwrap()))
        .collect()
}

fn replica() -> Replica {
    let mut replica = Replica::new();
    replica.hub = Some(every_event());
    replica
}

fn property<'e>(event: &'e Event, name: &str) -> Option<&'e str> {
    let found = event.properties.iter().find(|(key, _)| key == name);
    found.and_then(|(_, value)| value.as_deref())
}

fn operations(replica: &Replica) -> Vec<String> {
    let operation = |(_, event): (Record, Event)| property(&event, "opType").unwrap().to_owned();
    told(replica).into_iter().map(operation).collect()
}

fn body(event: &Event) -> Value {
    serde_json::from_slice(&event.body).unwrap()
}

#[test]
fn a_twin_change_is_told_with_its_nulls_its_metadata_and_the_services_properties() {
    let mut replica = replica();
    let record = replica.create("dev");
    replica.update_twin(UpdateTwin {
        tags: merge(r#"{"t":1}"#),
        desired: merge(r#"{"a":{"b":2},"gone":null}"#),
        ..update_twin("dev")
    });
    let (origin, event) = told(&replica).pop().unwrap();
    assert_eq!(origin.source(), MessageSource::TwinChange);
    assert_eq!(origin.identity().unwrap(), id("dev"));
    assert_eq!(origin.generation(), record.generation);
    let at = replica.now.to_iso();
    let expected = [
        ("deviceId", "dev"),
        ("hubName", "hub"),
        ("opType", "updateTwin"),
        ("operationTimestamp", &at),
        ("iothub-message-schema", "twinChangeNotification"),
    ];
    let properties: Vec<_> = event
        .properties
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_deref().unwrap()))
        .collect();
    assert_eq!(properties, expected);
    let system = |property| event.system_property(property);
    assert_eq!(
        system(SystemProperty::ContentType),
        Some("application/json")
    );
    assert_eq!(system(SystemProperty::ContentEncoding), Some("utf-8"));
    assert_eq!(system(SystemProperty::UserId), Some("hub"));
    assert!(system(SystemProperty::CorrelationId).is_some());
    let stamp = json!({"$lastUpdated": at, "$lastUpdatedVersion": 2});
    let mut metadata = stamp.clone();
    metadata["a"] = stamp.clone();
    metadata["a"]["b"] = stamp;
    let desired = json!({"a": {"b": 2}, "gone": null, "$metadata": metadata, "$version": 2});
    assert_eq!(
        body(&event),
        json!({"version": 3, "tags": {"t": 1}, "properties": {"desired": desired}})
    );
}

#[test]
fn a_replacement_and_a_report_are_told_as_such() {
    let mut replica = replica();
    replica.create("dev");
    let epoch = replica.attach("dev").epoch;
    replica.run(report("dev", epoch, r#"{"t":null}"#));
    let (_, event) = told(&replica).pop().unwrap();
    assert_eq!(property(&event, "opType"), Some("updateTwin"));
    let reported = &body(&event)["properties"]["reported"];
    assert_eq!(
        (&reported["t"], &reported["$version"]),
        (&Value::Null, &json!(2))
    );
    assert!(reported["$metadata"]["$lastUpdatedVersion"].is_null());

    replica.update_twin(UpdateTwin {
        replace: true,
        tags: merge("{}"),
        ..update_twin("dev")
    });
    assert_eq!(operations(&replica).last().unwrap(), "replaceTwin");
}

#[test]
fn the_life_of_identities_is_told_with_their_twins() {
    let mut replica = replica();
    replica.create("dev");
    replica.create("dev/mod");
    replica.desire("dev/mod", r#"{"a":1}"#);
    replica.run(DeleteIdentity {
        identity: id("dev"),
        precondition: Precondition::None,
    });
    assert_eq!(
        operations(&replica),
        [
            "createDeviceIdentity",
            "createModuleIdentity",
            "updateTwin",
            "deleteDeviceIdentity",
            "deleteModuleIdentity"
        ]
    );
    let (_, event) = told(&replica).pop().unwrap();
    assert_eq!(property(&event, "moduleId"), Some("mod"));
    let schema = property(&event, "iothub-message-schema");
    assert_eq!(schema, Some("moduleLifecycleNotification"));
    let twin = body(&event);
    assert_eq!(
        (&twin["deviceId"], &twin["moduleId"]),
        (&json!("dev"), &json!("mod"))
    );
    assert_eq!(twin["properties"]["desired"]["a"], json!(1));
}

#[test]
fn connections_are_told_in_rising_numbers_and_a_takeover_is_none() {
    let mut replica = replica();
    replica.create("dev");
    replica.attach("dev");
    replica.attach("dev");
    replica.detach("dev", DetachReason::Lost);
    replica.attach("dev");
    let connections: Vec<_> = told(&replica)
        .into_iter()
        .filter(|(record, _)| record.source() == MessageSource::DeviceConnectionState)
        .map(|(_, event)| {
            let number = body(&event)["sequenceNumber"].as_str().unwrap().to_owned();
            (property(&event, "opType").unwrap().to_owned(), number)
        })
        .collect();
    let operations: Vec<_> = connections.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        operations,
        ["deviceConnected", "deviceDisconnected", "deviceConnected"]
    );
    assert!(connections.iter().all(|(_, number)| number.len() == 64));
    assert!(connections.is_sorted_by(|(_, one), (_, next)| one < next));
}

#[test]
fn only_what_the_hub_is_set_to_tell_is_told() {
    let mut replica = Replica::new();
    replica.create("silent");
    replica.hub = Some(HubEvents {
        sources: roost_model::EventSources::default(),
        ..every_event()
    });
    replica.create("dev");
    replica.attach("dev");
    assert_eq!(operations(&replica), ["createDeviceIdentity"]);
}

#[test]
fn what_is_told_keeps_its_place_among_telemetry_and_makes_one_batch_an_entry() {
    let mut replica = replica();
    replica.create("dev");
    replica.attach("dev");
    replica.say("dev", "1");
    let both = vec![create("a").into(), create("b").into()];
    replica.propose(both);
    let reader = replica.reader();
    let batches = reader
        .events(reader.bounds().begin, usize::MAX, usize::MAX)
        .unwrap();
    let counts: Vec<_> = batches.iter().map(|batch| batch.header.count).collect();
    // Created, connected, the event, two more created.
    assert_eq!(counts, [1, 1, 1, 2]);
    replica.assert_sound();
}
