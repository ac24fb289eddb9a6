use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest, web};
use roost_edge::Principal;

use crate::call::Call;
use crate::error::ApiError;
use crate::router::{self, Match};
use crate::routes::Answer;
use crate::state::Shared;

/// The template of the route that answered a request, for metrics and the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RouteLabel(pub(crate) &'static str);

impl RouteLabel {
    pub(crate) fn set(request: &HttpRequest, template: &'static str) {
        request.extensions_mut().insert(RouteLabel(template));
    }
}

/// Every request comes here: find its route, check the caller, run the handler.
pub(crate) async fn dispatch(request: HttpRequest, payload: web::Payload) -> Answer {
    let found = router::find(request.method(), request.uri().path())?;
    RouteLabel::set(&request, found.route.template);
    let shared = request
        .app_data::<web::Data<Shared>>()
        .cloned()
        .ok_or_else(|| ApiError::internal("the application was built without its state"))?;
    let principal = guard(&request, &found, &shared)?;
    let handler = found.route.handler;
    handler(Call::new(request, payload, found.params, principal, shared)).await
}

/// Asks the edge whether the caller's policy has what the table demands for the route.
fn guard(
    request: &HttpRequest,
    found: &Match,
    shared: &Shared,
) -> Result<Option<Principal>, ApiError> {
    let Some(needed) = found.route.access.permissions() else {
        return Ok(None);
    };
    let authorization = request.headers().get(header::AUTHORIZATION);
    let authorization = authorization.and_then(|value| value.to_str().ok());
    let resource = router::resource(found.route.template, &found.params);
    let edge = &shared.state.edge;
    Ok(Some(edge.authorize(authorization, &resource, needed)?))
}
