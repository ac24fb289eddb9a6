use roost_model::{AuthKind, AuthMethod, AuthScope, ConnectionEpoch, Grant, Timestamp};

use super::support::{Replica, id};
use crate::{Outcome, Rejection, Renew, Renewed};

fn renew(replica: &Replica, epoch: ConnectionEpoch) -> Renew {
    let record = replica.reader().identity(&id("dev")).unwrap().unwrap();
    Renew {
        identity: id("dev"),
        epoch,
        generation: record.generation,
        identity_etag: record.etag,
        auth: AuthMethod::new(AuthScope::Hub, AuthKind::Sas),
        grant: Grant::Own,
        key: None,
        expires_at: Some(Timestamp(99)),
    }
}

#[test]
fn a_renewed_session_goes_on_as_it_was() {
    let mut replica = Replica::new();
    replica.create("dev");
    let epoch = replica.attach("dev").epoch;
    let before = replica.reader().session(&id("dev")).unwrap();
    let outcome = replica.run(renew(&replica, epoch));
    assert_eq!(outcome, Outcome::Renewed(Renewed::Noted));
    let after = replica.reader().session(&id("dev")).unwrap();
    assert_eq!(after.expires_at, Some(Timestamp(99)));
    assert_eq!(after.auth, AuthMethod::new(AuthScope::Hub, AuthKind::Sas));
    assert_eq!(after.epoch, before.epoch);
    assert_eq!(after.connected_since, before.connected_since);
    replica.assert_sound();
}

#[test]
fn a_session_that_is_over_is_not_renewed() {
    let mut replica = Replica::new();
    replica.create("dev");
    let old = replica.attach("dev").epoch;
    replica.attach("dev");
    let outcome = replica.run(renew(&replica, old));
    assert_eq!(outcome, Outcome::Renewed(Renewed::NotCurrent));
}

#[test]
fn a_credential_that_was_checked_against_an_older_identity_renews_nothing() {
    let mut replica = Replica::new();
    replica.create("dev");
    let epoch = replica.attach("dev").epoch;
    let mut stale = renew(&replica, epoch);
    stale.generation = roost_model::Generation(stale.generation.0 + 1);
    let outcome = replica.run(stale);
    assert_eq!(outcome, Outcome::Rejected(Rejection::IdentityChanged));
}
