//! The plain listener for monitoring: metrics, liveness and readiness. It asks for no credentials,
//! so it belongs on an address that only the operator reaches.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::dispatch::RouteLabel;
use crate::error::{ApiError, Code};
use crate::respond;
use crate::routes::Answer;
use crate::server::{Launch, ServerHandle, StartError, launch};
use crate::{HttpConfig, observe};

/// What the probes show.
#[derive(Clone)]
pub struct Probes {
    /// Renders the metrics in the text format of Prometheus.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// The reasons why the node should get no traffic; empty when it should.
    pub not_ready: Arc<dyn Fn() -> Vec<String> + Send + Sync>,
}

impl fmt::Debug for Probes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probes").finish_non_exhaustive()
    }
}

#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    reasons: Vec<String>,
}

/// Starts the plain listener with `/metrics`, `/healthz` (200 while the process lives) and
/// `/readyz` (200, or 503 with the reasons). It can start before the hub does.
///
/// Errors: [`StartError`], before anything is served.
pub fn serve_probes(
    address: SocketAddr,
    probes: Probes,
    shutdown: CancellationToken,
) -> Result<ServerHandle, StartError> {
    let settings = Launch {
        name: "probes",
        listen: vec![address],
        tls: None,
        config: HttpConfig {
            workers: 1,
            max_connections: 256,
            ..HttpConfig::default()
        },
        shutdown,
    };
    launch(settings, move |service| routes(service, &probes))
}

fn routes(service: &mut web::ServiceConfig, probes: &Probes) {
    service
        .app_data(web::Data::new(probes.clone()))
        .route("/metrics", web::get().to(metrics))
        .route("/healthz", web::get().to(healthz))
        .route("/readyz", web::get().to(readyz))
        .default_service(web::to(unknown));
}

async fn metrics(request: HttpRequest, probes: web::Data<Probes>) -> HttpResponse {
    RouteLabel::set(&request, "/metrics");
    HttpResponse::Ok()
        .insert_header((
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        ))
        .body((probes.metrics)())
}

async fn healthz(request: HttpRequest) -> HttpResponse {
    RouteLabel::set(&request, "/healthz");
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .body("alive\n")
}

async fn readyz(request: HttpRequest, probes: web::Data<Probes>) -> Answer {
    RouteLabel::set(&request, "/readyz");
    let reasons = (probes.not_ready)();
    let ready = reasons.is_empty();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let mut answer = respond::with_status(status, &Readiness { ready, reasons })?;
    answer.extensions_mut().insert(observe::Expected);
    Ok(answer)
}

async fn unknown() -> Answer {
    Err(ApiError::new(
        Code::NOT_FOUND,
        "this listener has /metrics, /healthz and /readyz",
    ))
}

#[cfg(test)]
mod tests;
