use crate::call::Call;
use crate::dto::ErrorBody;
use crate::routes::Answer;
use crate::tunnel;

/// Opens a WebSocket that carries MQTT or AMQP. The client authenticates inside, as it would without
/// the WebSocket.
#[utoipa::path(get, path = "/$iothub/websocket", tag = "device", operation_id = "openWebSocket",
    params(("Sec-WebSocket-Protocol" = String, Header,
        description = "`mqtt` or `AMQPWSB10`, in any case; echoed as offered")),
    security(()),
    responses(
        (status = 101), (status = 400, body = ErrorBody), (status = 503, body = ErrorBody)))]
pub(crate) async fn open(call: Call) -> Answer {
    tunnelled(call).await
}

/// The same under the path that clients of Event Hubs and Service Bus know.
#[utoipa::path(get, path = "/$servicebus/websocket", tag = "device",
    operation_id = "openServiceWebSocket",
    params(("Sec-WebSocket-Protocol" = String, Header, description = "`AMQPWSB10`")),
    security(()),
    responses(
        (status = 101), (status = 400, body = ErrorBody), (status = 503, body = ErrorBody)))]
pub(crate) async fn open_for_readers(call: Call) -> Answer {
    tunnelled(call).await
}

async fn tunnelled(mut call: Call) -> Answer {
    let payload = call.take_payload()?;
    let tunnels = &call.state().tunnels;
    tunnel::open(&call.request, payload, tunnels, call.shutdown().clone()).await
}
