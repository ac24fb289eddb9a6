//! Shared access signatures: `SharedAccessSignature sr={uri}&sig={base64}&se={seconds}[&skn={policy}]`.
//!
//! The signature is HMAC-SHA256 over `sr`, exactly as it stands in the token, a newline and `se`, exactly
//! as it stands in the token. Source: IoT Hub developer guide, "Control access with shared access
//! signatures".

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use thiserror::Error;

use crate::id::HubName;
use crate::key::SymmetricKey;
use crate::time::Timestamp;

const SCHEME: &str = "SharedAccessSignature";

/// What `encodeURIComponent` leaves alone, less what it leaves alone only for history's sake.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Why a text is not a shared access signature. Says nothing of its contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SasError {
    #[error("token does not begin with SharedAccessSignature")]
    Scheme,
    #[error("token lacks the field {0}")]
    Missing(&'static str),
    #[error("token has the field {0} twice")]
    Duplicate(&'static str),
    #[error("token field is not utf-8 once decoded")]
    NotUtf8,
    #[error("token signature is not base64")]
    Signature,
    #[error("token expiry is not a number of seconds")]
    Expiry,
}

/// A parsed token. That it parsed says nothing about whether it is genuine: see [`Self::verify`].
#[derive(Clone, PartialEq, Eq)]
pub struct SasToken {
    /// `sr` and `se` as they stand in the token, joined by a newline.
    signed: String,
    resource: Resource,
    signature: Vec<u8>,
    policy: Option<String>,
    expires_at: Timestamp,
}

impl SasToken {
    /// Reads a token; its fields may stand in any order, unknown ones are ignored.
    pub fn parse(text: &str) -> Result<Self, SasError> {
        let (scheme, fields) = text.trim().split_once(' ').ok_or(SasError::Scheme)?;
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return Err(SasError::Scheme);
        }
        let fields = Fields::read(fields.trim_start())?;
        let resource = fields.resource.ok_or(SasError::Missing("sr"))?;
        let signature = fields.signature.ok_or(SasError::Missing("sig"))?;
        let expiry = fields.expiry.ok_or(SasError::Missing("se"))?;
        let signature = decode(signature)?;
        // The C SDK sends an empty `skn` with a device's own token.
        let policy = fields
            .policy
            .filter(|policy| !policy.is_empty())
            .map(decode)
            .transpose()?;
        Ok(Self {
            signed: format!("{resource}\n{expiry}"),
            resource: Resource::read(&decode(resource)?),
            signature: STANDARD
                .decode(signature)
                .map_err(|_| SasError::Signature)?,
            policy,
            expires_at: parse_expiry(expiry)?,
        })
    }

    /// The shared access policy whose key signed it (`skn`); without one it is an identity's own key.
    pub fn policy(&self) -> Option<&str> {
        self.policy.as_deref()
    }

    /// What the token is for: the path behind the host, decoded, by segments.
    pub fn path(&self) -> &[String] {
        &self.resource.segments
    }

    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// True from the moment of expiry on.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    /// Whether the key signed this token, in constant time. Event Hubs clients, whose resources are
    /// written as `sb://`, take the text of the key for its bytes.
    pub fn verify(&self, key: &SymmetricKey) -> bool {
        let signed = self.signed.as_bytes();
        let as_text = self.resource.event_hubs && key.verify_as_text(signed, &self.signature);
        key.verify(signed, &self.signature) || as_text
    }

    /// Whether the token is for this resource of this hub, given as decoded path segments, such as
    /// `["devices", "dev1"]`: its own path is a prefix, by whole segments.
    ///
    /// Hosts are compared without case, ids with it. Event Hubs clients write `sb://host/entity` and lower
    /// the case of all of it, so in that form the path is compared without case, except below `devices`.
    pub fn covers(&self, hub: &HubName, resource: &[&str]) -> bool {
        self.resource.covers(hub, resource)
    }
}

impl fmt::Debug for SasToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SasToken")
            .field("resource", &self.resource)
            .field("policy", &self.policy)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The known fields, as they stand in the token.
#[derive(Default)]
struct Fields<'a> {
    resource: Option<&'a str>,
    signature: Option<&'a str>,
    expiry: Option<&'a str>,
    policy: Option<&'a str>,
}

impl<'a> Fields<'a> {
    fn read(text: &'a str) -> Result<Self, SasError> {
        let mut fields = Self::default();
        for field in text.split('&') {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            let (slot, name) = match name {
                "sr" => (&mut fields.resource, "sr"),
                "sig" => (&mut fields.signature, "sig"),
                "se" => (&mut fields.expiry, "se"),
                "skn" => (&mut fields.policy, "skn"),
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return Err(SasError::Duplicate(name));
            }
        }
        Ok(fields)
    }
}

/// Percent-decoding only: `+` stays `+`.
fn decode(text: &str) -> Result<String, SasError> {
    match percent_decode_str(text).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(SasError::NotUtf8),
    }
}

/// Seconds since the Unix epoch, with or without decimals; those past the millisecond are dropped.
fn parse_expiry(text: &str) -> Result<Timestamp, SasError> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return Err(SasError::Expiry);
    }
    let seconds: u64 = whole.parse().map_err(|_| SasError::Expiry)?;
    let millis = fraction
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(3)
        .fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    Ok(Timestamp(
        seconds.saturating_mul(1000).saturating_add(millis),
    ))
}

/// What a token is for, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Resource {
    host: String,
    segments: Vec<String>,
    /// Written as `sb://`.
    event_hubs: bool,
}

impl Resource {
    fn read(decoded: &str) -> Self {
        let (scheme, rest) = decoded.split_once("://").unwrap_or(("", decoded));
        let mut parts = rest.split('/');
        let host = parts.next().unwrap_or_default().to_owned();
        let mut segments: Vec<String> = parts.map(str::to_owned).collect();
        while segments.last().is_some_and(String::is_empty) {
            segments.pop();
        }
        // Old samples end in `/api-version=2016-11-14`. Where an id belongs (`devices/…`) it is one.
        let id_place = segments.len().is_multiple_of(2);
        if !id_place && segments.last().is_some_and(|last| is_api_version(last)) {
            segments.pop();
        }
        Self {
            host,
            segments,
            event_hubs: scheme.eq_ignore_ascii_case("sb"),
        }
    }

    fn covers(&self, hub: &HubName, resource: &[&str]) -> bool {
        let below_devices = resource.first() == Some(&"devices");
        let ignore_case = self.event_hubs && !below_devices;
        let same = |(own, wanted): (&String, &&str)| {
            if ignore_case {
                own.eq_ignore_ascii_case(wanted)
            } else {
                own == wanted
            }
        };
        hub.matches(&self.host)
            && self.segments.len() <= resource.len()
            && self.segments.iter().zip(resource).all(same)
    }
}

fn is_api_version(segment: &str) -> bool {
    segment.trim_start_matches('?').starts_with("api-version=")
}

/// Makes a token. `resource_uri_encoded` is `sr` as it will stand in the token, percent-encoded, such as
/// `hub.example%2Fdevices%2Fdev1`; [`encode_resource`] makes one. The expiry is cut to whole seconds.
pub fn sign(
    resource_uri_encoded: &str,
    key: &SymmetricKey,
    expires: Timestamp,
    policy: Option<&str>,
) -> String {
    let expiry = expires.as_secs();
    let signature = key.sign(format!("{resource_uri_encoded}\n{expiry}").as_bytes());
    let signature = STANDARD.encode(signature);
    let signature = utf8_percent_encode(&signature, COMPONENT);
    let mut token = format!("{SCHEME} sr={resource_uri_encoded}&sig={signature}&se={expiry}");
    if let Some(policy) = policy {
        token.push_str("&skn=");
        token.extend(utf8_percent_encode(policy, COMPONENT));
    }
    token
}

/// The `sr` of a resource of a hub, given as decoded path segments: joined by `/`, then percent-encoded as
/// one.
pub fn encode_resource(hub: &HubName, resource: &[&str]) -> String {
    let mut uri = hub.as_str().to_owned();
    for segment in resource {
        uri.push('/');
        uri.push_str(segment);
    }
    utf8_percent_encode(&uri, COMPONENT).to_string()
}

#[cfg(test)]
mod tests;
