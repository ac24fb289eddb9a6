//! Symmetric keys.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use ring::{digest, hmac};
use thiserror::Error;

use crate::limits::{MAX_KEY_BYTES, MIN_KEY_BYTES};

/// Why a text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidKey {
    #[error("a key must be base64")]
    NotBase64,
    #[error("a key has {MIN_KEY_BYTES} to {MAX_KEY_BYTES} bytes, this one has {0}")]
    Length(usize),
}

/// A shared secret of 16 to 64 bytes, written as base64. Never shown by `Debug`.
///
/// Equality tells whether a stored key changed; to check a signature use [`Self::verify`], which takes
/// the same time whatever differs.
#[derive(Clone, PartialEq, Eq)]
pub struct SymmetricKey(Vec<u8>);

impl SymmetricKey {
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, InvalidKey> {
        if (MIN_KEY_BYTES..=MAX_KEY_BYTES).contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(InvalidKey::Length(bytes.len()))
        }
    }

    /// Reads standard base64 with padding (RFC 4648 §4).
    pub fn from_base64(text: &str) -> Result<Self, InvalidKey> {
        let bytes = STANDARD.decode(text).map_err(|_| InvalidKey::NotBase64)?;
        Self::from_bytes(bytes)
    }

    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.0)
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What tells this key from others.
    pub fn fingerprint(&self) -> KeyFingerprint {
        let hash = digest::digest(&digest::SHA256, &self.0);
        let mut fingerprint = [0; 8];
        // A SHA-256 has 32 bytes.
        for (to, from) in fingerprint.iter_mut().zip(hash.as_ref()) {
            *to = *from;
        }
        KeyFingerprint(fingerprint)
    }

    /// HMAC-SHA256 of a message.
    pub fn sign(&self, message: &[u8]) -> [u8; 32] {
        let tag = hmac::sign(&self.hmac(), message);
        let mut signature = [0; 32];
        // The tag of HMAC-SHA256 has 32 bytes.
        for (to, from) in signature.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        signature
    }

    /// Whether a signature is this key's HMAC-SHA256 of a message, in constant time.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        hmac::verify(&self.hmac(), message, signature).is_ok()
    }

    /// The same for clients of Event Hubs, who take the text of a key for its bytes.
    pub fn verify_as_text(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.to_base64().as_bytes());
        hmac::verify(&key, message, signature).is_ok()
    }

    fn hmac(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.0)
    }
}

impl fmt::Debug for SymmetricKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SymmetricKey(redacted)")
    }
}

impl bincode::Encode for SymmetricKey {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.encode(encoder)
    }
}

impl<Context> bincode::Decode<Context> for SymmetricKey {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let bytes = <Vec<u8> as bincode::Decode<Context>>::decode(decoder)?;
        Self::from_bytes(bytes).map_err(|error| DecodeError::OtherString(error.to_string()))
    }
}

bincode::impl_borrow_decode!(SymmetricKey);

/// Two keys, either of which is valid: one can be replaced while the other is in use.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct SymmetricKeys {
    pub primary: SymmetricKey,
    pub secondary: SymmetricKey,
}

impl SymmetricKeys {
    /// Both keys, the primary first.
    pub fn both(&self) -> [&SymmetricKey; 2] {
        [&self.primary, &self.secondary]
    }

    /// Whether one of them is the key of this fingerprint.
    pub fn have(&self, fingerprint: KeyFingerprint) -> bool {
        self.both()
            .iter()
            .any(|key| key.fingerprint() == fingerprint)
    }
}

/// Tells keys apart without being one: the first bytes of a key's SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bincode::Encode, bincode::Decode)]
pub struct KeyFingerprint([u8; 8]);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::codec;

    #[test]
    fn keys_have_16_to_64_bytes() {
        for (length, valid) in [(0, false), (15, false), (16, true), (64, true), (65, false)] {
            let text = STANDARD.encode(vec![7; length]);
            let key = SymmetricKey::from_base64(&text);
            if valid {
                assert_eq!(key.unwrap().to_base64(), text);
            } else {
                assert_eq!(key, Err(InvalidKey::Length(length)));
            }
        }
        assert_eq!(
            SymmetricKey::from_base64("not base64!"),
            Err(InvalidKey::NotBase64)
        );
    }

    #[test]
    fn debug_shows_nothing_of_a_key() {
        let key = SymmetricKey::from_bytes(vec![b'x'; 32]).unwrap();
        let shown = format!(
            "{key:?} {:?}",
            SymmetricKeys {
                primary: key.clone(),
                secondary: key.clone()
            }
        );
        assert!(!shown.contains("eHh4") && !shown.contains("120"), "{shown}");
    }

    #[test]
    fn a_fingerprint_tells_keys_apart() {
        let key = |byte| SymmetricKey::from_bytes(vec![byte; 32]).unwrap();
        let keys = SymmetricKeys {
            primary: key(1),
            secondary: key(2),
        };
        assert!(keys.have(key(1).fingerprint()) && keys.have(key(2).fingerprint()));
        assert!(!keys.have(key(3).fingerprint()));
    }

    #[test]
    fn the_signature_is_hmac_sha256() {
        // RFC 4231, test case 1.
        let key = SymmetricKey::from_bytes(vec![0x0b; 20]).unwrap();
        let signature = key.sign(b"Hi There");
        assert_eq!(signature[..4], [0xb0, 0x34, 0x4c, 0x61]);
        assert_eq!(signature[28..], [0x2e, 0x32, 0xcf, 0xf7]);
        assert!(key.verify(b"Hi There", &signature));
        assert!(!key.verify(b"Hi there", &signature));
        assert!(!key.verify(b"Hi There", &signature[..31]));
    }

    #[test]
    fn decoding_refuses_a_key_of_the_wrong_length() {
        let bytes = codec::encode(1, &vec![1u8; 15]);
        assert!(codec::decode::<SymmetricKey>(1, &bytes).is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "\\PC{0,120}") {
            let _ = SymmetricKey::from_base64(&text);
        }
    }
}
