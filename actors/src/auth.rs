//! Who may do what: shared access signatures and certificates against identities, policies and
//! authorities.
//!
//! Everything is denied unless a rule here allows it. The checks are pure; the caller brings the
//! identity, the hub's settings and the time.

use std::time::Duration;

use roost_cluster::HubSettings;
use roost_model::{
    AuthKind, AuthMethod, AuthScope, Authentication, CertificateChain, CertificateError, Grant,
    Identity, IdentityRecord, KeyFingerprint, Permissions, SasError, SasToken, SharedAccessPolicy,
    SymmetricKey, Timestamp, TrustStore,
};

use crate::credential::Credential;

/// Why a token was not accepted. Says nothing that helps to forge one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// Neither token nor certificate came with the request.
    #[error("neither a shared access signature nor a client certificate was given")]
    Missing,
    /// It cannot be read.
    #[error("the shared access signature is malformed: {0}")]
    Malformed(#[from] SasError),
    /// Its time is over.
    #[error("the token expired at {0}")]
    Expired(Timestamp),
    /// It is for something else.
    #[error("the token's resource does not cover the request")]
    OtherResource,
    /// It names a policy that the hub does not have.
    #[error("there is no shared access policy named {0}")]
    UnknownPolicy(String),
    /// No key of the identity or policy made it.
    #[error("the token's signature is wrong")]
    WrongSignature,
    /// The policy's permissions do not reach this far.
    #[error("the policy {policy} lacks the permission {needed}")]
    NotPermitted { policy: String, needed: Permissions },
    /// The identity authenticates with a certificate, not with a token.
    #[error("the identity does not authenticate with a shared access signature")]
    OtherAuthentication,
    /// The identity authenticates with a token, or not at all.
    #[error("the identity does not authenticate with a certificate")]
    NoCertificates,
    /// The certificate is not the one asked for, or not trusted.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

/// What a device proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proof {
    pub(crate) method: AuthMethod,
    /// What it rests on.
    pub(crate) grant: Grant,
    /// The identity's own key, if that is what signed.
    pub(crate) key: Option<KeyFingerprint>,
    /// When the token or a certificate of its path runs out.
    pub(crate) expires_at: Timestamp,
}

/// Checks a service-side token: a policy's, for `resource`, with `needed` among its permissions. Gives the
/// policy and which of its keys made the token.
///
/// # Errors
/// [`AuthError`], telling the first rule that says no.
pub fn verify_policy<'a>(
    settings: &'a HubSettings,
    token: &str,
    resource: &[&str],
    needed: Permissions,
    now: Timestamp,
) -> Result<(&'a SharedAccessPolicy, KeyFingerprint), AuthError> {
    let token = parse(settings, token, resource, now)?;
    let (policy, key) = signed_by_policy(settings, &token)?;
    permitted(policy, needed)?;
    Ok((policy, key.fingerprint()))
}

/// Checks a device's credential: a token of its own, or of a policy with the permission to stand for
/// devices, or a certificate of the kind that its record asks for.
pub(crate) fn verify_device(
    settings: &HubSettings,
    trust: &TrustStore,
    record: &IdentityRecord,
    credential: &Credential,
    now: Timestamp,
) -> Result<Proof, AuthError> {
    match credential {
        Credential::Sas(token) => verify_token(settings, record, token, now),
        Credential::Certificate(chain) => verify_certificate(trust, record, chain, now),
        Credential::None => Err(AuthError::Missing),
    }
}

fn verify_token(
    settings: &HubSettings,
    record: &IdentityRecord,
    token: &str,
    now: Timestamp,
) -> Result<Proof, AuthError> {
    let token = parse(settings, token, &record.identity.resource(), now)?;
    let expires_at = token.expires_at();
    if token.policy().is_some() {
        let (policy, key) = signed_by_policy(settings, &token)?;
        permitted(policy, Permissions::DEVICE_CONNECT)?;
        return Ok(Proof {
            method: AuthMethod::new(AuthScope::Hub, AuthKind::Sas),
            grant: Grant::Policy {
                name: policy.name.clone(),
                key: key.fingerprint(),
            },
            key: None,
            expires_at,
        });
    }
    let Authentication::Sas(keys) = &record.authentication else {
        return Err(AuthError::OtherAuthentication);
    };
    let key = signed_by_one_of(&token, keys.both())?;
    Ok(Proof {
        method: AuthMethod::new(own_scope(&record.identity), AuthKind::Sas),
        grant: Grant::Own,
        key: Some(key.fingerprint()),
        expires_at,
    })
}

fn verify_certificate(
    trust: &TrustStore,
    record: &IdentityRecord,
    chain: &CertificateChain,
    now: Timestamp,
) -> Result<Proof, AuthError> {
    let (grant, expires_at) = match &record.authentication {
        Authentication::SelfSigned(thumbprints) => {
            let facts = thumbprints.check(chain.leaf(), now)?;
            // The last second belongs to it.
            let expires_at = facts.not_after.saturating_add(Duration::from_secs(1));
            (Grant::Own, expires_at)
        }
        Authentication::CertificateAuthority => {
            let trusted = trust.verify(chain, &record.identity.to_string(), now)?;
            (Grant::Authority(trusted.grant), trusted.expires_at)
        }
        Authentication::Sas(_) | Authentication::None => return Err(AuthError::NoCertificates),
    };
    Ok(Proof {
        method: AuthMethod::new(own_scope(&record.identity), AuthKind::X509),
        grant,
        key: None,
        expires_at,
    })
}

fn own_scope(identity: &Identity) -> AuthScope {
    if identity.is_module() {
        AuthScope::Module
    } else {
        AuthScope::Device
    }
}

fn parse(
    settings: &HubSettings,
    token: &str,
    resource: &[&str],
    now: Timestamp,
) -> Result<SasToken, AuthError> {
    if token.is_empty() {
        return Err(AuthError::Missing);
    }
    let token = SasToken::parse(token)?;
    if token.is_expired(now) {
        return Err(AuthError::Expired(token.expires_at()));
    }
    if !settings.hosts().any(|host| token.covers(host, resource)) {
        return Err(AuthError::OtherResource);
    }
    Ok(token)
}

fn signed_by_policy<'a>(
    settings: &'a HubSettings,
    token: &SasToken,
) -> Result<(&'a SharedAccessPolicy, &'a SymmetricKey), AuthError> {
    let name = token.policy().ok_or(AuthError::WrongSignature)?;
    let policy = settings
        .policies
        .get(name)
        .ok_or_else(|| AuthError::UnknownPolicy(name.chars().take(64).collect()))?;
    let key = signed_by_one_of(token, policy.keys())?;
    Ok((policy, key))
}

/// The key that made the token.
fn signed_by_one_of<'a>(
    token: &SasToken,
    keys: [&'a SymmetricKey; 2],
) -> Result<&'a SymmetricKey, AuthError> {
    // Both are tried, so that the time taken does not tell which one matched.
    match keys.map(|key| token.verify(key)) {
        [true, _] => Ok(keys[0]),
        [false, true] => Ok(keys[1]),
        [false, false] => Err(AuthError::WrongSignature),
    }
}

fn permitted(policy: &SharedAccessPolicy, needed: Permissions) -> Result<(), AuthError> {
    if policy.permissions.contains(needed) {
        Ok(())
    } else {
        Err(AuthError::NotPermitted {
            policy: policy.name.clone(),
            needed,
        })
    }
}

#[cfg(test)]
mod tests;
