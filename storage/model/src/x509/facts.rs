//! What one certificate says.

use ring::digest;
use x509_parser::asn1_rs::FromDer as _;
use x509_parser::certificate::X509Certificate;
use x509_parser::time::ASN1Time;

use super::CertificateError;
use crate::time::Timestamp;

/// What the hub wants to know of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct CertificateFacts {
    /// The subject, written as RFC 4514 does it, first attribute first.
    pub subject: String,
    /// The issuer, likewise.
    pub issuer: String,
    /// Of the subject; none when there is not exactly one.
    pub common_name: Option<String>,
    /// Hexadecimal digits.
    pub serial: String,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    /// Whether it may sign certificates (basic constraints and, if present, key usage).
    pub is_authority: bool,
}

impl CertificateFacts {
    /// Reads a certificate in DER.
    pub fn read(der: &[u8]) -> Result<Self, CertificateError> {
        let certificate = parse(der)?;
        let mut names = certificate.subject().iter_common_name();
        let common_name = match (names.next(), names.next()) {
            (Some(name), None) => name.as_str().ok().map(str::to_owned),
            _ => None,
        };
        Ok(Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            common_name,
            serial: hexadecimal(strip_zeros(certificate.raw_serial())),
            not_before: timestamp(certificate.validity().not_before),
            not_after: timestamp(certificate.validity().not_after),
            is_authority: is_authority(&certificate),
        })
    }

    /// Whether the certificate is valid at a time; both ends belong to it (RFC 5280 §4.1.2.5).
    pub fn check_validity(&self, now: Timestamp) -> Result<(), CertificateError> {
        if now.as_secs() < self.not_before.as_secs() {
            Err(CertificateError::NotYetValid(self.not_before))
        } else if now.as_secs() > self.not_after.as_secs() {
            Err(CertificateError::Expired(self.not_after))
        } else {
            Ok(())
        }
    }
}

/// SHA-1 and SHA-256 of a certificate in DER, in upper-case hexadecimal.
pub fn thumbprints(der: &[u8]) -> [String; 2] {
    [&digest::SHA1_FOR_LEGACY_USE_ONLY, &digest::SHA256]
        .map(|algorithm| hexadecimal(digest::digest(algorithm, der).as_ref()))
}

pub(super) fn parse(der: &[u8]) -> Result<X509Certificate<'_>, CertificateError> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        _ => Err(CertificateError::Malformed),
    }
}

/// Serial numbers are compared without the leading zeros that DER asks for and some writers add.
pub(super) fn strip_zeros(serial: &[u8]) -> &[u8] {
    let zeros = serial.iter().take_while(|byte| **byte == 0).count();
    &serial[zeros..]
}

pub(super) fn timestamp(time: ASN1Time) -> Timestamp {
    Timestamp::from_secs(u64::try_from(time.timestamp()).unwrap_or(0))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

fn is_authority(certificate: &X509Certificate<'_>) -> bool {
    let may_sign = match certificate.key_usage() {
        Ok(Some(usage)) => usage.value.key_cert_sign(),
        Ok(None) => true,
        Err(_) => false,
    };
    certificate.is_ca() && may_sign
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{self, DAY};
    use super::*;

    #[test]
    fn a_certificate_is_read() {
        let device = testing::self_signed("dev1");
        let facts = CertificateFacts::read(&device).unwrap();
        assert_eq!(facts.common_name.as_deref(), Some("dev1"));
        assert_eq!(facts.subject, facts.issuer);
        assert!(facts.subject.contains("CN=dev1"), "{}", facts.subject);
        assert!(!facts.is_authority);
        assert!(
            CertificateFacts::read(testing::Ca::new("root").der())
                .unwrap()
                .is_authority
        );
    }

    #[test]
    fn a_certificate_is_valid_between_its_dates_both_included() {
        let facts = CertificateFacts::read(&testing::self_signed("dev1")).unwrap();
        assert_eq!(facts.check_validity(testing::NOW), Ok(()));
        let (first, last) = (facts.not_before, facts.not_after);
        assert!(facts.check_validity(first).is_ok() && facts.check_validity(last).is_ok());
        let early = first.saturating_sub(std::time::Duration::from_secs(1));
        assert_eq!(
            facts.check_validity(early),
            Err(CertificateError::NotYetValid(first))
        );
        let late = last.saturating_add(DAY);
        assert_eq!(
            facts.check_validity(late),
            Err(CertificateError::Expired(last))
        );
    }

    #[test]
    fn a_thumbprint_is_the_digest_of_the_whole_certificate() {
        // FIPS 180-2, appendices A.1 and B.1: "abc".
        let [sha1, sha256] = thumbprints(b"abc");
        assert_eq!(sha1, "A9993E364706816ABA3E25717850C26C9CD0D89D");
        assert!(sha256.starts_with("BA7816BF8F01CFEA414140DE5DAE2223"));
        assert_eq!(sha256.len(), 64);
    }

    #[test]
    fn leading_zeros_of_a_serial_number_do_not_count() {
        assert_eq!(strip_zeros(&[0, 0x80, 0]), [0x80, 0]);
        assert_eq!(strip_zeros(&[0]), [0u8; 0]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = CertificateFacts::read(&bytes);
        }

        #[test]
        fn no_damage_makes_it_panic(at in 0usize..400, byte: u8) {
            let mut der = testing::self_signed("dev1");
            let at = at % der.len();
            der[at] = byte;
            let _ = CertificateFacts::read(&der);
        }
    }
}
