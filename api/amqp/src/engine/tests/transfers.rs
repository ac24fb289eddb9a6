use bytes::Bytes;

use super::client::{Client, attach, begin, flow, open, transfer};
use crate::codec::performative::{Performative, Transfer};
use crate::codec::{Role, SenderSettleMode, SequenceNo};
use crate::engine::{Delivery, Event, Outgoing, SendError};

fn delivery(client: &mut Client) -> Delivery {
    let events = client.events();
    match &events[..] {
        [Event::Delivery(delivery)] => (**delivery).clone(),
        _ => panic!("{events:?}"),
    }
}

fn sent(client: &mut Client) -> Vec<(Transfer, Bytes)> {
    client
        .frames()
        .into_iter()
        .filter_map(|(_, frame, payload)| match frame {
            Performative::Transfer(transfer) => Some((*transfer, payload)),
            _ => None,
        })
        .collect()
}

#[test]
fn a_message_of_one_frame_shares_what_was_read() {
    let mut client = Client::running();
    let link = client.sender(0, 10);
    client.say_with(0, &transfer(0, 0), b"payload");
    let delivery = delivery(&mut client);
    assert_eq!(delivery.link, link);
    assert_eq!(
        (&delivery.payload[..], &delivery.tag[..]),
        (&b"payload"[..], &[0, 0, 0, 0][..])
    );
    assert!(!delivery.settled);
}

#[test]
fn frames_become_one_message_and_settled_anywhere_is_settled() {
    let mut client = Client::running();
    client.sender(0, 10);
    let mut part = transfer(0, 0);
    part.more = true;
    client.say_with(0, &part, b"one ");
    part.delivery_id = None;
    part.delivery_tag = None;
    client.say_with(0, &part, b"two ");
    assert!(client.events().is_empty());
    (part.more, part.settled) = (false, Some(true));
    client.say_with(0, &part, b"three");
    let delivery = delivery(&mut client);
    assert_eq!(&delivery.payload[..], b"one two three");
    assert!(delivery.settled);
    assert_eq!(client.engine.assembled, 0);
}

#[test]
fn an_aborted_delivery_never_was() {
    let mut client = Client::running();
    let link = client.sender(0, 10);
    let mut part = transfer(0, 0);
    part.more = true;
    client.say_with(0, &part, b"half");
    (part.more, part.aborted) = (false, true);
    client.say(0, &part);
    assert!(client.events().is_empty());
    assert_eq!(
        (client.engine.assembled, client.engine.credit(link)),
        (0, 9)
    );
    client.say_with(0, &transfer(0, 1), b"whole");
    assert_eq!(&delivery(&mut client).payload[..], b"whole");
}

#[test]
fn deliveries_of_two_links_may_interleave() {
    let mut client = Client::running();
    let (left, right) = (client.sender(0, 10), client.sender(1, 10));
    for more in [true, false] {
        for handle in [0, 1] {
            let mut part = transfer(handle, handle);
            part.more = more;
            client.say_with(0, &part, b"ab");
        }
    }
    let links: Vec<_> = client
        .events()
        .iter()
        .map(|event| match event {
            Event::Delivery(delivery) => (delivery.link, delivery.payload.len()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(links, [(left, 4), (right, 4)]);
}

#[test]
fn a_message_is_cut_to_the_frames_of_the_client() {
    let mut client = Client::connect();
    client.raw(b"AMQP\x00\x01\x00\x00");
    client.say(
        0,
        &crate::codec::performative::Open {
            max_frame_size: 512,
            ..open()
        },
    );
    client.say(0, &begin());
    client.events();
    client.frames();
    let link = client.receiver(0, 10);
    let mut outgoing = Outgoing::new(Bytes::from(vec![b'p'; 2_000]));
    outgoing.head = Bytes::from(vec![b'h'; 600]);
    outgoing.tag = Some(*b"0123456789abcdef");
    client.engine.send(link, outgoing).unwrap();
    let bytes = client.engine.output.len();
    let frames = sent(&mut client);
    assert!(bytes <= frames.len() * 512);
    let whole: Vec<u8> = frames
        .iter()
        .flat_map(|(_, payload)| payload.to_vec())
        .collect();
    assert_eq!(whole, [vec![b'h'; 600], vec![b'p'; 2_000]].concat());
    let last = frames.len() - 1;
    for (number, (frame, _)) in frames.iter().enumerate() {
        assert_eq!(frame.more, number < last);
        assert_eq!(frame.delivery_id, Some(SequenceNo(0)));
        assert_eq!(
            frame.delivery_tag.as_deref(),
            Some(&b"0123456789abcdef"[..])
        );
    }
}

#[test]
fn the_window_of_the_client_is_kept_and_links_go_on_in_turn() {
    let mut client = Client::connect();
    client.raw(b"AMQP\x00\x01\x00\x00");
    client.say(0, &open());
    let narrow = crate::codec::performative::Begin {
        incoming_window: 3,
        ..begin()
    };
    client.say(0, &narrow);
    client.events();
    client.frames();
    let links = [
        client.attached(&attach(0, Role::Receiver)),
        client.attached(&attach(1, Role::Receiver)),
    ];
    for handle in [0, 1] {
        let mut credit = flow(handle, 0, 10);
        credit.incoming_window = 3;
        client.say(0, &credit);
    }
    client.events();
    for _ in 0..3 {
        for link in links {
            client
                .engine
                .send(link, Outgoing::new(Bytes::from_static(b"x")))
                .unwrap();
        }
    }
    assert_eq!(sent(&mut client).len(), 3);
    let mut wider = flow(0, 0, 0);
    (wider.handle, wider.next_incoming_id, wider.incoming_window) = (None, Some(SequenceNo(3)), 2);
    client.say(0, &wider);
    client.events();
    assert_eq!(sent(&mut client).len(), 2);
    (wider.next_incoming_id, wider.incoming_window) = (Some(SequenceNo(5)), 100);
    client.say(0, &wider);
    client.events();
    let rest = sent(&mut client);
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].0.delivery_id, Some(SequenceNo(5)));
}

#[test]
fn what_waits_for_the_window_is_bounded() {
    let mut client = Client::connect();
    client.raw(b"AMQP\x00\x01\x00\x00");
    client.say(0, &open());
    client.say(
        0,
        &crate::codec::performative::Begin {
            incoming_window: 0,
            ..begin()
        },
    );
    client.events();
    client.frames();
    let link = client.attached(&attach(0, Role::Receiver));
    let mut credit = flow(0, 0, 1_000_000);
    credit.incoming_window = 0;
    client.say(0, &credit);
    client.events();
    let mut taken = 0;
    while client
        .engine
        .send(link, Outgoing::new(Bytes::from_static(b"x")))
        .is_ok()
    {
        taken += 1;
    }
    assert_eq!(taken, crate::limits::MAX_WAITING);
    assert_eq!(sent(&mut client).len(), 0);
    client.say(0, &flow(0, 0, 1_000_000));
    assert!(matches!(client.events()[..], [Event::Credit { .. }]));
    assert_eq!(sent(&mut client).len(), crate::limits::MAX_WAITING);
}

#[test]
fn settled_is_what_the_link_says_before_what_the_host_says() {
    for (mode, host, wire) in [
        (SenderSettleMode::Settled, false, true),
        (SenderSettleMode::Unsettled, true, false),
        (SenderSettleMode::Mixed, true, true),
        (SenderSettleMode::Mixed, false, false),
    ] {
        let mut client = Client::running();
        let mut asked = attach(0, Role::Receiver);
        asked.snd_settle_mode = mode;
        let link = client.attached(&asked);
        client.say(0, &flow(0, 0, 1));
        client.events();
        let mut outgoing = Outgoing::new(Bytes::from_static(b"x"));
        outgoing.settled = host;
        client.engine.send(link, outgoing).unwrap();
        let frames = sent(&mut client);
        assert_eq!(frames[0].0.settled, Some(wire), "{mode:?}");
        assert_eq!(frames[0].0.delivery_tag.as_ref().map(Bytes::len), Some(16));
    }
}

#[test]
fn a_message_that_the_client_does_not_take_is_not_sent() {
    let mut client = Client::running();
    let mut asked = attach(0, Role::Receiver);
    asked.max_message_size = Some(4);
    let link = client.attached(&asked);
    client.say(0, &flow(0, 0, 1));
    client.events();
    let outgoing = Outgoing::new(Bytes::from_static(b"fives"));
    assert_eq!(client.engine.send(link, outgoing), Err(SendError::TooLarge));
    assert_eq!(client.engine.available(link), 1);
}

#[test]
fn our_window_opens_again_when_the_events_are_polled() {
    let mut client = Client::running_with(|config| config.incoming_window = 4);
    client.sender(0, 100);
    for delivery in 0..2 {
        client.say_with(0, &transfer(0, delivery), b"x");
    }
    assert_eq!(client.events().len(), 2);
    let frames = client.frames();
    let [(0, Performative::Flow(opened), _)] = &frames[..] else {
        panic!("{frames:?}")
    };
    assert_eq!(
        (opened.next_incoming_id, opened.incoming_window),
        (Some(SequenceNo(9)), 4)
    );
    assert_eq!(opened.handle, None);
}
