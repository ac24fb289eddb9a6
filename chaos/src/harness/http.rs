use reqwest::ClientBuilder;

/// A client that goes straight to the node. Makes sure that TLS has its provider.
pub(super) fn builder() -> ClientBuilder {
    // Another library may have installed the same provider before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy()
}
