use roost_model::twin::{Object, SectionChange, TwinLimits};
use roost_model::{ConnectionEpoch, ETag, ErrorCode, Precondition, TwinSection};

use super::support::{Replica, create, id, merge, patch, report, update_twin};
use crate::{DeleteIdentity, DesiredChange, Outcome, Rejection, ReportTwin, UpdateTwin};

fn json(replica: &Replica, name: &str, section: TwinSection) -> String {
    let twin = replica.reader().twin(&id(name)).unwrap();
    serde_json::to_string(&twin.view().section(section)).unwrap()
}

#[test]
fn a_twin_comes_with_its_identity_and_goes_with_it() {
    let mut replica = Replica::new();
    assert_eq!(
        replica.reject(update_twin("dev")),
        Rejection::DeviceNotFound
    );
    assert_eq!(
        replica.reject(update_twin("dev/mod")),
        Rejection::ModuleNotFound
    );
    replica.create("dev");
    replica.create("dev/mod");
    let untouched = replica.update_twin(update_twin("dev"));
    assert_eq!(
        (untouched.twin.view().version, untouched.desired),
        (2, None)
    );
    replica.desire("dev", r#"{"a":1}"#);
    replica.desire("dev/mod", r#"{"b":2}"#);
    assert_eq!(
        json(&replica, "dev/mod", TwinSection::Desired),
        r#"{"b":2}"#
    );
    replica.assert_sound();

    replica.run(DeleteIdentity {
        identity: id("dev"),
        precondition: Precondition::None,
    });
    replica.assert_sound();
    replica.create("dev");
    replica.create("dev/mod");
    assert_eq!(json(&replica, "dev", TwinSection::Desired), "{}");
    assert_eq!(json(&replica, "dev/mod", TwinSection::Desired), "{}");
}

#[test]
fn an_update_answers_the_twin_and_what_the_device_is_to_be_told() {
    let mut replica = Replica::new();
    replica.create("dev");
    let updated = replica.update_twin(UpdateTwin {
        tags: merge(r#"{"site":"north"}"#),
        desired: merge(r#"{"rate":5,"gone":null}"#),
        ..update_twin("dev")
    });
    let twin = updated.twin.view();
    assert_eq!(
        (twin.etag, twin.version, twin.desired_version),
        (ETag(2), 3, 2)
    );
    let told = DesiredChange {
        version: 2,
        patch: patch(r#"{"rate":5,"gone":null}"#),
    };
    assert_eq!(updated.desired, Some(told));
    let tags_only = replica.update_twin(UpdateTwin {
        tags: Some(SectionChange::Clear),
        ..update_twin("dev")
    });
    assert_eq!(tags_only.desired, None);
    assert_eq!(json(&replica, "dev", TwinSection::Tags), "{}");
    assert_eq!(json(&replica, "dev", TwinSection::Desired), r#"{"rate":5}"#);
}

#[test]
fn two_commands_of_one_entry_see_each_other() {
    let mut replica = Replica::new();
    replica.create("dev");
    let one = |json| UpdateTwin {
        desired: merge(json),
        ..update_twin("dev")
    };
    replica.propose(vec![one(r#"{"a":1}"#).into(), one(r#"{"b":2}"#).into()]);
    assert_eq!(
        json(&replica, "dev", TwinSection::Desired),
        r#"{"a":1,"b":2}"#
    );
}

#[test]
fn an_update_asks_for_the_twin_that_its_caller_read() {
    let mut replica = Replica::new();
    replica.create("dev");
    let with = |precondition| UpdateTwin {
        precondition,
        desired: merge(r#"{"a":1}"#),
        ..update_twin("dev")
    };
    replica.update_twin(with(Precondition::Matches(ETag(1))));
    let stale = replica.reject(with(Precondition::Matches(ETag(1))));
    assert_eq!(stale, Rejection::TwinChanged);
    assert_eq!(stale.code(), ErrorCode::PreconditionFailed);
    assert_eq!(
        replica.reject(with(Precondition::Never)),
        Rejection::TwinChanged
    );
    replica.update_twin(with(Precondition::Any));
    replica.update_twin(with(Precondition::Matches(ETag(3))));
}

#[test]
fn a_device_reports_from_its_current_session_only() {
    let mut replica = Replica::new();
    replica.create("dev");
    let nobody = report("dev", ConnectionEpoch(1), "{}");
    assert_eq!(replica.reject(nobody), Rejection::Superseded);
    let first = replica.attach("dev").epoch;
    let reported = replica.run(report("dev", first, r#"{"t":20}"#));
    assert_eq!(reported, Outcome::TwinReported(2));
    let second = replica.attach("dev").epoch;
    let ghost = replica.reject(report("dev", first, r#"{"t":21}"#));
    assert_eq!(
        ghost.code(),
        ErrorCode::ConnectionForcefullyClosedOnNewConnection
    );
    let reported = replica.run(report("dev", second, r#"{"t":22}"#));
    assert_eq!(reported, Outcome::TwinReported(3));
    assert_eq!(json(&replica, "dev", TwinSection::Reported), r#"{"t":22}"#);
    let twin = replica.reader().twin(&id("dev")).unwrap();
    assert_eq!((twin.view().etag, twin.view().version), (ETag(1), 4));
}

#[test]
fn a_device_may_ask_for_the_version_that_it_read() {
    let mut replica = Replica::new();
    replica.create("dev");
    let epoch = replica.attach("dev").epoch;
    let expecting = |expected| ReportTwin {
        expected: Some(expected),
        ..report("dev", epoch, r#"{"t":1}"#)
    };
    assert_eq!(replica.run(expecting(1)), Outcome::TwinReported(2));
    let refused = replica.reject(expecting(1));
    assert_eq!(refused, Rejection::ReportedVersion(2));
    assert_eq!(refused.code(), ErrorCode::PreconditionFailed);
}

#[test]
fn a_section_that_would_become_too_large_changes_nothing() {
    let mut replica = Replica::new();
    replica.create("dev");
    let epoch = replica.attach("dev").epoch;
    let limits = TwinLimits {
        tags: 9,
        desired: 18,
        reported: 9,
    };
    let one = UpdateTwin {
        tags: merge(r#"{"a":1}"#),
        desired: merge(r#"{"a":1,"b":2}"#),
        limits,
        ..update_twin("dev")
    };
    replica.update_twin(one.clone());
    for (tags, desired, section) in [
        (r#"{"b":1}"#, "{}", TwinSection::Tags),
        ("{}", r#"{"c":true}"#, TwinSection::Desired),
    ] {
        let refused = replica.reject(UpdateTwin {
            tags: merge(tags),
            desired: merge(desired),
            ..one.clone()
        });
        assert_eq!(refused, Rejection::TwinTooLarge(section));
        assert_eq!(refused.code(), ErrorCode::MessageTooLarge);
    }
    let refused = replica.reject(ReportTwin {
        limits,
        ..report("dev", epoch, r#"{"ab":1}"#)
    });
    assert_eq!(refused, Rejection::TwinTooLarge(TwinSection::Reported));
    let twin = replica.reader().twin(&id("dev")).unwrap();
    assert_eq!(twin.view().version, 3);
    assert_eq!(Object::from(twin.view().reported), Object::default());
}

#[test]
fn twins_travel_in_a_snapshot() {
    let mut replica = Replica::new();
    for name in ["a", "b"] {
        replica.create(name);
    }
    replica.desire("b", r#"{"o":{"x":[1,2]}}"#);
    let mut other = Replica::new();
    other.adopt(&replica.export());
    other.assert_equals(&replica);
    assert_eq!(
        json(&other, "b", TwinSection::Desired),
        r#"{"o":{"x":[1,2]}}"#
    );
    assert!(matches!(other.run(create("c")), Outcome::Created(_)));
}
