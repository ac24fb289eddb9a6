//! The identity registry's record of a device or module.

mod ending;
mod scope;

use thiserror::Error;

use crate::channel::Channels;
pub use ending::{DetachReason, Ending};
pub use scope::{EdgeScope, InvalidScope};

use crate::etag::ETag;
use crate::id::{Generation, Identity};
use crate::key::SymmetricKeys;
use crate::time::Timestamp;
use crate::x509::{CertificateError, CertificateFacts, thumbprints};

/// Why a text is not a certificate thumbprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a thumbprint is 40 (SHA-1) or 64 (SHA-256) hexadecimal digits")]
pub struct InvalidThumbprint;

/// The thumbprints of the certificates that an identity may present; SHA-1 or SHA-256, hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Default, bincode::Encode, bincode::Decode)]
pub struct Thumbprints {
    pub primary: Option<String>,
    pub secondary: Option<String>,
}

impl Thumbprints {
    /// Checks both texts; keeps them in upper case.
    pub fn parse(
        primary: Option<&str>,
        secondary: Option<&str>,
    ) -> Result<Self, InvalidThumbprint> {
        Ok(Self {
            primary: primary.map(parse_thumbprint).transpose()?,
            secondary: secondary.map(parse_thumbprint).transpose()?,
        })
    }

    /// Whether a certificate's thumbprint (SHA-1 or SHA-256, hexadecimal, any case) is one of these.
    pub fn contains(&self, thumbprint: &str) -> bool {
        [&self.primary, &self.secondary]
            .into_iter()
            .flatten()
            .any(|known| known.eq_ignore_ascii_case(thumbprint))
    }
}

impl Thumbprints {
    /// Checks a certificate in DER: valid now, and one of these. Nothing else is asked of it.
    ///
    /// # Errors
    /// [`CertificateError`]: unreadable, out of date, or another one.
    pub fn check(&self, der: &[u8], now: Timestamp) -> Result<CertificateFacts, CertificateError> {
        let facts = CertificateFacts::read(der)?;
        facts.check_validity(now)?;
        let [sha1, sha256] = thumbprints(der);
        if self.contains(&sha1) | self.contains(&sha256) {
            Ok(facts)
        } else {
            Err(CertificateError::OtherThumbprint(sha256))
        }
    }
}

fn parse_thumbprint(text: &str) -> Result<String, InvalidThumbprint> {
    let hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hexadecimal && matches!(text.len(), 40 | 64) {
        Ok(text.to_ascii_uppercase())
    } else {
        Err(InvalidThumbprint)
    }
}

/// How an identity proves who it is. One method per identity.
///
/// Source: IoT Hub developer guide, identity registry, `authentication`.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub enum Authentication {
    /// Tokens signed with one of two keys.
    Sas(SymmetricKeys),
    /// A client certificate known by its thumbprint.
    SelfSigned(Thumbprints),
    /// A client certificate issued by a registered authority to the id as common name.
    CertificateAuthority,
    /// None: the identity can't connect with a credential of its own.
    None,
}

impl Authentication {
    /// `authentication.type` in identity documents.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Sas(_) => "sas",
            Self::SelfSigned(_) => "selfSigned",
            Self::CertificateAuthority => "certificateAuthority",
            Self::None => "none",
        }
    }
}

/// Whether an identity may connect at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, bincode::Encode, bincode::Decode)]
pub enum Status {
    #[default]
    Enabled,
    Disabled,
}

impl Status {
    /// `status` in identity documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }

    /// Reads `enabled` or `disabled` in any case (SDKs differ in it).
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Enabled, Self::Disabled]
            .into_iter()
            .find(|status| status.name().eq_ignore_ascii_case(text))
    }
}

/// What the registry keeps of a device or module. Stored through [`crate::codec`] with
/// [`Self::VERSION`].
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct IdentityRecord {
    pub identity: Identity,
    /// Differs from the generation of any earlier identity of the same id.
    pub generation: Generation,
    /// Changed by every update.
    pub etag: ETag,
    pub status: Status,
    /// At most 128 characters.
    pub status_reason: Option<String>,
    pub status_updated_at: Timestamp,
    pub authentication: Authentication,
    /// Marks an Edge device (`capabilities.iotEdge`).
    pub iot_edge: bool,
    /// An Edge device's own scope, or the scope of a leaf device's parent.
    pub device_scope: Option<String>,
    /// The scope of an Edge device's parent.
    pub parent_scopes: Vec<String>,
    pub created_at: Timestamp,
    pub connection_state_updated_at: Timestamp,
    /// The last connect, receive or send over MQTT.
    pub last_activity_at: Timestamp,
    /// What its last connection had subscribed to, if that asked to be remembered (MQTT 3.1.1,
    /// 3.1.2.4). The session itself knows better while there is one.
    pub subscriptions: Option<Channels>,
    /// How the last session ended, if there was one.
    pub last_ending: Option<Ending>,
    /// Of a module: whose it is, such as `iotEdge`.
    pub managed_by: Option<String>,
}

impl IdentityRecord {
    /// The newest stored layout.
    pub const VERSION: u8 = 1;

    pub fn is_enabled(&self) -> bool {
        self.status == Status::Enabled
    }
}

#[cfg(test)]
mod tests;
