//! Whatever a client sends, in whatever pieces, the engine goes on or ends, and what it answers are
//! frames.

#![no_main]

use std::sync::Arc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use libfuzzer_sys::fuzz_target;
use roost_amqp_protocol::codec::delivery_state::DeliveryState;
use roost_amqp_protocol::codec::message::Message;
use roost_amqp_protocol::codec::sasl::SaslCode;
use roost_amqp_protocol::engine::{Accept, Engine, EngineConfig, Event, Outgoing};

/// Answers of one step; more would be a client that gets more than it asked for.
const MOST_EVENTS: usize = 100_000;
const MOST_OUTPUT: usize = 64 * 1024;

/// A host that takes part in everything.
fn host(engine: &mut Engine, event: Event) {
    match event {
        Event::Authenticate { .. } => engine.authenticate(SaslCode::Ok),
        Event::Attaching(mut attaching) => {
            let accept = Accept::as_asked(&mut attaching);
            let _ = engine.accept(attaching.link, accept);
            let _ = engine.grant(attaching.link, 10);
        }
        Event::Delivery(delivery) => {
            let _ = Message::decode(&delivery.payload);
            let _ = engine.settle(delivery.link, delivery.delivery, DeliveryState::Accepted);
        }
        Event::Credit { link, .. } => {
            let outgoing = Outgoing::new(Bytes::from_static(b"\0\x53\x75\xa0\x03abc"));
            while engine.buffered() < MOST_OUTPUT && engine.send(link, outgoing.clone()).is_ok() {}
        }
        Event::Drain { link } => {
            let _ = engine.drained(link);
        }
        Event::Disposition {
            link,
            delivery,
            state,
            settled: false,
            ..
        } => {
            let state = state.unwrap_or(DeliveryState::Released);
            let _ = engine.settle(link, delivery, state);
        }
        _ => {}
    }
}

/// Sizes of frames that were written, which have to fit together.
fn frames(mut bytes: BytesMut) {
    while !bytes.is_empty() {
        let size = match bytes.first_chunk() {
            Some(b"AMQP") => 8,
            Some(size) => u32::from_be_bytes(*size) as usize,
            None => panic!("a piece of a frame"),
        };
        assert!((8..=bytes.len()).contains(&size), "a frame of {size} bytes");
        let _ = bytes.split_to(size);
    }
}

fuzz_target!(|input: &[u8]| {
    // The first byte says how the rest is cut.
    let Some((piece, input)) = input.split_first() else {
        return;
    };
    let now = Instant::now();
    let mut engine = Engine::new(Arc::new(EngineConfig::new("hub")), now);
    let mut waiting = BytesMut::new();
    let mut events = 0;
    for piece in input.chunks(usize::from(*piece) + 1) {
        waiting.extend_from_slice(piece);
        while let Some(event) = engine.poll(now, &mut waiting) {
            events += 1;
            assert!(events < MOST_EVENTS, "too much for so little");
            host(&mut engine, event);
        }
        frames(engine.transmit(now));
    }
    let deadline = engine.next_deadline();
    engine.on_deadline(deadline);
    frames(engine.transmit(deadline));
});
