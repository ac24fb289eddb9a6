use roost_model::{Channel, Channels, ConnectionEpoch};

use super::support::{Replica, id};
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
