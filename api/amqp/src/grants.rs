//! What a connection has proved.

use std::collections::HashMap;

use roost_edge::{Credential, Edge, Principal, Refusal};
use roost_model::{CertificateChain, ErrorCode, Identity, Permissions, SasToken, Timestamp};

/// Tokens and certificates of one connection.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    /// The token of each device that has put one of its own.
    devices: HashMap<Identity, DeviceToken>,
    /// Tokens of policies, the newest last.
    policies: Vec<PolicyToken>,
    /// What the client showed when TLS began.
    certificates: Option<CertificateChain>,
}

#[derive(Debug)]
struct DeviceToken {
    token: String,
    expires_at: Timestamp,
}

#[derive(Debug)]
struct PolicyToken {
    token: String,
    path: Vec<String>,
    expires_at: Timestamp,
}

/// What a service link rests on.
#[derive(Debug, Clone)]
pub(crate) struct Ground {
    principal: Principal,
    /// The tokens for this path count: a renewed one takes the place of the first.
    path: Vec<String>,
}

/// Whom a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A device or module.
    Device(Identity),
    /// A policy, for the resource at this path.
    Policy(Vec<String>),
}

// === impl Subject ===

impl Subject {
    /// Reads it from the token itself: the name that clients put beside it takes too many forms.
    ///
    /// # Errors
    /// 401003 for what is no token.
    pub(crate) fn of(token: &str) -> Result<Subject, Refusal> {
        let unauthorized = |reason: String| Refusal::new(ErrorCode::IotHubUnauthorized, reason);
        let parsed = SasToken::parse(token).map_err(|error| unauthorized(error.to_string()))?;
        let path = parsed.path();
        let is = |at: usize, word: &str| path.get(at).is_some_and(|one: &String| one == word);
        if !is(0, "devices") {
            return Ok(Subject::Policy(path.to_vec()));
        }
        let text = match path.len() {
            2 => path[1].clone(),
            4 if is(2, "modules") => format!("{}/{}", path[1], path[3]),
            _ => return Err(unauthorized("the token is for no device or module".into())),
        };
        let identity = text.parse();
        identity
            .map(Subject::Device)
            .map_err(|_| unauthorized(format!("{text:?} is no device or module")))
    }
}

// === impl Grants ===

impl Grants {
    /// What a client has proved by the TLS handshake, if anything.
    pub(crate) fn new(certificates: Option<CertificateChain>) -> Grants {
        Grants {
            certificates,
            ..Grants::default()
        }
    }

    /// How many tokens there are.
    pub(crate) fn len(&self) -> usize {
        self.devices.len() + self.policies.len()
    }

    /// Whether there can be service links: each rests on the token of a policy.
    pub(crate) fn has_policies(&self) -> bool {
        !self.policies.is_empty()
    }

    /// Keeps a device's token that was checked.
    pub(crate) fn keep_device(&mut self, identity: Identity, token: String, expires_at: Timestamp) {
        let token = DeviceToken { token, expires_at };
        self.devices.insert(identity, token);
    }

    /// Checks a policy's token and keeps it in place of an older one for the same resource.
    ///
    /// # Errors
    /// 401003 for a token that does not fit.
    pub(crate) fn keep_policy(
        &mut self,
        edge: &Edge,
        token: String,
        path: Vec<String>,
    ) -> Result<(), Refusal> {
        let segments: Vec<&str> = path.iter().map(String::as_str).collect();
        edge.authorize(Some(&token), &segments, Permissions::NONE)?;
        let expires_at = SasToken::parse(&token).map_or(Timestamp::NEVER, |one| one.expires_at());
        self.policies.retain(|known| known.path != path);
        self.policies.push(PolicyToken {
            token,
            path,
            expires_at,
        });
        Ok(())
    }

    /// What a device can connect with: its own token, its device's, a policy's, a certificate.
    pub(crate) fn credential(&self, identity: &Identity, now: Timestamp) -> Credential {
        let alive = |one: &&DeviceToken| one.expires_at > now;
        if let Some(own) = self.devices.get(identity).filter(alive) {
            return Credential::Sas(own.token.clone());
        }
        if identity.is_module() {
            let device = Identity::device(identity.device.clone());
            if let Some(parent) = self.devices.get(&device).filter(alive) {
                return Credential::Sas(parent.token.clone());
            }
        }
        if let Some(chain) = &self.certificates {
            return Credential::Certificate(chain.clone());
        }
        match self.policies.iter().rev().find(|one| one.expires_at > now) {
            Some(policy) => Credential::Sas(policy.token.clone()),
            None => Credential::None,
        }
    }

    /// What a service link for `resource` may rest on.
    ///
    /// # Errors
    /// 401003 when no token is for it, 401002 when the policy lacks the permission.
    pub(crate) fn ground(
        &self,
        edge: &Edge,
        resource: &[&str],
        needed: Permissions,
    ) -> Result<Ground, Refusal> {
        let mut refusal = Refusal::new(
            ErrorCode::IotHubUnauthorized,
            "no token for this was put on $cbs",
        );
        for policy in self.policies.iter().rev() {
            match edge.authorize(Some(&policy.token), resource, needed) {
                Ok(principal) => {
                    return Ok(Ground {
                        principal,
                        path: policy.path.clone(),
                    });
                }
                Err(refused) => refusal = refused,
            }
        }
        Err(refusal)
    }

    /// Whether a service link may stay.
    ///
    /// # Errors
    /// 401003 when its policy has changed, or its token has expired and no other was put.
    pub(crate) fn uphold(&self, edge: &Edge, ground: &Ground) -> Result<(), Refusal> {
        edge.uphold(&ground.principal)?;
        let now = edge.now();
        let mut tokens = self.policies.iter();
        if tokens.any(|token| token.path == ground.path && token.expires_at > now) {
            return Ok(());
        }
        Err(Refusal::new(
            ErrorCode::IotHubUnauthorized,
            "the token has expired",
        ))
    }

    /// Forgets device tokens that nobody can use any more.
    pub(crate) fn forget_expired(&mut self, now: Timestamp) {
        self.devices.retain(|_, token| token.expires_at > now);
    }
}
