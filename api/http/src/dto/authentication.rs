use roost_model::Authentication;
use serde::Serialize;
use utoipa::ToSchema;

/// How an identity proves itself. Members that do not apply are null.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Authentication)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthenticationDocument {
    symmetric_key: SymmetricKeyDocument,
    x509_thumbprint: ThumbprintDocument,
    /// `sas`, `selfSigned`, `certificateAuthority` or `none`.
    #[serde(rename = "type")]
    kind: &'static str,
}

/// Keys in base64.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = SymmetricKey)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SymmetricKeyDocument {
    primary_key: Option<String>,
    secondary_key: Option<String>,
}

/// SHA-1 or SHA-256 of the certificate, in hexadecimal.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = X509Thumbprint)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ThumbprintDocument {
    primary_thumbprint: Option<String>,
    secondary_thumbprint: Option<String>,
}

impl AuthenticationDocument {
    /// Only the way, with neither keys nor thumbprints.
    pub(crate) fn without_secrets(authentication: &Authentication) -> Self {
        AuthenticationDocument {
            symmetric_key: SymmetricKeyDocument::default(),
            x509_thumbprint: ThumbprintDocument::default(),
            kind: authentication.type_name(),
        }
    }
}

impl From<&Authentication> for AuthenticationDocument {
    fn from(authentication: &Authentication) -> Self {
        let mut document = AuthenticationDocument::without_secrets(authentication);
        match authentication {
            Authentication::Sas(keys) => {
                document.symmetric_key = SymmetricKeyDocument {
                    primary_key: Some(keys.primary.to_base64()),
                    secondary_key: Some(keys.secondary.to_base64()),
                };
            }
            Authentication::SelfSigned(thumbprints) => {
                document.x509_thumbprint = ThumbprintDocument {
                    primary_thumbprint: thumbprints.primary.clone(),
                    secondary_thumbprint: thumbprints.secondary.clone(),
                };
            }
            Authentication::CertificateAuthority | Authentication::None => {}
        }
        document
    }
}
