//! The certificate that the client of a connection showed.

use std::any::Any;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use actix_web::http::header;
use actix_web::rt::net::TcpStream;
use roost_edge::Credential;
use roost_model::x509::InvalidChain;
use roost_model::{CertificateChain, ErrorCode};

use crate::error::ApiError;

/// Kept with the connection.
struct Shown(Result<CertificateChain, InvalidChain>);

/// Called once for each connection, after its TLS handshake.
pub(crate) fn remember(connection: &dyn Any, data: &mut Extensions) {
    let Some(stream) = connection.downcast_ref::<TlsStream<TcpStream>>() else {
        return;
    };
    let (_, tls) = stream.get_ref();
    if let Some(shown) = tls.peer_certificates().filter(|shown| !shown.is_empty()) {
        data.insert(Shown(CertificateChain::new(shown)));
    }
}

/// What the client of the connection showed; none when it showed nothing, or more than anybody reads.
pub(crate) fn shown(request: &HttpRequest) -> Option<&CertificateChain> {
    request.conn_data::<Shown>()?.0.as_ref().ok()
}

/// What a device brings with a request: a token, else the certificate of its connection.
///
/// Errors: 401003 for certificates that nobody would read.
pub(crate) fn credential(request: &HttpRequest) -> Result<Credential, ApiError> {
    if let Some(value) = request.headers().get(header::AUTHORIZATION) {
        // One that is not ASCII is passed on as a token that nobody could have signed.
        let token = value.to_str().unwrap_or_default();
        return Ok(Credential::Sas(token.to_owned()));
    }
    match request.conn_data::<Shown>() {
        None => Ok(Credential::None),
        Some(Shown(Ok(chain))) => Ok(Credential::Certificate(chain.clone())),
        Some(Shown(Err(error))) => Err(ApiError::new(
            ErrorCode::IotHubUnauthorized,
            format!("the client certificates cannot be used: {error}"),
        )),
    }
}
