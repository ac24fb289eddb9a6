use super::client::{Client, attach, begin, detach, flow};
use crate::codec::performative::{AmqpError, Attach, End, Performative, condition};
use crate::codec::terminus::{Source, TargetArchetype};
use crate::codec::{Map, ReceiverSettleMode, Role, SenderSettleMode, SequenceNo};
use crate::engine::{Accept, Event, Gone};

fn attach_frames(client: &mut Client) -> Attach {
    let frames = client.frames();
    match frames.into_iter().next() {
        Some((0, Performative::Attach(attach), _)) => *attach,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_accepted_link_comes_back_with_what_clients_look_at() {
    let mut client = Client::running();
    let mut asked = attach(5, Role::Receiver);
    asked.snd_settle_mode = SenderSettleMode::Settled;
    asked.rcv_settle_mode = ReceiverSettleMode::Second;
    client.say(0, &asked);
    let events = client.events();
    let [Event::Attaching(attaching)] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(
        (attaching.name.as_str(), attaching.role),
        ("link 5", Role::Receiver)
    );
    let accept = Accept::as_asked(&mut attaching.clone());
    client.engine.accept(attaching.link, accept).unwrap();
    let answer = attach_frames(&mut client);
    assert_eq!((answer.name.as_str(), answer.handle), ("link 5", 5));
    assert_eq!(answer.role, Role::Sender);
    assert_eq!((answer.source, answer.target), (asked.source, asked.target));
    assert_eq!(answer.snd_settle_mode, SenderSettleMode::Settled);
    assert_eq!(answer.rcv_settle_mode, ReceiverSettleMode::Second);
    assert_eq!(answer.initial_delivery_count, Some(SequenceNo(0)));
    assert_eq!(
        answer.max_message_size,
        Some(crate::limits::MAX_MESSAGE_SIZE)
    );
}

#[test]
fn a_client_that_sends_settles_first_whatever_it_asks_for() {
    let mut client = Client::running();
    let mut asked = attach(0, Role::Sender);
    asked.rcv_settle_mode = ReceiverSettleMode::Second;
    client.say(0, &asked);
    let Some(Event::Attaching(attaching)) = client.poll() else {
        panic!()
    };
    client
        .engine
        .accept(attaching.link, Accept::default())
        .unwrap();
    let answer = attach_frames(&mut client);
    assert_eq!(answer.rcv_settle_mode, ReceiverSettleMode::First);
    // Empty, since null would be a refusal.
    assert_eq!(answer.source, Some(Source::default()));
}

#[test]
fn a_refused_link_is_attached_to_nothing_and_detached() {
    let mut client = Client::running();
    client.say(0, &attach(2, Role::Sender));
    let Some(Event::Attaching(attaching)) = client.poll() else {
        panic!()
    };
    let error = AmqpError::new(condition::UNAUTHORIZED_ACCESS, "no");
    client.engine.refuse(attaching.link, error.clone()).unwrap();
    let frames = client.frames();
    let [
        (0, Performative::Attach(attach), _),
        (0, Performative::Detach(detached), _),
    ] = &frames[..]
    else {
        panic!("{frames:?}");
    };
    assert_eq!((&attach.source, &attach.target), (&None, &None));
    assert_eq!((detached.handle, detached.closed), (2, true));
    assert_eq!(detached.error, Some(error));
    // The handle is free once the client has said so too.
    client.say(0, &detach(2));
    assert!(client.events().is_empty());
    client.attached(&super::client::attach(2, Role::Receiver));
}

#[test]
fn transactions_are_refused_without_asking_the_host() {
    let mut client = Client::running();
    let mut asked = attach(0, Role::Sender);
    asked.target = Some(TargetArchetype::Coordinator);
    client.say(0, &asked);
    assert!(client.events().is_empty());
    assert_eq!(
        client.farewell(),
        ("detach", "amqp:not-implemented".to_owned())
    );
}

#[test]
fn a_link_given_up_before_the_answer_is_gone() {
    let mut client = Client::running();
    client.say(0, &attach(1, Role::Sender));
    client.say(0, &detach(1));
    let events = client.events();
    let [
        Event::Attaching(attaching),
        Event::Detached {
            link,
            closed: true,
            error: None,
        },
    ] = &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!(attaching.link, *link);
    assert_eq!(client.engine.accept(*link, Accept::default()), Err(Gone));
    let frames = client.frames();
    let names: Vec<_> = frames
        .iter()
        .map(|(_, performative, _)| performative.name())
        .collect();
    assert_eq!(names, ["attach", "detach"]);
}

#[test]
fn a_name_of_a_former_link_means_nothing_to_its_successor() {
    let mut client = Client::running();
    let former = client.sender(0, 10);
    client.say(0, &detach(0));
    assert!(matches!(client.events()[..], [Event::Detached { .. }]));
    let link = client.sender(0, 10);
    assert_ne!(former, link);
    assert_eq!(client.engine.grant(former, 5), Err(Gone));
    assert_eq!(client.engine.detach(former, None), Err(Gone));
}

#[test]
fn one_link_name_on_two_sessions_is_two_links() {
    let mut client = Client::running();
    client.say(1, &begin());
    let mut asked = attach(0, Role::Sender);
    asked.name = "TelemetrySenderLink".to_owned();
    client.say(0, &asked);
    client.say(1, &asked);
    let events = client.events();
    let links = events
        .iter()
        .filter(|event| matches!(event, Event::Attaching(_)));
    assert_eq!(links.count(), 2);
}

#[test]
fn a_redirect_tells_where_to_go() {
    let mut client = Client::running();
    let link = client.attached(&attach(0, Role::Receiver));
    let info = Map::new().symbol("hostname", "other").symbol("port", 5671);
    let error = AmqpError::new(condition::LINK_REDIRECT, "elsewhere").with_info(info);
    client.engine.detach(link, Some(error.clone())).unwrap();
    let frames = client.frames();
    let [(0, Performative::Detach(detached), _)] = &frames[..] else {
        panic!("{frames:?}")
    };
    assert_eq!(detached.error, Some(error));
}

#[test]
fn a_long_error_loses_what_is_for_people_before_it_breaks_the_frame() {
    let mut client = Client::running();
    let link = client.attached(&attach(0, Role::Receiver));
    let info = Map::new().symbol("hostname", "other");
    let error = AmqpError::new(condition::LINK_REDIRECT, "x".repeat(70_000)).with_info(info);
    client.engine.detach(link, Some(error.clone())).unwrap();
    let frames = client.frames();
    let [(0, Performative::Detach(detached), _)] = &frames[..] else {
        panic!("{frames:?}")
    };
    assert_eq!(
        detached.error,
        Some(AmqpError {
            description: None,
            ..error
        })
    );
}

#[test]
fn an_ended_session_takes_its_links_along_and_stray_frames_do_nothing() {
    let mut client = Client::running();
    let link = client.sender(0, 10);
    client.say(0, &End { error: None });
    // pyamqp detaches behind the end; nobody has begun 9.
    client.say(0, &detach(0));
    client.say(9, &flow(0, 0, 10));
    let events = client.events();
    let [
        Event::Detached {
            link: gone,
            closed: false,
            error: None,
        },
        Event::Ended { .. },
    ] = &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!(*gone, link);
    assert_eq!(client.farewell(), ("end", String::new()));
    client.say(0, &begin());
    assert!(matches!(client.events()[..], [Event::SessionBegun(_)]));
}

#[test]
fn a_session_ended_by_the_host_passes_over_what_was_on_the_way() {
    let mut client = Client::running();
    let link = client.sender(0, 10);
    let Some(session) = client.engine.sessions.get(&0).map(|session| session.id) else {
        panic!()
    };
    client.engine.end(session, None).unwrap();
    client.say_with(0, &super::client::transfer(0, 0), b"on the way");
    client.say(0, &attach(1, Role::Sender));
    assert!(client.events().is_empty());
    assert_eq!(client.engine.grant(link, 1), Err(Gone));
    assert_eq!(client.farewell(), ("end", String::new()));
    client.say(0, &End { error: None });
    client.say(0, &begin());
    assert!(matches!(client.events()[..], [Event::SessionBegun(_)]));
}

#[test]
fn there_is_a_bound_for_links() {
    let mut client = Client::running_with(|config| config.max_links = 2);
    client.sender(0, 1);
    client.sender(1, 1);
    client.say(0, &attach(2, Role::Sender));
    assert!(client.events().is_empty());
    assert_eq!(
        client.farewell(),
        ("detach", "amqp:resource-limit-exceeded".to_owned())
    );
    client.say(0, &detach(2));
    client.say(0, &detach(1));
    client.events();
    client.frames();
    client.sender(1, 1);
}
