use roost_model::limits::MAX_STATUS_REASON_CHARS;
use roost_model::{Authentication, DeviceId, ErrorCode, Precondition, Status, Timestamp};

use super::support::{Replica, create, edge, id, keys, update};
use crate::{DeleteIdentity, Outcome, RegistryLimits, Rejection};

#[test]
fn a_created_device_reads_back_with_what_the_hub_gave_it() {
    let mut replica = Replica::new();
    let created = replica.create("dev");
    let record = replica.reader().identity(&id("dev")).unwrap().unwrap();
    assert_eq!(record, created);
    assert_eq!(record.created_at, replica.now);
    assert_eq!(record.status_updated_at, Timestamp::NEVER);
    assert_eq!(
        replica.reject(create("dev")),
        Rejection::DeviceAlreadyExists
    );
    replica.assert_sound();
}

#[test]
fn a_recreated_device_is_of_another_generation() {
    let mut replica = Replica::new();
    let first = replica.create("dev");
    let delete = DeleteIdentity {
        identity: id("dev"),
        precondition: Precondition::None,
    };
    assert!(matches!(replica.run(delete.clone()), Outcome::Deleted(_)));
    assert_eq!(replica.reader().identity(&id("dev")).unwrap(), None);
    assert_eq!(replica.reject(delete), Rejection::DeviceNotFound);
    let second = replica.create("dev");
    assert!(second.generation > first.generation);
    assert_ne!(second.etag, first.etag);
}

#[test]
fn generations_differ_even_when_the_clock_stands() {
    let mut replica = Replica::new();
    let answers = replica.propose(vec![create("a").into(), create("b").into()]);
    let generations: Vec<_> = answers
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Created(record) => record.generation,
            other => panic!("not created: {other:?}"),
        })
        .collect();
    assert!(generations[0] < generations[1]);
}

#[test]
fn a_module_needs_its_device_and_goes_with_it() {
    let mut replica = Replica::new();
    assert_eq!(replica.reject(create("dev/mod")), Rejection::DeviceNotFound);
    replica.create("dev");
    replica.create("dev/mod");
    assert_eq!(
        replica.reject(create("dev/mod")),
        Rejection::ModuleAlreadyExists
    );
    let device: DeviceId = "dev".parse().unwrap();
    assert_eq!(replica.reader().modules(&device).unwrap().len(), 1);

    replica.run(DeleteIdentity {
        identity: id("dev"),
        precondition: Precondition::Any,
    });
    assert_eq!(replica.reader().identity(&id("dev/mod")).unwrap(), None);
    assert_eq!(replica.reader().statistics(), crate::Statistics::default());
    replica.assert_sound();
}

#[test]
fn commands_of_one_entry_see_what_those_before_them_did() {
    let mut replica = Replica::new();
    let delete = DeleteIdentity {
        identity: id("dev"),
        precondition: Precondition::None,
    };
    let answers = replica.propose(vec![
        create("dev").into(),
        create("dev/mod").into(),
        create("dev").into(),
        delete.into(),
        create("dev/mod").into(),
    ]);
    assert!(matches!(answers[0], Outcome::Created(_)));
    assert!(matches!(answers[1], Outcome::Created(_)));
    assert_eq!(
        answers[2],
        Outcome::Rejected(Rejection::DeviceAlreadyExists)
    );
    assert!(matches!(answers[3], Outcome::Deleted(_)));
    assert_eq!(answers[4], Outcome::Rejected(Rejection::DeviceNotFound));
    assert_eq!(replica.reader().identities(None, 10).unwrap(), []);
    replica.assert_sound();
}

#[test]
fn limits_travel_with_the_command() {
    let mut replica = Replica::new();
    let limits = RegistryLimits {
        identities: 3,
        modules_per_device: 1,
    };
    let limited = |name| {
        let mut command = create(name);
        command.limits = limits;
        command
    };
    replica.create("dev");
    replica.run(limited("dev/a"));
    assert_eq!(replica.reject(limited("dev/b")), Rejection::TooManyModules);
    replica.run(limited("other"));
    assert_eq!(
        replica.reject(limited("third")),
        Rejection::TooManyIdentities
    );
    assert_eq!(
        Rejection::TooManyIdentities.code(),
        ErrorCode::TooManyDevices
    );
}

#[test]
fn an_update_asks_for_the_version_that_its_caller_read() {
    let mut replica = Replica::new();
    let created = replica.create("dev");
    let mut stale = update(&created);
    stale.precondition = Precondition::Matches(created.etag);
    let updated = replica.update(stale.clone());
    assert_ne!(updated.record.etag, created.etag);
    assert_eq!(replica.reject(stale), Rejection::PreconditionFailed);
    let unknown = update(&roost_model::IdentityRecord {
        identity: id("x"),
        ..created
    });
    assert_eq!(replica.reject(unknown), Rejection::DeviceNotFound);
}

#[test]
fn a_change_of_status_is_dated_and_counted() {
    let mut replica = Replica::new();
    let created = replica.create("dev");
    let mut disable = update(&created);
    disable.status = Status::Disabled;
    disable.status_reason = Some("lost".into());
    let disabled = replica.update(disable.clone()).record;
    assert_eq!(disabled.status_updated_at, replica.now);
    assert_eq!(replica.reader().statistics().disabled, 1);
    assert_eq!(
        replica.update(disable).record.status_updated_at,
        disabled.status_updated_at
    );
    let mut enable = update(&disabled);
    enable.status = Status::Enabled;
    replica.update(enable);
    assert_eq!(replica.reader().statistics().enabled, 1);
    replica.assert_sound();
}

#[test]
fn an_update_without_authentication_leaves_the_keys() {
    let mut replica = Replica::new();
    let created = replica.create("dev");
    assert_eq!(
        replica.update(update(&created)).record.authentication,
        keys(1)
    );
    let mut roll = update(&created);
    roll.authentication = Some(Authentication::None);
    assert_eq!(
        replica.update(roll).record.authentication,
        Authentication::None
    );
}

#[test]
fn an_edge_device_gets_a_scope_once() {
    let mut replica = Replica::new();
    let mut command = create("edge");
    command.draft.edge = Some(edge());
    let Outcome::Created(record) = replica.run(command) else {
        panic!("not created")
    };
    let scope = format!("ms-azure-iot-edge://edge-{}", record.generation);
    assert_eq!(record.device_scope, Some(scope.clone()));

    let mut other = update(&record);
    other.device_scope = Some("ms-azure-iot-edge://other".into());
    assert_eq!(replica.reject(other), Rejection::InvalidScope);
    let mut silent = update(&record);
    silent.device_scope = None;
    assert_eq!(replica.update(silent).record.device_scope, Some(scope));
}

#[test]
fn a_leafs_scope_is_its_owners_to_choose() {
    let mut replica = Replica::new();
    let leaf = replica.create("leaf");
    let mut child = update(&leaf);
    child.device_scope = Some("ms-azure-iot-edge://parent-1".into());
    assert_eq!(
        replica.update(child.clone()).record.device_scope,
        child.device_scope
    );
    assert_eq!(replica.update(update(&leaf)).record.device_scope, None);
}

#[test]
fn a_module_has_no_status_of_its_own() {
    let mut replica = Replica::new();
    replica.create("dev");
    let mut disabled = create("dev/mod");
    disabled.draft.status = Status::Disabled;
    assert_eq!(replica.reject(disabled), Rejection::NotForModules);
    let module = replica.create("dev/mod");
    let mut on_edge = update(&module);
    on_edge.edge = Some(edge());
    assert_eq!(replica.reject(on_edge), Rejection::NotForModules);
}

#[test]
fn a_status_reason_has_128_characters_at_most() {
    let mut replica = Replica::new();
    let mut command = create("dev");
    command.draft.status_reason = Some("ä".repeat(MAX_STATUS_REASON_CHARS + 1));
    assert_eq!(replica.reject(command.clone()), Rejection::ReasonTooLong);
    command.draft.status_reason = Some("ä".repeat(MAX_STATUS_REASON_CHARS));
    assert!(matches!(replica.run(command), Outcome::Created(_)));
}

#[test]
fn listing_goes_on_behind_the_last_one_seen() {
    let mut replica = Replica::new();
    for name in ["b", "a", "a/x", "a/y", "c", "b/z"] {
        if name.contains('/')
            && replica
                .reader()
                .identity(&id(&name[..1]))
                .unwrap()
                .is_none()
        {
            replica.create(&name[..1]);
        }
        replica.create(name);
    }
    let names = |records: Vec<roost_model::IdentityRecord>| -> Vec<String> {
        records
            .into_iter()
            .map(|record| record.identity.to_string())
            .collect()
    };
    let reader = replica.reader();
    assert_eq!(
        names(reader.identities(None, 3).unwrap()),
        ["a", "a/x", "a/y"]
    );
    assert_eq!(
        names(reader.identities(Some(&id("a/x")), 3).unwrap()),
        ["a/y", "b", "b/z"]
    );
    assert_eq!(names(reader.devices(None, 2).unwrap()), ["a", "b"]);
    let after: DeviceId = "a".parse().unwrap();
    assert_eq!(names(reader.devices(Some(&after), 9).unwrap()), ["b", "c"]);
    assert_eq!(reader.statistics().modules, 3);
}
