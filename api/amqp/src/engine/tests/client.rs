//! A client that says exactly what a test wants it to say.

use std::sync::Arc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};

use crate::codec::delivery_state::DeliveryState;
use crate::codec::performative::{
    AmqpError, Attach, Begin, Detach, Disposition, Flow, Open, Performative, Transfer,
};
use crate::codec::terminus::{Source, Target, TargetArchetype};
use crate::codec::{Decode, Encode, Reader, Role, SenderSettleMode, SequenceNo};
use crate::engine::{Accept, Engine, EngineConfig, Event, LinkId};
use crate::frame::{self, FrameKind, ProtocolHeader};

pub(super) struct Client {
    pub(super) engine: Engine,
    pub(super) now: Instant,
    input: BytesMut,
}

/// A frame from the engine.
pub(super) type Seen = (u16, Performative, Bytes);

impl Client {
    /// Before the first byte.
    pub(super) fn connect() -> Client {
        Client::with(|_| {})
    }

    pub(super) fn with(configure: impl FnOnce(&mut EngineConfig)) -> Client {
        let mut config = EngineConfig::new("hub");
        configure(&mut config);
        let now = Instant::now();
        Client {
            engine: Engine::new(Arc::new(config), now),
            now,
            input: BytesMut::new(),
        }
    }

    /// With an open connection and a session on channel 0.
    pub(super) fn running() -> Client {
        Client::running_with(|_| {})
    }

    pub(super) fn running_with(configure: impl FnOnce(&mut EngineConfig)) -> Client {
        let mut client = Client::with(configure);
        client.raw(ProtocolHeader::Amqp.bytes());
        client.say(0, &open());
        client.say(0, &begin());
        let events = client.events();
        assert!(
            matches!(events[..], [Event::Opened(_), Event::SessionBegun(_)]),
            "{events:?}"
        );
        client.frames();
        client
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
    }

    pub(super) fn say(&mut self, channel: u16, body: &impl Encode) {
        self.say_with(channel, body, &[]);
    }

    pub(super) fn say_with(&mut self, channel: u16, body: &impl Encode, payload: &[u8]) {
        frame::put(&mut self.input, FrameKind::Amqp, channel, |out| {
            body.encode(out);
            out.extend_from_slice(payload);
        });
    }

    pub(super) fn sasl(&mut self, body: &impl Encode) {
        frame::put(&mut self.input, FrameKind::Sasl, 0, |out| body.encode(out));
    }

    pub(super) fn poll(&mut self) -> Option<Event> {
        self.engine.poll(self.now, &mut self.input)
    }

    pub(super) fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.poll()).collect()
    }

    pub(super) fn bytes(&mut self) -> BytesMut {
        self.engine.transmit(self.now)
    }

    /// Everything that the engine has written. A frame without a performative is left out.
    pub(super) fn frames(&mut self) -> Vec<Seen> {
        let mut bytes = self.bytes();
        let mut seen = Vec::new();
        while !bytes.is_empty() {
            if bytes.starts_with(b"AMQP") {
                let _ = bytes.split_to(ProtocolHeader::LENGTH);
                continue;
            }
            let frame = frame::take(&mut bytes, 1 << 20).unwrap().unwrap();
            if frame.kind == FrameKind::Sasl || frame.body.is_empty() {
                continue;
            }
            let mut reader = Reader::new(&frame.body);
            let performative = Performative::decode(&mut reader).unwrap();
            seen.push((frame.channel, performative, reader.rest()));
        }
        seen
    }

    /// Attaches with the host's consent and forgets what was said about it.
    pub(super) fn attached(&mut self, attach: &Attach) -> LinkId {
        self.say(0, attach);
        let events = self.events();
        let [Event::Attaching(attaching)] = &events[..] else {
            panic!("no attach in {events:?}");
        };
        let mut attaching = (**attaching).clone();
        let accept = Accept::as_asked(&mut attaching);
        self.frames();
        self.engine.accept(attaching.link, accept).unwrap();
        let frames = self.frames();
        assert!(
            matches!(frames[..], [(0, Performative::Attach(_), _)]),
            "{frames:?}"
        );
        attaching.link
    }

    /// A link on which the client sends, with so much credit.
    pub(super) fn sender(&mut self, handle: u32, credit: u32) -> LinkId {
        let link = self.attached(&attach(handle, Role::Sender));
        self.engine.grant(link, credit).unwrap();
        self.frames();
        link
    }

    /// A link on which the client receives, with so much credit.
    pub(super) fn receiver(&mut self, handle: u32, credit: u32) -> LinkId {
        let link = self.attached(&attach(handle, Role::Receiver));
        self.say(0, &flow(handle, 0, credit));
        self.events();
        self.frames();
        link
    }

    /// The error of the only frame of its kind that ends something.
    pub(super) fn farewell(&mut self) -> (&'static str, String) {
        let frames = self.frames();
        let farewells: Vec<_> = frames
            .iter()
            .filter_map(|(_, performative, _)| {
                let error = match performative {
                    Performative::Detach(detach) => &detach.error,
                    Performative::End(end) => &end.error,
                    Performative::Close(close) => &close.error,
                    _ => return None,
                };
                Some((performative.name(), condition(error.as_ref())))
            })
            .collect();
        assert_eq!(farewells.len(), 1, "{frames:?}");
        farewells[0].clone()
    }
}

pub(super) fn condition(error: Option<&AmqpError>) -> String {
    error.map_or_else(String::new, |error| error.condition.to_string())
}

pub(super) fn open() -> Open {
    Open {
        container_id: "client".to_owned(),
        hostname: Some("localhost".to_owned()),
        max_frame_size: 65_536,
        channel_max: 100,
        idle_time_out: None,
        outgoing_locales: Default::default(),
        incoming_locales: Default::default(),
        offered_capabilities: Default::default(),
        desired_capabilities: Default::default(),
        properties: None,
    }
}

pub(super) fn begin() -> Begin {
    Begin {
        remote_channel: None,
        next_outgoing_id: SequenceNo(7),
        incoming_window: 1_000,
        outgoing_window: 1_000,
        handle_max: 255,
        offered_capabilities: Default::default(),
        desired_capabilities: Default::default(),
        properties: None,
    }
}

pub(super) fn attach(handle: u32, role: Role) -> Attach {
    Attach {
        name: format!("link {handle}"),
        handle,
        role,
        snd_settle_mode: SenderSettleMode::Mixed,
        rcv_settle_mode: Default::default(),
        source: Some(Source::at("from")),
        target: Some(TargetArchetype::Target(Target::at("to"))),
        unsettled: None,
        incomplete_unsettled: false,
        initial_delivery_count: (role == Role::Sender).then_some(SequenceNo(0)),
        max_message_size: None,
        offered_capabilities: Default::default(),
        desired_capabilities: Default::default(),
        properties: None,
    }
}

/// Credit from the client, with a window of 1,000 frames from its start.
pub(super) fn flow(handle: u32, delivery_count: u32, credit: u32) -> Flow {
    let mut flow = Flow::session(SequenceNo(0), 1_000, SequenceNo(7), 1_000);
    flow.handle = Some(handle);
    flow.delivery_count = Some(SequenceNo(delivery_count));
    flow.link_credit = Some(credit);
    flow
}

pub(super) fn transfer(handle: u32, delivery: u32) -> Transfer {
    Transfer {
        handle,
        delivery_id: Some(SequenceNo(delivery)),
        delivery_tag: Some(Bytes::copy_from_slice(&delivery.to_be_bytes())),
        message_format: Some(0),
        settled: Some(false),
        more: false,
        rcv_settle_mode: None,
        state: None,
        resume: false,
        aborted: false,
        batchable: false,
    }
}

pub(super) fn disposition(role: Role, first: u32, last: u32, settled: bool) -> Disposition {
    Disposition {
        role,
        first: SequenceNo(first),
        last: Some(SequenceNo(last)),
        settled,
        state: Some(DeliveryState::Accepted),
        batchable: false,
    }
}

pub(super) fn detach(handle: u32) -> Detach {
    Detach {
        handle,
        closed: true,
        error: None,
    }
}
