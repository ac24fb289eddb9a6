use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, IsCa, SerialNumber, date_time_ymd};

use super::super::testing::{Ca, NOW, YEAR, self_signed};
use super::*;

fn registered(name: &str, ca: &Ca) -> CertificateAuthority {
    CertificateAuthority {
        verified: true,
        ..CertificateAuthority::new(name, ca.der().to_vec(), NOW).unwrap()
    }
}

fn store(ca: &Ca) -> TrustStore {
    TrustStore::new([&registered("root", ca)])
}

fn revoking(ca: &Ca, serials: &[u64]) -> CertificateAuthority {
    let mut authority = registered("root", ca);
    let list = RevocationList::accept(&ca.crl(1, serials, NOW), &authority, NOW);
    authority.revoked = Some(list.unwrap());
    authority
}

#[test]
fn a_certificate_of_a_verified_authority_with_the_right_name_is_trusted() {
    let ca = Ca::new("root");
    let trusted = store(&ca)
        .verify(&ca.chain(ca.issue("dev1")), "dev1", NOW)
        .unwrap();
    assert_eq!(trusted.grant.authority, "root");
    assert_eq!(trusted.grant.path.len(), 1);
    let facts = CertificateFacts::read(&ca.issue("dev1")).unwrap();
    assert_eq!(
        trusted.expires_at,
        facts.not_after.saturating_add(Duration::from_secs(1))
    );
}

#[test]
fn the_common_name_is_the_identity_in_its_own_case() {
    let ca = Ca::new("root");
    let store = store(&ca);
    for (common_name, identity, fits) in [
        ("dev1", "dev1", true),
        ("dev1/mod1", "dev1/mod1", true),
        ("dev1", "dev2", false),
        ("DEV1", "dev1", false),
        ("dev1", "dev1/mod1", false),
        ("", "dev1", false),
    ] {
        let verified = store.verify(&ca.chain(ca.issue(common_name)), identity, NOW);
        assert_eq!(verified.is_ok(), fits, "{common_name} for {identity}");
    }
}

#[test]
fn an_authority_stands_behind_what_its_intermediates_sign_if_they_are_sent() {
    let ca = Ca::new("root");
    let deeper = ca.intermediate("middle").intermediate("deeper");
    let leaf = deeper.issue("dev1");
    let trusted = store(&ca).verify(&deeper.chain(leaf.clone()), "dev1", NOW);
    assert_eq!(trusted.unwrap().grant.path.len(), 3);
    let alone = CertificateChain::from_der(vec![leaf]).unwrap();
    assert!(matches!(
        store(&ca).verify(&alone, "dev1", NOW),
        Err(CertificateError::UnknownAuthority(_))
    ));
    // The intermediate itself may be what was registered.
    let chain = deeper.chain(deeper.issue("dev1"));
    let trusted = store(&deeper).verify(&chain, "dev1", NOW).unwrap();
    assert_eq!(trusted.grant.path.len(), 1);
}

#[test]
fn an_authority_that_is_not_registered_or_not_verified_counts_for_nothing() {
    let (ca, other) = (Ca::new("root"), Ca::new("root"));
    let chain = other.chain(other.issue("dev1"));
    let refused = store(&ca).verify(&chain, "dev1", NOW).unwrap_err();
    assert!(!refused.to_string().contains("revoked"), "{refused}");
    let unverified = CertificateAuthority {
        verified: false,
        ..registered("mine", &other)
    };
    let store = TrustStore::new([&unverified]);
    assert_eq!(
        store.verify(&chain, "dev1", NOW),
        Err(CertificateError::UnverifiedAuthority("mine".into()))
    );
    let own = CertificateChain::from_der(vec![self_signed("dev1")]).unwrap();
    assert!(store.verify(&own, "dev1", NOW).is_err());
}

#[test]
fn every_certificate_of_the_path_must_be_valid_now() {
    let ca = Ca::new("root");
    let old = ca.issue_with("dev1", |params| {
        params.not_after = date_time_ymd(2027, 1, 1)
    });
    assert!(matches!(
        store(&ca).verify(&ca.chain(old), "dev1", NOW),
        Err(CertificateError::Expired(_))
    ));
    let young = ca.issue_with("dev1", |params| {
        params.not_before = date_time_ymd(2027, 6, 1)
    });
    assert!(matches!(
        store(&ca).verify(&ca.chain(young), "dev1", NOW),
        Err(CertificateError::NotYetValid(_))
    ));
    // The authority runs out before the device's certificate does.
    let long = ca.issue_with("dev1", |params| {
        params.not_after = date_time_ymd(2060, 1, 1)
    });
    let late = NOW.saturating_add(YEAR * 20);
    assert_eq!(
        store(&ca).verify(&ca.chain(long), "dev1", late),
        Err(CertificateError::AuthorityOutOfDate("root".into()))
    );
}

#[test]
fn constraints_and_usage_are_kept() {
    let ca = Ca::with("root", |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    });
    assert!(
        store(&ca)
            .verify(&ca.chain(ca.issue("dev1")), "dev1", NOW)
            .is_ok()
    );
    let below = ca.intermediate("below");
    assert!(matches!(
        store(&ca).verify(&below.chain(below.issue("dev1")), "dev1", NOW),
        Err(CertificateError::Path(_))
    ));
    let server_only = ca.issue_with("dev1", |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    assert!(matches!(
        store(&ca).verify(&ca.chain(server_only), "dev1", NOW),
        Err(CertificateError::Path(_))
    ));
    let no_device = ca.issue_with("dev1", |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    });
    assert!(
        store(&ca)
            .verify(&ca.chain(no_device), "dev1", NOW)
            .is_err()
    );
}

#[test]
fn a_device_cannot_sign_for_another_one() {
    let ca = Ca::new("root");
    // A leaf that is no authority used as one: its own certificate is sent as intermediate.
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2028, 1, 1);
    let leaf = ca.issue("dev1");
    let rogue = rcgen::Issuer::new(params.clone(), key);
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "dev2");
    let forged = params
        .signed_by(&rcgen::KeyPair::generate().unwrap(), &rogue)
        .unwrap();
    let chain = CertificateChain::from_der(vec![forged.der().to_vec(), leaf]).unwrap();
    assert!(store(&ca).verify(&chain, "dev2", NOW).is_err());
}

#[test]
fn a_revoked_certificate_is_refused_wherever_it_stands_on_the_path() {
    let ca = Ca::new("root");
    let leaf = ca.issue_with("dev1", |params| {
        params.serial_number = Some(SerialNumber::from(300u64));
    });
    let chain = ca.chain(leaf);
    let trusted = store(&ca).verify(&chain, "dev1", NOW).unwrap();
    let revoking_it = TrustStore::new([&revoking(&ca, &[300])]);
    assert_eq!(
        revoking_it.verify(&chain, "dev1", NOW),
        Err(CertificateError::Revoked("012C".into()))
    );
    assert!(!revoking_it.holds(&trusted.grant));
    let revoking_another = TrustStore::new([&revoking(&ca, &[301])]);
    assert!(revoking_another.verify(&chain, "dev1", NOW).is_ok());
    assert!(revoking_another.holds(&trusted.grant));
}

#[test]
fn a_grant_holds_as_long_as_its_authority_stands() {
    let ca = Ca::new("root");
    let granted = store(&ca)
        .verify(&ca.chain(ca.issue("dev1")), "dev1", NOW)
        .unwrap()
        .grant;
    assert!(store(&ca).holds(&granted));
    assert!(!TrustStore::default().holds(&granted));
    assert!(!store(&Ca::new("root")).holds(&granted));
    let unverified = CertificateAuthority {
        verified: false,
        ..registered("root", &ca)
    };
    assert!(!TrustStore::new([&unverified]).holds(&granted));
}

#[test]
fn the_path_that_works_is_found_among_authorities_of_one_name() {
    let (old, new) = (Ca::new("root"), Ca::new("root"));
    let store = TrustStore::new([&registered("old", &old), &registered("new", &new)]);
    let trusted = store.verify(&new.chain(new.issue("dev1")), "dev1", NOW);
    assert_eq!(trusted.unwrap().grant.authority, "new");
}
