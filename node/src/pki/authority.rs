//! The certificate authority of one cluster.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SanType, SerialNumber,
};
use time::OffsetDateTime;

use super::issued::{Issued, ServerName};
use super::node_name;
use crate::files::{self, Access, FileError};

/// How long an authority is valid: as long as a cluster may live without new trust in every device.
const AUTHORITY_LIFETIME: Duration = Duration::from_secs(20 * 365 * 24 * 60 * 60);

/// Certificates are valid from a day before they are made, for devices whose clock is behind.
const CLOCK_SKEW: Duration = Duration::from_secs(24 * 60 * 60);

const CERTIFICATE_FILE: &str = "ca.pem";
const KEY_FILE: &str = "ca-key.pem";

/// Why certificates could not be made or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PkiError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{} holds no usable certificate authority: {source}", folder.display())]
    Unusable {
        folder: PathBuf,
        source: rcgen::Error,
    },
    #[error("cannot make the certificate: {0}")]
    Unmakeable(#[from] rcgen::Error),
    #[error("`{0}` cannot stand in a certificate")]
    Name(String),
    #[error("{} exists already; a new authority would make every certificate and device of the old one useless", .0.display())]
    Exists(PathBuf),
    #[error("there is no certificate authority in {}; `roost pki init --pki {}` makes one", .0.display(), .0.display())]
    Missing(PathBuf),
}

/// Signs the certificates of one cluster.
#[derive(Debug)]
pub(crate) struct Authority {
    certificate: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Makes an authority called `name` in `folder`.
    ///
    /// # Errors
    /// There is one already; the folder cannot be written.
    pub(crate) fn create(folder: &Path, name: &str) -> Result<Self, PkiError> {
        Self::create_with(folder, name, BasicConstraints::Constrained(0))
    }

    /// Makes an authority for the certificates of devices, which may have intermediates below it.
    ///
    /// # Errors
    /// As for [`Authority::create`].
    pub(crate) fn create_for_devices(folder: &Path, name: &str) -> Result<Self, PkiError> {
        Self::create_with(folder, name, BasicConstraints::Unconstrained)
    }

    fn create_with(
        folder: &Path,
        name: &str,
        constraints: BasicConstraints,
    ) -> Result<Self, PkiError> {
        let certificate = folder.join(CERTIFICATE_FILE);
        let key_file = folder.join(KEY_FILE);
        for file in [&certificate, &key_file] {
            if file.exists() {
                return Err(PkiError::Exists(file.clone()));
            }
        }
        let key = KeyPair::generate()?;
        let mut params = named(name, AUTHORITY_LIFETIME)?;
        params.is_ca = IsCa::Ca(constraints);
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        let signed = params.self_signed(&key)?;
        files::create_folder(folder)?;
        // The certificate comes last: where it is, its key is.
        files::write(&key_file, &key.serialize_pem(), Access::Owner)?;
        files::write(&certificate, &signed.pem(), Access::Everyone)?;
        Ok(Self {
            certificate,
            issuer: Issuer::new(params, key),
        })
    }

    /// Reads the authority in `folder`.
    ///
    /// # Errors
    /// There is none, or its files are damaged.
    pub(crate) fn load(folder: &Path) -> Result<Self, PkiError> {
        let certificate = folder.join(CERTIFICATE_FILE);
        if !certificate.is_file() {
            return Err(PkiError::Missing(folder.to_owned()));
        }
        let unusable = |source| PkiError::Unusable {
            folder: folder.to_owned(),
            source,
        };
        let key = KeyPair::from_pem(&files::read(&folder.join(KEY_FILE))?).map_err(unusable)?;
        let pem = files::read(&certificate)?;
        let issuer = Issuer::from_ca_cert_pem(&pem, key).map_err(unusable)?;
        Ok(Self {
            certificate,
            issuer,
        })
    }

    /// The authority in `folder`, made now when there is none.
    ///
    /// # Errors
    /// As for [`Authority::load`] and [`Authority::create`].
    pub(crate) fn load_or_create(folder: &Path, name: &str) -> Result<Self, PkiError> {
        if folder.join(CERTIFICATE_FILE).is_file() {
            return Self::load(folder);
        }
        // A key without its certificate is what an interrupted creation leaves; nothing was signed.
        let orphan = folder.join(KEY_FILE);
        if orphan.is_file() {
            std::fs::remove_file(&orphan).ok();
        }
        Self::create(folder, name)
    }

    /// The PEM file that clients and nodes trust.
    pub(crate) fn certificate_file(&self) -> &Path {
        &self.certificate
    }

    /// A certificate for the links of node `id` to the other nodes, in both directions.
    ///
    /// # Errors
    /// Signing fails.
    pub(crate) fn issue_node(&self, id: u64, lifetime: Duration) -> Result<Issued, PkiError> {
        let name = node_name(id);
        let mut params = named(&name, lifetime)?;
        params.subject_alt_names = vec![SanType::DnsName(dns_name(&name)?)];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        self.issue(params)
    }

    /// A server certificate for `names`, of which there must be at least one; the first is its
    /// common name.
    ///
    /// # Errors
    /// A name that no certificate can hold; signing fails.
    pub(crate) fn issue_server(
        &self,
        names: &[ServerName],
        lifetime: Duration,
    ) -> Result<Issued, PkiError> {
        let Some(first) = names.first() else {
            return Err(PkiError::Name(String::new()));
        };
        let mut params = named(&first.to_string(), lifetime)?;
        params.subject_alt_names = names
            .iter()
            .map(|name| match name {
                ServerName::Address(address) => Ok(SanType::IpAddress(*address)),
                ServerName::Dns(name) => Ok(SanType::DnsName(dns_name(name)?)),
            })
            .collect::<Result<_, PkiError>>()?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue(params)
    }

    /// A certificate with which a device, or whoever proves possession of the authority, shows that it
    /// is `common_name`.
    ///
    /// # Errors
    /// Signing fails.
    pub(crate) fn issue_client(
        &self,
        common_name: &str,
        lifetime: Duration,
    ) -> Result<Issued, PkiError> {
        let mut params = named(common_name, lifetime)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.issue(params)
    }

    /// A revocation list, PEM, in force from now on.
    ///
    /// # Errors
    /// Signing fails.
    pub(crate) fn revocation_list(
        &self,
        number: u64,
        revoked: &[Vec<u8>],
        lifetime: Duration,
    ) -> Result<String, PkiError> {
        let now = OffsetDateTime::now_utc();
        let entry = |serial: &Vec<u8>| RevokedCertParams {
            serial_number: SerialNumber::from_slice(serial),
            revocation_time: now,
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: now,
            next_update: now + lifetime,
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: revoked.iter().map(entry).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&self.issuer)?.pem()?)
    }

    fn issue(&self, mut params: CertificateParams) -> Result<Issued, PkiError> {
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Issued {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        })
    }
}

/// A certificate that nobody has signed but its own key.
///
/// # Errors
/// The key cannot be made.
pub(crate) fn self_signed(common_name: &str, lifetime: Duration) -> Result<Issued, PkiError> {
    let mut params = named(common_name, lifetime)?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok(Issued {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    })
}

fn named(name: &str, lifetime: Duration) -> Result<CertificateParams, PkiError> {
    let now = OffsetDateTime::now_utc();
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Roost");
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = now - CLOCK_SKEW;
    params.not_after = now + lifetime;
    Ok(params)
}

fn dns_name(name: &str) -> Result<Ia5String, PkiError> {
    Ia5String::try_from(name).map_err(|_| PkiError::Name(name.to_owned()))
}
