use std::collections::{BTreeMap, BTreeSet};

use roost_model::{
    ETag, Generation, HubName, Status, SymmetricKeys, Thumbprints, Timestamp, default_policies,
    sas, sign,
};

use super::*;

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const LATER: Timestamp = Timestamp(1_800_000_600_000);

fn key(seed: u8) -> SymmetricKey {
    SymmetricKey::from_bytes(vec![seed; 32]).unwrap()
}

fn hub(name: &str) -> HubName {
    HubName::parse(name).unwrap()
}

fn settings() -> HubSettings {
    let mut seed = 100;
    let policies = default_policies(|| {
        seed += 1;
        key(seed)
    });
    HubSettings {
        hub: hub("hub.local"),
        aliases: vec![hub("127.0.0.2")],
        policies: policies
            .into_iter()
            .map(|policy| (policy.name.clone(), policy))
            .collect(),
        authorities: BTreeMap::new(),
        revision: 0,
        consumer_groups: BTreeSet::new(),
        retention_ms: 0,
        retention_bytes: 0,
        events: roost_model::EventSources::NONE,
    }
}

fn record(id: &str, authentication: Authentication) -> IdentityRecord {
    IdentityRecord {
        identity: id.parse().unwrap(),
        generation: Generation(1),
        etag: ETag(1),
        status: Status::Enabled,
        status_reason: None,
        status_updated_at: Timestamp::NEVER,
        authentication,
        iot_edge: false,
        device_scope: None,
        parent_scopes: Vec::new(),
        created_at: NOW,
        connection_state_updated_at: Timestamp::NEVER,
        last_activity_at: Timestamp::NEVER,
        subscriptions: None,
        last_ending: None,
        managed_by: None,
    }
}

fn device() -> IdentityRecord {
    let keys = SymmetricKeys {
        primary: key(1),
        secondary: key(2),
    };
    record("dev1", Authentication::Sas(keys))
}

fn token(host: &str, path: &[&str], key: &SymmetricKey, policy: Option<&str>) -> String {
    sign(&sas::encode_resource(&hub(host), path), key, LATER, policy)
}

fn verify(record: &IdentityRecord, token: &str, now: Timestamp) -> Result<Proof, AuthError> {
    let credential = Credential::Sas(token.to_owned());
    verify_device(
        &settings(),
        &TrustStore::default(),
        record,
        &credential,
        now,
    )
}

fn policy_key(name: &str) -> SymmetricKey {
    settings().policies[name].primary.clone()
}

#[test]
fn either_key_of_a_device_opens_its_own_door_under_every_name_of_the_hub() {
    for signer in [key(1), key(2)] {
        for host in ["hub.local", "127.0.0.2"] {
            let token = token(host, &["devices", "dev1"], &signer, None);
            let proof = verify(&device(), &token, NOW).unwrap();
            assert_eq!(proof.method.scope, AuthScope::Device);
            assert_eq!(proof.expires_at, LATER);
        }
    }
}

#[test]
fn a_token_opens_no_other_door() {
    let own = ["devices", "dev1"];
    let cases: BTreeMap<&str, (String, AuthError)> = BTreeMap::from([
        ("nothing", (String::new(), AuthError::Missing)),
        (
            "another key",
            (
                token("hub.local", &own, &key(9), None),
                AuthError::WrongSignature,
            ),
        ),
        (
            "another device",
            (
                token("hub.local", &["devices", "dev2"], &key(1), None),
                AuthError::OtherResource,
            ),
        ),
        (
            "another hub",
            (
                token("other.local", &own, &key(1), None),
                AuthError::OtherResource,
            ),
        ),
        (
            "a policy that is not there",
            (
                token("hub.local", &own, &key(1), Some("nobody")),
                AuthError::UnknownPolicy("nobody".into()),
            ),
        ),
    ]);
    for (case, (token, expected)) in cases {
        let refused = verify(&device(), &token, NOW).unwrap_err();
        assert_eq!(refused, expected, "{case}");
    }
}

#[test]
fn a_token_ends_at_its_expiry() {
    let token = token("hub.local", &["devices", "dev1"], &key(1), None);
    let just_before = Timestamp(LATER.0 - 1);
    assert!(verify(&device(), &token, just_before).is_ok());
    let refused = verify(&device(), &token, LATER).unwrap_err();
    assert_eq!(refused, AuthError::Expired(LATER));
}

#[test]
fn a_policy_stands_for_devices_only_with_the_permission_to() {
    let path = ["devices"];
    let allowed = token("hub.local", &path, &policy_key("device"), Some("device"));
    let proof = verify(&device(), &allowed, NOW).unwrap();
    assert_eq!(proof.method.scope, AuthScope::Hub);
    let grant = Grant::Policy {
        name: "device".into(),
        key: policy_key("device").fingerprint(),
    };
    assert_eq!(proof.grant, grant);
    let denied = token("hub.local", &path, &policy_key("service"), Some("service"));
    let refused = verify(&device(), &denied, NOW).unwrap_err();
    assert!(
        matches!(refused, AuthError::NotPermitted { .. }),
        "{refused}"
    );
}

#[test]
fn a_device_with_a_certificate_has_no_key_to_sign_with() {
    let record = record("dev1", Authentication::CertificateAuthority);
    let token = token("hub.local", &["devices", "dev1"], &key(1), None);
    let refused = verify(&record, &token, NOW).unwrap_err();
    assert_eq!(refused, AuthError::OtherAuthentication);
}

/// A certificate that is valid around [`NOW`].
fn certificate() -> Vec<u8> {
    let mut params = rcgen::CertificateParams::default();
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(2028, 1, 1);
    let key = rcgen::KeyPair::generate().unwrap();
    params.self_signed(&key).unwrap().der().to_vec()
}

fn show(record: &IdentityRecord, certificate: Vec<u8>) -> Result<Proof, AuthError> {
    let chain = CertificateChain::from_der(vec![certificate]).unwrap();
    let credential = Credential::Certificate(chain);
    verify_device(
        &settings(),
        &TrustStore::default(),
        record,
        &credential,
        NOW,
    )
}

#[test]
fn a_certificate_opens_the_door_of_the_identity_that_knows_its_thumbprint() {
    use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
    let der = certificate();
    for algorithm in [&SHA1_FOR_LEGACY_USE_ONLY, &SHA256] {
        let hash = digest(algorithm, &der);
        let print: String = hash
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        for (primary, secondary) in [(Some(print.as_str()), None), (None, Some(print.as_str()))] {
            let thumbprints = Thumbprints::parse(primary, secondary).unwrap();
            let module = record("dev1/mod1", Authentication::SelfSigned(thumbprints));
            let proof = show(&module, der.clone()).unwrap();
            assert_eq!(
                proof.method,
                AuthMethod::new(AuthScope::Module, AuthKind::X509)
            );
            assert_eq!(proof.grant, Grant::Own);
            let refused = show(&module, certificate()).unwrap_err();
            assert!(matches!(
                refused,
                AuthError::Certificate(CertificateError::OtherThumbprint(_))
            ));
        }
    }
}

#[test]
fn each_identity_takes_the_one_kind_of_credential_that_its_record_names() {
    let refused = show(&device(), certificate()).unwrap_err();
    assert_eq!(refused, AuthError::NoCertificates);
    let refused = show(&record("dev1", Authentication::None), certificate()).unwrap_err();
    assert_eq!(refused, AuthError::NoCertificates);
    let by_authority = record("dev1", Authentication::CertificateAuthority);
    let refused = show(&by_authority, certificate()).unwrap_err();
    assert!(matches!(refused, AuthError::Certificate(_)), "{refused}");
    let nothing = Credential::None;
    let trust = TrustStore::default();
    let refused = verify_device(&settings(), &trust, &by_authority, &nothing, NOW).unwrap_err();
    assert_eq!(refused, AuthError::Missing);
}

#[test]
fn a_service_request_needs_its_permission_and_a_covering_resource() {
    let settings = settings();
    let read = Permissions::REGISTRY_READ;
    let resource = ["devices", "dev1"];
    let owner = token(
        "hub.local",
        &[],
        &policy_key("iothubowner"),
        Some("iothubowner"),
    );
    let (policy, _) = verify_policy(&settings, &owner, &resource, Permissions::ALL, NOW).unwrap();
    assert_eq!(policy.name, "iothubowner");
    let service = token("hub.local", &[], &policy_key("service"), Some("service"));
    let refused = verify_policy(&settings, &service, &resource, read, NOW).unwrap_err();
    assert_eq!(
        refused,
        AuthError::NotPermitted {
            policy: "service".into(),
            needed: read
        }
    );
    let devices_own = token("hub.local", &resource, &key(1), None);
    let refused = verify_policy(&settings, &devices_own, &resource, read, NOW).unwrap_err();
    assert_eq!(refused, AuthError::WrongSignature);
}
