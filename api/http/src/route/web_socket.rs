use crate::call::Call;
use crate::dto::ErrorBody;
use crate::routes::Answer;
use crate::tunnel;

/// Opens a WebSocket that carries MQTT. The device authenticates inside, with MQTT's CONNECT.
#[utoipa::path(get, path = "/$iothub/websocket", tag = "device", operation_id = "openWebSocket",
    params(("Sec-WebSocket-Protocol" = String, Header,
        description = "`mqtt`, in any case; echoed as offered")),
    security(()),
    responses(
        (status = 101), (status = 400, body = ErrorBody), (status = 503, body = ErrorBody)))]
pub(crate) async fn open(mut call: Call) -> Answer {
    let payload = call.take_payload()?;
    let tunnels = &call.state().tunnels;
    tunnel::open(&call.request, payload, tunnels, call.shutdown().clone()).await
}
