//! Whether an authority of the hub stands behind a certificate.

use std::cell::RefCell;
use std::time::Duration;

use ring::digest;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage, VerifiedPath};

use super::facts::{hexadecimal, parse, strip_zeros};
use super::{
    CertificateAuthority, CertificateChain, CertificateError, CertificateFacts, RevocationList,
};
use crate::time::Timestamp;

/// The authorities of a hub, made ready for checking certificates. Built once for each change of them.
#[derive(Debug, Default)]
pub struct TrustStore {
    known: Vec<Known>,
    /// Of the verified authorities, in the order of `verified`.
    anchors: Vec<TrustAnchor<'static>>,
    /// Indices into `known`.
    verified: Vec<usize>,
    revoked: Vec<RevocationList>,
}

#[derive(Debug)]
struct Known {
    name: String,
    fingerprint: [u8; 16],
    subject: Vec<u8>,
    facts: CertificateFacts,
    /// How many intermediates may stand between the authority and a leaf; none: any number.
    path_length: Option<u32>,
    verified: bool,
}

/// What a session rests on whose certificate an authority stands behind: enough to tell later whether
/// it still does, without the certificates.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct AuthorityGrant {
    /// The registered name of the authority...
    pub authority: String,
    /// ...and the first half of its certificate's SHA-256.
    pub fingerprint: [u8; 16],
    /// The device's certificate, then the intermediates in use.
    pub path: Vec<IssuedCertificate>,
}

/// A certificate as revocation lists name it.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct IssuedCertificate {
    /// The first half of the SHA-256 of the issuer's name.
    pub issuer: [u8; 16],
    /// Without leading zeros.
    pub serial: Vec<u8>,
}

/// A certificate that an authority stands behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    pub grant: AuthorityGrant,
    /// When the first certificate of the path runs out.
    pub expires_at: Timestamp,
}

// === impl TrustStore ===

impl TrustStore {
    /// One whose certificate cannot be read stands behind nobody; none such is ever stored.
    pub fn new<'a>(authorities: impl IntoIterator<Item = &'a CertificateAuthority>) -> Self {
        let mut store = Self::default();
        for authority in authorities {
            store.add(authority);
        }
        store
    }

    fn add(&mut self, authority: &CertificateAuthority) {
        let der = CertificateDer::from(authority.certificate.as_slice());
        let (Ok(anchor), Ok(certificate)) = (
            webpki::anchor_from_trusted_cert(&der),
            parse(&authority.certificate),
        ) else {
            return;
        };
        let constraints = certificate.basic_constraints().ok().flatten();
        if authority.verified {
            self.verified.push(self.known.len());
            self.anchors.push(anchor.to_owned());
        }
        self.known.push(Known {
            name: authority.name.clone(),
            fingerprint: half_digest(&authority.certificate),
            subject: certificate.subject().as_raw().to_vec(),
            facts: authority.facts.clone(),
            path_length: constraints.and_then(|found| found.value.path_len_constraint),
            verified: authority.verified,
        });
        self.revoked.extend(authority.revoked.clone());
    }

    /// Checks that a verified authority stands behind a chain whose leaf carries `name` as its common
    /// name: signatures, validity, basic and name constraints, key usage and revocation of every
    /// certificate on the path (RFC 5280 §6). Intermediates are taken as the peer sent them.
    ///
    /// # Errors
    /// [`CertificateError`], the first rule that says no.
    pub fn verify(
        &self,
        chain: &CertificateChain,
        name: &str,
        now: Timestamp,
    ) -> Result<Trusted, CertificateError> {
        let facts = CertificateFacts::read(chain.leaf())?;
        facts.check_validity(now)?;
        if facts.common_name.as_deref() != Some(name) {
            return Err(CertificateError::OtherCommonName {
                found: facts
                    .common_name
                    .unwrap_or_default()
                    .chars()
                    .take(128)
                    .collect(),
                expected: name.to_owned(),
            });
        }
        let leaf = CertificateDer::from(chain.leaf());
        let leaf = EndEntityCert::try_from(&leaf).map_err(path_error)?;
        let sent: Vec<_> = chain.intermediates().map(CertificateDer::from).collect();
        let outcome = RefCell::new(Err(CertificateError::UnknownAuthority(facts.issuer)));
        let judge = |path: &VerifiedPath<'_>| {
            let judged = self.judge(path, chain.leaf(), now);
            let accepted = judged.is_ok();
            *outcome.borrow_mut() = judged;
            accepted.then_some(()).ok_or(webpki::Error::UnknownIssuer)
        };
        let at = UnixTime::since_unix_epoch(Duration::from_secs(now.as_secs()));
        let built = leaf.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &self.anchors,
            &sent,
            at,
            KeyUsage::client_auth(),
            None,
            Some(&judge),
        );
        match built {
            Ok(_) => outcome.into_inner(),
            Err(webpki::Error::UnknownIssuer) => {
                let judged = outcome.into_inner();
                Err(self
                    .why_unknown(chain)
                    .unwrap_or(judged.err().unwrap_or(CertificateError::Malformed)))
            }
            Err(error) => Err(path_error(error)),
        }
    }

    /// Whether what a session rests on is still so.
    pub fn holds(&self, grant: &AuthorityGrant) -> bool {
        let stands = self.known.iter().any(|known| {
            known.verified
                && known.name == grant.authority
                && known.fingerprint == grant.fingerprint
        });
        stands && !grant.path.iter().any(|one| self.is_revoked(one))
    }

    /// What webpki leaves to its caller: it trusts an anchor without looking at it, and knows no
    /// revocation lists but those given to it.
    fn judge(
        &self,
        path: &VerifiedPath<'_>,
        leaf: &[u8],
        now: Timestamp,
    ) -> Result<Trusted, CertificateError> {
        let position = self
            .anchors
            .iter()
            .position(|one| std::ptr::eq(one, path.anchor()));
        let known = position
            .and_then(|position| self.known.get(*self.verified.get(position)?))
            .ok_or(CertificateError::Malformed)?;
        let out_of_date = |_| CertificateError::AuthorityOutOfDate(known.name.clone());
        known.facts.check_validity(now).map_err(out_of_date)?;
        let mut expires_at = known.facts.not_after;
        let mut issued = Vec::new();
        let between: Vec<_> = path
            .intermediate_certificates()
            .map(|one| one.der())
            .collect();
        for der in std::iter::once(leaf).chain(between.iter().map(|der| der.as_ref())) {
            let one = IssuedCertificate::of(der)?;
            if self.is_revoked(&one) {
                return Err(CertificateError::Revoked(hexadecimal(&one.serial)));
            }
            expires_at = expires_at.min(CertificateFacts::read(der)?.not_after);
            issued.push(one);
        }
        if known
            .path_length
            .is_some_and(|length| between.len() > length as usize)
        {
            let text = format!("the authority {} allows fewer intermediates", known.name);
            return Err(CertificateError::Path(text));
        }
        Ok(Trusted {
            grant: AuthorityGrant {
                authority: known.name.clone(),
                fingerprint: known.fingerprint,
                path: issued,
            },
            // The last second belongs to it.
            expires_at: expires_at.saturating_add(Duration::from_secs(1)),
        })
    }

    fn is_revoked(&self, one: &IssuedCertificate) -> bool {
        self.revoked
            .iter()
            .any(|list| list.revokes(&one.issuer, &one.serial))
    }

    /// An authority that would stand behind the chain, were its possession proven.
    fn why_unknown(&self, chain: &CertificateChain) -> Option<CertificateError> {
        std::iter::once(chain.leaf())
            .chain(chain.intermediates())
            .find_map(|der| {
                let certificate = parse(der).ok()?;
                let issuer = certificate.issuer().as_raw();
                let mut unverified = self.known.iter().filter(|known| !known.verified);
                let known = unverified.find(|known| known.subject == issuer)?;
                Some(CertificateError::UnverifiedAuthority(known.name.clone()))
            })
    }
}

// === impl IssuedCertificate ===

impl IssuedCertificate {
    fn of(der: &[u8]) -> Result<Self, CertificateError> {
        let certificate = parse(der)?;
        Ok(Self {
            issuer: half_digest(certificate.issuer().as_raw()),
            serial: strip_zeros(certificate.raw_serial()).to_vec(),
        })
    }
}

pub(super) fn half_digest(bytes: &[u8]) -> [u8; 16] {
    let digest = digest::digest(&digest::SHA256, bytes);
    let mut half = [0; 16];
    for (to, from) in half.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    half
}

fn path_error(error: webpki::Error) -> CertificateError {
    CertificateError::Path(error.to_string())
}

#[cfg(test)]
mod tests;
