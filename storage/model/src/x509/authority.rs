//! A registered certificate authority.

use thiserror::Error;
use x509_parser::oid_registry::{OID_PKCS1_SHA1WITHRSA, OID_SHA1_WITH_RSA};

use super::facts::parse;
use super::{CertificateError, CertificateFacts, RevocationList};
use crate::etag::ETag;
use crate::limits::MAX_AUTHORITY_NAME_CHARS;
use crate::time::Timestamp;

/// Why a certificate cannot be registered, or does not prove possession of the authority's key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidAuthority {
    #[error(
        "the name of an authority has 1 to {MAX_AUTHORITY_NAME_CHARS} letters, digits, `-`, `.` or `_`"
    )]
    Name,
    #[error("the certificate is not one of an authority: it may not sign certificates")]
    NotAnAuthority,
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    #[error("the verification certificate's common name must be the verification code")]
    OtherCode,
    #[error("the verification certificate is not signed by the authority")]
    NotSigned,
}

/// A certificate authority of a hub: devices with certificates below it may connect once somebody has
/// proven that its key is theirs.
///
/// Source: IoT Hub developer guide, "Authenticate identities with X.509 certificates".
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct CertificateAuthority {
    pub name: String,
    /// DER.
    pub certificate: Vec<u8>,
    pub facts: CertificateFacts,
    /// Whether possession of the key was proven.
    pub verified: bool,
    /// The common name that a proof of possession must carry; a new one with each request.
    pub verification_code: Option<String>,
    pub revoked: Option<RevocationList>,
    pub etag: ETag,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl CertificateAuthority {
    /// A new authority whose possession is to be proven. The etag is given when it is stored.
    ///
    /// # Errors
    /// [`InvalidAuthority`] for a name, a certificate of something else, or one out of date.
    pub fn new(name: &str, certificate: Vec<u8>, now: Timestamp) -> Result<Self, InvalidAuthority> {
        check_name(name)?;
        let facts = CertificateFacts::read(&certificate)?;
        if !facts.is_authority {
            return Err(InvalidAuthority::NotAnAuthority);
        }
        facts.check_validity(now)?;
        Ok(Self {
            name: name.to_owned(),
            certificate,
            facts,
            verified: false,
            verification_code: None,
            revoked: None,
            etag: ETag::default(),
            created_at: now,
            updated_at: now,
        })
    }

    /// Checks a proof of possession: a certificate that the authority itself has signed and whose
    /// common name is the verification code.
    ///
    /// # Errors
    /// [`InvalidAuthority`], also when no code was asked for.
    pub fn check_proof(&self, certificate: &[u8], now: Timestamp) -> Result<(), InvalidAuthority> {
        let facts = CertificateFacts::read(certificate)?;
        if facts.common_name.is_none() || facts.common_name != self.verification_code {
            return Err(InvalidAuthority::OtherCode);
        }
        facts.check_validity(now)?;
        let (authority, leaf) = (parse(&self.certificate)?, parse(certificate)?);
        let algorithm = &leaf.signature_algorithm.algorithm;
        let weak = *algorithm == OID_PKCS1_SHA1WITHRSA || *algorithm == OID_SHA1_WITH_RSA;
        let signed = leaf.verify_signature(Some(authority.public_key())).is_ok();
        if weak || !signed || leaf.issuer().as_raw() != authority.subject().as_raw() {
            return Err(InvalidAuthority::NotSigned);
        }
        Ok(())
    }
}

fn check_name(name: &str) -> Result<(), InvalidAuthority> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    if (1..=MAX_AUTHORITY_NAME_CHARS).contains(&name.len()) && name.bytes().all(allowed) {
        Ok(())
    } else {
        Err(InvalidAuthority::Name)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Ca, NOW, YEAR, self_signed};
    use super::*;

    fn registered(ca: &Ca, code: &str) -> CertificateAuthority {
        CertificateAuthority {
            verification_code: Some(code.to_owned()),
            ..CertificateAuthority::new("root", ca.der().to_vec(), NOW).unwrap()
        }
    }

    #[test]
    fn only_a_valid_certificate_of_an_authority_can_be_registered() {
        let ca = Ca::new("root");
        assert!(CertificateAuthority::new("root", ca.der().to_vec(), NOW).is_ok());
        assert_eq!(
            CertificateAuthority::new("root", self_signed("dev1"), NOW),
            Err(InvalidAuthority::NotAnAuthority)
        );
        let late = NOW.saturating_add(YEAR * 30);
        assert!(matches!(
            CertificateAuthority::new("root", ca.der().to_vec(), late),
            Err(InvalidAuthority::Certificate(CertificateError::Expired(_)))
        ));
    }

    #[test]
    fn a_name_has_up_to_64_plain_characters() {
        let ca = Ca::new("root");
        let named = |name: &str| CertificateAuthority::new(name, ca.der().to_vec(), NOW);
        assert!(named(&"a".repeat(MAX_AUTHORITY_NAME_CHARS)).is_ok());
        for bad in [
            "",
            "a b",
            "a/b",
            "ü",
            &"a".repeat(MAX_AUTHORITY_NAME_CHARS + 1),
        ] {
            assert_eq!(named(bad), Err(InvalidAuthority::Name), "{bad}");
        }
    }

    #[test]
    fn possession_is_proven_by_a_certificate_for_the_code_signed_by_the_authority() {
        let ca = Ca::new("root");
        let authority = registered(&ca, "c0de");
        assert_eq!(authority.check_proof(&ca.issue("c0de"), NOW), Ok(()));
        assert_eq!(
            authority.check_proof(&ca.issue("other"), NOW),
            Err(InvalidAuthority::OtherCode)
        );
        // Another authority of the same name.
        let other = Ca::new("root");
        assert_eq!(
            authority.check_proof(&other.issue("c0de"), NOW),
            Err(InvalidAuthority::NotSigned)
        );
        // One level too deep: who holds an intermediate does not hold the root.
        let below = ca.intermediate("below");
        assert_eq!(
            authority.check_proof(&below.issue("c0de"), NOW),
            Err(InvalidAuthority::NotSigned)
        );
        assert_eq!(
            authority.check_proof(&self_signed("c0de"), NOW),
            Err(InvalidAuthority::NotSigned)
        );
    }

    #[test]
    fn nothing_is_proven_before_a_code_was_asked_for() {
        let ca = Ca::new("root");
        let authority = CertificateAuthority::new("root", ca.der().to_vec(), NOW).unwrap();
        assert_eq!(
            authority.check_proof(&ca.issue("root"), NOW),
            Err(InvalidAuthority::OtherCode)
        );
    }
}
