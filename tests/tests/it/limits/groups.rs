//! Consumer groups and those who read for one.

use reqwest::{Method, RequestBuilder};
use roost_amqp::codec::Role;
use roost_chaos::harness::amqp::{Peer, frames};
use roost_chaos::harness::from_now;
use roost_model::limits::MAX_CONSUMER_GROUP_CHARS;
use roost_model::{ErrorCode, Limits};
use serde_json::Value;

use super::{ask, taken};
use crate::fixture::{OwnHub, RawAmqp, group_at, node, owner, refused};

fn path(group: &str) -> String {
    format!("/messages/events/consumerGroups/{group}")
}

#[tokio::test]
async fn the_name_of_a_consumer_group_has_at_most_50_characters() {
    let put = |chars: usize| ask(Method::PUT, &path(&"g".repeat(chars)), &Value::Null);
    taken("the longest", put(MAX_CONSUMER_GROUP_CHARS)).await;
    let longer = put(MAX_CONSUMER_GROUP_CHARS + 1);
    refused("a longer one", longer, ErrorCode::ArgumentInvalid).await;
    let path = path(&"g".repeat(MAX_CONSUMER_GROUP_CHARS));
    taken("its end", owner(0).authorized(Method::DELETE, &path)).await;
}

#[tokio::test]
async fn a_hub_has_as_many_consumer_groups_as_it_is_set_to() {
    let limits = Limits {
        max_consumer_groups: 3,
        ..Limits::default()
    };
    let hub = OwnHub::limited("groups", 1, &limits).await;
    let on = |method: Method, group: &str| hub.request(method, &path(group));
    let status = async |request: RequestBuilder| request.send().await.unwrap().status();
    // The default one is the third.
    assert_eq!(status(on(Method::PUT, "one")).await, 201);
    assert_eq!(status(on(Method::PUT, "two")).await, 201);
    let more = on(Method::PUT, "three");
    refused("one more", more, ErrorCode::ArgumentInvalid).await;
    assert_eq!(status(on(Method::GET, "three")).await, 404);
    // One that is there is no further one, in whatever case.
    assert_eq!(status(on(Method::PUT, "ONE")).await, 200);
    assert_eq!(status(on(Method::DELETE, "two")).await, 204);
    assert_eq!(status(on(Method::PUT, "three")).await, 201);
}

#[tokio::test]
async fn five_readers_are_on_a_partition_for_a_group_and_one_more_is_not() {
    let (group, default) = ("limits-readers", "$Default");
    let address = group_at(2, group, 3).await;
    let hour = std::time::Duration::from_secs(3600);
    let token = owner(2).token(&[], from_now(hour));
    let mut peer = RawAmqp::open(node(2));
    assert_eq!(peer.put_token(&token).unwrap(), 200);
    let read = |peer: &mut Peer, handle: u32| {
        peer.attach(&frames::attach(handle, Role::Receiver, &address))
            .unwrap()
    };
    let most = Limits::default().max_readers_per_group;
    for handle in 10..10 + most {
        assert_eq!(read(&mut peer, handle), Ok(()));
    }
    let refused = read(&mut peer, 10 + most).unwrap_err();
    assert_eq!(refused.condition, "amqp:resource-limit-exceeded");
    assert_eq!(refused.code, ErrorCode::IotHubQuotaExceeded.name());
    // The group of another name has room.
    let other = address.replace(group, default);
    let other = frames::attach(11 + most, Role::Receiver, &other);
    peer.attached(&other).unwrap();
    taken("its end", owner(0).authorized(Method::DELETE, &path(group))).await;
}
