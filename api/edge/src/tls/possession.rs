//! Takes any client certificate whose key has signed the handshake.
//!
//! Which certificate a device must show stands in its record, and that is known where the device
//! lives, once it has said who it is. A refusal here would be a TLS alert, which no SDK can tell from
//! a broken network; a refusal there is a CONNACK or a status with a reason.

use std::sync::Arc;

use roost_model::x509::SubjectKey;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, PeerMisbehaved,
    SignatureScheme,
};

/// Verifies possession of the key and nothing else.
#[derive(Debug)]
pub(super) struct PossessionVerifier {
    algorithms: WebPkiSupportedAlgorithms,
}

impl PossessionVerifier {
    pub(super) fn new() -> Self {
        let default = || Arc::new(rustls::crypto::ring::default_provider());
        let provider = CryptoProvider::get_default()
            .cloned()
            .unwrap_or_else(default);
        Self {
            algorithms: provider.signature_verification_algorithms,
        }
    }

    /// The algorithms for a scheme; in TLS 1.3 the first one alone, because there a scheme names its
    /// curve (RFC 8446 §4.2.3).
    fn algorithms(
        &self,
        scheme: SignatureScheme,
    ) -> Result<&'static [&'static dyn SignatureVerificationAlgorithm], Error> {
        let mut known = self.algorithms.mapping.iter();
        known
            .find_map(|(known, algorithms)| (*known == scheme).then_some(*algorithms))
            .ok_or_else(|| PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into())
    }
}

impl ClientCertVerifier for PossessionVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = self.algorithms(signed.scheme)?;
        verify(message, certificate, signed.signature(), algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // Forbidden in TLS 1.3 (RFC 8446 §4.2.3), though certificates may be signed so.
        if matches!(
            signed.scheme,
            SignatureScheme::RSA_PKCS1_SHA256
                | SignatureScheme::RSA_PKCS1_SHA384
                | SignatureScheme::RSA_PKCS1_SHA512
        ) {
            return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
        }
        let algorithms = self.algorithms(signed.scheme)?;
        let first = &algorithms[..algorithms.len().min(1)];
        verify(message, certificate, signed.signature(), first)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// The certificate is only read for its public key: devices show certificates of every make, also of
/// X.509 version 1 and with critical extensions that nobody here knows.
fn verify(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signature: &[u8],
    algorithms: &[&'static dyn SignatureVerificationAlgorithm],
) -> Result<HandshakeSignatureValid, Error> {
    let key = SubjectKey::read(certificate)
        .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
    let mut fitting = algorithms
        .iter()
        .filter(|algorithm| algorithm.public_key_alg_id().as_ref() == key.algorithm);
    let signed = |algorithm: &&dyn SignatureVerificationAlgorithm| {
        algorithm
            .verify_signature(&key.bits, message, signature)
            .is_ok()
    };
    if fitting.any(signed) {
        Ok(HandshakeSignatureValid::assertion())
    } else {
        Err(Error::InvalidCertificate(CertificateError::BadSignature))
    }
}

#[cfg(test)]
mod tests;
