use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roost_model::CertificateAuthority;
use serde::Serialize;
use utoipa::ToSchema;

/// A certificate authority of devices.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CertificateAuthority)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthorityDocument {
    name: String,
    /// Whether possession of its key was proven; until then it counts for nothing.
    is_verified: bool,
    /// What a proof of possession must carry as its common name; null when none was asked for.
    verification_code: Option<String>,
    subject: String,
    issuer: String,
    serial_number: String,
    not_before: String,
    expiry: String,
    /// The certificate, DER in base64.
    certificate: String,
    revocation_list: Option<RevocationListDocument>,
    created: String,
    updated: String,
    pub(crate) etag: String,
}

/// The revocation list of an authority that is in force.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RevocationList)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RevocationListDocument {
    /// Revoked certificates.
    entries: usize,
    this_update: String,
    next_update: Option<String>,
}

impl From<&CertificateAuthority> for AuthorityDocument {
    fn from(authority: &CertificateAuthority) -> Self {
        let facts = &authority.facts;
        let revoked = authority.revoked.as_ref();
        AuthorityDocument {
            name: authority.name.clone(),
            is_verified: authority.verified,
            verification_code: authority.verification_code.clone(),
            subject: facts.subject.clone(),
            issuer: facts.issuer.clone(),
            serial_number: facts.serial.clone(),
            not_before: facts.not_before.to_iso(),
            expiry: facts.not_after.to_iso(),
            certificate: STANDARD.encode(&authority.certificate),
            revocation_list: revoked.map(|list| RevocationListDocument {
                entries: list.len(),
                this_update: list.this_update.to_iso(),
                next_update: list.next_update.map(|at| at.to_iso()),
            }),
            created: authority.created_at.to_iso(),
            updated: authority.updated_at.to_iso(),
            etag: authority.etag.to_string(),
        }
    }
}
