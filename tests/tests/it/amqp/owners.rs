//! Readers of one partition at different nodes: who owns it, and how many there may be.

use reqwest::Method;
use roost_amqp::codec::performative::{Attach, Detach};
use roost_amqp::codec::{Map, Role};
use roost_chaos::harness::amqp::{Farewell, Peer, frames};
use roost_chaos::harness::{now, until};
use roost_model::Timestamp;
use serde_json::{Value, json};

use crate::fixture::{RawAmqp, SOON, event_stream, node, owner};

const STOLEN: &str = "amqp:link:stolen";
const LIMIT: &str = "amqp:resource-limit-exceeded";
const PARTITION: u16 = 5;
const MOST: u32 = 5;

/// A connection of the hub's owner at the node with this index.
fn back_end(index: usize) -> Peer {
    let mut peer = RawAmqp::open(node(index));
    let later = Timestamp(now().as_millis() + 3_600_000);
    let token = owner(index).token(&[], later);
    assert_eq!(peer.put_token(&token).unwrap(), 200);
    peer
}

/// A receiver of the partition, with an owner level or without.
fn reader(group: &str, handle: u32, level: Option<i64>) -> Attach {
    let stream = event_stream();
    let address = format!("{stream}/ConsumerGroups/{group}/Partitions/{PARTITION}");
    let properties = level.map(|level| Map::new().symbol("com.microsoft:epoch", level));
    Attach {
        properties,
        ..frames::attach(handle, Role::Receiver, &address)
    }
}

async fn make_group(name: &str) {
    let path = format!("/messages/events/consumerGroups/{name}");
    let (owner, body) = (owner(0), json!({}));
    let made = owner.call::<Value>(Method::PUT, &path, Some(&body));
    made.await.unwrap();
}

async fn delete_group(name: &str) {
    let path = format!("/messages/events/consumerGroups/{name}");
    let gone = owner(0).authorized(Method::DELETE, &path).send().await;
    assert_eq!(gone.unwrap().status(), 204);
}

fn refused(peer: &mut Peer, attach: &Attach) -> Farewell {
    peer.attach(attach).unwrap().unwrap_err()
}

fn leave(peer: &mut Peer, handle: u32) {
    let detach = Detach {
        handle,
        closed: true,
        error: None,
    };
    peer.say(&detach).unwrap();
    assert_eq!(peer.farewell().unwrap().what, "detach");
}

#[tokio::test]
async fn an_owner_takes_a_partition_from_readers_at_other_nodes_and_keeps_lower_ones_out() {
    let group = "owners";
    make_group(group).await;
    let [mut first, mut second, mut third] = [back_end(0), back_end(1), back_end(2)];
    first.attached(&reader(group, 20, None)).unwrap();
    third.attached(&reader(group, 20, None)).unwrap();

    second.attached(&reader(group, 21, Some(3))).unwrap();
    for peer in [&mut first, &mut third] {
        let stolen = peer.farewell().unwrap();
        assert_eq!((stolen.what, stolen.condition.as_str()), ("detach", STOLEN));
    }
    for (peer, level) in [(&mut first, Some(2)), (&mut third, None)] {
        let told = refused(peer, &reader(group, 22, level));
        assert_eq!(told.condition, STOLEN, "{level:?}");
        assert!(told.description.contains("owner level 3"), "{told:?}");
    }

    // Of equals the newest has it, and a higher one takes it from that.
    third.attached(&reader(group, 23, Some(3))).unwrap();
    assert_eq!(second.farewell().unwrap().condition, STOLEN);
    first.attached(&reader(group, 24, Some(i64::MAX))).unwrap();
    assert_eq!(third.farewell().unwrap().condition, STOLEN);
    let told = refused(&mut second, &reader(group, 25, Some(4)));
    assert_eq!(told.condition, STOLEN);

    // Other groups are none of its business, and who leaves has it no more.
    second.attached(&reader("$Default", 26, None)).unwrap();
    leave(&mut first, 24);
    second.attached(&reader(group, 27, None)).unwrap();
    third.attached(&reader(group, 28, None)).unwrap();
    delete_group(group).await;
}

#[tokio::test]
async fn so_many_read_side_by_side_in_the_whole_cluster_and_one_more_does_not() {
    let group = "crowd";
    make_group(group).await;
    let mut peers = [back_end(0), back_end(1), back_end(2)];
    for number in 0..MOST {
        let at = number as usize % 3;
        peers[at]
            .attached(&reader(group, 30 + number, None))
            .unwrap();
    }
    for peer in &mut peers {
        let told = refused(peer, &reader(group, 50, None));
        assert_eq!(told.condition, LIMIT, "{told:?}");
    }
    leave(&mut peers[0], 30);
    peers[2].attached(&reader(group, 51, None)).unwrap();
    // A connection that is gone reads no more either.
    let [first, second, third] = peers;
    drop((first, third));
    let sat = until("a seat", SOON, async || {
        match back_end(1).attach(&reader(group, 60, None)) {
            Ok(Ok(())) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
    sat.await.unwrap();
    drop(second);
    delete_group(group).await;
}
