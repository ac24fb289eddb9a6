use x509_parser::asn1_rs::{FromDer as _, Sequence};

use super::CertificateError;
use super::facts::parse;

/// The public key of a certificate, in the two parts that signature algorithms ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectKey {
    /// The content of the AlgorithmIdentifier, without its own tag and length.
    pub algorithm: Vec<u8>,
    /// The bits of subjectPublicKey.
    pub bits: Vec<u8>,
}

impl SubjectKey {
    /// Reads it from a certificate in DER, of any version and with any extensions.
    ///
    /// # Errors
    /// [`CertificateError::Malformed`].
    pub fn read(der: &[u8]) -> Result<Self, CertificateError> {
        let certificate = parse(der)?;
        let key = certificate.public_key();
        let (_, whole) = Sequence::from_der(key.raw).map_err(|_| CertificateError::Malformed)?;
        let (_, algorithm) =
            Sequence::from_der(&whole.content).map_err(|_| CertificateError::Malformed)?;
        Ok(Self {
            algorithm: algorithm.content.to_vec(),
            bits: key.subject_public_key.data.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::self_signed;
    use super::*;

    #[test]
    fn the_key_of_a_certificate_is_what_signature_algorithms_compare() {
        let key = SubjectKey::read(&self_signed("dev1")).unwrap();
        let expected = rustls_pki_types::alg_id::ECDSA_P256;
        assert_eq!(key.algorithm, expected.as_ref());
        // An uncompressed point.
        assert_eq!((key.bits.len(), key.bits[0]), (65, 4));
        assert_eq!(SubjectKey::read(b"no"), Err(CertificateError::Malformed));
    }
}
