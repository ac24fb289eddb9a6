//! A small MQTT 3.1.1 client: the device side of simulators, tests and load generators.
//!
//! It speaks plain MQTT, so it works with any broker. [`crate::azure`] makes the user name, password
//! and topics that a hub expects.
//!
//! ```text
//!   publish / publish_many ──► Link: window · outgoing bytes · unacknowledged ids ──► writer task ──► socket
//!   Ack ◄────────── Link ◄────────────────────────────────────────────── reader task ◄── socket
//!   next_message ◄──────────── bounded queue ◄───────────────────────────────────── reader task
//! ```
//!
//! Packets that are published while a write is under way leave together in the next write.

mod ack;
mod codec;
mod error;
mod inflight;
mod link;
mod options;
mod tasks;

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, mpsc};
use tokio_rustls::TlsConnector;

use self::codec::{Packet, encode};
use self::link::Link;

pub use self::ack::Ack;
pub use self::codec::{DecodeError, QoS};
pub use self::error::{ClientError, ConnectError, Ended};
pub use self::options::{ConnectOptions, Tls, Will};

/// A message from the broker. QoS 1 messages have been acknowledged when they can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub topic: String,
    pub payload: Bytes,
    pub qos: QoS,
    /// A message that was published before the subscription was made.
    pub retain: bool,
    /// The broker may have sent this message before.
    pub dup: bool,
}

/// One connection to a broker. Clones share it; it is closed when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Client {
    handle: Arc<Handle>,
}

#[derive(Debug)]
struct Handle {
    link: Arc<Link>,
    messages: Mutex<mpsc::Receiver<Message>>,
    session_present: bool,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.link.end(Ended::Dropped);
    }
}

impl Client {
    /// Connects over TCP, with TLS where the options say so, and waits for CONNACK.
    pub async fn connect(options: ConnectOptions) -> Result<Self, ConnectError> {
        let timeout = options.timeout;
        let connected = tokio::time::timeout(timeout, Self::connect_tcp(options));
        connected
            .await
            .map_err(|_| ConnectError::Timeout(timeout))?
    }

    /// Speaks MQTT over a stream that exists already, such as a Unix domain socket.
    pub async fn connect_over<S>(stream: S, options: ConnectOptions) -> Result<Self, ConnectError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let timeout = options.timeout;
        let connected = tokio::time::timeout(timeout, Self::handshake(stream, options));
        connected
            .await
            .map_err(|_| ConnectError::Timeout(timeout))?
    }

    async fn connect_tcp(options: ConnectOptions) -> Result<Self, ConnectError> {
        let stream = TcpStream::connect(&options.address).await?;
        stream.set_nodelay(true)?;
        match options.tls.clone() {
            None => Self::handshake(stream, options).await,
            Some(tls) => {
                let connector = TlsConnector::from(tls.config);
                let stream = connector.connect(tls.server_name, stream).await?;
                Self::handshake(stream, options).await
            }
        }
    }

    async fn handshake<S>(mut stream: S, options: ConnectOptions) -> Result<Self, ConnectError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut buffer = BytesMut::with_capacity(512);
        encode::connect(&mut buffer, &options)?;
        stream.write_all(&buffer).await?;
        stream.flush().await?;
        buffer.clear();
        let session_present = loop {
            match codec::decode(&mut buffer, options.max_packet)? {
                Some(Packet::ConnAck {
                    code: 0,
                    session_present,
                }) => break session_present,
                Some(Packet::ConnAck { code, .. }) => return Err(ConnectError::Refused(code)),
                Some(_) => return Err(ConnectError::Decode(DecodeError::Unexpected)),
                None if stream.read_buf(&mut buffer).await? == 0 => {
                    return Err(ConnectError::Closed);
                }
                None => {}
            }
        };
        let (sender, receiver) = mpsc::channel(options.message_queue.max(1));
        let link = Arc::new(Link::new(&options));
        tasks::spawn(stream, buffer, Arc::clone(&link), sender, &options);
        let messages = Mutex::new(receiver);
        Ok(Self {
            handle: Arc::new(Handle {
                link,
                messages,
                session_present,
            }),
        })
    }

    /// Whether the broker said that it kept the session of an earlier connection.
    pub fn session_present(&self) -> bool {
        self.handle.session_present
    }

    /// Publishes one message. Waits for room in the window (QoS 1) or in the outgoing bytes, not for
    /// the acknowledgement: that is the returned future. A QoS 0 message has none and resolves at once.
    pub async fn publish(&self, topic: &str, payload: &[u8], qos: QoS) -> Result<Ack, ClientError> {
        self.handle.link.publish(topic, payload, qos).await
    }

    /// Publishes messages with QoS 1 in order; as many as the window has room for leave in one write.
    ///
    /// Resolves when the last one is in the window. The returned future resolves when all are
    /// acknowledged.
    pub async fn publish_many<T, P>(
        &self,
        messages: impl ExactSizeIterator<Item = (T, P)> + Send,
    ) -> Result<Ack, ClientError>
    where
        T: AsRef<str>,
        P: AsRef<[u8]>,
    {
        self.handle.link.publish_many(messages).await
    }

    /// Subscribes and gives the granted QoS of each filter; None where the broker refused it.
    pub async fn subscribe(
        &self,
        filters: &[(&str, QoS)],
    ) -> Result<Vec<Option<QoS>>, ClientError> {
        let codes = self.handle.link.subscribe(filters).await?;
        Ok(codes.into_iter().map(QoS::from_grant).collect())
    }

    /// Ends subscriptions.
    pub async fn unsubscribe(&self, filters: &[&str]) -> Result<(), ClientError> {
        self.handle.link.unsubscribe(filters).await
    }

    /// The next message of the subscriptions, or None when the connection has ended.
    ///
    /// The reader waits while the queue of unread messages is full, and reads no acknowledgements then.
    pub async fn next_message(&self) -> Option<Message> {
        self.handle.messages.lock().await.recv().await
    }

    /// Sends DISCONNECT after everything that was published, and closes the connection.
    /// Acknowledgements that are still missing fail.
    pub async fn disconnect(&self) {
        self.handle.link.disconnect();
        let _ = self.closed().await;
    }

    /// Closes the connection without DISCONNECT, as a device that loses its network would.
    pub fn abort(&self) {
        self.handle.link.end(Ended::Dropped);
    }

    /// Resolves when the connection has ended, with the reason.
    pub async fn closed(&self) -> Ended {
        self.handle.link.ended().await
    }

    /// QoS 1 messages that wait for their acknowledgement.
    pub fn in_flight(&self) -> usize {
        self.handle.link.in_flight()
    }
}
