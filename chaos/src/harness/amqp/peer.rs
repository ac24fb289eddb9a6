use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::{BufMut, Bytes, BytesMut};
use roost_amqp::codec::delivery_state::DeliveryState;
use roost_amqp::codec::message::Message;
use roost_amqp::codec::performative::{AmqpError, Attach, Close, Performative};
use roost_amqp::codec::{Decode, Encode, Reader, Role, Value};
use rustls::ClientConfig;

use super::frames;
use super::wire::{AMQP_HEADER, Heard, Wire};

/// Bytes of one part of a message; header and performative fit into the frame beside it.
const PART: usize = 60_000;

/// The session of a [`Peer`].
const CHANNEL: u16 = 0;
/// Its links to and from `$cbs`.
const CBS_SENDER: u32 = 0;
const CBS_RECEIVER: u32 = 1;

/// A client with an open connection and a session. Frames that it is not asked for are lost to it, so
/// one thing is done at a time.
#[derive(Debug)]
pub struct Peer {
    /// For what this does not do.
    pub wire: Wire,
    next_delivery: u32,
    has_cbs: bool,
}

/// A performative from the hub, and what came behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Its session.
    pub channel: u16,
    /// What it is.
    pub performative: Performative,
    /// The message of a transfer.
    pub payload: Bytes,
}

/// The hub ended a link, a session or the connection, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Farewell {
    /// `detach`, `end` or `close`.
    pub what: &'static str,
    /// The condition of its error; empty without one.
    pub condition: String,
    /// For people.
    pub description: String,
    /// The name of the service's error code, from the error's info; empty without one.
    pub code: String,
}

impl Peer {
    /// Opens a connection and begins a session. Nobody is authenticated.
    ///
    /// # Errors
    /// The node does not answer as it should.
    pub fn open(
        address: SocketAddr,
        tls: Arc<ClientConfig>,
        patience: Duration,
    ) -> anyhow::Result<Self> {
        let mut peer = Self::on(Wire::connect(address, tls, patience)?);
        peer.wire.queue(&AMQP_HEADER);
        peer.say(&frames::open())?;
        peer.say(&frames::begin())?;
        match peer.wire.receive()? {
            Some(Heard::Header(AMQP_HEADER)) => {}
            other => bail!("expected the header of AMQP, not {other:?}"),
        }
        peer.await_said("open", |said| {
            matches!(said.performative, Performative::Open(_))
        })?;
        peer.await_said("begin", |said| {
            matches!(said.performative, Performative::Begin(_))
        })?;
        Ok(peer)
    }

    /// On a connection that is about to be open, or ended.
    pub fn on(wire: Wire) -> Self {
        Self {
            wire,
            next_delivery: 0,
            has_cbs: false,
        }
    }

    /// Sends a performative in the session.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn say(&mut self, body: &impl Encode) -> anyhow::Result<()> {
        self.say_with(body, &[])
    }

    /// Sends a performative with something behind it.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn say_with(&mut self, body: &impl Encode, payload: &[u8]) -> anyhow::Result<()> {
        self.wire.queue_frame(CHANNEL, body, payload);
        Ok(self.wire.flush()?)
    }

    /// The next performative; none when the hub has closed the connection.
    ///
    /// # Errors
    /// It says nothing for too long, or no performative.
    pub fn hear(&mut self) -> anyhow::Result<Option<Said>> {
        match self.wire.receive()? {
            None => Ok(None),
            Some(Heard::Frame { channel, body }) => {
                let mut reader = Reader::new(&body);
                let performative = Performative::decode(&mut reader)?;
                let payload = body.slice(body.len() - reader.remaining()..);
                Ok(Some(Said {
                    channel,
                    performative,
                    payload,
                }))
            }
            Some(other) => bail!("expected a frame, not {other:?}"),
        }
    }

    /// Waits for something and passes over the rest.
    ///
    /// # Errors
    /// The hub ends a link, the session or the connection instead, or says nothing.
    pub fn await_said(
        &mut self,
        what: &str,
        mut is: impl FnMut(&Said) -> bool,
    ) -> anyhow::Result<Said> {
        loop {
            let said = self.hear()?;
            let said = said.with_context(|| format!("closed instead of {what}"))?;
            if is(&said) {
                return Ok(said);
            }
            if let Some(farewell) = Farewell::of(&said.performative) {
                bail!("{farewell:?} instead of {what}");
            }
        }
    }

    /// Waits for the end of something and passes over the rest.
    ///
    /// # Errors
    /// The connection is gone without a word, or nothing is said.
    pub fn farewell(&mut self) -> anyhow::Result<Farewell> {
        loop {
            let said = self.hear()?.context("closed without a farewell")?;
            if let Some(farewell) = Farewell::of(&said.performative) {
                return Ok(farewell);
            }
        }
    }

    /// Attaches a link and waits until the hub has attached its end, and, if we send on it, given
    /// credit; or until it has detached it.
    ///
    /// # Errors
    /// The session or the connection ends.
    pub fn attach(&mut self, attach: &Attach) -> anyhow::Result<Result<(), Farewell>> {
        self.say(attach)?;
        loop {
            let said = self.hear()?.context("closed instead of an attach")?;
            match &said.performative {
                Performative::Attach(_) if attach.role == Role::Receiver && !refuses(&said) => {
                    return Ok(Ok(()));
                }
                Performative::Flow(flow) if flow.handle == Some(attach.handle) => {
                    return Ok(Ok(()));
                }
                other => match Farewell::of(other) {
                    Some(farewell) if farewell.what == "detach" => return Ok(Err(farewell)),
                    Some(farewell) => bail!("{farewell:?} instead of an attach"),
                    None => {}
                },
            }
        }
    }

    /// The same for a link that must be granted.
    ///
    /// # Errors
    /// It is not.
    pub fn attached(&mut self, attach: &Attach) -> anyhow::Result<()> {
        match self.attach(attach)? {
            Ok(()) => Ok(()),
            Err(farewell) => bail!("{} refused: {farewell:?}", attach.name),
        }
    }

    /// Queues a message, in as many parts as it needs, and gives its number.
    pub fn queue_message(&mut self, handle: u32, format: u32, payload: &[u8]) -> u32 {
        let delivery = self.next_delivery;
        self.next_delivery += 1;
        let mut rest = payload;
        loop {
            let (part, behind) = rest.split_at(rest.len().min(PART));
            let mut transfer = frames::transfer(handle, delivery);
            transfer.message_format = Some(format);
            transfer.more = !behind.is_empty();
            self.wire.queue_frame(CHANNEL, &transfer, part);
            rest = behind;
            if rest.is_empty() {
                return delivery;
            }
        }
    }

    /// Sends a message and waits for its outcome.
    ///
    /// # Errors
    /// The hub ends the link or more instead.
    pub fn send(
        &mut self,
        handle: u32,
        format: u32,
        payload: &[u8],
    ) -> anyhow::Result<DeliveryState> {
        let delivery = self.queue_message(handle, format, payload);
        self.wire.flush()?;
        self.outcome(delivery)
    }

    /// The outcome of a message that was sent.
    ///
    /// # Errors
    /// The hub ends the link or more instead.
    pub fn outcome(&mut self, delivery: u32) -> anyhow::Result<DeliveryState> {
        let said = self.await_said("an outcome", |said| match &said.performative {
            Performative::Disposition(found) => {
                let last = found.last.unwrap_or(found.first);
                (found.first.0..=last.0).contains(&delivery)
            }
            _ => false,
        })?;
        match said.performative {
            Performative::Disposition(found) => found.state.context("settled without a state"),
            other => bail!("{other:?} is no outcome"),
        }
    }

    /// Attaches to `$cbs` on two links, with credit for answers.
    ///
    /// # Errors
    /// The hub refuses.
    pub fn attach_cbs(&mut self) -> anyhow::Result<()> {
        if !self.has_cbs {
            self.attached(&frames::attach(CBS_RECEIVER, Role::Receiver, "$cbs"))?;
            self.say(&frames::credit(CBS_RECEIVER, 0, 1_000_000))?;
            self.attached(&frames::attach(CBS_SENDER, Role::Sender, "$cbs"))?;
            self.has_cbs = true;
        }
        Ok(())
    }

    /// Sends this to `$cbs` and gives its outcome.
    ///
    /// # Errors
    /// The hub ends something instead.
    pub fn send_cbs(&mut self, request: &[u8]) -> anyhow::Result<DeliveryState> {
        self.attach_cbs()?;
        self.send(CBS_SENDER, 0, request)
    }

    /// Sends this to `$cbs` and gives the status of the answer.
    ///
    /// # Errors
    /// The hub ends something instead.
    pub fn ask_cbs(&mut self, request: &[u8]) -> anyhow::Result<i64> {
        Ok(self.ask_cbs_told(request)?.0)
    }

    /// The same with what the answer says to people.
    fn ask_cbs_told(&mut self, request: &[u8]) -> anyhow::Result<(i64, String)> {
        self.attach_cbs()?;
        let _ = self.queue_message(CBS_SENDER, 0, request);
        self.wire.flush()?;
        let answer = self.await_said("an answer", |said| {
            matches!(said.performative, Performative::Transfer(_))
        })?;
        let answer = Message::decode(&answer.payload)?;
        let own = answer.application_properties.unwrap_or_default();
        let status = own.get("status-code").and_then(|value| value.as_integer());
        let status = status.context("an answer without a status")?;
        let told = own.get("status-description").and_then(Value::as_text);
        Ok((i64::try_from(status)?, told.unwrap_or_default().to_owned()))
    }

    /// Puts a token and gives the status of the answer.
    ///
    /// # Errors
    /// The hub ends something instead.
    pub fn put_token(&mut self, token: &str) -> anyhow::Result<i64> {
        self.ask_cbs(&frames::put_token(u64::from(self.next_delivery), token))
    }

    /// Puts a token and gives the status of the answer and what it says to people.
    ///
    /// # Errors
    /// The hub ends something instead.
    pub fn put_token_told(&mut self, token: &str) -> anyhow::Result<(i64, String)> {
        self.ask_cbs_told(&frames::put_token(u64::from(self.next_delivery), token))
    }

    /// Waits until the hub has closed the socket, after our own close.
    ///
    /// # Errors
    /// It says something else first.
    pub fn gone(&mut self) -> anyhow::Result<()> {
        // It may have gone already.
        let _ = self.say(&Close { error: None });
        match self.wire.receive()? {
            None => Ok(()),
            Some(other) => bail!("{other:?} after the end"),
        }
    }
}

/// An attach without the node is followed by a detach.
fn refuses(said: &Said) -> bool {
    matches!(&said.performative, Performative::Attach(attach) if attach.source.is_none())
}

impl Farewell {
    fn of(performative: &Performative) -> Option<Self> {
        let error: &Option<AmqpError> = match performative {
            Performative::Detach(detach) => &detach.error,
            Performative::End(end) => &end.error,
            Performative::Close(close) => &close.error,
            _ => return None,
        };
        let error = error.as_ref();
        let description = error.and_then(|error| error.description.clone());
        let info = error.and_then(|error| error.info.as_ref());
        let code = info
            .and_then(|info| info.get("iothub-errorcode"))
            .and_then(Value::as_text);
        Some(Self {
            what: performative.name(),
            condition: error.map_or_else(String::new, |error| error.condition.to_string()),
            description: description.unwrap_or_default(),
            code: code.unwrap_or_default().to_owned(),
        })
    }
}

/// A frame's body that is made of bytes.
#[derive(Debug, Clone)]
pub struct Raw(pub Vec<u8>);

impl Encode for Raw {
    fn encode(&self, out: &mut BytesMut) {
        out.put_slice(&self.0);
    }
}
