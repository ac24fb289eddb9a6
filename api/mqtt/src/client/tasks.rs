//! The two tasks of a connection.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc;

use super::ack::Answer;
use super::codec::{self, DecodeError, Packet, Publish};
use super::error::Ended;
use super::link::{Link, Work};
use super::options::ConnectOptions;
use super::{Message, QoS};

/// Free space of the read buffer, in bytes.
const READ_SIZE: usize = 4096;

pub(super) fn spawn<S>(
    stream: S,
    buffer: BytesMut,
    link: Arc<Link>,
    messages: mpsc::Sender<Message>,
    options: &ConnectOptions,
) where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let (read, write) = tokio::io::split(stream);
    let reader = Reader {
        stream: read,
        buffer,
        link: Arc::clone(&link),
        messages,
        max: options.max_packet,
    };
    tokio::spawn(reader.run());
    let keep_alive = Duration::from_secs(options.keep_alive.into());
    tokio::spawn(
        Writer {
            stream: write,
            link,
            keep_alive,
        }
        .run(),
    );
}

struct Reader<S> {
    stream: ReadHalf<S>,
    buffer: BytesMut,
    link: Arc<Link>,
    messages: mpsc::Sender<Message>,
    max: usize,
}

impl<S: AsyncRead + Send> Reader<S> {
    async fn run(mut self) {
        let link = Arc::clone(&self.link);
        let reason = tokio::select! {
            reason = self.read_all() => reason,
            reason = link.ended() => reason,
        };
        link.end(reason);
    }

    async fn read_all(&mut self) -> Ended {
        loop {
            match codec::decode(&mut self.buffer, self.max) {
                Ok(Some(packet)) => {
                    if let Err(reason) = self.handle(packet).await {
                        return reason;
                    }
                }
                Ok(None) => match self.read().await {
                    Ok(0) => return Ended::ClosedByBroker,
                    Ok(_) => {}
                    Err(error) => return Ended::Io(Arc::new(error)),
                },
                Err(error) => return Ended::Protocol(error),
            }
        }
    }

    async fn read(&mut self) -> std::io::Result<usize> {
        self.buffer.reserve(READ_SIZE);
        self.stream.read_buf(&mut self.buffer).await
    }

    async fn handle(&mut self, packet: Packet) -> Result<(), Ended> {
        let known = match packet {
            Packet::PubAck(id) => self.link.answer(id, Answer::Publish),
            Packet::SubAck { id, codes } => self.link.answer(id, Answer::Subscribe(codes)),
            Packet::UnsubAck(id) => self.link.answer(id, Answer::Unsubscribe),
            Packet::PingResp => {
                self.link.pong();
                true
            }
            Packet::Publish(publish) => {
                self.deliver(publish).await;
                true
            }
            Packet::ConnAck { .. } => false,
        };
        if known {
            Ok(())
        } else {
            Err(Ended::Protocol(DecodeError::Unexpected))
        }
    }

    async fn deliver(&mut self, publish: Publish) {
        let Publish {
            topic,
            payload,
            id,
            retain,
            dup,
        } = publish;
        let qos = if id.is_some() {
            QoS::AtLeastOnce
        } else {
            QoS::AtMostOnce
        };
        // the receiver lives as long as the handles; without them the link has ended
        let _ = self
            .messages
            .send(Message {
                topic,
                payload,
                qos,
                retain,
                dup,
            })
            .await;
        if let Some(id) = id {
            self.link.acknowledge(id);
        }
    }
}

struct Writer<S> {
    stream: WriteHalf<S>,
    link: Arc<Link>,
    keep_alive: Duration,
}

impl<S: AsyncWrite + Send> Writer<S> {
    async fn run(mut self) {
        let link = Arc::clone(&self.link);
        let reason = tokio::select! {
            reason = self.write_all() => reason,
            reason = link.ended() => reason,
        };
        link.end(reason);
        let _ = self.stream.shutdown().await;
    }

    async fn write_all(&mut self) -> Ended {
        loop {
            match self.link.next_work() {
                Work::Write(bytes) => {
                    if let Err(error) = self.write(&bytes).await {
                        return Ended::Io(Arc::new(error));
                    }
                }
                Work::Finish => return Ended::Disconnected,
                Work::Wait => tokio::select! {
                    () = self.link.wait_for_work() => {}
                    () = idle(self.keep_alive) => {
                        if !self.link.ping() {
                            return Ended::NoPing;
                        }
                    }
                },
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }
}

async fn idle(keep_alive: Duration) {
    if keep_alive.is_zero() {
        pending::<()>().await;
    }
    tokio::time::sleep(keep_alive).await;
}
