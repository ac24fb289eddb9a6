//! X.509: what a device's certificate says, and whether an authority of the hub stands behind it.
//!
//! ```text
//!  chain from TLS ─► CertificateFacts ─► thumbprint known to the identity   (selfSigned)
//!                 └► TrustStore       ─► path to a verified authority, not  (certificateAuthority)
//!                                        revoked, common name = identity
//! ```
//!
//! Times are arguments, as everywhere in this crate. Signatures are checked by rustls-webpki (paths)
//! and x509-parser (proofs of possession, revocation lists), both on top of ring.

mod authority;
mod chain;
mod error;
mod facts;
mod pem;
mod revocation;
mod subject_key;
mod trust;

pub use authority::{CertificateAuthority, InvalidAuthority};
pub use chain::{CertificateChain, InvalidChain};
pub use error::CertificateError;
pub use facts::{CertificateFacts, thumbprints};
pub use pem::{InvalidPem, certificates_from, crl_from};
pub use revocation::{InvalidRevocationList, RevocationList};
pub use subject_key::SubjectKey;
pub use trust::{AuthorityGrant, IssuedCertificate, TrustStore, Trusted};

#[cfg(test)]
mod testing;
