use bytes::Bytes;

use super::client::{Client, attach, flow, transfer};
use crate::codec::performative::Performative;
use crate::codec::{Role, SequenceNo};
use crate::engine::{Accept, Event, Outgoing, SendError};

fn message() -> Outgoing {
    Outgoing::new(Bytes::from_static(b"\0\x53\x75\xa0\x01x"))
}

fn transfers(client: &mut Client) -> usize {
    let frames = client.frames();
    frames
        .iter()
        .filter(|(_, frame, _)| matches!(frame, Performative::Transfer(_)))
        .count()
}

#[test]
fn nothing_is_sent_without_credit() {
    let mut client = Client::running();
    let link = client.attached(&attach(0, Role::Receiver));
    assert_eq!(
        client.engine.send(link, message()),
        Err(SendError::NoCredit)
    );
    client.say(0, &flow(0, 0, 2));
    assert_eq!(client.events(), [Event::Credit { link, available: 2 }]);
    client.engine.send(link, message()).unwrap();
    client.engine.send(link, message()).unwrap();
    assert_eq!(
        client.engine.send(link, message()),
        Err(SendError::NoCredit)
    );
    assert_eq!(transfers(&mut client), 2);
}

#[test]
fn credit_counts_from_what_the_client_has_seen() {
    let mut client = Client::running();
    let link = client.receiver(0, 10);
    for _ in 0..4 {
        client.engine.send(link, message()).unwrap();
    }
    // The client had seen one of four when it said ten.
    client.say(0, &flow(0, 1, 10));
    client.events();
    assert_eq!(client.engine.available(link), 7);
}

#[test]
fn credit_before_the_answer_to_the_attach_counts() {
    let mut client = Client::running();
    client.say(0, &attach(0, Role::Receiver));
    let Some(Event::Attaching(attaching)) = client.poll() else {
        panic!()
    };
    let mut early = flow(0, 0, 3);
    early.delivery_count = None;
    client.say(0, &early);
    assert!(client.events().is_empty());
    let link = attaching.link;
    client.engine.accept(link, Accept::default()).unwrap();
    assert_eq!(client.events(), [Event::Credit { link, available: 3 }]);
}

#[test]
fn credit_is_reported_again_only_after_it_was_used_up() {
    let mut client = Client::running();
    let link = client.receiver(0, 1);
    client.say(0, &flow(0, 0, 5));
    assert!(client.events().is_empty());
    for _ in 0..5 {
        client.engine.send(link, message()).unwrap();
    }
    client.say(0, &flow(0, 5, 5));
    assert_eq!(client.events(), [Event::Credit { link, available: 5 }]);
}

#[test]
fn a_client_that_does_not_settle_comes_to_a_stop() {
    let mut client = Client::running_with(|config| config.max_unsettled = 2);
    let link = client.receiver(0, 10);
    client.engine.send(link, message()).unwrap();
    client.engine.send(link, message()).unwrap();
    assert_eq!(
        client.engine.send(link, message()),
        Err(SendError::NoCredit)
    );
    client.say(0, &super::client::disposition(Role::Receiver, 0, 0, true));
    let events = client.events();
    assert!(matches!(
        events[..],
        [
            Event::Disposition { .. },
            Event::Credit { available: 1, .. }
        ]
    ));
}

#[test]
fn a_drain_is_answered_when_the_host_has_no_more() {
    let mut client = Client::running();
    let link = client.receiver(0, 0);
    let mut drain = flow(0, 0, 10);
    drain.drain = true;
    client.say(0, &drain);
    assert_eq!(
        client.events(),
        [
            Event::Drain { link },
            Event::Credit {
                link,
                available: 10
            }
        ]
    );
    client.engine.send(link, message()).unwrap();
    client.engine.drained(link).unwrap();
    let frames = client.frames();
    let [
        (0, Performative::Transfer(_), _),
        (0, Performative::Flow(answer), _),
    ] = &frames[..]
    else {
        panic!("{frames:?}");
    };
    assert_eq!(answer.delivery_count, Some(SequenceNo(10)));
    assert_eq!((answer.link_credit, answer.drain), (Some(0), true));
    assert_eq!(
        client.engine.send(link, message()),
        Err(SendError::NoCredit)
    );
    client.say(0, &flow(0, 10, 1));
    assert_eq!(client.events(), [Event::Credit { link, available: 1 }]);
}

#[test]
fn a_drain_of_nothing_is_answered_at_once() {
    let mut client = Client::running();
    client.receiver(0, 0);
    let mut drain = flow(0, 0, 0);
    drain.drain = true;
    client.say(0, &drain);
    assert!(client.events().is_empty());
    let frames = client.frames();
    assert!(matches!(&frames[..], [(0, Performative::Flow(answer), _)] if answer.drain));
}

#[test]
fn the_client_is_drained_by_its_own_flow() {
    let mut client = Client::running();
    let link = client.sender(0, 10);
    client.engine.drain(link).unwrap();
    let frames = client.frames();
    let [(0, Performative::Flow(asked), _)] = &frames[..] else {
        panic!("{frames:?}")
    };
    assert_eq!((asked.link_credit, asked.drain), (Some(10), true));
    client.say_with(0, &transfer(0, 0), b"last");
    client.say(0, &flow(0, 10, 0));
    let events = client.events();
    assert!(
        matches!(events[..], [Event::Delivery(_), Event::Drained { .. }]),
        "{events:?}"
    );
    assert_eq!(client.engine.credit(link), 0);
    // From there on new credit is counted from where the client is.
    client.engine.grant(link, 5).unwrap();
    let frames = client.frames();
    let [(0, Performative::Flow(granted), _)] = &frames[..] else {
        panic!("{frames:?}")
    };
    assert_eq!(granted.delivery_count, Some(SequenceNo(10)));
    assert_eq!((granted.link_credit, granted.drain), (Some(5), false));
}

#[test]
fn a_client_cannot_make_credit() {
    let mut client = Client::running();
    let link = client.sender(0, 3);
    client.say(0, &flow(0, 1_000, 1_000));
    client.events();
    assert_eq!(client.engine.credit(link), 0);
}

#[test]
fn an_echo_is_answered_about_link_or_session() {
    let mut client = Client::running();
    client.sender(3, 10);
    let mut asking = flow(3, 0, 0);
    asking.echo = true;
    client.say(0, &asking);
    asking.handle = None;
    client.say(0, &asking);
    client.events();
    let frames = client.frames();
    let handles: Vec<_> = frames
        .iter()
        .map(|(_, frame, _)| match frame {
            Performative::Flow(flow) => flow.handle,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(handles, [Some(3), None]);
}
