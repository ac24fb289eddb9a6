//! The certificates that a peer showed.

use rustls_pki_types::CertificateDer;
use thiserror::Error;

use crate::limits::{MAX_CHAIN_BYTES, MAX_CHAIN_CERTIFICATES};

/// Why certificates cannot be a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidChain {
    #[error("there is no certificate")]
    Empty,
    #[error("a chain has at most {MAX_CHAIN_CERTIFICATES} certificates, this one has {0}")]
    TooMany(usize),
    #[error("a chain has at most {MAX_CHAIN_BYTES} bytes, this one has {0}")]
    TooLarge(usize),
}

/// DER certificates as TLS delivered them: the peer's own first, then what it thinks leads to an
/// authority. TLS has proven possession of the first one's key and nothing else.
#[derive(Clone, PartialEq, Eq, bincode::Encode)]
pub struct CertificateChain(Vec<Vec<u8>>);

impl CertificateChain {
    /// Copies the certificates of a connection.
    pub fn new<'a>(
        certificates: impl IntoIterator<Item = &'a CertificateDer<'a>>,
    ) -> Result<Self, InvalidChain> {
        let certificates = certificates.into_iter();
        Self::from_der(certificates.map(|one| one.as_ref().to_vec()).collect())
    }

    /// Takes certificates in DER, the peer's own first.
    pub fn from_der(certificates: Vec<Vec<u8>>) -> Result<Self, InvalidChain> {
        let bytes = certificates.iter().map(Vec::len).sum();
        if certificates.is_empty() {
            Err(InvalidChain::Empty)
        } else if certificates.len() > MAX_CHAIN_CERTIFICATES {
            Err(InvalidChain::TooMany(certificates.len()))
        } else if bytes > MAX_CHAIN_BYTES {
            Err(InvalidChain::TooLarge(bytes))
        } else {
            Ok(Self(certificates))
        }
    }

    /// The peer's own certificate.
    pub fn leaf(&self) -> &[u8] {
        // A chain is never empty.
        self.0.first().map_or(&[], Vec::as_slice)
    }

    /// What the peer sent besides.
    pub fn intermediates(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().skip(1).map(Vec::as_slice)
    }
}

impl std::fmt::Debug for CertificateChain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sizes: Vec<_> = self.0.iter().map(Vec::len).collect();
        f.debug_tuple("CertificateChain").field(&sizes).finish()
    }
}

impl<Context> bincode::Decode<Context> for CertificateChain {
    fn decode<D: bincode::de::Decoder<Context = Context>>(
        decoder: &mut D,
    ) -> Result<Self, bincode::error::DecodeError> {
        let certificates = <Vec<Vec<u8>> as bincode::Decode<Context>>::decode(decoder)?;
        Self::from_der(certificates)
            .map_err(|error| bincode::error::DecodeError::OtherString(error.to_string()))
    }
}

bincode::impl_borrow_decode!(CertificateChain);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec;

    #[test]
    fn a_chain_has_one_to_ten_certificates() {
        let of = |count| CertificateChain::from_der(vec![vec![0; 4]; count]);
        assert_eq!(of(0), Err(InvalidChain::Empty));
        assert!(of(1).is_ok() && of(MAX_CHAIN_CERTIFICATES).is_ok());
        let past = MAX_CHAIN_CERTIFICATES + 1;
        assert_eq!(of(past), Err(InvalidChain::TooMany(past)));
    }

    #[test]
    fn a_chain_is_as_large_as_it_may_be_and_no_larger() {
        let of = |bytes| CertificateChain::from_der(vec![vec![0; bytes - 1], vec![0]]);
        assert!(of(MAX_CHAIN_BYTES).is_ok());
        let past = MAX_CHAIN_BYTES + 1;
        assert_eq!(of(past), Err(InvalidChain::TooLarge(past)));
    }

    #[test]
    fn a_chain_reads_back_and_an_empty_one_is_refused() {
        let chain = CertificateChain::from_der(vec![vec![1, 2], vec![3]]).unwrap();
        let bytes = codec::encode(1, &chain);
        assert_eq!(bytes, [1, 2, 2, 1, 2, 1, 3]);
        assert_eq!(codec::decode(1, &bytes), Ok((1, chain)));
        assert!(codec::decode::<CertificateChain>(1, &[1, 0]).is_err());
    }
}
