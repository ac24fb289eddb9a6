use std::time::Duration;

use actix_web::web::{Bytes, BytesMut};
use actix_ws::{CloseCode, CloseReason, Item, Message, MessageStream, Session};
use futures::future::{self, Either};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio_util::sync::CancellationToken;

/// One read towards the device, in bytes. Allocated when there is something to read, so that an
/// idle connection costs nothing.
const CHUNK: usize = 8 * 1024;
/// How long a device that does not read may hold up its goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// Why no more bytes come from the device.
enum Inbound {
    /// It closed the WebSocket, vanished, or broke the protocol.
    Ended(CloseCode),
    /// The local side takes no more bytes, but may have said something last.
    Refused,
}

/// Carries bytes both ways until one side ends or the node shuts down.
pub(super) async fn carry(
    session: Session,
    messages: MessageStream,
    local: UnixStream,
    shutdown: CancellationToken,
) {
    let (reader, writer) = local.into_split();
    let ended = tokio::select! {
        code = both_ways(session.clone(), messages, reader, writer) => code,
        () = shutdown.cancelled() => CloseCode::Away,
    };
    let goodbye = session.close(Some(CloseReason::from(ended)));
    // Whether the device hears it no longer matters.
    let _ = tokio::time::timeout(GOODBYE, goodbye).await;
}

async fn both_ways(
    session: Session,
    messages: MessageStream,
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
) -> CloseCode {
    let inbound = Box::pin(inbound(session.clone(), messages, writer));
    let outbound = Box::pin(outbound(session, reader));
    match future::select(inbound, outbound).await {
        Either::Left((Inbound::Ended(code), _)) => code,
        Either::Left((Inbound::Refused, outbound)) => outbound.await,
        Either::Right((code, _)) => code,
    }
}

/// From the device to the hub.
async fn inbound(
    mut session: Session,
    mut messages: MessageStream,
    mut writer: OwnedWriteHalf,
) -> Inbound {
    while let Some(message) = messages.recv().await {
        let bytes = match message {
            Ok(Message::Binary(bytes)) => bytes,
            Ok(Message::Continuation(
                Item::FirstBinary(bytes) | Item::Continue(bytes) | Item::Last(bytes),
            )) => bytes,
            Ok(Message::Ping(payload)) => {
                if session.pong(&payload).await.is_err() {
                    return Inbound::Ended(CloseCode::Normal);
                }
                continue;
            }
            Ok(Message::Pong(_) | Message::Nop) => continue,
            Ok(Message::Close(_)) => return Inbound::Ended(CloseCode::Normal),
            Ok(Message::Text(_) | Message::Continuation(Item::FirstText(_))) => {
                return Inbound::Ended(CloseCode::Unsupported);
            }
            Err(actix_ws::ProtocolError::Overflow) => return Inbound::Ended(CloseCode::Size),
            Err(_) => return Inbound::Ended(CloseCode::Protocol),
        };
        if writer.write_all(&bytes).await.is_err() {
            return Inbound::Refused;
        }
    }
    Inbound::Ended(CloseCode::Normal)
}

/// From the hub to the device.
async fn outbound(mut session: Session, reader: OwnedReadHalf) -> CloseCode {
    loop {
        if reader.readable().await.is_err() {
            return CloseCode::Normal;
        }
        let mut chunk = BytesMut::with_capacity(CHUNK);
        match reader.try_read_buf(&mut chunk) {
            Ok(0) => return CloseCode::Normal,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(_) => return CloseCode::Normal,
        }
        if session.binary(Bytes::from(chunk)).await.is_err() {
            return CloseCode::Normal;
        }
    }
}
