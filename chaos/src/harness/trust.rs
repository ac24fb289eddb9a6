use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use roost_mqtt::client::{ConnectOptions, Tls};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::DeviceCredential;

/// What devices trust: the certificates of one PEM text.
#[derive(Debug, Clone)]
pub struct Trust {
    config: Arc<ClientConfig>,
}

impl Trust {
    /// # Errors
    /// The text holds no certificate that can be trusted.
    pub fn from_pem(text: &str) -> anyhow::Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(text.as_bytes()) {
            roots.add(certificate?)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .context("the protocol versions of TLS")?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            config: Arc::new(config),
        })
    }

    /// The configuration itself, for TLS that is spoken by hand.
    pub fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config)
    }

    /// How a device connects to the node at `address`.
    pub fn options(&self, address: SocketAddr, device: &DeviceCredential) -> ConnectOptions {
        ConnectOptions {
            tls: Some(Tls {
                config: self.config(),
                server_name: address.ip().into(),
            }),
            username: Some(device.username()),
            password: Some(device.token()),
            clean_session: false,
            ..ConnectOptions::new(address.to_string(), device.identity.to_string())
        }
    }
}
