use roost_model::limits::{MAX_AUTHORITIES, MAX_SERVICE_POLICIES};
use roost_model::{
    CertificateAuthority, KeySlot, Permissions, Precondition, SharedAccessPolicy, SymmetricKey,
};

use super::*;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn key(seed: u8) -> SymmetricKey {
    SymmetricKey::from_bytes(vec![seed; 32]).unwrap()
}

fn policy(name: &str, permissions: Permissions) -> SharedAccessPolicy {
    SharedAccessPolicy {
        name: name.into(),
        primary: key(1),
        secondary: key(2),
        permissions,
    }
}

fn hub() -> MetaState {
    let mut state = formed(&[1]);
    put(&mut state, policy("owner", Permissions::ALL)).unwrap();
    state
}

fn change(state: &mut MetaState, change: AccessCommand) -> Result<u64, MetaRejection> {
    let unit = UnitId(0);
    match state.apply(MetaCommand::Access { unit, change }) {
        MetaOutcome::Revised(revision) => Ok(revision),
        MetaOutcome::Rejected(rejection) => Err(rejection),
        MetaOutcome::Done => panic!("a change of access answers its revision"),
    }
}

fn put(state: &mut MetaState, policy: SharedAccessPolicy) -> Result<u64, MetaRejection> {
    put_if(state, policy, Precondition::None)
}

fn put_if(
    state: &mut MetaState,
    policy: SharedAccessPolicy,
    precondition: Precondition,
) -> Result<u64, MetaRejection> {
    let put = AccessCommand::PutPolicy {
        policy,
        precondition,
        limit: 16,
    };
    change(state, put)
}

fn delete(state: &mut MetaState, name: &str) -> Result<u64, MetaRejection> {
    let delete = AccessCommand::DeletePolicy {
        name: name.into(),
        precondition: Precondition::None,
    };
    change(state, delete)
}

fn settings(state: &MetaState) -> &HubSettings {
    &state.units[&UnitId(0)].settings
}

#[test]
fn a_hub_has_sixteen_policies_and_ten_of_them_serve() {
    let mut state = hub();
    let service = Permissions::SERVICE_CONNECT;
    for number in 1..MAX_SERVICE_POLICIES {
        put(&mut state, policy(&format!("s{number}"), service)).unwrap();
    }
    assert_eq!(
        put(&mut state, policy("s10", service)),
        Err(MetaRejection::TooManyServicePolicies)
    );
    // One that serves may be changed, and one that does not may not begin to.
    put(
        &mut state,
        policy("s1", service.union(Permissions::REGISTRY_READ)),
    )
    .unwrap();
    for number in MAX_SERVICE_POLICIES..16 {
        put(
            &mut state,
            policy(&format!("r{number}"), Permissions::REGISTRY_READ),
        )
        .unwrap();
    }
    assert_eq!(
        put(&mut state, policy("r10", service)),
        Err(MetaRejection::TooManyServicePolicies)
    );
    assert_eq!(settings(&state).policies.len(), 16);
    assert_eq!(
        put(&mut state, policy("r16", Permissions::REGISTRY_READ)),
        Err(MetaRejection::TooManyPolicies(16))
    );
}

#[test]
fn one_policy_with_all_permissions_stays() {
    let mut state = hub();
    assert_eq!(delete(&mut state, "owner"), Err(MetaRejection::LastOwner));
    let less = policy("owner", Permissions::REGISTRY_WRITE);
    assert_eq!(put(&mut state, less.clone()), Err(MetaRejection::LastOwner));
    put(&mut state, policy("second", Permissions::ALL)).unwrap();
    put(&mut state, less).unwrap();
    assert_eq!(delete(&mut state, "second"), Err(MetaRejection::LastOwner));
    delete(&mut state, "owner").unwrap();
    assert_eq!(
        delete(&mut state, "owner"),
        Err(MetaRejection::UnknownPolicy)
    );
}

#[test]
fn a_policy_is_changed_in_the_version_that_was_read() {
    let mut state = hub();
    let read = settings(&state).policies["owner"].etag();
    let rotate = |precondition| AccessCommand::ReplacePolicyKey {
        name: "owner".into(),
        slot: KeySlot::Secondary,
        key: key(9),
        precondition,
    };
    change(&mut state, rotate(Precondition::Matches(read))).unwrap();
    let owner = settings(&state).policies["owner"].clone();
    assert_eq!(
        (owner.primary.clone(), owner.secondary.clone()),
        (key(1), key(9))
    );
    let before = state.clone();
    assert_eq!(
        change(&mut state, rotate(Precondition::Matches(read))),
        Err(MetaRejection::PreconditionFailed)
    );
    assert_eq!(
        put_if(
            &mut state,
            policy("new", Permissions::ALL),
            Precondition::Any
        ),
        Err(MetaRejection::PreconditionFailed)
    );
    assert_eq!(state, before);
}

#[test]
fn every_change_has_a_revision_of_its_own() {
    let mut state = hub();
    let first = put(&mut state, policy("a", Permissions::REGISTRY_READ)).unwrap();
    let second = delete(&mut state, "a").unwrap();
    assert_eq!(second, first + 1);
    assert_eq!(settings(&state).revision, second);
}

fn authority(name: &str) -> CertificateAuthority {
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    let der = params.self_signed(&key).unwrap().der().to_vec();
    CertificateAuthority::new(name, der, NOW).unwrap()
}

fn register(state: &mut MetaState, authority: &CertificateAuthority) -> Result<u64, MetaRejection> {
    let put = AccessCommand::PutAuthority {
        authority: Box::new(authority.clone()),
        precondition: Precondition::None,
    };
    change(state, put)
}

fn ask(state: &mut MetaState, name: &str, code: &str) -> Result<u64, MetaRejection> {
    let ask = AccessCommand::AskForProof {
        name: name.into(),
        code: code.into(),
        precondition: Precondition::None,
        at: NOW,
    };
    change(state, ask)
}

fn verify(state: &mut MetaState, name: &str, code: &str) -> Result<u64, MetaRejection> {
    let verify = AccessCommand::VerifyAuthority {
        name: name.into(),
        code: code.into(),
        precondition: Precondition::None,
        at: NOW,
    };
    change(state, verify)
}

#[test]
fn a_hub_has_twenty_five_authorities() {
    let mut state = hub();
    let one = authority("ca");
    for number in 0..MAX_AUTHORITIES {
        let named = CertificateAuthority {
            name: format!("ca{number}"),
            ..one.clone()
        };
        register(&mut state, &named).unwrap();
    }
    assert_eq!(
        register(&mut state, &one),
        Err(MetaRejection::TooManyAuthorities)
    );
}

#[test]
fn possession_is_proven_for_the_code_that_was_asked_last() {
    let mut state = hub();
    register(&mut state, &authority("ca")).unwrap();
    ask(&mut state, "ca", "one").unwrap();
    ask(&mut state, "ca", "two").unwrap();
    assert_eq!(
        verify(&mut state, "ca", "one"),
        Err(MetaRejection::AuthorityChanged)
    );
    verify(&mut state, "ca", "two").unwrap();
    assert!(settings(&state).authorities["ca"].verified);
    // A code proves once.
    assert_eq!(
        verify(&mut state, "ca", "two"),
        Err(MetaRejection::AuthorityChanged)
    );
}

#[test]
fn another_certificate_must_be_proven_anew_and_the_same_one_need_not() {
    let mut state = hub();
    let first = authority("ca");
    register(&mut state, &first).unwrap();
    ask(&mut state, "ca", "code").unwrap();
    verify(&mut state, "ca", "code").unwrap();
    let etag = settings(&state).authorities["ca"].etag;
    register(&mut state, &first).unwrap();
    assert!(settings(&state).authorities["ca"].verified);
    assert_eq!(settings(&state).authorities["ca"].etag, etag);
    register(&mut state, &authority("ca")).unwrap();
    assert!(!settings(&state).authorities["ca"].verified);
    assert_ne!(settings(&state).authorities["ca"].etag, etag);
}
