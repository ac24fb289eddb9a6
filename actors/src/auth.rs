//! Who may do what: shared access signatures against identities and policies.
//!
//! Everything is denied unless a rule here allows it. The checks are pure; the caller brings the
//! identity, the hub's settings and the time.

use roost_cluster::HubSettings;
use roost_model::{
    AuthKind, AuthMethod, AuthScope, Authentication, Identity, IdentityRecord, KeyFingerprint,
    Permissions, SasError, SasToken, SharedAccessPolicy, SymmetricKey, Timestamp,
};

/// Why a token was not accepted. Says nothing that helps to forge one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// No token came with the request.
    #[error("no shared access signature was given")]
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
}

/// What a device proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Proof {
    pub(crate) method: AuthMethod,
    /// The identity's own key, if that is what signed.
    pub(crate) key: Option<KeyFingerprint>,
    pub(crate) expires_at: Timestamp,
}

/// Checks a service-side token: a policy's, for `resource`, with `needed` among its permissions.
///
/// # Errors
/// [`AuthError`], telling the first rule that says no.
pub fn verify_policy<'a>(
    settings: &'a HubSettings,
    token: &str,
    resource: &[&str],
    needed: Permissions,
    now: Timestamp,
) -> Result<&'a SharedAccessPolicy, AuthError> {
    let token = parse(settings, token, resource, now)?;
    let policy = signed_by_policy(settings, &token)?;
    permitted(policy, needed)?;
    Ok(policy)
}

/// Checks a device's token: its own, or that of a policy with the permission to stand for devices.
pub(crate) fn verify_device(
    settings: &HubSettings,
    record: &IdentityRecord,
    token: &str,
    now: Timestamp,
) -> Result<Proof, AuthError> {
    let token = parse(settings, token, &record.identity.resource(), now)?;
    let (scope, key) = if token.policy().is_some() {
        permitted(
            signed_by_policy(settings, &token)?,
            Permissions::DEVICE_CONNECT,
        )?;
        (AuthScope::Hub, None)
    } else {
        let Authentication::Sas(keys) = &record.authentication else {
            return Err(AuthError::OtherAuthentication);
        };
        let key = signed_by_one_of(&token, keys.both())?;
        (own_scope(&record.identity), Some(key.fingerprint()))
    };
    let method = AuthMethod {
        scope,
        kind: AuthKind::Sas,
    };
    Ok(Proof {
        method,
        key,
        expires_at: token.expires_at(),
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
) -> Result<&'a SharedAccessPolicy, AuthError> {
    let name = token.policy().ok_or(AuthError::WrongSignature)?;
    let policy = settings
        .policies
        .get(name)
        .ok_or_else(|| AuthError::UnknownPolicy(name.chars().take(64).collect()))?;
    signed_by_one_of(token, policy.keys())?;
    Ok(policy)
}

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
