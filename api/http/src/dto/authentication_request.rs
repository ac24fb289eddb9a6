use roost_model::{Authentication, SymmetricKey, SymmetricKeys, Thumbprints};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::ApiError;

/// How an identity is to prove itself. Without `type`, the member that has values decides.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = AuthenticationUpdate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthenticationRequest {
    symmetric_key: Option<SymmetricKeyRequest>,
    x509_thumbprint: Option<ThumbprintRequest>,
    /// `sas`, `selfSigned`, `certificateAuthority` or `none`.
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// Both keys or neither; base64 of 16 to 64 bytes.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = SymmetricKeyUpdate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SymmetricKeyRequest {
    primary_key: Option<String>,
    secondary_key: Option<String>,
}

/// At least one; 40 (SHA-1) or 64 (SHA-256) hexadecimal digits.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = X509ThumbprintUpdate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ThumbprintRequest {
    primary_thumbprint: Option<String>,
    secondary_thumbprint: Option<String>,
}

/// What a request says about an identity's credentials.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Shared access signatures without naming keys: the identity keeps its keys, or gets new ones.
    SasWithAnyKeys,
    Exactly(Authentication),
}

impl AuthenticationRequest {
    /// Errors: ArgumentNull when one of a pair of keys or every thumbprint is missing,
    /// ArgumentInvalid for a key, thumbprint or type that is none.
    pub(crate) fn wanted(self) -> Result<Wanted, ApiError> {
        let (primary_key, secondary_key) = match self.symmetric_key {
            Some(keys) => (given(keys.primary_key), given(keys.secondary_key)),
            None => (None, None),
        };
        let (primary_thumbprint, secondary_thumbprint) = match self.x509_thumbprint {
            Some(prints) => (
                given(prints.primary_thumbprint),
                given(prints.secondary_thumbprint),
            ),
            None => (None, None),
        };
        let has_keys = primary_key.is_some() || secondary_key.is_some();
        let has_prints = primary_thumbprint.is_some() || secondary_thumbprint.is_some();
        let kind = match given(self.kind) {
            Some(kind) => kind.to_ascii_lowercase(),
            None if has_keys && has_prints => {
                let text = "an identity has either keys or thumbprints, not both";
                return Err(ApiError::invalid(text));
            }
            None if has_prints => "selfsigned".to_owned(),
            None => "sas".to_owned(),
        };
        match kind.as_str() {
            "sas" => sas(primary_key, secondary_key),
            "selfsigned" => self_signed(primary_thumbprint, secondary_thumbprint),
            "certificateauthority" => Ok(Wanted::Exactly(Authentication::CertificateAuthority)),
            "none" => Ok(Wanted::Exactly(Authentication::None)),
            _ => Err(ApiError::invalid(
                "authentication.type must be sas, selfSigned, certificateAuthority or none",
            )),
        }
    }
}

/// SDKs write null, an empty string or nothing for what is not there.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn sas(primary: Option<String>, secondary: Option<String>) -> Result<Wanted, ApiError> {
    match (primary, secondary) {
        (None, None) => Ok(Wanted::SasWithAnyKeys),
        (Some(primary), Some(secondary)) => {
            let keys = SymmetricKeys {
                primary: key("primaryKey", &primary)?,
                secondary: key("secondaryKey", &secondary)?,
            };
            Ok(Wanted::Exactly(Authentication::Sas(keys)))
        }
        _ => Err(ApiError::missing(
            "give both primaryKey and secondaryKey, or neither",
        )),
    }
}

fn key(name: &str, text: &str) -> Result<SymmetricKey, ApiError> {
    SymmetricKey::from_base64(text).map_err(|error| ApiError::invalid(format!("{name}: {error}")))
}

fn self_signed(primary: Option<String>, secondary: Option<String>) -> Result<Wanted, ApiError> {
    if primary.is_none() && secondary.is_none() {
        return Err(ApiError::missing(
            "selfSigned needs primaryThumbprint or secondaryThumbprint",
        ));
    }
    Thumbprints::parse(primary.as_deref(), secondary.as_deref())
        .map(|thumbprints| Wanted::Exactly(Authentication::SelfSigned(thumbprints)))
        .map_err(|error| ApiError::invalid(error.to_string()))
}

#[cfg(test)]
mod tests;
