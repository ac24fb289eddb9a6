//! What operators upload: PEM, or DER as it is.

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};
use thiserror::Error;

/// Why an upload holds nothing that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidPem {
    #[error("there is no certificate in it, neither as PEM nor as DER")]
    NoCertificate,
    #[error("there is no revocation list in it, neither as PEM nor as DER")]
    NoRevocationList,
}

/// The certificates in PEM text, or the one that the bytes are.
pub fn certificates_from(bytes: &[u8]) -> Result<Vec<Vec<u8>>, InvalidPem> {
    if is_der(bytes) {
        return Ok(vec![bytes.to_vec()]);
    }
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    match read {
        Ok(found) if !found.is_empty() => Ok(found.iter().map(|one| one.to_vec()).collect()),
        _ => Err(InvalidPem::NoCertificate),
    }
}

/// The revocation list in PEM text, or the one that the bytes are.
pub fn crl_from(bytes: &[u8]) -> Result<Vec<u8>, InvalidPem> {
    if is_der(bytes) {
        return Ok(bytes.to_vec());
    }
    CertificateRevocationListDer::from_pem_slice(bytes)
        .map(|list| list.to_vec())
        .map_err(|_| InvalidPem::NoRevocationList)
}

/// Both kinds are a SEQUENCE with a length of more than one byte; no text begins so.
fn is_der(bytes: &[u8]) -> bool {
    matches!(bytes, [0x30, 0x80..=0x84, ..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing;
    use super::*;

    #[test]
    fn a_certificate_comes_as_pem_or_as_der() {
        let ca = testing::Ca::new("root");
        assert_eq!(certificates_from(ca.der()).unwrap(), [ca.der()]);
        let two = format!("two of them\n{}{}", ca.pem(), ca.pem());
        assert_eq!(certificates_from(two.as_bytes()).unwrap().len(), 2);
        for nothing in ["", "text", "-----BEGIN CERTIFICATE-----\nx\n"] {
            let refused = certificates_from(nothing.as_bytes());
            assert_eq!(refused, Err(InvalidPem::NoCertificate), "{nothing}");
        }
    }

    #[test]
    fn a_revocation_list_is_not_a_certificate() {
        let pem = testing::Ca::new("root").pem();
        assert_eq!(crl_from(pem.as_bytes()), Err(InvalidPem::NoRevocationList));
    }

    proptest! {
        #[test]
        fn no_upload_makes_it_panic(bytes: Vec<u8>) {
            let _ = certificates_from(&bytes);
            let _ = crl_from(&bytes);
        }
    }
}
