//! Names of policies and authorities, revocation lists and the certificates that a device shows.
//!
//! How many policies and authorities there may be is in `security/`.

use reqwest::Method;
use roost_model::ErrorCode;
use roost_model::limits::{
    MAX_AUTHORITY_NAME_CHARS, MAX_CHAIN_CERTIFICATES, MAX_CRL_BYTES, MAX_POLICY_NAME_CHARS,
};
use serde_json::{Value, json};

use super::{ask, taken};
use crate::fixture::{
    ACCEPTED, AUTHORITIES, NOT_AUTHORIZED, POLICIES, TestAuthority, TestCertificate, TestDevice,
    ask_with, assert_refusal, node, owner, refused,
};

#[tokio::test]
async fn the_name_of_a_policy_has_at_most_64_characters() {
    let _turn = POLICIES.lock().await;
    let path = |chars: usize| format!("/admin/policies/{}", "p".repeat(chars));
    let put = |chars: usize| {
        let body = json!({ "rights": "RegistryRead" });
        ask(Method::PUT, &path(chars), &body)
    };
    taken("the longest", put(MAX_POLICY_NAME_CHARS)).await;
    let longer = put(MAX_POLICY_NAME_CHARS + 1);
    refused("a longer one", longer, ErrorCode::ArgumentInvalid).await;
    let delete = ask(Method::DELETE, &path(MAX_POLICY_NAME_CHARS), &Value::Null);
    taken("its end", delete).await;
}

#[tokio::test]
async fn the_name_of_an_authority_has_at_most_64_characters() {
    let _turn = AUTHORITIES.lock().await;
    let authority = TestAuthority::new("Named");
    let path = |chars: usize| format!("/admin/certificates/{}", "a".repeat(chars));
    let put = |chars: usize| {
        let request = owner(0).authorized(Method::PUT, &path(chars));
        request.body(authority.pem.clone())
    };
    taken("the longest", put(MAX_AUTHORITY_NAME_CHARS)).await;
    let longer = put(MAX_AUTHORITY_NAME_CHARS + 1);
    refused("a longer one", longer, ErrorCode::ArgumentInvalid).await;
    let longest = path(MAX_AUTHORITY_NAME_CHARS);
    taken("its end", owner(0).authorized(Method::DELETE, &longest)).await;
}

#[tokio::test]
async fn a_revocation_list_has_at_most_256_kib() {
    let _turn = AUTHORITIES.lock().await;
    let authority = TestAuthority::new("Listed");
    let path = "/admin/certificates/limits-listed";
    let put = owner(0).authorized(Method::PUT, path);
    taken("it", put.body(authority.pem.clone())).await;
    // Both begin as DER does and neither is a list, and only one of them is read to see that.
    let list = |bytes: usize| {
        let mut list = vec![0; bytes];
        list[..2].copy_from_slice(&[0x30, 0x83]);
        list
    };
    for (bytes, reason) in [
        (MAX_CRL_BYTES, "cannot be read"),
        (MAX_CRL_BYTES + 1, "has at most"),
    ] {
        let upload = owner(0).authorized(Method::PUT, &format!("{path}/crl"));
        let answer = upload.body(list(bytes)).send().await.unwrap();
        let text = answer.text().await.unwrap();
        assert!(text.contains(reason), "{bytes} bytes: {text}");
        let upload = owner(0).authorized(Method::PUT, &format!("{path}/crl"));
        let answer = upload.body(list(bytes)).send().await.unwrap();
        assert_refusal(reason, answer, ErrorCode::ArgumentInvalid).await;
    }
    taken("its end", owner(0).authorized(Method::DELETE, path)).await;
}

#[tokio::test]
async fn a_device_shows_at_most_ten_certificates() {
    let device = TestDevice::create("limits-chain").await;
    let own = TestCertificate::self_signed("limits-chain");
    let connect = crate::fixture::Connect {
        password: None,
        ..device.connect_packet()
    };
    for (certificates, code) in [
        (MAX_CHAIN_CERTIFICATES, ACCEPTED),
        (MAX_CHAIN_CERTIFICATES + 1, NOT_AUTHORIZED),
    ] {
        let certificate = own.beside(certificates - 1);
        let [_, thumbprint] = certificate.thumbprints();
        let body = json!({ "authentication": {
            "type": "selfSigned",
            "x509Thumbprint": { "primaryThumbprint": thumbprint },
        } });
        let put = ask(Method::PUT, "/devices/limits-chain", &body).header("If-Match", "*");
        taken("its thumbprint", put).await;
        let tls = certificate.tls(rustls::ALL_VERSIONS);
        let answer = ask_with(node(0), &connect, tls).1;
        assert_eq!(answer, Some(code), "{certificates} certificates");
    }
}
