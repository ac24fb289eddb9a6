//! Certificate authorities of devices.

use roost_cluster::AccessCommand;
use roost_model::x509::{certificates_from, crl_from};
use roost_model::{CertificateAuthority, ErrorCode, Precondition, RevocationList, Timestamp};

use super::{HubClient, HubError};
use crate::random;

impl HubClient {
    /// All authorities, by name.
    pub fn authorities(&self) -> Vec<CertificateAuthority> {
        let settings = self.context.settings().into_iter();
        settings
            .flat_map(|settings| settings.authorities.values().cloned().collect::<Vec<_>>())
            .collect()
    }

    /// One authority.
    ///
    /// # Errors
    /// 404008 when there is none of this name.
    pub fn authority(&self, name: &str) -> Result<CertificateAuthority, HubError> {
        let settings = self.context.settings();
        let found = settings.and_then(|settings| settings.authorities.get(name).cloned());
        found.ok_or_else(|| {
            let name: String = name.chars().take(64).collect();
            let text = format!("there is no certificate authority named {name}");
            HubError::new(ErrorCode::CertificateNotFound, text)
        })
    }

    /// Registers an authority with the first certificate of `upload`, PEM or DER. It counts for nothing
    /// until possession of its key is proven. Another certificate in the place of one ends the sessions
    /// that rest on the old one.
    ///
    /// # Errors
    /// 400004 for what is not the certificate of an authority, one out of date, a name that is none, or
    /// more authorities than there may be; 412001 when the precondition fails.
    pub async fn put_authority(
        &self,
        name: &str,
        upload: &[u8],
        precondition: Precondition,
    ) -> Result<CertificateAuthority, HubError> {
        let certificate = first(upload)?;
        let authority =
            CertificateAuthority::new(name, certificate, self.now()).map_err(invalid)?;
        let change = AccessCommand::PutAuthority {
            authority: Box::new(authority),
            precondition,
        };
        self.change_access(change).await?;
        tracing::info!(authority = name, "certificate authority registered");
        self.authority(name)
    }

    /// Deletes an authority. Sessions of devices with certificates below it are cut when this returns.
    ///
    /// # Errors
    /// 404008 when there is none, 412001 when the precondition fails.
    pub async fn delete_authority(
        &self,
        name: &str,
        precondition: Precondition,
    ) -> Result<(), HubError> {
        let change = AccessCommand::DeleteAuthority {
            name: name.to_owned(),
            precondition,
        };
        self.change_access(change).await?;
        tracing::info!(authority = name, "certificate authority deleted");
        Ok(())
    }

    /// Draws a verification code. An authority that was verified is so no more, and the sessions of its
    /// devices are cut when this returns.
    ///
    /// # Errors
    /// As [`HubClient::delete_authority`].
    pub async fn ask_for_proof(
        &self,
        name: &str,
        precondition: Precondition,
    ) -> Result<CertificateAuthority, HubError> {
        let change = AccessCommand::AskForProof {
            name: name.to_owned(),
            code: random::verification_code()?,
            precondition,
            at: self.now(),
        };
        self.change_access(change).await?;
        self.authority(name)
    }

    /// Takes the proof of possession: a certificate, PEM or DER, signed by the authority for the
    /// verification code as its common name.
    ///
    /// # Errors
    /// 400004 when it proves nothing; as [`HubClient::delete_authority`].
    pub async fn verify_authority(
        &self,
        name: &str,
        upload: &[u8],
        precondition: Precondition,
    ) -> Result<CertificateAuthority, HubError> {
        let authority = self.authority(name)?;
        let (proof, now) = (first(upload)?, self.now());
        authority.check_proof(&proof, now).map_err(invalid)?;
        let change = AccessCommand::VerifyAuthority {
            name: name.to_owned(),
            code: authority.verification_code.unwrap_or_default(),
            precondition,
            at: now,
        };
        self.change_access(change).await?;
        tracing::info!(authority = name, "certificate authority verified");
        self.authority(name)
    }

    /// Puts a revocation list in force, PEM or DER. Sessions of certificates in it are cut when this
    /// returns.
    ///
    /// # Errors
    /// 400004 for a list that is not the authority's, out of date or older than the one in force; as
    /// [`HubClient::delete_authority`].
    pub async fn put_revocation_list(
        &self,
        name: &str,
        upload: &[u8],
        precondition: Precondition,
    ) -> Result<CertificateAuthority, HubError> {
        let authority = self.authority(name)?;
        let der = crl_from(upload).map_err(invalid)?;
        let at = self.now();
        let list = RevocationList::accept(&der, &authority, at).map_err(invalid)?;
        let revoked = list.len();
        let change = AccessCommand::PutRevocationList {
            name: name.to_owned(),
            certificate: authority.certificate,
            list,
            precondition,
            at,
        };
        self.change_access(change).await?;
        tracing::info!(authority = name, revoked, "revocation list in force");
        self.authority(name)
    }

    fn now(&self) -> Timestamp {
        self.context.cluster.clock().now()
    }
}

fn first(upload: &[u8]) -> Result<Vec<u8>, HubError> {
    let found = certificates_from(upload).map_err(invalid)?;
    // It is an error to find none.
    Ok(found.into_iter().next().unwrap_or_default())
}

fn invalid(error: impl std::fmt::Display) -> HubError {
    HubError::new(ErrorCode::ArgumentInvalid, error.to_string())
}
