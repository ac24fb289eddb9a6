use roost_model::{Channel, Channels, ConnectionEpoch};

use super::support::{Replica, id, patch};
use crate::{DetachReason, Outcome, Subscribe, Subscribed};

const METHODS: Channels = Channels::NONE.with(Channel::Methods);

fn subscribe(name: &str, epoch: ConnectionEpoch, channels: Channels) -> Subscribe {
    Subscribe {
        identity: id(name),
        epoch,
        channels,
    }
}

fn channels(replica: &Replica) -> Channels {
    replica.reader().session(&id("dev")).unwrap().channels
}

#[test]
fn a_session_has_what_it_subscribed_to_last() {
    let mut replica = Replica::new();
    replica.create("dev");
    let epoch = replica.attach("dev").epoch;
    assert_eq!(channels(&replica), Channels::NONE);
    for wanted in [METHODS, METHODS.with(Channel::DeviceBound), Channels::NONE] {
        let outcome = replica.run(subscribe("dev", epoch, wanted));
        assert_eq!(outcome, Outcome::Subscribed(Subscribed::Noted));
        assert_eq!(channels(&replica), wanted);
    }
    replica.assert_sound();
}

#[test]
fn a_session_that_is_over_subscribes_to_nothing() {
    let mut replica = Replica::new();
    replica.create("dev");
    let old = replica.attach("dev").epoch;
    replica.attach("dev");
    for name in ["dev", "nobody"] {
        let outcome = replica.run(subscribe(name, old, METHODS));
        assert_eq!(outcome, Outcome::Subscribed(Subscribed::NotCurrent));
    }
    assert_eq!(channels(&replica), Channels::NONE);
}

#[test]
fn subscriptions_outlive_a_connection_that_asked_for_it_and_a_crash() {
    let mut replica = Replica::new();
    replica.create("dev");
    let first = replica.attach("dev");
    assert_eq!(first.resumed, None);
    replica.run(subscribe("dev", first.epoch, METHODS));

    // A takeover and a connection after a break find them alike.
    assert_eq!(replica.attach("dev").resumed, Some(METHODS));
    replica.detach("dev", DetachReason::Lost);
    assert_eq!(replica.attach("dev").resumed, Some(METHODS));
    assert_eq!(channels(&replica), METHODS);

    let mut crashed = replica.crashed();
    let log = crashed.log.clone();
    crashed.partition.apply(log).unwrap();
    crashed.assert_equals(&replica);
    assert_eq!(channels(&crashed), METHODS);
}

#[test]
fn a_clean_session_neither_finds_nor_leaves_subscriptions() {
    let mut replica = Replica::new();
    replica.create("dev");
    let first = replica.attach("dev");
    replica.run(subscribe("dev", first.epoch, METHODS));
    let clean = replica.attach_with("dev", |attach| attach.clean = true);
    assert_eq!(clean.resumed, None);
    replica.run(subscribe("dev", clean.epoch, METHODS));
    replica.detach("dev", DetachReason::Clean);
    assert_eq!(replica.attach("dev").resumed, None);
    assert_eq!(channels(&replica), Channels::NONE);
}

#[test]
fn what_a_subscribed_device_was_to_be_told_can_be_told_again() {
    let mut replica = Replica::new();
    replica.create("dev");
    let wanted = Channels::NONE.with(Channel::DesiredProperties);
    let epoch = replica.attach("dev").epoch;
    // Nobody wants to be told of this one.
    replica.desire("dev", r#"{"a":1}"#);
    replica.run(subscribe("dev", epoch, wanted));
    for json in [r#"{"b":1}"#, r#"{"a":null}"#] {
        replica.desire("dev", json);
    }
    let behind = |replica: &Replica, version| {
        let changes = replica.reader().desired_changes(&id("dev"), version)?;
        let changes = changes
            .into_iter()
            .map(|change| (change.version, change.patch));
        Some(changes.collect::<Vec<_>>())
    };
    let (b, a) = ((3, patch(r#"{"b":1}"#)), (4, patch(r#"{"a":null}"#)));
    assert_eq!(behind(&replica, 1), None);
    assert_eq!(behind(&replica, 2), Some(vec![b, a.clone()]));
    assert_eq!(behind(&replica, 3), Some(vec![a]));

    // A snapshot does not hold them, and what was there before it leads nowhere.
    let chunks = replica.export();
    replica.adopt(&chunks);
    assert_eq!(behind(&replica, 2), None);
    replica.desire("dev", r#"{"c":1}"#);
    assert_eq!(behind(&replica, 3), None);
    assert_eq!(behind(&replica, 4), Some(vec![(5, patch(r#"{"c":1}"#))]));
}
