//! Every bound at it and one past it, with the numbers that listeners use.

use bytes::Bytes;

use super::client::{Client, attach, begin, open, transfer};
use crate::codec::performative::{Open, Transfer};
use crate::codec::sasl::SaslInit;
use crate::codec::{Encode, Role, Symbol};
use crate::engine::{Event, Outgoing, SendError};
use crate::frame::ProtocolHeader;
use crate::limits;

/// Bytes in front of a frame's body.
const HEADER: usize = 8;

fn part(delivery: u32) -> Transfer {
    Transfer {
        more: true,
        ..transfer(0, delivery)
    }
}

fn opened(open: &Open) -> Client {
    let mut client = Client::connect();
    client.raw(ProtocolHeader::Amqp.bytes());
    client.say(0, open);
    client
}

#[test]
fn a_frame_is_as_large_as_may_be_and_not_a_byte_larger() {
    let room = limits::MAX_FRAME_SIZE as usize - HEADER - transfer(0, 0).to_bytes().len();
    let with = |payload: usize| {
        let mut client = Client::running();
        client.sender(0, 10);
        client.say_with(0, &transfer(0, 0), &vec![b'x'; payload]);
        client
    };
    let mut fits = with(room);
    assert!(matches!(fits.events()[..], [Event::Delivery(_)]));
    let mut larger = with(room + 1);
    assert!(matches!(larger.events()[..], [.., Event::Closed { .. }]));
    assert_eq!(larger.farewell().0, "close");
}

#[test]
fn a_frame_of_the_sasl_layer_is_smaller() {
    let init = |response: usize| SaslInit {
        mechanism: Symbol::from("PLAIN"),
        initial_response: Some(
            [b"\0u\0".to_vec(), vec![b'p'; response - 3]]
                .concat()
                .into(),
        ),
        hostname: None,
    };
    let around = init(1_000).to_bytes().len() - 1_000;
    let room = limits::MAX_SASL_FRAME_SIZE as usize - HEADER - around;
    let with = |response: usize| {
        let mut client = Client::connect();
        client.raw(b"AMQP\x03\x01\x00\x00");
        client.sasl(&init(response));
        client
    };
    let mut fits = with(room);
    assert!(matches!(fits.events()[..], [Event::Authenticate { .. }]));
    let mut larger = with(room + 1);
    assert!(matches!(larger.events()[..], [.., Event::Closed { .. }]));
    assert!(larger.engine.is_finished());
}

#[test]
fn a_client_takes_frames_and_silence_that_are_long_enough() {
    let least = limits::MIN_MAX_FRAME_SIZE;
    let idle = u32::try_from(limits::MIN_PEER_IDLE_TIMEOUT.as_millis()).unwrap();
    for (open, fits) in [
        (
            Open {
                max_frame_size: least,
                ..open()
            },
            true,
        ),
        (
            Open {
                max_frame_size: least - 1,
                ..open()
            },
            false,
        ),
        (
            Open {
                idle_time_out: Some(idle),
                ..open()
            },
            true,
        ),
        (
            Open {
                idle_time_out: Some(idle - 1),
                ..open()
            },
            false,
        ),
    ] {
        let mut client = opened(&open);
        let events = client.events();
        let is_open = matches!(events[..], [Event::Opened(_)]);
        assert_eq!(is_open, fits, "{open:?}: {events:?}");
    }
}

#[test]
fn the_name_of_a_link_and_the_tag_of_a_delivery_have_a_length() {
    for (length, fits) in [
        (limits::MAX_LINK_NAME, true),
        (limits::MAX_LINK_NAME + 1, false),
    ] {
        let mut client = Client::running();
        let mut asked = attach(0, Role::Sender);
        asked.name = "n".repeat(length);
        client.say(0, &asked);
        let attaches = matches!(client.events()[..], [Event::Attaching(_)]);
        assert_eq!(attaches, fits, "{length}");
    }
    for (length, fits) in [
        (limits::MAX_DELIVERY_TAG, true),
        (limits::MAX_DELIVERY_TAG + 1, false),
    ] {
        let mut client = Client::running();
        client.sender(0, 10);
        let tagged = Transfer {
            delivery_tag: Some(vec![0; length].into()),
            ..transfer(0, 0)
        };
        client.say_with(0, &tagged, b"x");
        let delivered = matches!(client.events()[..], [Event::Delivery(_)]);
        assert_eq!(delivered, fits, "{length}");
    }
}

#[test]
fn a_session_sends_as_many_frames_as_its_window_is_wide() {
    let window = limits::INCOMING_WINDOW;
    let mut client = Client::running();
    client.sender(0, window + 1);
    for delivery in 0..window {
        client.say_with(0, &transfer(0, delivery), b"x");
    }
    // Not polled meanwhile, so that the window does not open again.
    let mut more = Client::running();
    more.sender(0, window + 1);
    for delivery in 0..=window {
        more.say_with(0, &transfer(0, delivery), b"x");
    }
    assert_eq!(client.events().len(), window as usize);
    assert!(matches!(more.events()[..], [.., Event::Ended { .. }]));
    let violation = "amqp:session:window-violation".to_owned();
    assert_eq!(more.farewell(), ("end", violation));
}

#[test]
fn a_message_is_as_large_as_its_link_takes() {
    let most = usize::try_from(limits::MAX_MESSAGE_SIZE).unwrap();
    for (size, fits) in [(most, true), (most + 1, false)] {
        let mut client = Client::running();
        client.sender(0, 10);
        let payload = vec![b'x'; size];
        for piece in payload.chunks(32_768) {
            client.say_with(0, &part(0), piece);
        }
        client.say_with(0, &transfer(0, 0), &[]);
        let events = client.events();
        let delivered = matches!(events[..], [Event::Delivery(_)]);
        assert_eq!(delivered, fits, "{size}: {events:?}");
        if !fits {
            let exceeded = "amqp:link:message-size-exceeded".to_owned();
            assert_eq!(client.farewell(), ("detach", exceeded));
        }
    }
}

#[test]
fn unfinished_deliveries_take_so_much_memory_and_no_more() {
    let most = limits::MAX_ASSEMBLY_BYTES;
    let each = usize::try_from(limits::MAX_MESSAGE_SIZE).unwrap();
    let mut client = Client::running();
    let links = u32::try_from(most / each).unwrap();
    for handle in 0..=links {
        client.sender(handle, 10);
    }
    let piece = vec![b'x'; 32_768];
    for handle in 0..links {
        for _ in 0..each / piece.len() {
            let unfinished = Transfer {
                more: true,
                ..transfer(handle, handle)
            };
            client.say_with(0, &unfinished, &piece);
            assert!(client.events().is_empty());
        }
    }
    assert_eq!(client.engine.assembled, most);
    client.frames();
    let one_more = Transfer {
        more: true,
        ..transfer(links, links)
    };
    client.say_with(0, &one_more, b"x");
    client.events();
    let exceeded = "amqp:resource-limit-exceeded".to_owned();
    assert_eq!(client.farewell(), ("detach", exceeded));
}

#[test]
fn a_client_holds_as_many_unsettled_deliveries_as_may_be() {
    let mut client = opened(&open());
    client.say(
        0,
        &crate::codec::performative::Begin {
            incoming_window: u32::MAX >> 1,
            ..begin()
        },
    );
    client.events();
    client.frames();
    let link = client.attached(&attach(0, Role::Receiver));
    let mut credit = super::client::flow(0, 0, u32::MAX >> 1);
    credit.incoming_window = u32::MAX >> 1;
    client.say(0, &credit);
    client.events();
    let message = || Outgoing::new(Bytes::from_static(b"x"));
    for _ in 0..limits::MAX_UNSETTLED {
        client.engine.send(link, message()).unwrap();
        client.bytes();
    }
    assert_eq!(
        client.engine.send(link, message()),
        Err(SendError::NoCredit)
    );
    client.say(0, &super::client::disposition(Role::Receiver, 0, 0, true));
    client.events();
    client.engine.send(link, message()).unwrap();
}
