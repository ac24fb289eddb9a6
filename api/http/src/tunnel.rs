//! WebSockets as byte streams to a local listener.
//!
//! ```text
//! device ==TLS, WebSocket==> this listener --Unix socket--> protocol listener of the same node
//! ```
//!
//! The local stream starts with `ROOST/1 <peer address>\n`, or, when the device showed a certificate,
//! with `ROOST/1 <peer address> <length>\n` and so many bytes of encoded certificates; after it come the
//! bytes of the binary messages, whose borders mean nothing. Nothing is buffered beyond one frame towards the hub and
//! 32 messages towards the device: whoever does not read stops the other side.

mod bridge;
mod registry;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use roost_edge::tunnel::preface;
use roost_model::ErrorCode;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio_util::sync::CancellationToken;

pub use registry::WebSocketTunnels;

use crate::certificate;
use crate::error::{ApiError, Code};
use crate::headers::peer;
use crate::metrics;
use crate::routes::Answer;

/// Largest frame in bytes. SDKs put one MQTT packet into one frame; a packet is a message of
/// 256 KiB and its topic.
const MAX_FRAME: usize = 512 * 1024;

/// Answers the handshake and leaves the connection to a task of its own.
///
/// Errors: 400 for a request that is no WebSocket handshake or offers no sub-protocol that the node
/// speaks, 503 when the protocol's listener does not take the connection.
pub(crate) async fn open(
    request: &HttpRequest,
    payload: web::Payload,
    tunnels: &WebSocketTunnels,
    shutdown: CancellationToken,
) -> Answer {
    let Some((protocol, socket)) = tunnels.choose(request.headers()) else {
        let known = tunnels.protocols().collect::<Vec<_>>().join(", ");
        let text = format!("Sec-WebSocket-Protocol must offer one of: {known}");
        return Err(ApiError::invalid(text));
    };
    let (response, session, messages) =
        actix_ws::handle_with_protocols(request, payload, &[&protocol]).map_err(not_a_handshake)?;
    let unavailable = |error: std::io::Error| {
        let reason = format!(
            "the listener at {} took no connection: {error}",
            socket.display()
        );
        ApiError::new(
            ErrorCode::ServiceUnavailable,
            "this protocol is not served at the moment",
        )
        .because(reason)
    };
    let mut local = UnixStream::connect(socket).await.map_err(unavailable)?;
    // Who the device is, as far as this listener can tell.
    let preface = preface(peer(request), certificate::shown(request));
    local.write_all(&preface).await.map_err(unavailable)?;
    let messages = messages.max_frame_size(MAX_FRAME);
    let open = metrics::tunnel_opened();
    actix_web::rt::spawn(async move {
        bridge::carry(session, messages, local, shutdown).await;
        drop(open);
    });
    Ok(response)
}

/// The framework answers a bad handshake in its own form; the status is kept where it is ours.
fn not_a_handshake(error: actix_web::Error) -> ApiError {
    let text = "this path takes WebSocket handshakes (RFC 6455, version 13)";
    let status = error.as_response_error().status_code();
    match status {
        StatusCode::METHOD_NOT_ALLOWED => ApiError::new(Code::METHOD_NOT_ALLOWED, text),
        _ => ApiError::invalid(text),
    }
    .because(error)
}

#[cfg(test)]
mod tests;
