use proptest::prelude::*;
use roost_actors::PutMode;
use roost_actors::client::{BulkOperation, IdentityDraft};
use roost_model::twin::SectionChange;
use roost_model::{ETag, Limits, Precondition, Status};

use super::ImportRequest;

fn operation(json: &str) -> Result<BulkOperation, crate::error::ApiError> {
    serde_json::from_str::<ImportRequest>(json)
        .unwrap()
        .operation(&Limits::default())
}

fn put(json: &str) -> (IdentityDraft, PutMode, Precondition) {
    match operation(json).unwrap() {
        BulkOperation::Put {
            draft,
            mode,
            precondition,
            ..
        } => (*draft, mode, precondition),
        other => panic!("no put: {other:?}"),
    }
}

#[test]
fn a_line_with_an_id_alone_creates_or_updates_an_enabled_device() {
    let (draft, mode, precondition) = put(r#"{"id":"dev1"}"#);
    assert_eq!(draft, IdentityDraft::new("dev1".parse().unwrap()));
    assert_eq!(mode, PutMode::CreateOrUpdate);
    assert_eq!(precondition, Precondition::None);
}

#[test]
fn modes_are_read_in_any_case() {
    for (text, expected) in [
        ("create", PutMode::Create),
        ("Update", PutMode::Update),
        ("CREATEORUPDATE", PutMode::CreateOrUpdate),
    ] {
        let json = format!(r#"{{"id":"d","importMode":"{text}"}}"#);
        assert_eq!(put(&json).1, expected, "{text}");
    }
    let delete = operation(r#"{"id":"d","moduleId":"m","importMode":"Delete"}"#).unwrap();
    assert_eq!(delete.identity().to_string(), "d/m");
    let unknown = operation(r#"{"id":"d","importMode":"upsert"}"#).unwrap_err();
    assert_eq!(unknown.code().number, 400_004);
}

#[test]
fn a_mode_that_asks_for_a_version_needs_one() {
    let json = r#"{"id":"d","importMode":"updateIfMatchETag","eTag":"AAAAAAAAAAE="}"#;
    assert_eq!(put(json).2, Precondition::Matches(ETag(1)));
    let foreign = r#"{"id":"d","importMode":"updateIfMatchETag","eTag":"MTIz"}"#;
    assert_eq!(put(foreign).2, Precondition::Never);
    for json in [
        r#"{"id":"d","importMode":"deleteIfMatchETag"}"#,
        r#"{"id":"d","importMode":"createOrUpdateIfMatchETag","eTag":""}"#,
    ] {
        assert_eq!(operation(json).unwrap_err().code().number, 400_005);
    }
}

#[test]
fn other_modes_do_not_look_at_the_version() {
    let json = r#"{"id":"d","importMode":"createOrUpdate","eTag":"MTIz"}"#;
    assert_eq!(put(json).2, Precondition::None);
}

#[test]
fn what_a_module_cannot_have_is_skipped_in_its_line() {
    let json = r#"{"id":"d","moduleId":"$edgeAgent","status":"enabled","statusReason":"x",
        "capabilities":{"iotEdge":false},"deviceScope":"","managedBy":"iotEdge"}"#;
    let (draft, ..) = put(json);
    assert_eq!(draft.managed_by.as_deref(), Some("iotEdge"));
    assert_eq!(draft.status_reason, None);
    assert_eq!(draft.status, Status::Enabled);
}

#[test]
fn a_line_as_the_service_exports_it_is_read() {
    let json = r#"{"id":"gate","eTag":"MTIz","status":"disabled","statusReason":"lost",
        "authentication":{"symmetricKey":{"primaryKey":"MDEyMzQ1Njc4OWFiY2RlZg==",
        "secondaryKey":"MDEyMzQ1Njc4OWFiY2RlZg=="},"x509Thumbprint":{"primaryThumbprint":null,
        "secondaryThumbprint":null},"type":"sas"},"twinETag":"AAAAAAAAAAI=",
        "tags":{},"properties":{"desired":{},"reported":{}},"capabilities":{"iotEdge":true},
        "deviceScope":"ms-azure-iot-edge://gate-637","parentScopes":[]}"#;
    let (draft, ..) = put(json);
    assert!(draft.iot_edge && draft.authentication.is_some());
    assert_eq!(draft.status, Status::Disabled);
    let scope = draft.device_scope.as_deref();
    assert_eq!(scope, Some("ms-azure-iot-edge://gate-637"));
}

#[test]
fn ids_are_checked() {
    assert_eq!(operation("{}").unwrap_err().code().number, 400_005);
    assert_eq!(
        operation(r#"{"id":""}"#).unwrap_err().code().number,
        400_005
    );
    for json in [r#"{"id":"a b"}"#, r#"{"id":"d","moduleId":"a/b"}"#] {
        assert_eq!(
            operation(json).unwrap_err().code().number,
            400_004,
            "{json}"
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_an_operation_or_an_error(text in ".{0,200}") {
        if let Ok(request) = serde_json::from_str::<ImportRequest>(&text) {
            let _ = request.operation(&Limits::default());
        }
    }
}

#[test]
fn a_line_of_an_export_carries_its_twin_with_versions() {
    let json = r#"{"id":"d","twinETag":"AAAAAAAAAAI=","tags":{"site":"north"},"properties":{
        "desired":{"on":true,"$version":4,"$metadata":{"$lastUpdated":"2026-01-02T03:04:05Z",
            "$lastUpdatedVersion":4}},
        "reported":{"t":1}}}"#;
    let BulkOperation::Put { twin, .. } = operation(json).unwrap() else {
        panic!("no put")
    };
    let twin = twin.unwrap();
    // The tag counts only in the modes that ask for it.
    assert_eq!(twin.precondition, Precondition::None);
    assert!(matches!(twin.update.tags, Some(SectionChange::Replace(_))));
    assert!(
        matches!(&twin.update.desired, Some(SectionChange::Restore(section)) if section.version() == 4)
    );
    assert!(matches!(
        twin.update.reported,
        Some(SectionChange::Replace(_))
    ));
}

#[test]
fn a_twin_can_be_changed_alone() {
    let json = r#"{"id":"d","importMode":"updateTwinIfMatchETag","twinETag":"AAAAAAAAAAI=",
        "tags":{"a":1},"properties":{"desired":{"b":null},"reported":{"c":1}}}"#;
    match operation(json).unwrap() {
        BulkOperation::UpdateTwin {
            precondition,
            tags: Some(SectionChange::Merge(_)),
            desired: Some(SectionChange::Merge(_)),
            ..
        } => assert_eq!(precondition, Precondition::Matches(ETag(2))),
        other => panic!("{other:?}"),
    }
    let tagless = r#"{"id":"d","importMode":"updateTwinIfMatchETag","tags":{"a":1}}"#;
    assert_eq!(operation(tagless).unwrap_err().code().number, 400_005);
    let broken = r#"{"id":"d","importMode":"updateTwin","tags":{"a.b":1}}"#;
    assert_eq!(operation(broken).unwrap_err().code().number, 400_004);
}
