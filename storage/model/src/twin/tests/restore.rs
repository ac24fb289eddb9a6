use proptest::prelude::*;

use super::super::*;
use crate::codec;
use crate::limits::Limits;
use crate::time::Timestamp;

const AT: Timestamp = Timestamp(1_800_000_000_000);

fn read(json: &str) -> Option<StoredSection> {
    let object = serde_json::from_str(json).unwrap();
    StoredSection::read(object, true, &Limits::default()).unwrap()
}

fn exported(twin: &TwinRef<'_>) -> String {
    let section = SectionJson {
        object: twin.desired,
        version: twin.desired_version,
        metadata: true,
    };
    serde_json::to_string(&section).unwrap()
}

fn patch(json: &str) -> Patch {
    Patch::new(serde_json::from_str(json).unwrap(), &Limits::default()).unwrap()
}

fn desired(change: SectionChange) -> TwinUpdate {
    TwinUpdate {
        desired: Some(change),
        ..TwinUpdate::default()
    }
}

/// A twin after some changes.
fn changed() -> Vec<u8> {
    let limits = TwinLimits::default();
    let first = desired(SectionChange::Merge(patch(
        r#"{"a":{"b":1,"c":[1,2]},"d":"x"}"#,
    )));
    let first = first.apply(&TwinRef::NEW, AT, limits).unwrap().bytes;
    let second = desired(SectionChange::Merge(patch(r#"{"a":{"b":2},"e":true}"#)));
    let old = TwinRef::parse(&first).unwrap();
    let later = Timestamp(AT.0 + 60_000);
    second.apply(&old, later, limits).unwrap().bytes
}

#[test]
fn a_section_is_restored_with_its_version_and_the_moments_of_its_changes() {
    let bytes = changed();
    let text = exported(&TwinRef::parse(&bytes).unwrap());
    let section = read(&text).unwrap();
    assert_eq!(section.version(), 3);
    let restored = desired(SectionChange::Restore(section));
    let much_later = Timestamp(AT.0 + 1_000_000);
    let restored = restored
        .apply(&TwinRef::NEW, much_later, TwinLimits::default())
        .unwrap();
    let twin = TwinRef::parse(&restored.bytes).unwrap();
    twin.check().unwrap();
    assert_eq!(exported(&twin), text);
    let told = restored.desired.unwrap();
    let told = serde_json::to_string(&*told).unwrap();
    assert_eq!(told, r#"{"a":{"b":2,"c":[1,2]},"d":"x","e":true}"#);
}

#[test]
fn the_version_of_a_twin_that_is_there_never_goes_back() {
    let bytes = changed();
    let old = TwinRef::parse(&bytes).unwrap();
    let json = |version: u64| {
        format!(
            r#"{{"a":1,"$version":{version},"$metadata":{{"$lastUpdated":"2020-01-01T00:00:00Z"}}}}"#
        )
    };
    for (given, expected) in [(1, 4), (3, 4), (4, 4), (9, 9)] {
        let restore = desired(SectionChange::Restore(read(&json(given)).unwrap()));
        let bytes = restore
            .apply(&old, AT, TwinLimits::default())
            .unwrap()
            .bytes;
        assert_eq!(
            TwinRef::parse(&bytes).unwrap().desired_version,
            expected,
            "{given}"
        );
    }
}

#[test]
fn a_section_without_moments_is_none_to_restore() {
    for json in [
        "{}",
        r#"{"a":1}"#,
        r#"{"a":1,"$version":3}"#,
        r#"{"a":1,"$version":3,"$metadata":{}}"#,
        r#"{"a":1,"$version":-3,"$metadata":{"$lastUpdated":"2020-01-01T00:00:00Z"}}"#,
        r#"{"a":1,"$version":3,"$metadata":{"$lastUpdated":"yesterday"}}"#,
    ] {
        assert_eq!(read(json), None, "{json}");
    }
}

#[test]
fn a_section_that_was_never_written_is_restored_as_such() {
    let text = exported(&TwinRef::NEW);
    let section = read(&text).unwrap();
    assert!(section.view().is_empty());
    let restore = desired(SectionChange::Restore(section));
    let bytes = restore
        .apply(&TwinRef::NEW, AT, TwinLimits::default())
        .unwrap()
        .bytes;
    assert_eq!(exported(&TwinRef::parse(&bytes).unwrap()), text);
}

#[test]
fn rules_and_sizes_hold_for_what_is_restored() {
    let metadata = r#""$version":3,"$metadata":{"$lastUpdated":"2020-01-01T00:00:00Z"}"#;
    let object = serde_json::from_str(&format!(r#"{{"a.b":1,{metadata}}}"#)).unwrap();
    assert!(StoredSection::read(object, true, &Limits::default()).is_err());
    let section = read(&format!(r#"{{"a":"xyz",{metadata}}}"#)).unwrap();
    let limits = |desired| TwinLimits {
        desired,
        ..TwinLimits::default()
    };
    let restore = desired(SectionChange::Restore(section));
    assert!(restore.apply(&TwinRef::NEW, AT, limits(4)).is_ok());
    assert!(restore.apply(&TwinRef::NEW, AT, limits(3)).is_err());
}

#[test]
fn a_stored_section_survives_the_codec_and_a_damaged_one_is_refused() {
    let bytes = changed();
    let section = read(&exported(&TwinRef::parse(&bytes).unwrap())).unwrap();
    let encoded = codec::encode(1, &section);
    assert_eq!(codec::decode(1, &encoded), Ok((1, section)));
    for end in 0..encoded.len() {
        assert!(codec::decode::<StoredSection>(1, &encoded[..end]).is_err());
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = codec::decode::<StoredSection>(1, &bytes);
    }
}
