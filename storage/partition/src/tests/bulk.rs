use roost_model::{ETag, Precondition};

use super::support::{Replica, create, edge, id, keys, symmetric};
use crate::{Outcome, PutIdentity, PutMode, Rejection};

fn put(name: &str, mode: PutMode) -> PutIdentity {
    let command = create(name);
    PutIdentity {
        draft: command.draft,
        replace_authentication: false,
        mode,
        precondition: Precondition::None,
        limits: command.limits,
    }
}

#[test]
fn a_mode_says_what_becomes_of_an_identity_that_is_there_or_not() {
    let mut replica = Replica::new();
    assert_eq!(
        replica.reject(put("dev", PutMode::Update)),
        Rejection::DeviceNotFound
    );
    let created = replica.run(put("dev", PutMode::CreateOrUpdate));
    assert!(matches!(created, Outcome::Created(_)));
    assert_eq!(
        replica.reject(put("dev", PutMode::Create)),
        Rejection::DeviceAlreadyExists
    );
    for mode in [PutMode::Update, PutMode::CreateOrUpdate] {
        assert!(matches!(replica.run(put("dev", mode)), Outcome::Updated(_)));
    }
    let module = put("dev/mod", PutMode::Create);
    assert!(matches!(replica.run(module), Outcome::Created(_)));
    replica.assert_sound();
}

#[test]
fn a_precondition_is_for_what_is_there() {
    let mut replica = Replica::new();
    let mut command = put("dev", PutMode::CreateOrUpdate);
    command.precondition = Precondition::Matches(ETag(1000));
    assert!(matches!(replica.run(command.clone()), Outcome::Created(_)));
    assert_eq!(
        replica.reject(command.clone()),
        Rejection::PreconditionFailed
    );
    let etag = replica.reader().identity(&id("dev")).unwrap().unwrap().etag;
    command.precondition = Precondition::Matches(etag);
    assert!(matches!(replica.run(command), Outcome::Updated(_)));
}

#[test]
fn an_identity_that_is_there_keeps_its_keys_unless_others_are_given() {
    let mut replica = Replica::new();
    replica.create("dev");
    let mut command = put("dev", PutMode::CreateOrUpdate);
    command.draft.authentication = keys(2);
    let authentication = |replica: &Replica| {
        let record = replica.reader().identity(&id("dev")).unwrap().unwrap();
        record.authentication
    };
    replica.run(command.clone());
    assert_eq!(authentication(&replica), keys(1));
    command.replace_authentication = true;
    let Outcome::Updated(updated) = replica.run(command) else {
        panic!("not updated")
    };
    assert_eq!(updated.record.authentication, keys(2));
    assert_eq!(
        authentication(&replica),
        roost_model::Authentication::Sas(symmetric(2))
    );
}

#[test]
fn an_edge_device_is_followed_by_its_own_modules_in_a_file() {
    let mut replica = Replica::new();
    let mut device = put("gate", PutMode::CreateOrUpdate);
    device.draft.edge = Some(edge());
    let mut agent = put("gate/$edgeAgent", PutMode::CreateOrUpdate);
    agent.draft.managed_by = Some("iotEdge".into());
    let outcomes = replica.propose(vec![device.into(), agent.into()]);
    assert!(matches!(outcomes[0], Outcome::Created(_)));
    assert!(matches!(outcomes[1], Outcome::Updated(_)));
    assert_eq!(replica.reader().statistics().modules, 2);
    replica.assert_sound();
}
