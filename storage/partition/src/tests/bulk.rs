use roost_model::twin::{SectionChange, TwinLimits, TwinUpdate};
use roost_model::{ETag, Precondition};

use super::support::{Replica, create, edge, id, keys, patch, symmetric};
use crate::{ImportedTwin, Outcome, PutIdentity, PutMode, Rejection};

fn put(name: &str, mode: PutMode) -> PutIdentity {
    let command = create(name);
    PutIdentity {
        draft: command.draft,
        replace_authentication: false,
        mode,
        precondition: Precondition::None,
        twin: None,
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

fn with_twin(name: &str, mode: PutMode, json: &str) -> PutIdentity {
    let change = || Some(SectionChange::Replace(patch(json)));
    PutIdentity {
        twin: Some(ImportedTwin {
            precondition: Precondition::None,
            update: TwinUpdate {
                tags: change(),
                desired: change(),
                reported: change(),
            },
            limits: TwinLimits::default(),
        }),
        ..put(name, mode)
    }
}

fn reported(replica: &Replica, name: &str) -> String {
    let twin = replica.reader().twin(&id(name)).unwrap();
    serde_json::to_string(&twin.view().reported).unwrap()
}

#[test]
fn a_twin_comes_with_the_line_of_its_identity() {
    let mut replica = Replica::new();
    let created = replica.run(with_twin("dev", PutMode::CreateOrUpdate, r#"{"a":1}"#));
    assert!(matches!(created, Outcome::Created(_)));
    assert_eq!(reported(&replica, "dev"), r#"{"a":1}"#);
    let Outcome::Updated(updated) =
        replica.run(with_twin("dev", PutMode::CreateOrUpdate, r#"{"b":2}"#))
    else {
        panic!("not updated")
    };
    assert_eq!(reported(&replica, "dev"), r#"{"b":2}"#);
    assert_eq!(updated.desired.unwrap().version, 3);
    // Without one the twin stays as it is.
    replica.run(put("dev", PutMode::Update));
    assert_eq!(reported(&replica, "dev"), r#"{"b":2}"#);
    replica.assert_sound();
}

#[test]
fn identity_and_twin_are_taken_together_or_not_at_all() {
    let mut replica = Replica::new();
    let mut too_large = with_twin("dev", PutMode::CreateOrUpdate, r#"{"a":"xyz"}"#);
    too_large.twin.as_mut().unwrap().limits.reported = 3;
    assert!(matches!(
        replica.reject(too_large.clone()),
        Rejection::TwinTooLarge(_)
    ));
    assert_eq!(replica.reader().identity(&id("dev")).unwrap(), None);
    let etag = replica.create("dev").etag;
    replica.reject(too_large);
    let mut stale = with_twin("dev", PutMode::Update, "{}");
    let precondition = Precondition::Matches(ETag(99));
    stale.twin.as_mut().unwrap().precondition = precondition;
    assert_eq!(replica.reject(stale), Rejection::TwinChanged);
    let mut wrong = with_twin("dev", PutMode::Update, r#"{"a":1}"#);
    wrong.precondition = Precondition::Never;
    assert_eq!(replica.reject(wrong), Rejection::PreconditionFailed);
    assert_eq!(
        replica.reader().identity(&id("dev")).unwrap().unwrap().etag,
        etag
    );
    assert_eq!(reported(&replica, "dev"), "{}");
    replica.assert_sound();
}

#[test]
fn a_twin_like_any_new_one_takes_no_row() {
    let mut replica = Replica::new();
    let rows = |replica: &Replica| replica.partition.dump().len();
    let mut bare = Replica::new();
    bare.run(put("dev", PutMode::Create));
    let mut command = with_twin("dev", PutMode::Create, "{}");
    let twin = command.twin.as_mut().unwrap();
    twin.update.desired = None;
    twin.update.reported = None;
    replica.run(command);
    assert_eq!(rows(&replica), rows(&bare));
}
