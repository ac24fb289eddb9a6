use proptest::prelude::*;
use roost_model::Authentication;

use super::{AuthenticationRequest, Wanted};

const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZg==";
const SHA1: &str = "0123456789abcdef0123456789ABCDEF01234567";

fn wanted(json: &str) -> Result<Wanted, u32> {
    let request: AuthenticationRequest = serde_json::from_str(json).unwrap();
    request.wanted().map_err(|error| error.code().number)
}

fn kind(json: &str) -> &'static str {
    match wanted(json) {
        Ok(Wanted::SasWithAnyKeys) => "any keys",
        Ok(Wanted::Exactly(Authentication::Sas(_))) => "sas",
        Ok(Wanted::Exactly(Authentication::SelfSigned(_))) => "selfSigned",
        Ok(Wanted::Exactly(Authentication::CertificateAuthority)) => "certificateAuthority",
        Ok(Wanted::Exactly(Authentication::None)) => "none",
        Err(400_004) => "invalid",
        Err(400_005) => "missing",
        Err(_) => "another error",
    }
}

#[test]
fn without_a_type_the_member_with_values_decides() {
    let keys = format!(r#""symmetricKey":{{"primaryKey":"{KEY}","secondaryKey":"{KEY}"}}"#);
    let prints = format!(r#""x509Thumbprint":{{"primaryThumbprint":"{SHA1}"}}"#);
    let no_keys = r#""symmetricKey":{"primaryKey":null,"secondaryKey":""}"#;
    assert_eq!(kind("{}"), "any keys");
    assert_eq!(kind(&format!("{{{no_keys}}}")), "any keys");
    assert_eq!(kind(&format!("{{{keys}}}")), "sas");
    assert_eq!(kind(&format!("{{{prints}}}")), "selfSigned");
    assert_eq!(kind(&format!("{{{prints},{no_keys}}}")), "selfSigned");
    assert_eq!(kind(&format!("{{{prints},{keys}}}")), "invalid");
}

#[test]
fn a_type_decides_whatever_else_is_there() {
    let keys = format!(r#""symmetricKey":{{"primaryKey":"{KEY}","secondaryKey":"{KEY}"}}"#);
    assert_eq!(
        kind(&format!(r#"{{"type":"certificateAuthority",{keys}}}"#)),
        "certificateAuthority"
    );
    assert_eq!(kind(&format!(r#"{{"type":"SAS",{keys}}}"#)), "sas");
    assert_eq!(kind(r#"{"type":"none"}"#), "none");
    assert_eq!(kind(r#"{"type":"password"}"#), "invalid");
}

#[test]
fn one_key_alone_is_refused() {
    assert_eq!(
        kind(&format!(r#"{{"symmetricKey":{{"primaryKey":"{KEY}"}}}}"#)),
        "missing"
    );
    assert_eq!(
        kind(&format!(
            r#"{{"type":"sas","symmetricKey":{{"secondaryKey":"{KEY}"}}}}"#
        )),
        "missing"
    );
}

#[test]
fn keys_must_be_base64_of_16_to_64_bytes() {
    for bad in ["####", "c2hvcnQ="] {
        let json = format!(r#"{{"symmetricKey":{{"primaryKey":"{bad}","secondaryKey":"{KEY}"}}}}"#);
        assert_eq!(kind(&json), "invalid", "{bad}");
    }
}

#[test]
fn thumbprints_must_be_digests() {
    assert_eq!(kind(r#"{"type":"selfSigned"}"#), "missing");
    for bad in ["00", "zz23456789abcdef0123456789ABCDEF01234567"] {
        let json = format!(r#"{{"x509Thumbprint":{{"primaryThumbprint":"{bad}"}}}}"#);
        assert_eq!(kind(&json), "invalid", "{bad}");
    }
}

proptest! {
    #[test]
    fn no_values_make_the_check_panic(
        primary in proptest::option::of(".{0,90}"),
        secondary in proptest::option::of(".{0,90}"),
        print in proptest::option::of("[0-9a-fg]{0,70}"),
        kind in proptest::option::of("sas|selfSigned|certificateAuthority|none|.{0,8}"),
    ) {
        let request = AuthenticationRequest {
            symmetric_key: Some(super::SymmetricKeyRequest {
                primary_key: primary,
                secondary_key: secondary,
            }),
            x509_thumbprint: Some(super::ThumbprintRequest {
                primary_thumbprint: print,
                secondary_thumbprint: None,
            }),
            kind,
        };
        let _ = request.wanted();
    }
}
