//! Starting the listeners, each in a thread of its own with the runtime that actix-web wants.

mod launch;

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::web;
use rustls::ServerConfig;
use tokio_util::sync::CancellationToken;

pub use launch::ServerHandle;
pub(crate) use launch::{Launch, launch};

use crate::body::BodyLimits;
use crate::dispatch::dispatch;
use crate::state::Shared;
use crate::{HttpConfig, HttpState};

/// Why a listener did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address could not be bound; the text says what to do about it.
    #[error("cannot listen on {address}: {source}; {advice}")]
    Bind {
        address: SocketAddr,
        #[source]
        source: std::io::Error,
        advice: &'static str,
    },
    /// The configuration names no address.
    #[error("`listen` names no address")]
    NoAddress,
    /// The thread of the listener could not be started, or ended before it listened.
    #[error("cannot start the thread of the listener: {0}")]
    Thread(std::io::Error),
}

/// Starts the HTTPS listener. It serves when this returns, until `shutdown` fires.
///
/// The TLS configuration is used as it is, except that ALPN offers what this listener speaks.
///
/// Errors: [`StartError`], before anything is served.
pub fn serve(
    config: &HttpConfig,
    tls: &Arc<ServerConfig>,
    state: HttpState,
    shutdown: CancellationToken,
) -> Result<ServerHandle, StartError> {
    let shared = web::Data::new(Shared {
        state,
        body: BodyLimits {
            size: config.body_limit,
            time: config.request_timeout,
        },
        shutdown: shutdown.clone(),
    });
    let settings = Launch {
        name: "https",
        listen: config.listen.clone(),
        tls: Some(Arc::clone(tls)),
        config: config.clone(),
        shutdown,
    };
    launch(settings, move |service| {
        service
            .app_data(shared.clone())
            .default_service(web::to(dispatch));
    })
}

#[cfg(test)]
mod tests;
