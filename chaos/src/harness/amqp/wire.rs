use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use bytes::{BufMut, Bytes, BytesMut};
use roost_amqp::codec::{Decode, Encode};
use rustls::{ClientConfig, ClientConnection, StreamOwned};

/// The eight bytes in front of AMQP itself [2.2].
pub const AMQP_HEADER: [u8; 8] = *b"AMQP\x00\x01\x00\x00";
/// The eight bytes in front of the SASL layer [5.3.2].
pub const SASL_HEADER: [u8; 8] = *b"AMQP\x03\x01\x00\x00";

/// Bytes of a frame header, and of a protocol header.
const HEADER: usize = 8;
/// One read of the socket.
const READ: usize = 64 * 1024;
/// Far beyond what a node sends.
const MAX_FRAME: usize = 16 * 1024 * 1024;

/// A TLS connection to a node's AMQP port on which anything can be said. It blocks its thread.
#[derive(Debug)]
pub struct Wire {
    stream: StreamOwned<ClientConnection, TcpStream>,
    input: BytesMut,
    output: BytesMut,
}

/// What a node says next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A protocol header.
    Header([u8; HEADER]),
    /// A frame of the SASL layer.
    Sasl(Bytes),
    /// A frame with something in it.
    Frame {
        /// Its session.
        channel: u16,
        /// Performative and payload.
        body: Bytes,
    },
}

impl Heard {
    /// A frame of the SASL layer as this type.
    pub fn sasl<T: Decode>(&self) -> Option<T> {
        match self {
            Self::Sasl(body) => T::from_bytes(body).ok(),
            _ => None,
        }
    }
}

impl Wire {
    /// Connects and waits no longer than `patience` for anything that the node does.
    ///
    /// # Errors
    /// The node takes no connection.
    pub fn connect(
        address: SocketAddr,
        tls: Arc<ClientConfig>,
        patience: Duration,
    ) -> anyhow::Result<Self> {
        let socket = TcpStream::connect(address)?;
        socket.set_nodelay(true)?;
        let tls = ClientConnection::new(tls, address.ip().into())?;
        let wire = Self {
            stream: StreamOwned::new(tls, socket),
            input: BytesMut::new(),
            output: BytesMut::new(),
        };
        wire.set_patience(patience)?;
        Ok(wire)
    }

    /// Waits this long from now on.
    ///
    /// # Errors
    /// The socket is gone.
    pub fn set_patience(&self, patience: Duration) -> io::Result<()> {
        self.stream.sock.set_read_timeout(Some(patience))?;
        self.stream.sock.set_write_timeout(Some(patience))
    }

    /// Puts bytes behind what is not sent yet.
    pub fn queue(&mut self, bytes: &[u8]) {
        self.output.put_slice(bytes);
    }

    /// Puts a frame behind what is not sent yet.
    pub fn queue_frame(&mut self, channel: u16, body: &impl Encode, payload: &[u8]) {
        put_frame(&mut self.output, 0, channel, |out| {
            body.encode(out);
            out.put_slice(payload);
        });
    }

    /// Puts a frame of the SASL layer behind what is not sent yet.
    pub fn queue_sasl(&mut self, body: &impl Encode) {
        put_frame(&mut self.output, 1, 0, |out| body.encode(out));
    }

    /// Bytes that are not sent yet.
    pub fn queued(&self) -> usize {
        self.output.len()
    }

    /// Sends what is queued.
    ///
    /// # Errors
    /// The node has closed the connection, or does not read.
    pub fn flush(&mut self) -> io::Result<()> {
        let output = std::mem::take(&mut self.output);
        self.stream.write_all(&output)?;
        self.stream.flush()
    }

    /// The next header or frame; none when the node has closed the connection. Frames without a body,
    /// which only say that the node is alive, are passed over.
    ///
    /// # Errors
    /// The node says nothing for too long, or no AMQP.
    pub fn receive(&mut self) -> anyhow::Result<Option<Heard>> {
        loop {
            while let Some(heard) = self.parse()? {
                if !matches!(&heard, Heard::Frame { body, .. } if body.is_empty()) {
                    return Ok(Some(heard));
                }
            }
            if !self.read()? {
                return Ok(None);
            }
        }
    }

    /// What has arrived whole, without waiting for more.
    fn parse(&mut self) -> anyhow::Result<Option<Heard>> {
        let Some(header) = self.input.first_chunk::<HEADER>().copied() else {
            return Ok(None);
        };
        if header.starts_with(b"AMQP") {
            let _ = self.input.split_to(HEADER);
            return Ok(Some(Heard::Header(header)));
        }
        let [s0, s1, s2, s3, offset, kind, c0, c1] = header;
        let size = u32::from_be_bytes([s0, s1, s2, s3]) as usize;
        let offset = usize::from(offset) * 4;
        let sound = (HEADER..=size).contains(&offset) && size <= MAX_FRAME && kind < 2;
        ensure!(sound, "the node sent no frame: {header:x?}");
        if self.input.len() < size {
            return Ok(None);
        }
        let body = self.input.split_to(size).freeze().slice(offset..);
        Ok(Some(match kind {
            1 => Heard::Sasl(body),
            _ => Heard::Frame {
                channel: u16::from_be_bytes([c0, c1]),
                body,
            },
        }))
    }

    /// Reads what there is, waiting for something; false at the end.
    fn read(&mut self) -> io::Result<bool> {
        let start = self.input.len();
        self.input.resize(start + READ, 0);
        let read = self.stream.read(&mut self.input[start..]);
        self.input.truncate(start + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(count) => Ok(count > 0),
            // However the end is told.
            Err(error) => match error.kind() {
                ErrorKind::UnexpectedEof
                | ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::BrokenPipe => Ok(false),
                _ => Err(error),
            },
        }
    }
}

/// A frame with a true length in front.
fn put_frame(out: &mut BytesMut, kind: u8, channel: u16, write: impl FnOnce(&mut BytesMut)) {
    let start = out.len();
    out.put_slice(&[0, 0, 0, 0, 2, kind]);
    out.put_u16(channel);
    write(out);
    let size = u32::try_from(out.len() - start).unwrap_or(u32::MAX);
    out[start..start + 4].copy_from_slice(&size.to_be_bytes());
}
