use std::time::Duration;

use super::client::{Client, begin, open};
use crate::codec::performative::{Open, Performative};
use crate::engine::{Event, Side};
use crate::frame::ProtocolHeader;
use crate::limits;

fn open_with_idle(milliseconds: u32) -> Client {
    let mut client = Client::connect();
    client.raw(ProtocolHeader::Amqp.bytes());
    client.say(
        0,
        &Open {
            idle_time_out: Some(milliseconds),
            ..open()
        },
    );
    client.events();
    client
}

#[test]
fn half_of_our_patience_is_announced() {
    let mut client = open_with_idle(0);
    let frames = client.frames();
    let [(0, Performative::Open(open), _)] = &frames[..] else {
        panic!("{frames:?}")
    };
    assert_eq!(open.idle_time_out, Some(120_000));
    // Nobody waits for a frame of ours.
    assert_eq!(
        client.engine.next_deadline(),
        client.now + limits::IDLE_TIMEOUT
    );
}

#[test]
fn an_empty_frame_is_due_at_half_of_the_clients_patience() {
    let mut client = open_with_idle(10_000);
    client.frames();
    client.now += Duration::from_secs(1);
    client.say(0, &begin());
    client.events();
    client.frames();
    assert_eq!(
        client.engine.next_deadline(),
        client.now + Duration::from_secs(5)
    );
    client.now += Duration::from_secs(4);
    client.engine.on_deadline(client.now);
    assert!(client.bytes().is_empty());
    client.now += Duration::from_secs(1);
    client.engine.on_deadline(client.now);
    assert_eq!(&client.bytes()[..], &[0, 0, 0, 8, 2, 0, 0, 0]);
    assert_eq!(
        client.engine.next_deadline(),
        client.now + Duration::from_secs(5)
    );
}

#[test]
fn an_empty_frame_of_the_client_keeps_it_alive() {
    let mut client = open_with_idle(0);
    for _ in 0..3 {
        client.now += Duration::from_secs(200);
        client.raw(&[0, 0, 0, 8, 2, 0, 0, 0]);
        assert!(client.events().is_empty());
        client.engine.on_deadline(client.now);
    }
    assert!(!client.engine.is_finished());
}

#[test]
fn a_silent_client_is_given_up() {
    let mut client = open_with_idle(0);
    client.frames();
    client.now += limits::IDLE_TIMEOUT;
    client.engine.on_deadline(client.now);
    assert!(client.engine.is_finished());
    assert!(matches!(
        client.events()[..],
        [Event::Closed {
            by: Side::Server,
            ..
        }]
    ));
    assert_eq!(
        client.farewell(),
        ("close", "amqp:resource-limit-exceeded".to_owned())
    );
}

#[test]
fn a_client_that_does_not_open_is_given_up() {
    for first in [
        &b""[..],
        b"AMQP",
        ProtocolHeader::Amqp.bytes(),
        ProtocolHeader::Sasl.bytes(),
    ] {
        let mut client = Client::connect();
        client.raw(first);
        client.events();
        assert_eq!(
            client.engine.next_deadline(),
            client.now + limits::HANDSHAKE_TIMEOUT
        );
        client.now += limits::HANDSHAKE_TIMEOUT;
        client.engine.on_deadline(client.now);
        assert!(client.engine.is_finished());
        assert!(matches!(
            client.events()[..],
            [Event::Closed {
                by: Side::Server,
                ..
            }]
        ));
    }
}

#[test]
fn a_client_that_does_not_answer_a_close_is_given_up() {
    let mut client = Client::running();
    client.engine.close(client.now, None);
    client.now += limits::CLOSE_TIMEOUT;
    client.engine.on_deadline(client.now);
    assert!(client.engine.is_finished());
    assert!(client.events().is_empty());
}
