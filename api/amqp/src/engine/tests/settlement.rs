use bytes::Bytes;

use super::client::{Client, attach, disposition, flow, transfer};
use crate::codec::delivery_state::DeliveryState;
use crate::codec::performative::{AmqpError, Disposition, Performative, condition};
use crate::codec::{ReceiverSettleMode, Role, SequenceNo};
use crate::engine::{Accept, Event, LinkId, Outgoing};

fn dispositions(client: &mut Client) -> Vec<Disposition> {
    client
        .frames()
        .into_iter()
        .filter_map(|(_, frame, _)| match frame {
            Performative::Disposition(disposition) => Some(disposition),
            _ => None,
        })
        .collect()
}

fn send(client: &mut Client, link: LinkId, count: u64) {
    for token in 0..count {
        let mut outgoing = Outgoing::new(Bytes::from_static(b"x"));
        outgoing.token = token + 100;
        client.engine.send(link, outgoing).unwrap();
    }
    client.frames();
}

#[test]
fn neighbours_with_one_outcome_share_a_disposition() {
    let mut client = Client::running();
    let link = client.sender(0, 10);
    for delivery in 0..5 {
        client.say_with(0, &transfer(0, delivery), b"x");
    }
    let ids: Vec<_> = client
        .events()
        .iter()
        .map(|event| match event {
            Event::Delivery(delivery) => delivery.delivery,
            other => panic!("{other:?}"),
        })
        .collect();
    let rejected = DeliveryState::rejected(AmqpError::new(condition::NOT_FOUND, "no"));
    for (number, id) in ids.into_iter().enumerate() {
        let state = if number == 3 {
            rejected.clone()
        } else {
            DeliveryState::Accepted
        };
        client.engine.settle(link, id, state).unwrap();
        // A second time does nothing.
        client
            .engine
            .settle(link, id, DeliveryState::Released)
            .unwrap();
    }
    let seen: Vec<_> = dispositions(&mut client)
        .into_iter()
        .map(|seen| {
            assert!(seen.settled && seen.role == Role::Receiver);
            (seen.first.0, seen.last.unwrap().0, seen.state.unwrap())
        })
        .collect();
    let accepted = DeliveryState::Accepted;
    assert_eq!(
        seen,
        [(0, 2, accepted.clone()), (3, 3, rejected), (4, 4, accepted)]
    );
}

#[test]
fn an_outcome_goes_out_before_what_follows_it() {
    let mut client = Client::running();
    let (request, reply) = (client.sender(0, 10), client.receiver(1, 10));
    client.say_with(0, &transfer(0, 0), b"x");
    let Some(Event::Delivery(delivery)) = client.poll() else {
        panic!()
    };
    client
        .engine
        .settle(request, delivery.delivery, DeliveryState::Accepted)
        .unwrap();
    client
        .engine
        .send(reply, Outgoing::new(Bytes::from_static(b"reply")))
        .unwrap();
    let frames = client.frames();
    let names: Vec<_> = frames.iter().map(|(_, frame, _)| frame.name()).collect();
    assert_eq!(names, ["disposition", "transfer"]);
}

#[test]
fn a_range_of_the_client_is_one_event_for_each_delivery() {
    let mut client = Client::running();
    let link = client.receiver(0, 10);
    send(&mut client, link, 4);
    client.say(0, &disposition(Role::Receiver, 1, 2, true));
    // Nothing is known of these any more, or was ever.
    client.say(0, &disposition(Role::Receiver, 2, u32::MAX / 2, true));
    let tokens: Vec<_> = client
        .events()
        .iter()
        .map(|event| match event {
            Event::Disposition {
                token,
                settled: true,
                ..
            } => *token,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(tokens, [101, 102, 103]);
    client.say(0, &disposition(Role::Receiver, 5, 3, true));
    assert!(client.events().is_empty());
}

#[test]
fn who_settles_second_gets_an_answer() {
    let mut client = Client::running();
    let mut asked = attach(0, Role::Receiver);
    asked.rcv_settle_mode = ReceiverSettleMode::Second;
    let link = client.attached(&asked);
    client.say(0, &flow(0, 0, 10));
    client.events();
    send(&mut client, link, 1);
    client.say(0, &disposition(Role::Receiver, 0, 0, false));
    let events = client.events();
    let [
        Event::Disposition {
            delivery,
            state,
            settled: false,
            ..
        },
    ] = &events[..]
    else {
        panic!("{events:?}");
    };
    // It may say so again; the host has heard it.
    client.say(0, &disposition(Role::Receiver, 0, 0, false));
    assert!(client.events().is_empty());
    client
        .engine
        .settle(link, *delivery, state.clone().unwrap())
        .unwrap();
    let seen = dispositions(&mut client);
    assert_eq!(seen, [disposition(Role::Sender, 0, 0, true)]);
}

#[test]
fn outcomes_that_mean_nothing_are_not_kept_and_answered_all_the_same() {
    let mut client = Client::running();
    client.say(0, &attach(0, Role::Receiver));
    let Some(Event::Attaching(attaching)) = client.poll() else {
        panic!()
    };
    let accept = Accept {
        ignore_outcomes: true,
        ..Accept::default()
    };
    client.engine.accept(attaching.link, accept).unwrap();
    client.say(0, &flow(0, 0, 10));
    client.events();
    send(&mut client, attaching.link, 5);
    assert!(client.engine.sessions[&0].outbound.unsettled.is_empty());
    client.say(0, &disposition(Role::Receiver, 0, 2, true));
    client.say(0, &disposition(Role::Receiver, 3, 4, false));
    client.say(0, &disposition(Role::Receiver, 3, 900, false));
    assert!(client.events().is_empty());
    assert_eq!(
        dispositions(&mut client),
        [disposition(Role::Sender, 3, 4, true)]
    );
}

#[test]
fn a_sender_that_forgets_leaves_nothing_to_settle() {
    let mut client = Client::running();
    let link = client.sender(0, 10);
    client.say_with(0, &transfer(0, 0), b"x");
    let Some(Event::Delivery(delivery)) = client.poll() else {
        panic!()
    };
    client.say(0, &disposition(Role::Sender, 0, 0, true));
    let delivery = delivery.delivery;
    assert_eq!(client.events(), [Event::Forgotten { link, delivery }]);
    client
        .engine
        .settle(link, delivery, DeliveryState::Accepted)
        .unwrap();
    assert!(dispositions(&mut client).is_empty());
}

#[test]
fn delivery_ids_wrap_around() {
    let mut client = Client::running();
    let link = client.sender(0, 10);
    for delivery in [u32::MAX - 1, u32::MAX, 0, 1] {
        client.say_with(0, &transfer(0, delivery), b"x");
    }
    for event in client.events() {
        let Event::Delivery(delivery) = event else {
            panic!("{event:?}")
        };
        client
            .engine
            .settle(link, delivery.delivery, DeliveryState::Accepted)
            .unwrap();
    }
    let seen = dispositions(&mut client);
    assert_eq!(
        (seen[0].first, seen[0].last),
        (SequenceNo(u32::MAX - 1), Some(SequenceNo(1)))
    );
    assert_eq!(seen.len(), 1);
}

#[test]
fn a_detached_link_forgets_its_deliveries() {
    let mut client = Client::running();
    let link = client.receiver(0, 10);
    send(&mut client, link, 3);
    client.engine.detach(link, None).unwrap();
    client.say(0, &disposition(Role::Receiver, 0, 2, true));
    assert!(client.events().is_empty());
    assert!(client.engine.sessions[&0].outbound.unsettled.is_empty());
}
