//! Twins as a whole.

mod generated;
mod json;
mod restore;

use super::*;
use crate::codec;
use crate::etag::ETag;
use crate::limits::Limits;
use crate::time::Timestamp;

const AT: Timestamp = Timestamp(1_795_248_000_000);

fn patch(json: &str) -> Patch {
    Patch::new(serde_json::from_str(json).unwrap(), &Limits::default()).unwrap()
}

fn merge(json: &str) -> Option<SectionChange> {
    Some(SectionChange::Merge(patch(json)))
}

fn replace(json: &str) -> Option<SectionChange> {
    Some(SectionChange::Replace(patch(json)))
}

/// The twin after some updates, a millisecond apart.
fn after(updates: &[TwinUpdate]) -> Vec<u8> {
    let mut bytes: Option<Vec<u8>> = None;
    for (update, at) in updates.iter().zip(AT.0..) {
        let old = bytes
            .as_deref()
            .map_or(TwinRef::NEW, |bytes| TwinRef::parse(bytes).unwrap());
        let updated = update
            .apply(&old, Timestamp(at), TwinLimits::default())
            .unwrap();
        bytes = Some(updated.bytes);
    }
    bytes.unwrap()
}

fn desired(change: Option<SectionChange>) -> TwinUpdate {
    TwinUpdate {
        desired: change,
        ..TwinUpdate::default()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_twin_is_written_as_ever() {
    let update = TwinUpdate {
        tags: merge(r#"{"a":[true,-1,"x"]}"#),
        desired: merge(r#"{"d":1.5,"o":{"i":300}}"#),
        reported: merge(r#"{"r":false}"#),
    };
    let bytes = after(&[update]);
    let golden = "0102030202\
                  070d00000001610606000000020301050178\
                  378098fae89f34022c0000000164348098fae89f3402000000000000f83f\
                  016f378098fae89f34020c0000000169338098fae89f3402d804\
                  178098fae89f34090000000172118098fae89f34";
    assert_eq!(hex(&bytes), golden);
    let twin = TwinRef::parse(&bytes).unwrap();
    assert_eq!(twin.etag, ETag(2));
    assert_eq!(
        (twin.version, twin.desired_version, twin.reported_version),
        (3, 2, 2)
    );
}

#[test]
fn a_path_is_read_where_it_lies() {
    let bytes = after(&[TwinUpdate {
        tags: merge(r#"{"site":{"floor":3,"name":"b"}}"#),
        desired: merge(r#"{"z":"last","a":true}"#),
        reported: None,
    }]);
    let twin = TwinRef::parse(&bytes).unwrap();
    let tag = |path: &[&str]| twin.lookup(TwinSection::Tags, path.iter().copied());
    assert_eq!(tag(&["site", "floor"]), Some(ValueRef::Integer(3)));
    assert_eq!(tag(&["site", "name"]), Some(ValueRef::Text("b")));
    assert!(matches!(tag(&["site"]), Some(ValueRef::Object(_))));
    assert!(matches!(tag(&[]), Some(ValueRef::Object(_))));
    for missing in [&["site", "x"][..], &["sit"], &["site", "floor", "x"]] {
        assert_eq!(tag(missing), None, "{missing:?}");
    }
    assert_eq!(twin.desired.get("z"), Some(ValueRef::Text("last")));
    assert_eq!(twin.desired.get("a"), Some(ValueRef::Bool(true)));
    assert!(twin.reported.is_empty());
}

#[test]
fn what_changes_is_stamped_with_everything_around_it_and_the_rest_is_not() {
    let bytes = after(&[
        desired(merge(r#"{"o":{"a":1,"b":2},"p":3}"#)),
        desired(merge(r#"{"o":{"a":9}}"#)),
        desired(merge(r#"{"o":{"b":null}}"#)),
    ]);
    let twin = TwinRef::parse(&bytes).unwrap();
    let stamp = |path: &[&str]| {
        let stamp = twin.stamp(TwinSection::Desired, path.iter().copied());
        stamp.map(|stamp| (stamp.at.0 - AT.0, stamp.version.unwrap()))
    };
    assert_eq!(stamp(&[]), Some((2, 4)));
    assert_eq!(stamp(&["o"]), Some((2, 4)));
    assert_eq!(stamp(&["o", "a"]), Some((1, 3)));
    assert_eq!(stamp(&["p"]), Some((0, 2)));
    assert_eq!(stamp(&["o", "b"]), None);
}

#[test]
fn an_older_clock_does_not_turn_a_sections_time_back() {
    let first = after(&[desired(merge(r#"{"a":1}"#))]);
    let update = desired(merge(r#"{"a":2}"#));
    let old = TwinRef::parse(&first).unwrap();
    let updated = update
        .apply(&old, Timestamp(5), TwinLimits::default())
        .unwrap();
    let twin = TwinRef::parse(&updated.bytes).unwrap();
    assert_eq!(twin.desired.stamp().unwrap().at, AT);
}

#[test]
fn each_section_counts_its_own_updates_and_the_etag_those_of_the_back_end() {
    let reported = TwinUpdate {
        reported: merge("{}"),
        ..TwinUpdate::default()
    };
    let bytes = after(&[
        desired(merge(r#"{"a":1}"#)),
        desired(merge(r#"{"a":1}"#)),
        reported,
    ]);
    let twin = TwinRef::parse(&bytes).unwrap();
    assert_eq!((twin.desired_version, twin.reported_version), (3, 2));
    assert_eq!((twin.version, twin.etag), (5, ETag(3)));
}

#[test]
fn clearing_a_section_names_every_key_that_goes() {
    let bytes = after(&[desired(merge(r#"{"a":1,"o":{"x":2}}"#))]);
    let update = desired(Some(SectionChange::Clear));
    let old = TwinRef::parse(&bytes).unwrap();
    let updated = update.apply(&old, AT, TwinLimits::default()).unwrap();
    assert!(TwinRef::parse(&updated.bytes).unwrap().desired.is_empty());
    let told = serde_json::to_string(&updated.desired.unwrap()).unwrap();
    assert_eq!(told, r#"{"a":null,"o":null}"#);
}

#[test]
fn replacing_a_section_leaves_nothing_and_tells_all_of_the_new_one() {
    let bytes = after(&[desired(merge(r#"{"a":1,"b":2}"#))]);
    let update = desired(replace(r#"{"b":3,"c":{"x":null,"y":4},"gone":null}"#));
    let old = TwinRef::parse(&bytes).unwrap();
    let updated = update.apply(&old, AT, TwinLimits::default()).unwrap();
    let twin = TwinRef::parse(&updated.bytes).unwrap();
    let json = r#"{"b":3,"c":{"y":4}}"#;
    assert_eq!(serde_json::to_string(&twin.desired).unwrap(), json);
    assert_eq!(
        serde_json::to_string(&updated.desired.unwrap()).unwrap(),
        json
    );
}

/// A patch whose section has exactly this size.
fn of_size(size: usize) -> String {
    // Key of one character and a number: 9. Then texts of at most 4,000.
    let mut left = size - 9;
    let mut json = r#"{"n":1"#.to_owned();
    for key in 'a'.. {
        let length = (left - 1).min(4000);
        json.push_str(&format!(r#","{key}":"{}""#, "x".repeat(length)));
        left -= length + 1;
        if left == 0 {
            break;
        }
    }
    json + "}"
}

#[test]
fn sections_hold_8_and_32_kib_and_no_more() {
    let apply = |update: TwinUpdate| {
        update
            .apply(&TwinRef::NEW, AT, TwinLimits::default())
            .map(|_| ())
    };
    let table = [
        (TwinSection::Tags, 8192),
        (TwinSection::Desired, 32_768),
        (TwinSection::Reported, 32_768),
    ];
    for (section, limit) in table {
        let update = |size| {
            let mut update = TwinUpdate::default();
            let change = merge(&of_size(size));
            match section {
                TwinSection::Tags => update.tags = change,
                TwinSection::Desired => update.desired = change,
                TwinSection::Reported => update.reported = change,
            }
            update
        };
        assert_eq!(apply(update(limit)), Ok(()), "{section:?}");
        let limit_field = limit as u32;
        let refused = TwinTooLarge {
            section,
            limit: limit_field,
        };
        assert_eq!(apply(update(limit + 1)), Err(refused.into()), "{section:?}");
    }
}

#[test]
fn control_characters_in_texts_do_not_count() {
    let limits = TwinLimits {
        tags: 5,
        ..TwinLimits::default()
    };
    let update = |json| TwinUpdate {
        tags: merge(json),
        ..TwinUpdate::default()
    };
    let apply = |json| update(json).apply(&TwinRef::NEW, AT, limits).is_ok();
    assert!(apply(r#"{"k":"1234"}"#));
    assert!(apply(r#"{"k":"12\n3\u00854"}"#));
    assert!(apply(r#"{"k":true}"#));
    assert!(!apply(r#"{"k":"12345"}"#));
    assert!(!apply(r#"{"k":1}"#));
    assert!(!apply(r#"{"kk":true}"#));
}

#[test]
fn what_the_hub_adds_to_a_section_is_ignored_when_it_comes_back() {
    let sent_back = patch(r#"{"$metadata":{"$lastUpdated":"x"},"$version":7,"a":1}"#);
    assert_eq!(sent_back, patch(r#"{"a":1}"#));
    assert!(patch("{}").is_empty());
    let deeper = serde_json::from_str(r#"{"a":{"$version":7}}"#).unwrap();
    assert!(Patch::new(deeper, &Limits::default()).is_err());
}

#[test]
fn a_patch_reads_back_from_a_command_and_damage_is_noticed() {
    let update = TwinUpdate {
        tags: Some(SectionChange::Clear),
        desired: replace(r#"{"a":[1,"x",{"y":2.5}],"b":null}"#),
        reported: merge(r#"{"o":{"p":{}}}"#),
    };
    let bytes = codec::encode(1, &update);
    assert_eq!(codec::decode::<TwinUpdate>(1, &bytes).unwrap().1, update);
    let stamped = super::encoding::Cursor(&[0x17, 5, 0, 0, 0, 0])
        .node()
        .unwrap();
    assert!(stamped.stamp.is_some());
    // A stamp, a key out of order, an unknown kind, text that is not UTF-8, a length past the end.
    let damaged: [&[u8]; 5] = [
        &[0x17, 5, 0, 0, 0, 0],
        &[7, 6, 0, 0, 0, 1, b'b', 0, 1, b'a', 0],
        &[7, 3, 0, 0, 0, 1, b'b', 8],
        &[7, 5, 0, 0, 0, 1, b'b', 5, 1, 0xff],
        &[7, 9, 0, 0, 0, 1, b'b', 0],
    ];
    for bytes in damaged {
        let encoded = codec::encode(1, &bytes.to_vec());
        assert!(codec::decode::<Patch>(1, &encoded).is_err(), "{bytes:?}");
    }
}
