//! Revocation lists (RFC 5280 §5).

use thiserror::Error;
use x509_parser::asn1_rs::FromDer as _;
use x509_parser::oid_registry::{OID_PKCS1_SHA1WITHRSA, OID_SHA1_WITH_RSA};
use x509_parser::revocation_list::CertificateRevocationList;

use super::CertificateAuthority;
use super::facts::{parse, strip_zeros, timestamp};
use super::trust::half_digest;
use crate::limits::MAX_CRL_BYTES;
use crate::time::Timestamp;

/// How far ahead an authority's clock may be, in seconds.
const CLOCK_SKEW_SECONDS: u64 = 300;

/// Why a revocation list is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidRevocationList {
    #[error("the revocation list cannot be read")]
    Malformed,
    #[error("a revocation list has at most {MAX_CRL_BYTES} bytes, this one has {0}")]
    TooLarge(usize),
    #[error("the revocation list is another authority's")]
    OtherIssuer,
    #[error("the revocation list is not signed by the authority")]
    NotSigned,
    #[error("delta, partial and indirect revocation lists are not supported")]
    Unsupported,
    #[error("the revocation list is dated {0}, which has yet to come")]
    NotYet(Timestamp),
    #[error("the revocation list was to be replaced by {0}")]
    Stale(Timestamp),
    #[error("the revocation list is older than the one in force, which is dated {0}")]
    Older(Timestamp),
}

/// A revocation list whose signature and issuer were checked when it was accepted.
#[derive(Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct RevocationList {
    /// The first half of the SHA-256 of the authority's name.
    pub(super) issuer: [u8; 16],
    /// Without leading zeros, in order.
    pub(super) serials: Vec<Vec<u8>>,
    /// The CRL number, if there is one; big-endian without leading zeros.
    pub number: Option<Vec<u8>>,
    pub this_update: Timestamp,
    pub next_update: Option<Timestamp>,
}

impl RevocationList {
    /// Checks a list in DER against the authority that it is uploaded for and against the list that
    /// is in force.
    ///
    /// # Errors
    /// [`InvalidRevocationList`].
    pub fn accept(
        der: &[u8],
        authority: &CertificateAuthority,
        now: Timestamp,
    ) -> Result<Self, InvalidRevocationList> {
        if der.len() > MAX_CRL_BYTES {
            return Err(InvalidRevocationList::TooLarge(der.len()));
        }
        let Ok(([], crl)) = CertificateRevocationList::from_der(der) else {
            return Err(InvalidRevocationList::Malformed);
        };
        check_signer(&crl, authority)?;
        if is_special(&crl) {
            return Err(InvalidRevocationList::Unsupported);
        }
        let list = Self::read(&crl);
        list.check_dates(now)?;
        match &authority.revoked {
            Some(before) if list.is_older_than(before) => {
                Err(InvalidRevocationList::Older(before.this_update))
            }
            _ => Ok(list),
        }
    }

    /// How many certificates are revoked.
    pub fn len(&self) -> usize {
        self.serials.len()
    }

    /// Whether no certificate is revoked.
    pub fn is_empty(&self) -> bool {
        self.serials.is_empty()
    }

    /// Whether a certificate of this issuer (half a digest of its name) is revoked.
    pub(super) fn revokes(&self, issuer: &[u8; 16], serial: &[u8]) -> bool {
        self.issuer == *issuer
            && self
                .serials
                .binary_search_by(|revoked| revoked.as_slice().cmp(serial))
                .is_ok()
    }

    fn read(crl: &CertificateRevocationList<'_>) -> Self {
        let mut serials: Vec<_> = crl
            .iter_revoked_certificates()
            .map(|revoked| strip_zeros(revoked.raw_serial()).to_vec())
            .collect();
        serials.sort_unstable();
        serials.dedup();
        Self {
            issuer: half_digest(crl.issuer().as_raw()),
            serials,
            number: crl
                .crl_number()
                .map(|number| strip_zeros(&number.to_bytes_be()).to_vec()),
            this_update: timestamp(crl.last_update()),
            next_update: crl.next_update().map(timestamp),
        }
    }

    fn check_dates(&self, now: Timestamp) -> Result<(), InvalidRevocationList> {
        if self.this_update.as_secs() > now.as_secs().saturating_add(CLOCK_SKEW_SECONDS) {
            return Err(InvalidRevocationList::NotYet(self.this_update));
        }
        match self.next_update {
            Some(next) if next < now => Err(InvalidRevocationList::Stale(next)),
            _ => Ok(()),
        }
    }

    /// By number where both have one, by date otherwise.
    pub fn is_older_than(&self, other: &Self) -> bool {
        match (&self.number, &other.number) {
            (Some(mine), Some(theirs)) => (mine.len(), mine) < (theirs.len(), theirs),
            _ => self.this_update < other.this_update,
        }
    }
}

impl std::fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RevocationList")
            .field("serials", &self.serials.len())
            .field("this_update", &self.this_update)
            .field("next_update", &self.next_update)
            .finish_non_exhaustive()
    }
}

fn check_signer(
    crl: &CertificateRevocationList<'_>,
    authority: &CertificateAuthority,
) -> Result<(), InvalidRevocationList> {
    let signer = parse(&authority.certificate).map_err(|_| InvalidRevocationList::OtherIssuer)?;
    if crl.issuer().as_raw() != signer.subject().as_raw() {
        return Err(InvalidRevocationList::OtherIssuer);
    }
    let algorithm = &crl.signature_algorithm.algorithm;
    let weak = *algorithm == OID_PKCS1_SHA1WITHRSA || *algorithm == OID_SHA1_WITH_RSA;
    let may_sign = match signer.key_usage() {
        Ok(Some(usage)) => usage.value.crl_sign(),
        Ok(None) => true,
        Err(_) => false,
    };
    if weak || !may_sign || crl.verify_signature(signer.public_key()).is_err() {
        return Err(InvalidRevocationList::NotSigned);
    }
    Ok(())
}

/// What changes the meaning of a list is marked critical: delta lists, lists of one distribution
/// point, entries of other issuers (RFC 5280 §5.2.4, 5.2.5, 5.3.3).
fn is_special(crl: &CertificateRevocationList<'_>) -> bool {
    crl.extensions().iter().any(|extension| extension.critical)
        || crl.iter_revoked_certificates().any(|entry| {
            entry
                .extensions()
                .iter()
                .any(|extension| extension.critical)
        })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::super::testing::{Ca, DAY, NOW};
    use super::*;

    fn authority(ca: &Ca) -> CertificateAuthority {
        CertificateAuthority::new("root", ca.der().to_vec(), NOW).unwrap()
    }

    #[test]
    fn a_list_of_the_authority_is_accepted_and_knows_who_is_revoked() {
        let ca = Ca::new("root");
        let authority = authority(&ca);
        let list = RevocationList::accept(&ca.crl(1, &[7, 300], NOW), &authority, NOW).unwrap();
        assert_eq!(list.len(), 2);
        assert_eq!(list.number.as_deref(), Some([1u8].as_slice()));
        let issuer = list.issuer;
        assert!(list.revokes(&issuer, &[7]) && list.revokes(&issuer, &[1, 44]));
        assert!(!list.revokes(&issuer, &[8]) && !list.revokes(&[0; 16], &[7]));
    }

    #[test]
    fn a_list_of_somebody_else_is_refused() {
        let (ca, same_name) = (Ca::new("root"), Ca::new("root"));
        let refused = |by: &Ca| RevocationList::accept(&by.crl(1, &[], NOW), &authority(&ca), NOW);
        assert_eq!(refused(&same_name), Err(InvalidRevocationList::NotSigned));
        let other_name = Ca::new("other");
        assert_eq!(
            refused(&other_name),
            Err(InvalidRevocationList::OtherIssuer)
        );
    }

    #[test]
    fn a_list_out_of_date_is_refused() {
        let ca = Ca::new("root");
        let accept = |dated: Timestamp, now| {
            RevocationList::accept(&ca.crl(1, &[], dated), &authority(&ca), now)
        };
        // Test lists are to be replaced after a day.
        assert!(accept(NOW, NOW.saturating_add(DAY)).is_ok());
        let past = NOW.saturating_add(DAY + Duration::from_secs(1));
        assert!(matches!(
            accept(NOW, past),
            Err(InvalidRevocationList::Stale(_))
        ));
        let ahead = |seconds| NOW.saturating_add(Duration::from_secs(seconds));
        assert!(accept(ahead(CLOCK_SKEW_SECONDS), NOW).is_ok());
        assert!(matches!(
            accept(ahead(CLOCK_SKEW_SECONDS + 1), NOW),
            Err(InvalidRevocationList::NotYet(_))
        ));
    }

    #[test]
    fn an_older_list_does_not_replace_a_newer_one() {
        let ca = Ca::new("root");
        let mut authority = authority(&ca);
        let accept = |authority: &CertificateAuthority, number| {
            RevocationList::accept(&ca.crl(number, &[], NOW), authority, NOW)
        };
        authority.revoked = Some(accept(&authority, 256).unwrap());
        assert!(accept(&authority, 256).is_ok() && accept(&authority, 257).is_ok());
        assert_eq!(
            accept(&authority, 255),
            Err(InvalidRevocationList::Older(NOW))
        );
    }

    #[test]
    fn a_list_is_as_large_as_it_may_be_and_no_larger() {
        let ca = Ca::new("root");
        let refused = RevocationList::accept(&vec![0; MAX_CRL_BYTES + 1], &authority(&ca), NOW);
        assert_eq!(
            refused,
            Err(InvalidRevocationList::TooLarge(MAX_CRL_BYTES + 1))
        );
        let refused = RevocationList::accept(&vec![0; MAX_CRL_BYTES], &authority(&ca), NOW);
        assert_eq!(refused, Err(InvalidRevocationList::Malformed));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let ca = Ca::new("root");
            let _ = RevocationList::accept(&bytes, &authority(&ca), NOW);
        }
    }
}
