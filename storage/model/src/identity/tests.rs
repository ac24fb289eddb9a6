use proptest::prelude::*;

use super::*;
use crate::channel::Channel;
use crate::codec;
use crate::id::NodeId;
use crate::key::SymmetricKey;

const SHA1: &str = "0123456789abcdef0123456789ABCDEF01234567";

fn sample() -> IdentityRecord {
    let key = |byte| SymmetricKey::from_bytes(vec![byte; 16]).unwrap();
    IdentityRecord {
        identity: "dev1/mod".parse().unwrap(),
        generation: Generation(2),
        etag: ETag(3),
        status: Status::Disabled,
        status_reason: Some("lost".into()),
        status_updated_at: Timestamp(4),
        authentication: Authentication::Sas(SymmetricKeys {
            primary: key(0xaa),
            secondary: key(0xbb),
        }),
        iot_edge: true,
        device_scope: None,
        parent_scopes: vec!["s".into()],
        created_at: Timestamp(300),
        connection_state_updated_at: Timestamp::NEVER,
        last_activity_at: Timestamp(5),
        subscriptions: Some(Channels::NONE.with(Channel::Methods)),
        last_ending: Some(Ending {
            reason: DetachReason::Revoked,
            node: NodeId(3),
        }),
        managed_by: Some("me".into()),
    }
}

/// A change of these bytes is a new version of the layout, not a new expectation.
#[test]
fn version_1_of_the_record_has_these_bytes() {
    let mut golden = vec![1];
    golden.extend(b"\x04dev1\x01\x03mod"); // identity
    golden.extend([2, 3, 1]); // generation, etag, status
    golden.extend(b"\x01\x04lost\x04"); // status reason, status updated at
    golden.push(0); // sas
    golden.push(16);
    golden.extend([0xaa; 16]);
    golden.push(16);
    golden.extend([0xbb; 16]);
    golden.extend([1, 0]); // edge, no device scope
    golden.extend(b"\x01\x01s"); // parent scopes
    golden.extend([251, 0x2c, 0x01, 0, 5]); // created, connection state, activity
    golden.extend([1, 1 << 4]); // subscriptions
    golden.extend(b"\x01\x03\x03\x01\x02me"); // last ending, managed by
    assert_eq!(codec::encode(IdentityRecord::VERSION, &sample()), golden);
    assert_eq!(
        codec::decode(IdentityRecord::VERSION, &golden),
        Ok((1, sample()))
    );
}

#[test]
fn the_ways_to_authenticate_keep_their_place_in_version_1() {
    let thumbprints = Thumbprints {
        primary: None,
        secondary: Some("AB".into()),
    };
    let table = [
        (
            Authentication::SelfSigned(thumbprints),
            &b"\x01\x01\x00\x01\x02AB"[..],
        ),
        (Authentication::CertificateAuthority, b"\x01\x02"),
        (Authentication::None, b"\x01\x03"),
    ];
    for (authentication, golden) in table {
        assert_eq!(codec::encode(1, &authentication), golden);
        assert_eq!(codec::decode(1, golden), Ok((1, authentication)));
    }
}

#[test]
fn names_are_those_of_identity_documents() {
    assert_eq!(sample().authentication.type_name(), "sas");
    let self_signed = Authentication::SelfSigned(Thumbprints::default());
    assert_eq!(self_signed.type_name(), "selfSigned");
    assert_eq!(
        Authentication::CertificateAuthority.type_name(),
        "certificateAuthority"
    );
    assert_eq!(Authentication::None.type_name(), "none");
    assert_eq!(Status::Enabled.name(), "enabled");
    assert_eq!(Status::parse("Disabled"), Some(Status::Disabled));
    assert_eq!(Status::parse("off"), None);
    assert!(!sample().is_enabled());
}

#[test]
fn thumbprints_have_40_or_64_hexadecimal_digits() {
    let parse = |text: &str| Thumbprints::parse(Some(text), None);
    assert!(parse(SHA1).is_ok());
    assert!(parse(&"a".repeat(64)).is_ok());
    for length in [0, 39, 41, 63, 65] {
        assert_eq!(
            parse(&"a".repeat(length)),
            Err(InvalidThumbprint),
            "{length}"
        );
    }
    assert_eq!(parse(&"g".repeat(40)), Err(InvalidThumbprint));
    assert_eq!(parse(&"é".repeat(20)), Err(InvalidThumbprint));
}

#[test]
fn thumbprints_match_in_any_case() {
    let thumbprints = Thumbprints::parse(None, Some(SHA1)).unwrap();
    assert!(thumbprints.contains(&SHA1.to_ascii_lowercase()));
    assert!(!thumbprints.contains(&"0".repeat(40)));
    assert!(!Thumbprints::default().contains(""));
}

#[test]
fn debug_shows_no_key() {
    assert!(format!("{:?}", sample()).contains("redacted"));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = codec::decode::<IdentityRecord>(u8::MAX, &bytes);
    }

    #[test]
    fn a_damaged_record_never_panics(at in 0usize..80, to: u8) {
        let mut bytes = codec::encode(1, &sample());
        if let Some(byte) = bytes.get_mut(at) {
            *byte = to;
        }
        let _ = codec::decode::<IdentityRecord>(1, &bytes);
    }
}
