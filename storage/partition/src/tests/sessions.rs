use roost_model::{NodeId, Precondition, Status, SystemProperty};

use super::support::{Replica, attach, id, keys, one_shot, record, update, will};
use crate::{AppendRejection, DeleteIdentity, Detach, DetachReason, Detached, Outcome, Rejection};

#[test]
fn the_newest_session_replaces_the_one_before_it() {
    let mut replica = Replica::new();
    replica.create("dev");
    let first = replica.attach("dev");
    assert_eq!(first.replaced, None);
    let since = replica
        .reader()
        .session(&id("dev"))
        .unwrap()
        .connected_since;
    let second = replica.attach_with("dev", |attach| attach.node = NodeId(2));
    assert!(second.epoch > first.epoch);
    let replaced = second.replaced.unwrap();
    assert_eq!((replaced.epoch, replaced.node), (first.epoch, NodeId(1)));
    let session = replica.reader().session(&id("dev")).unwrap();
    assert_eq!((session.epoch, session.node), (second.epoch, NodeId(2)));
    assert_eq!(session.connected_since, since);
    assert_eq!(replica.reader().sessions().unwrap().len(), 1);
    replica.assert_sound();
}

#[test]
fn a_credential_that_was_checked_against_another_version_attaches_nothing() {
    let mut replica = Replica::new();
    let before = replica.create("dev");
    let after = replica.update(update(&before)).record;
    assert_eq!(replica.reject(attach(&before)), Rejection::IdentityChanged);
    let mut forged = attach(&after);
    forged.generation.0 += 1;
    assert_eq!(replica.reject(forged), Rejection::IdentityChanged);
    let mut unknown = attach(&after);
    unknown.identity = id("nobody");
    assert_eq!(replica.reject(unknown), Rejection::DeviceNotFound);
    assert!(matches!(replica.run(attach(&after)), Outcome::Attached(_)));
}

#[test]
fn a_disabled_device_attaches_neither_itself_nor_its_modules() {
    let mut replica = Replica::new();
    let device = replica.create("dev");
    let module = replica.create("dev/mod");
    let mut disable = update(&device);
    disable.status = Status::Disabled;
    let disabled = replica.update(disable).record;
    assert_eq!(replica.reject(attach(&disabled)), Rejection::Disabled);
    assert_eq!(replica.reject(attach(&module)), Rejection::Disabled);
}

#[test]
fn disabling_a_device_ends_its_session_and_those_of_its_modules() {
    let mut replica = Replica::new();
    let device = replica.create("dev");
    replica.create("dev/mod");
    replica.create("other");
    let epochs = ["dev", "dev/mod", "other"].map(|name| replica.attach(name).epoch);
    let mut disable = update(&device);
    disable.status = Status::Disabled;
    let ended = replica.update(disable).ended;
    let ended: Vec<_> = ended
        .iter()
        .map(|e| (e.identity.to_string(), e.epoch))
        .collect();
    assert_eq!(
        ended,
        [
            ("dev".to_owned(), epochs[0]),
            ("dev/mod".to_owned(), epochs[1])
        ]
    );
    let left = replica.reader().sessions().unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].0, id("other"));
    replica.assert_sound();
}

#[test]
fn new_keys_end_the_identitys_own_session_only() {
    let mut replica = Replica::new();
    let device = replica.create("dev");
    replica.create("dev/mod");
    replica.attach("dev");
    replica.attach("dev/mod");
    let mut same = update(&device);
    same.authentication = Some(keys(1));
    assert_eq!(replica.update(same).ended, []);
    let mut roll = update(&device);
    roll.authentication = Some(keys(2));
    let ended = replica.update(roll).ended;
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].identity, id("dev"));
    assert!(replica.reader().session(&id("dev/mod")).is_some());
    replica.assert_sound();
}

#[test]
fn deleting_a_device_ends_all_of_its_sessions() {
    let mut replica = Replica::new();
    replica.create("dev");
    replica.create("dev/mod");
    let epoch = replica.attach("dev").epoch;
    replica.attach("dev/mod");
    let delete = DeleteIdentity {
        identity: id("dev"),
        precondition: Precondition::None,
    };
    let Outcome::Deleted(deleted) = replica.run(delete) else {
        panic!("not deleted")
    };
    assert_eq!(deleted.ended.len(), 2);
    assert_eq!(replica.reader().sessions().unwrap(), []);
    let late = record("dev", epoch, 1, "late");
    assert_eq!(
        replica.append(&[late]).exceptions,
        [(0, AppendRejection::Superseded)]
    );
    replica.assert_sound();
}

#[test]
fn a_detach_of_an_older_session_changes_nothing() {
    let mut replica = Replica::new();
    replica.create("dev");
    let old = replica.attach("dev").epoch;
    replica.attach("dev");
    let detach = Detach {
        identity: id("dev"),
        epoch: old,
        why: DetachReason::Lost,
    };
    assert_eq!(replica.run(detach), Outcome::Detached(Detached::NotCurrent));
    assert!(replica.reader().session(&id("dev")).is_some());
    let nobody = Detach {
        identity: id("nobody"),
        epoch: old,
        why: DetachReason::Clean,
    };
    assert_eq!(replica.run(nobody), Outcome::Detached(Detached::NotCurrent));
}

#[test]
fn a_will_is_stored_as_telemetry_when_the_connection_is_lost() {
    for why in [
        DetachReason::Lost,
        DetachReason::NodeLost,
        DetachReason::GraceExpired,
    ] {
        let mut replica = Replica::new();
        replica.create("dev");
        replica.attach_with("dev", |attach| {
            let mut will = will("gone");
            will.0
                .set_system_property(SystemProperty::ContentType, "text/plain".into());
            attach.will = Some(will);
        });
        replica.say("dev", "alive");
        let Outcome::Detached(Detached::Ended { will, .. }) = replica.detach("dev", why) else {
            panic!("not ended")
        };
        assert_eq!(will.map(|sequence| sequence.get()), Some(1));
        assert_eq!(replica.bodies(), ["alive", "gone"]);
        let batches = replica
            .reader()
            .events(will.unwrap(), 1, usize::MAX)
            .unwrap();
        let (_, record) = batches[0].iter().next().unwrap().unwrap();
        assert_eq!(record.identity().unwrap(), id("dev"));
        let event = record.event().unwrap();
        assert_eq!(
            event.system_property(SystemProperty::ContentType),
            Some("text/plain")
        );
        let mark = ("iothub-MessageType".to_owned(), Some("Will".to_owned()));
        assert_eq!(event.properties, [mark]);
        replica.assert_sound();
    }
}

#[test]
fn a_will_is_dropped_by_a_goodbye_a_cut_and_a_newer_session() {
    for why in [
        DetachReason::Clean,
        DetachReason::Revoked,
        DetachReason::Expired,
    ] {
        let mut replica = Replica::new();
        replica.create("dev");
        replica.attach_with("dev", |attach| attach.will = Some(will("gone")));
        replica.attach_with("dev", |attach| attach.will = Some(will("gone too")));
        replica.detach("dev", why);
        assert_eq!(replica.bodies(), Vec::<String>::new());
    }
}

#[test]
fn the_times_of_a_connection_are_told_while_it_lasts_and_kept_afterwards() {
    let mut replica = Replica::new();
    let created = replica.create("dev");
    replica.attach("dev");
    let attached_at = replica.now;
    let record = |replica: &Replica| replica.reader().identity(&id("dev")).unwrap().unwrap();
    assert_eq!(record(&replica).connection_state_updated_at, attached_at);
    replica.say("dev", "hello");
    let said_at = replica.now;
    assert_eq!(record(&replica).last_activity_at, said_at);
    replica.detach("dev", DetachReason::Clean);
    let after = record(&replica);
    assert_eq!(after.connection_state_updated_at, replica.now);
    assert_eq!(after.last_activity_at, said_at);
    // Coming and going is no change of the document.
    assert_eq!(after.etag, created.etag);
}

#[test]
fn the_sessions_of_a_node_are_told_apart() {
    let mut replica = Replica::new();
    for (name, node) in [("c", 1), ("a", 2), ("b", 1)] {
        replica.create(name);
        replica.attach_with(name, |attach| attach.node = NodeId(node));
    }
    let of_one = replica.reader().sessions_of(NodeId(1)).unwrap();
    let names: Vec<_> = of_one
        .iter()
        .map(|(identity, _)| identity.to_string())
        .collect();
    assert_eq!(names, ["b", "c"]);
    assert_eq!(replica.reader().statistics().connected, 3);
}

#[test]
fn one_shot_senders_need_an_enabled_identity_of_their_generation() {
    let mut replica = Replica::new();
    let device = replica.create("dev");
    let module = replica.create("dev/mod");
    let mut ghost = device.clone();
    ghost.generation.0 -= 1;
    let mut nobody = device.clone();
    nobody.identity = id("nobody");
    let senders = [&device, &module, &ghost, &nobody];
    let records = senders.map(|sender| one_shot(sender, &sender.identity.to_string()));
    let unknown = AppendRejection::UnknownIdentity;
    assert_eq!(
        replica.append(&records).exceptions,
        [(2, unknown), (3, unknown)]
    );
    assert_eq!(replica.bodies(), ["dev", "dev/mod"]);

    let mut disable = update(&device);
    disable.status = Status::Disabled;
    replica.update(disable);
    let disabled = AppendRejection::Disabled;
    assert_eq!(
        replica.append(&records[..2]).exceptions,
        [(0, disabled), (1, disabled)]
    );
    replica.assert_sound();
}

#[test]
fn epochs_are_never_given_out_twice() {
    let mut replica = Replica::new();
    replica.create("a");
    replica.create("b");
    let mut last = 0;
    for round in 0..6 {
        let name = if round % 2 == 0 { "a" } else { "b" };
        let epoch = replica.attach(name).epoch.get();
        assert!(epoch > last);
        last = epoch;
        if round % 3 == 0 {
            replica.detach(name, DetachReason::Clean);
        }
    }
}
