use crate::time::Timestamp;

/// Why a client certificate proves nothing. Says what an operator must look at; devices never see it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    #[error("the certificate cannot be read")]
    Malformed,
    #[error("the certificate is not valid before {0}")]
    NotYetValid(Timestamp),
    #[error("the certificate expired at {0}")]
    Expired(Timestamp),
    /// Of a `selfSigned` identity.
    #[error("the certificate's thumbprint {0} is not one of the identity's")]
    OtherThumbprint(String),
    /// Of a `certificateAuthority` identity. The found name is cut to 128 characters.
    #[error("the certificate's common name is {found:?}; it must be {expected:?}")]
    OtherCommonName { found: String, expected: String },
    #[error("no registered authority stands behind the certificate, issued by {0:?}")]
    UnknownAuthority(String),
    #[error("the authority {0} stands behind the certificate, but its possession is not proven")]
    UnverifiedAuthority(String),
    #[error("a certificate of the authority {0} is not valid now")]
    AuthorityOutOfDate(String),
    /// The serial number in hexadecimal.
    #[error("the certificate {0} was revoked")]
    Revoked(String),
    /// What rustls-webpki says: constraints, key usage, signature algorithms.
    #[error("the certificate's path is not valid: {0}")]
    Path(String),
}
