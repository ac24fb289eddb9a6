//! Whatever a client sends, the engine neither panics nor forgets how to end.

use bytes::BytesMut;
use proptest::prelude::*;

use super::client::{Client, attach, begin, detach, disposition, flow, open, transfer};
use crate::codec::Role;
use crate::codec::delivery_state::DeliveryState;
use crate::codec::message::Message;
use crate::codec::performative::{Close, End, Performative};
use crate::codec::sasl::SaslCode;
use crate::engine::{Accept, Event, Outgoing};
use crate::frame::{self, FrameKind, ProtocolHeader};

/// A host that takes part in everything.
fn host(client: &mut Client) {
    for _ in 0..10_000 {
        let Some(event) = client.poll() else { break };
        match event {
            Event::Authenticate { .. } => client.engine.authenticate(SaslCode::Ok),
            Event::Attaching(mut attaching) => {
                let accept = Accept::as_asked(&mut attaching);
                let _ = client.engine.accept(attaching.link, accept);
                let _ = client.engine.grant(attaching.link, 10);
            }
            Event::Delivery(delivery) => {
                let _ = Message::decode(&delivery.payload);
                let state = DeliveryState::Accepted;
                let _ = client
                    .engine
                    .settle(delivery.link, delivery.delivery, state);
            }
            Event::Credit { link, .. } => {
                let payload = Message::data("message").to_bytes();
                while client.engine.buffered() < 10_000
                    && client
                        .engine
                        .send(link, Outgoing::new(payload.clone()))
                        .is_ok()
                {}
            }
            Event::Drain { link } => {
                let _ = client.engine.drained(link);
            }
            Event::Disposition {
                link,
                delivery,
                state,
                ..
            } => {
                let state = state.unwrap_or(DeliveryState::Released);
                let _ = client.engine.settle(link, delivery, state);
            }
            _ => {}
        }
    }
    let links: usize = client
        .engine
        .sessions
        .values()
        .map(|session| session.links.len())
        .sum();
    assert_eq!(client.engine.links, links);
    let deadline = client.engine.next_deadline();
    client.engine.on_deadline(deadline);
    client.bytes();
}

use crate::codec::Encode;

fn frames() -> Vec<Performative> {
    let mut part = transfer(0, 0);
    part.more = true;
    let mut drain = flow(1, 2, 5);
    drain.drain = true;
    vec![
        Performative::Open(Box::new(open())),
        Performative::Begin(Box::new(begin())),
        Performative::Attach(Box::new(attach(0, Role::Sender))),
        Performative::Attach(Box::new(attach(1, Role::Receiver))),
        Performative::Flow(Box::new(flow(1, 0, 20))),
        Performative::Transfer(Box::new(part)),
        Performative::Transfer(Box::new(transfer(0, 0))),
        Performative::Transfer(Box::new(transfer(0, 1))),
        Performative::Disposition(disposition(Role::Receiver, 0, 3, true)),
        Performative::Disposition(disposition(Role::Receiver, 4, 9, false)),
        Performative::Flow(Box::new(drain)),
        Performative::Detach(detach(0)),
        Performative::End(End { error: None }),
        Performative::Close(Close { error: None }),
    ]
}

fn conversation() -> BytesMut {
    let mut bytes = BytesMut::from(&ProtocolHeader::Amqp.bytes()[..]);
    for performative in frames() {
        frame::put(&mut bytes, FrameKind::Amqp, 0, |out| {
            performative.encode(out);
            if matches!(performative, Performative::Transfer(_)) {
                Message::data("body").encode(out);
            }
        });
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn bytes_of_a_conversation_may_change(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
        chunk in 1_usize..400,
    ) {
        let mut bytes = conversation();
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        let mut client = Client::connect();
        for part in bytes.chunks(chunk) {
            client.raw(part);
            host(&mut client);
        }
    }

    #[test]
    fn frames_of_a_conversation_may_come_in_any_order(
        order in proptest::collection::vec((0_usize..14, 0_u16..3), 1..60),
    ) {
        let frames = frames();
        let mut client = Client::connect();
        client.raw(ProtocolHeader::Amqp.bytes());
        client.say(0, &open());
        client.say(0, &begin());
        for (index, channel) in order {
            client.say_with(channel, &frames[index], b"\0\x53\x75\xa0\x01x");
            host(&mut client);
        }
    }

    #[test]
    fn bytes_of_nothing_may_come(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        for start in [&b""[..], ProtocolHeader::Amqp.bytes(), ProtocolHeader::Sasl.bytes()] {
            let mut client = Client::connect();
            client.raw(start);
            client.raw(&bytes);
            host(&mut client);
        }
    }
}

#[test]
fn the_conversation_as_it_is_ends_in_order() {
    let mut client = Client::connect();
    client.raw(&conversation());
    let mut deliveries = 0;
    while let Some(event) = client.poll() {
        match event {
            Event::Attaching(mut attaching) => {
                let accept = Accept::as_asked(&mut attaching);
                client.engine.accept(attaching.link, accept).unwrap();
                let _ = client.engine.grant(attaching.link, 10);
            }
            Event::Delivery(_) => deliveries += 1,
            Event::Closed { error, .. } => assert_eq!(error, None),
            _ => {}
        }
    }
    assert_eq!(deliveries, 2);
    assert!(client.engine.is_finished());
}
