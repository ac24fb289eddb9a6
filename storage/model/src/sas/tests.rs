use proptest::prelude::*;

use super::*;
use crate::id::{DeviceId, Identity};

/// Signed with bytes 0 to 31 by Python's `hmac`, as the Python device SDK does it.
const PYTHON_TOKEN: &str = "SharedAccessSignature sr=hub.example%2Fdevices%2Fdev1&sig=b9AIofkN4KVEUYhn9kuZPWvC00uYbDu%2BJF2R0boGV1A%3D&se=1795248000";

fn key() -> SymmetricKey {
    SymmetricKey::from_bytes((0..32).collect()).unwrap()
}

fn other_key() -> SymmetricKey {
    SymmetricKey::from_bytes(vec![1; 32]).unwrap()
}

fn hub() -> HubName {
    HubName::parse("hub.example").unwrap()
}

/// A token for this `sr`, otherwise valid.
fn token(sr: &str) -> SasToken {
    SasToken::parse(&sign(sr, &key(), Timestamp::from_secs(1_795_248_000), None)).unwrap()
}

#[test]
fn a_token_made_elsewhere_is_verified() {
    let token = SasToken::parse(PYTHON_TOKEN).unwrap();
    assert!(token.verify(&key()));
    assert!(!token.verify(&other_key()));
    assert_eq!(token.policy(), None);
    assert_eq!(token.expires_at(), Timestamp::from_secs(1_795_248_000));
    assert!(token.covers(&hub(), &["devices", "dev1"]));
}

#[test]
fn our_signature_is_the_one_made_elsewhere() {
    let ours = sign(
        "hub.example%2Fdevices%2Fdev1",
        &key(),
        Timestamp::from_secs(1_795_248_000),
        None,
    );
    assert_eq!(ours, PYTHON_TOKEN);
}

#[test]
fn fields_may_stand_in_any_order_and_unknown_ones_are_ignored() {
    let sig = PYTHON_TOKEN
        .split(['&', ' '])
        .find(|field| field.starts_with("sig="))
        .unwrap();
    let sr = "sr=hub.example%2Fdevices%2Fdev1";
    for text in [
        format!("SharedAccessSignature se=1795248000&skn=&{sig}&{sr}"),
        format!("sharedaccesssignature {sig}&x=1&{sr}&&flag&se=1795248000"),
        format!("  SharedAccessSignature  {sr}&{sig}&se=1795248000  "),
    ] {
        let token = SasToken::parse(&text).unwrap();
        assert!(token.verify(&key()), "{text}");
        assert_eq!(token.policy(), None);
    }
}

#[test]
fn a_plus_in_the_signature_stays_a_plus_and_hex_case_is_kept_for_signing() {
    let sig = "uaZ7EeePr90p/JXzIXuL5OXX95qdeZeI+QWQN/NkEbU=";
    for sig in [
        sig.to_owned(),
        sig.replace('=', "%3d")
            .replace('/', "%2f")
            .replace('+', "%2B"),
    ] {
        let text =
            format!("SharedAccessSignature sr=hub.example%2fdevices%2fd0&sig={sig}&se=1795248000");
        let token = SasToken::parse(&text).unwrap();
        assert!(token.verify(&key()), "{text}");
    }
}

#[test]
fn an_expiry_with_decimals_is_signed_as_written() {
    let text = "SharedAccessSignature sr=hub.example&sig=BoHppi5XK8ZauNqijkKR7NM8P+n6LtR6jz/idE/WB80=&se=1795248000.5&skn=service";
    let token = SasToken::parse(text).unwrap();
    assert!(token.verify(&key()));
    assert_eq!(token.expires_at(), Timestamp(1_795_248_000_500));
    assert_eq!(token.policy(), Some("service"));
}

#[test]
fn a_token_is_expired_from_the_moment_of_expiry() {
    let token = SasToken::parse(PYTHON_TOKEN).unwrap();
    assert!(!token.is_expired(Timestamp(1_795_247_999_999)));
    assert!(token.is_expired(Timestamp(1_795_248_000_000)));
}

#[test]
fn changing_any_signed_part_breaks_the_signature() {
    for (from, to) in [
        ("dev1", "dev2"),
        ("1795248000", "1795248001"),
        ("%2F", "%2f"),
        ("sig=", "sig=A"),
    ] {
        let text = PYTHON_TOKEN.replacen(from, to, 1);
        assert!(
            !SasToken::parse(&text).is_ok_and(|token| token.verify(&key())),
            "{text}"
        );
    }
    // The policy is not signed: it only says whose key to try.
    let named = SasToken::parse(&format!("{PYTHON_TOKEN}&skn=device")).unwrap();
    assert_eq!(named.policy(), Some("device"));
}

#[test]
fn malformed_tokens_are_refused_with_their_reason() {
    let table = [
        ("", SasError::Scheme),
        ("SharedAccessSignature", SasError::Scheme),
        ("Bearer sr=a&sig=AA==&se=1", SasError::Scheme),
        (
            "SharedAccessSignature sig=AA==&se=1",
            SasError::Missing("sr"),
        ),
        ("SharedAccessSignature sr=a&se=1", SasError::Missing("sig")),
        (
            "SharedAccessSignature sr=a&sig=AA==",
            SasError::Missing("se"),
        ),
        (
            "SharedAccessSignature sr=a&sr=a&sig=AA==&se=1",
            SasError::Duplicate("sr"),
        ),
        (
            "SharedAccessSignature sr=a&sig=AA==&se=1&se=2",
            SasError::Duplicate("se"),
        ),
        (
            "SharedAccessSignature sr=%ff&sig=AA==&se=1",
            SasError::NotUtf8,
        ),
        (
            "SharedAccessSignature sr=a&sig=AA&se=1",
            SasError::Signature,
        ),
        (
            "SharedAccessSignature sr=a&sig=A%20A==&se=1",
            SasError::Signature,
        ),
        ("SharedAccessSignature sr=a&sig=AA==&se=", SasError::Expiry),
        (
            "SharedAccessSignature sr=a&sig=AA==&se=-1",
            SasError::Expiry,
        ),
        (
            "SharedAccessSignature sr=a&sig=AA==&se=+1",
            SasError::Expiry,
        ),
        (
            "SharedAccessSignature sr=a&sig=AA==&se=1.",
            SasError::Expiry,
        ),
        (
            "SharedAccessSignature sr=a&sig=AA==&se=1e9",
            SasError::Expiry,
        ),
        (
            "SharedAccessSignature sr=a&sig=AA==&se=18446744073709551616",
            SasError::Expiry,
        ),
    ];
    for (text, error) in table {
        assert_eq!(SasToken::parse(text), Err(error), "{text}");
    }
}

#[test]
fn an_expiry_beyond_all_time_saturates() {
    let text = "SharedAccessSignature sr=a&sig=AA==&se=18446744073709551615";
    assert_eq!(SasToken::parse(text).unwrap().expires_at(), Timestamp::MAX);
}

#[test]
fn a_token_covers_by_whole_segments() {
    let table: [(&str, &[&str], bool); 16] = [
        ("hub.example", &[], true),
        ("hub.example", &["devices", "a"], true),
        ("HUB.Example%2f", &["devices", "a"], true),
        ("hub.example:443", &["devices", "a"], true),
        ("other.example", &["devices", "a"], false),
        ("hub.example.evil", &[], false),
        ("", &[], false),
        ("hub.example%2Fdevices", &["devices", "a"], true),
        ("hub.example%2Fdevice", &["devices", "a"], false),
        ("hub.example%2Fdevices%2Fa", &["devices", "ab"], false),
        ("hub.example%2Fdevices%2Fab", &["devices", "a"], false),
        ("hub.example%2Fdevices%2FA", &["devices", "a"], false),
        ("hub.example%2Fdevices%2Fa", &["devices"], false),
        (
            "hub.example%2Fdevices%2Fa",
            &["devices", "a", "modules", "m"],
            true,
        ),
        (
            "hub.example%2Fdevices%2Fa%2Fmodules%2Fm",
            &["devices", "a"],
            false,
        ),
        ("hub.example%2F%2Fdevices", &["devices", "a"], false),
    ];
    for (sr, resource, expected) in table {
        assert_eq!(
            token(sr).covers(&hub(), resource),
            expected,
            "{sr} {resource:?}"
        );
    }
}

#[test]
fn an_unencoded_resource_is_read_like_an_encoded_one() {
    assert!(token("hub.example/devices/a").covers(&hub(), &["devices", "a"]));
    assert!(token("https%3A%2F%2Fhub.example%2Fdevices%2Fa").covers(&hub(), &["devices", "a"]));
}

#[test]
fn an_api_version_behind_the_resource_is_stripped() {
    for end in ["%2Fapi-version%3D2016-11-14", "/?api-version=2016-11-14"] {
        let token = token(&format!("hub.example%2Fdevices%2Fa{end}"));
        assert!(token.covers(&hub(), &["devices", "a"]), "{end}");
        assert!(!token.covers(&hub(), &["devices", "b"]), "{end}");
    }
    assert!(token("hub.example%2Fapi-version%3D2016-11-14").covers(&hub(), &["devices", "a"]));
}

#[test]
fn a_device_whose_id_looks_like_an_api_version_covers_only_itself() {
    let token = token("hub.example%2Fdevices%2Fapi-version%3D1");
    assert!(token.covers(&hub(), &["devices", "api-version=1"]));
    assert!(!token.covers(&hub(), &["devices", "a"]));
}

#[test]
fn event_hubs_clients_sign_with_the_text_of_the_key() {
    let key = SymmetricKey::from_bytes(vec![7; 32]).unwrap();
    let text = SymmetricKey::from_bytes(key.to_base64().into_bytes()).unwrap();
    let signed = |resource: &str| {
        let token = sign(resource, &text, Timestamp::from_secs(9), Some("service"));
        SasToken::parse(&token).unwrap()
    };
    assert!(signed("sb%3A%2F%2Fhub.example%2Froost").verify(&key));
    assert!(!signed("hub.example").verify(&key));
}

#[test]
fn event_hubs_tokens_are_compared_without_case_but_never_for_devices() {
    let lowered = token("sb%3a%2f%2fhub.example%2fmyhub%2fconsumergroups%2f%24default");
    assert!(lowered.covers(&hub(), &["MyHub", "ConsumerGroups", "$Default"]));
    assert!(!lowered.covers(&hub(), &["MyHub", "ConsumerGroups", "other"]));
    assert!(token("sb://HUB.example/").covers(&hub(), &["messages", "events"]));
    assert!(!token("sb://hub.example/devices/a").covers(&hub(), &["devices", "A"]));
    assert!(token("sb://hub.example/devices/a").covers(&hub(), &["devices", "a"]));
}

#[test]
fn debug_shows_no_signature() {
    let shown = format!("{:?}", SasToken::parse(PYTHON_TOKEN).unwrap());
    assert!(
        shown.contains("hub.example") && !shown.contains("signature"),
        "{shown}"
    );
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,80}") {
        let _ = SasToken::parse(&text);
    }

    #[test]
    fn arbitrary_fields_never_panic(
        sr in "[a-z%/:?=.\\-0-9F]{0,40}", sig in "[A-Za-z0-9+/=%]{0,20}", se in "[0-9.]{0,24}",
    ) {
        let text = format!("SharedAccessSignature sr={sr}&sig={sig}&se={se}");
        if let Ok(token) = SasToken::parse(&text) {
            let _ = token.covers(&hub(), &["devices", "a"]);
            prop_assert!(!token.verify(&key()));
        }
    }

    #[test]
    fn a_signed_token_verifies_and_covers_exactly_its_identity(
        device in "[A-Za-z0-9\\-.+%_#*?!(),:=@$';]{1,128}",
        other in "[A-Za-z0-9\\-.+%_#*?!(),:=@$';]{1,128}",
        policy in proptest::option::of("\\PC{1,10}"),
        seconds in 0..u64::MAX / 1000,
    ) {
        let identity = Identity::device(DeviceId::parse(&device).unwrap());
        let expires = Timestamp::from_secs(seconds);
        let sr = encode_resource(&hub(), &identity.resource());
        let token = SasToken::parse(&sign(&sr, &key(), expires, policy.as_deref())).unwrap();
        prop_assert!(token.verify(&key()));
        prop_assert!(!token.verify(&other_key()));
        prop_assert_eq!(token.policy(), policy.as_deref());
        prop_assert_eq!(token.expires_at(), expires);
        prop_assert!(token.covers(&hub(), &["devices", &device]));
        prop_assert_eq!(token.covers(&hub(), &["devices", &other]), device == other);
    }
}
