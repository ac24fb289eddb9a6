use roost_model::{
    AuthKind, AuthMethod, AuthScope, Authentication, DetachReason, Ending, NodeId, SymmetricKeys,
};

use super::support::{Replica, create, id, keys, symmetric, update};
use crate::{Outcome, RegenerateKeys, Rejection, Updated, WhichKey};

fn regenerate(replica: &mut Replica, which: WhichKey) -> Updated {
    let command = RegenerateKeys {
        identity: id("dev"),
        which,
        fresh: symmetric(7),
    };
    match replica.run(command) {
        Outcome::Updated(updated) => *updated,
        other => panic!("not regenerated: {other:?}"),
    }
}

fn own(updated: &Updated) -> SymmetricKeys {
    match &updated.record.authentication {
        Authentication::Sas(keys) => keys.clone(),
        other => panic!("no keys: {other:?}"),
    }
}

#[test]
fn keys_are_replaced_or_change_places() {
    let (old, fresh) = (symmetric(1), symmetric(7));
    for (which, primary, secondary) in [
        (WhichKey::Primary, &fresh.primary, &old.secondary),
        (WhichKey::Secondary, &old.primary, &fresh.secondary),
        (WhichKey::Both, &fresh.primary, &fresh.secondary),
        (WhichKey::Swap, &old.secondary, &old.primary),
    ] {
        let mut replica = Replica::new();
        let before = replica.create("dev");
        let updated = regenerate(&mut replica, which);
        let keys = own(&updated);
        assert_eq!(
            (&keys.primary, &keys.secondary),
            (primary, secondary),
            "{which:?}"
        );
        assert_ne!(updated.record.etag, before.etag);
        replica.assert_sound();
    }
}

#[test]
fn a_session_ends_with_the_key_that_it_rests_on_and_no_sooner() {
    for (which, ends) in [
        (WhichKey::Primary, false),
        (WhichKey::Swap, false),
        (WhichKey::Secondary, true),
        (WhichKey::Both, true),
    ] {
        let mut replica = Replica::new();
        replica.create("dev");
        let used = symmetric(1).secondary.fingerprint();
        replica.attach_with("dev", |attach| attach.key = Some(used));
        let ended = regenerate(&mut replica, which).ended;
        assert_eq!(ended.len(), usize::from(ends), "{which:?}");
        assert_eq!(replica.reader().session(&id("dev")).is_none(), ends);
        replica.assert_sound();
    }
}

#[test]
fn a_session_under_a_policys_token_does_not_rest_on_the_devices_keys() {
    let mut replica = Replica::new();
    let device = replica.create("dev");
    let hub = AuthMethod::new(AuthScope::Hub, AuthKind::Sas);
    replica.attach_with("dev", |attach| attach.auth = hub);
    assert_eq!(regenerate(&mut replica, WhichKey::Both).ended, []);
    let mut certificate = update(&device);
    certificate.authentication = Some(Authentication::CertificateAuthority);
    assert_eq!(replica.update(certificate).ended.len(), 1);
}

#[test]
fn an_identity_without_keys_has_none_to_replace() {
    let mut replica = Replica::new();
    let mut command = create("dev");
    command.draft.authentication = Authentication::None;
    replica.run(command);
    let mut regenerate = RegenerateKeys {
        identity: id("dev"),
        which: WhichKey::Primary,
        fresh: symmetric(7),
    };
    assert_eq!(replica.reject(regenerate.clone()), Rejection::NoKeys);
    regenerate.identity = id("nobody");
    assert_eq!(replica.reject(regenerate), Rejection::DeviceNotFound);
}

#[test]
fn how_the_last_session_ended_is_kept() {
    let mut replica = Replica::new();
    let device = replica.create("dev");
    assert_eq!(device.last_ending, None);
    replica.attach("dev");
    replica.detach("dev", DetachReason::Lost);
    let ending = |replica: &Replica| {
        let record = replica.reader().identity(&id("dev")).unwrap().unwrap();
        record.last_ending
    };
    let node = NodeId(1);
    let lost = Ending {
        reason: DetachReason::Lost,
        node,
    };
    assert_eq!(ending(&replica), Some(lost));
    replica.attach_with("dev", |attach| attach.node = NodeId(2));
    let mut roll = update(&device);
    roll.authentication = Some(keys(2));
    replica.update(roll);
    let revoked = Ending {
        reason: DetachReason::Revoked,
        node: NodeId(2),
    };
    assert_eq!(ending(&replica), Some(revoked));
}

#[test]
fn only_devices_count_as_connected() {
    let mut replica = Replica::new();
    replica.create("dev");
    replica.create("dev/mod");
    replica.attach("dev/mod");
    assert_eq!(replica.reader().statistics().connected, 0);
    replica.attach("dev");
    replica.attach("dev");
    assert_eq!(replica.reader().statistics().connected, 1);
    replica.detach("dev", DetachReason::Clean);
    assert_eq!(replica.reader().statistics().connected, 0);
}
