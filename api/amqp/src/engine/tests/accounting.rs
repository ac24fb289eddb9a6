//! Counters that run along with the tables come back to nothing with them.

use super::client::{Client, attach, begin, detach, transfer};
use crate::codec::Role;
use crate::codec::performative::End;

#[test]
fn links_and_unfinished_deliveries_are_counted_out_again() {
    let mut client = Client::running();
    client.say(1, &begin());
    client.events();
    let detached = client.sender(0, 10);
    client.sender(1, 10);
    client.sender(2, 10);
    client.say(0, &attach(3, Role::Receiver));
    for handle in 0..3 {
        let mut part = transfer(handle, handle);
        part.more = true;
        client.say_with(0, &part, b"0123456789");
    }
    client.events();
    assert_eq!((client.engine.links, client.engine.assembled), (4, 30));
    client.engine.detach(detached, None).unwrap();
    assert_eq!((client.engine.links, client.engine.assembled), (4, 20));
    client.say(0, &detach(0));
    client.say(0, &detach(1));
    client.events();
    assert_eq!((client.engine.links, client.engine.assembled), (2, 10));
    client.say(0, &End { error: None });
    client.events();
    assert_eq!((client.engine.links, client.engine.assembled), (0, 0));
}

#[test]
fn unfinished_deliveries_are_bounded_over_all_links() {
    let mut client = Client::running_with(|config| config.max_assembly_bytes = 25);
    for handle in 0..3 {
        client.sender(handle, 10);
        let mut part = transfer(handle, handle);
        part.more = true;
        client.say_with(0, &part, b"0123456789");
        client.events();
    }
    assert_eq!(
        client.farewell(),
        ("detach", "amqp:resource-limit-exceeded".to_owned())
    );
    assert_eq!(client.engine.assembled, 20);
}
