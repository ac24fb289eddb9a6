use bytes::Bytes;

use super::{Credentials, Mechanism, Password};
use crate::codec::Symbol;

#[test]
fn plain_is_three_parts_and_the_password_may_hold_anything() {
    let response = Bytes::from_static(b"\0owner@sas.root.hub\0sig=a\0b");
    let Some(Credentials::Plain {
        authzid,
        authcid,
        password,
    }) = Mechanism::Plain.credentials(&response)
    else {
        panic!("no credentials");
    };
    assert_eq!(
        (authzid.as_str(), authcid.as_str()),
        ("", "owner@sas.root.hub")
    );
    assert_eq!(password, Password("sig=a\0b".to_owned()));
    assert_eq!(format!("{password:?}"), "Password");
}

#[test]
fn plain_without_a_password_is_nothing() {
    for response in [&b""[..], b"user", b"\0user", b"\0user\xff\0x"] {
        assert_eq!(
            Mechanism::Plain.credentials(&Bytes::from_static(response)),
            None
        );
    }
}

#[test]
fn mssbcbs_is_anonymous_and_external_names_the_other_self() {
    let anonymous = Mechanism::named(&Symbol::from("MSSBCBS")).unwrap();
    assert_eq!(
        anonymous.credentials(&Bytes::new()),
        Some(Credentials::Anonymous)
    );
    assert_eq!(
        Mechanism::External.credentials(&Bytes::from_static(b"me")),
        Some(Credentials::External {
            authzid: "me".to_owned()
        })
    );
    assert_eq!(Mechanism::named(&Symbol::from("SCRAM-SHA-256")), None);
}
