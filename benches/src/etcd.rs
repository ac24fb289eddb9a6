use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context, ensure};
use bytes::{BufMut, Bytes, BytesMut};
use h2::client::{self, SendRequest};
use http::Request;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::measurement::{Measurement, Phases, Recorder};
use crate::options::Etcd;
use crate::report::Report;

/// Keys that each connection writes in turn.
const KEYS: u64 = 1000;

/// Puts over gRPC, in plaintext, `window` at a time on each connection. Every put is on disk on a
/// majority when it is answered.
///
/// # Errors
/// A connection cannot be made. Puts that fail later stand in the report.
pub(crate) async fn run(options: &Etcd) -> anyhow::Result<()> {
    let run = &options.run;
    let began = Instant::now();
    let mut connections = Vec::with_capacity(options.connections);
    for number in 0..options.connections {
        let address = options.target.of(number);
        connections.push((address, connect(address).await?));
    }
    let connecting = began.elapsed();
    let phases = Phases::begin_now(run.warm_up, run.seconds);
    let mut running = JoinSet::new();
    for (number, (address, connection)) in connections.into_iter().enumerate() {
        for lane in 0..run.window {
            let prefix = format!("twin/{number}/{lane}");
            let connection = connection.clone();
            running.spawn(put(connection, address, prefix, run.size, phases));
        }
    }
    let mut sum = Measurement::new()?;
    while let Some(measured) = running.join_next().await {
        sum.add(measured??)?;
    }
    Report::new(run, options.connections, None, &sum, connecting, None).print(run.json)
}

async fn connect(address: SocketAddr) -> anyhow::Result<SendRequest<Bytes>> {
    let stream = TcpStream::connect(address)
        .await
        .with_context(|| address.to_string())?;
    stream.set_nodelay(true)?;
    let (send, connection) = client::handshake(stream).await?;
    tokio::spawn(connection);
    Ok(send)
}

async fn put(
    connection: SendRequest<Bytes>,
    address: SocketAddr,
    prefix: String,
    size: usize,
    phases: Phases,
) -> anyhow::Result<Measurement> {
    let mut recorder = Recorder::new(phases)?;
    let mut number = 0;
    while Instant::now() < phases.until {
        let begin = Instant::now();
        let key = format!("{prefix}/{}", number % KEYS);
        let value = format!("{number:0>size$}");
        number += 1;
        match put_once(connection.clone(), address, &message(&key, &value)).await {
            Ok(()) => recorder.acknowledged(begin),
            Err(error) => {
                recorder.failed(format!("{error:#}"));
                break;
            }
        }
    }
    Ok(recorder.finish())
}

async fn put_once(
    connection: SendRequest<Bytes>,
    address: SocketAddr,
    message: &Bytes,
) -> anyhow::Result<()> {
    let request = Request::post(format!("http://{address}/etcdserverpb.KV/Put"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())?;
    let mut connection = connection.ready().await?;
    let (answer, mut body) = connection.send_request(request, false)?;
    body.send_data(message.clone(), true)?;
    let mut body = answer.await?.into_body();
    let mut length = 0;
    while let Some(data) = body.data().await {
        let data = data?;
        length += data.len();
        body.flow_control().release_capacity(data.len())?;
    }
    let trailers = body.trailers().await?.unwrap_or_default();
    let status = trailers.get("grpc-status");
    let taken = status.is_some_and(|status| status.as_bytes() == b"0") && length > 0;
    ensure!(taken, "a put was refused: {trailers:?}");
    Ok(())
}

/// `PutRequest { key = 1, value = 2 }` behind the five bytes that gRPC puts before a message.
fn message(key: &str, value: &str) -> Bytes {
    let mut fields = BytesMut::new();
    for (tag, text) in [(1, key), (2, value)] {
        fields.put_u8(tag << 3 | 2);
        let mut length = text.len();
        while length >= 0x80 {
            fields.put_u8((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        fields.put_u8(length as u8);
        fields.put_slice(text.as_bytes());
    }
    let mut out = BytesMut::with_capacity(fields.len() + 5);
    out.put_u8(0);
    out.put_u32(fields.len() as u32);
    out.put(fields);
    out.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_put_is_written_as_protobuf_wants_it() {
        let bytes = message("k", &"v".repeat(200));
        assert_eq!(bytes[..5], [0, 0, 0, 0, 206]);
        assert_eq!(bytes[5..8], [0x0a, 1, b'k']);
        assert_eq!(bytes[8..11], [0x12, 0xc8, 0x01]);
        assert_eq!(bytes.len(), 5 + 206);
    }
}
