use super::*;

fn read(json: &str, replace: bool) -> Result<TwinChange, ApiError> {
    let request: TwinRequest = serde_json::from_str(json).unwrap();
    request.into_change(replace, Precondition::None, &Limits::default())
}

fn patch(json: &str) -> Patch {
    Patch::new(serde_json::from_str(json).unwrap(), &Limits::default()).unwrap()
}

#[test]
fn what_is_absent_stays_and_what_is_null_goes() {
    for json in ["{}", r#"{"properties":null}"#, r#"{"properties":{}}"#] {
        let change = read(json, false).unwrap();
        assert_eq!((change.tags, change.desired), (None, None), "{json}");
    }
    let change = read(r#"{"tags":null,"properties":{"desired":null}}"#, false).unwrap();
    assert_eq!(change.tags, Some(SectionChange::Clear));
    assert_eq!(change.desired, Some(SectionChange::Clear));
}

#[test]
fn patch_merges_and_put_replaces() {
    let json = r#"{"tags":{"a":1},"properties":{"desired":{"b":null}}}"#;
    let merged = read(json, false).unwrap();
    assert_eq!(merged.tags, Some(SectionChange::Merge(patch(r#"{"a":1}"#))));
    let replaced = read(json, true).unwrap();
    let desired = SectionChange::Replace(patch(r#"{"b":null}"#));
    assert_eq!((replaced.replace, replaced.desired), (true, Some(desired)));
    let emptied = read(r#"{"tags":null}"#, true).unwrap();
    assert_eq!(emptied.tags, Some(SectionChange::Replace(patch("{}"))));
}

#[test]
fn what_others_write_is_skipped() {
    let change = read(
        r#"{"deviceId":"x","etag":"e","version":9,"status":"disabled","tags":{"$version":1,"a":1},
            "properties":{"reported":{"not.a.key":[null]},"desired":{"$metadata":{},"$version":4}}}"#,
        false,
    )
    .unwrap();
    assert_eq!(change.tags, Some(SectionChange::Merge(patch(r#"{"a":1}"#))));
    assert_eq!(change.desired, Some(SectionChange::Merge(patch("{}"))));
}

#[test]
fn a_key_that_no_twin_may_hold_is_named() {
    let refused = read(r#"{"properties":{"desired":{"a":{"b.c":1}}}}"#, false).unwrap_err();
    assert_eq!(refused.code().number, 400_004);
    let text = refused.to_string();
    assert!(
        text.contains("properties.desired") && text.contains("`a.b.c`"),
        "{text}"
    );
}

#[test]
fn sections_are_objects() {
    for json in [
        r#"{"tags":[]}"#,
        r#"{"tags":1}"#,
        r#"{"properties":{"desired":"x"}}"#,
    ] {
        assert!(serde_json::from_str::<TwinRequest>(json).is_err(), "{json}");
    }
}
