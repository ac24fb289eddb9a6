//! Made-up documents and patches, against a merge that is written as RFC 7396 has it.

use proptest::prelude::*;

use super::*;

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        (-4_503_599_627_370_496i64..=4_503_599_627_370_495).prop_map(Value::Integer),
        any::<i32>().prop_map(|n| Value::Double(f64::from(n) / 8.0)),
        "\\PC{0,8}".prop_map(Value::Text),
        prop::collection::vec(any::<i16>().prop_map(|n| Value::Integer(n.into())), 0..3)
            .prop_map(Value::Array),
    ]
}

/// Objects of few keys, so that documents and patches meet in them. Nulls only in patches.
fn object(nulls: bool) -> impl Strategy<Value = Object> {
    let leaf = if nulls {
        prop_oneof![2 => leaf(), 1 => Just(Value::Null)].boxed()
    } else {
        leaf().boxed()
    };
    let value = leaf.prop_recursive(3, 20, 4, |inner| {
        prop::collection::btree_map("[a-e]", inner, 0..4).prop_map(|map| Value::Object(Object(map)))
    });
    prop::collection::btree_map("[a-e]", value, 0..5).prop_map(Object)
}

/// RFC 7396 §2.
fn reference(target: Value, patch: Value) -> Value {
    let Value::Object(patch) = patch else {
        return patch;
    };
    let mut merged = match target {
        Value::Object(object) => object,
        _ => Object::default(),
    };
    for (key, value) in patch.0 {
        if value == Value::Null {
            merged.0.remove(&key);
        } else {
            let before = merged.0.remove(&key).unwrap_or(Value::Null);
            merged.0.insert(key, reference(before, value));
        }
    }
    Value::Object(merged)
}

fn encoded(object: &Object) -> Patch {
    Patch::new(object.clone(), &Limits::default()).unwrap()
}

fn update(change: SectionChange) -> TwinUpdate {
    desired(Some(change))
}

proptest! {
    #[test]
    fn a_document_reads_back(document in object(false)) {
        let bytes = after(&[update(SectionChange::Replace(encoded(&document)))]);
        let twin = TwinRef::parse(&bytes).unwrap();
        prop_assert_eq!(twin.check(), Ok(()));
        prop_assert_eq!(Object::from(twin.desired), document);
    }

    #[test]
    fn merging_is_what_the_rfc_says(document in object(false), change in object(true)) {
        let bytes = after(&[
            update(SectionChange::Replace(encoded(&document))),
            update(SectionChange::Merge(encoded(&change))),
        ]);
        let twin = TwinRef::parse(&bytes).unwrap();
        prop_assert_eq!(twin.check(), Ok(()));
        let expected = reference(Value::Object(document), Value::Object(change));
        prop_assert_eq!(Value::Object(Object::from(twin.desired)), expected);
    }

    #[test]
    fn merging_twice_is_merging_once(document in object(false), change in object(true)) {
        let merge = update(SectionChange::Merge(encoded(&change)));
        let first = update(SectionChange::Replace(encoded(&document)));
        let once = after(&[first.clone(), merge.clone()]);
        let twice = after(&[first, merge.clone(), merge]);
        let of = |bytes: &[u8]| Object::from(TwinRef::parse(bytes).unwrap().desired);
        prop_assert_eq!(of(&once), of(&twice));
    }

    #[test]
    fn a_client_that_merges_what_it_is_told_has_the_whole(
        changes in prop::collection::vec((0u8..3, object(true)), 1..5)
    ) {
        // A device that knew nothing and replaces when the back end replaces.
        let (mut bytes, mut device): (Option<Vec<u8>>, _) = (None, Value::Object(Object::default()));
        for (kind, object) in changes {
            let change = match kind {
                0 => SectionChange::Merge(encoded(&object)),
                1 => SectionChange::Replace(encoded(&object)),
                _ => SectionChange::Clear,
            };
            let update = update(change);
            let old = bytes.as_deref().map_or(TwinRef::NEW, |bytes| TwinRef::parse(bytes).unwrap());
            let updated = update.apply(&old, AT, TwinLimits::default()).unwrap();
            let told = Value::Object(Object::from(updated.desired.unwrap().view()));
            if kind == 1 {
                device = Value::Object(Object::default());
            }
            device = reference(device, told);
            bytes = Some(updated.bytes);
        }
        let bytes = bytes.unwrap();
        let twin = TwinRef::parse(&bytes).unwrap();
        prop_assert_eq!(Value::Object(Object::from(twin.desired)), device);
    }

    #[test]
    fn every_path_is_found(document in object(false)) {
        let bytes = after(&[update(SectionChange::Replace(encoded(&document)))]);
        let twin = TwinRef::parse(&bytes).unwrap();
        for (key, value) in &document.0 {
            let found = twin.lookup(TwinSection::Desired, [key.as_str()]);
            prop_assert_eq!(found.map(Value::from), Some(value.clone()));
            if let Value::Object(inner) = value {
                for (deeper, value) in &inner.0 {
                    let path = [key.as_str(), deeper.as_str()];
                    let found = twin.lookup(TwinSection::Desired, path);
                    prop_assert_eq!(found.map(Value::from), Some(value.clone()));
                }
            }
        }
    }

    #[test]
    fn json_round_trips(document in object(true)) {
        let text = serde_json::to_string(&encoded(&document)).unwrap();
        prop_assert_eq!(serde_json::from_str::<Object>(&text).unwrap(), document);
    }

    #[test]
    fn arbitrary_bytes_never_panic(mut bytes: Vec<u8>, start in prop::bool::ANY) {
        if start && !bytes.is_empty() {
            bytes[0] = 1;
        }
        if let Ok(twin) = TwinRef::parse(&bytes) {
            let _ = twin.check();
            let _ = serde_json::to_string(&twin.desired);
        }
        let _ = codec::decode::<TwinUpdate>(1, &bytes);
    }

    #[test]
    fn a_flipped_byte_never_panics(document in object(false), at: usize, flip in 1u8..) {
        let mut bytes = after(&[update(SectionChange::Replace(encoded(&document)))]);
        let at = at % bytes.len();
        bytes[at] ^= flip;
        if let Ok(twin) = TwinRef::parse(&bytes) {
            let _ = (twin.check(), serde_json::to_string(&twin.desired));
            let merge = update(SectionChange::Merge(encoded(&document)));
            let _ = merge.apply(&twin, AT, TwinLimits::default());
        }
    }
}
