//! How back ends read events.

use std::time::{Duration, Instant};

use reqwest::Method;
use roost_chaos::harness::{Event, EventPage};
use roost_mqtt::client::QoS;
use serde_json::{Value, json};

use crate::fixture::{TestDevice, node, owner};

/// A device that has sent `count` numbered messages.
async fn device_with_messages(name: &str, count: usize) -> TestDevice {
    let device = TestDevice::create(name).await;
    let client = device.client(node(0)).await.unwrap();
    let topic = device.topic();
    let messages = (0..count).map(|number| (topic.as_str(), number.to_string()));
    client.publish_many(messages).await.unwrap().await.unwrap();
    client.disconnect().await;
    device
}

fn numbers(device: &TestDevice, events: &[Event]) -> Vec<usize> {
    let own = events
        .iter()
        .filter(|event| event.device() == device.id.as_str() && event.is_telemetry());
    own.map(|event| {
        String::from_utf8(event.body().unwrap())
            .unwrap()
            .parse()
            .unwrap()
    })
    .collect()
}

async fn read(device: &TestDevice, query: &str) -> EventPage {
    let path = format!("/messages/events/partitions/{}?{query}", device.partition);
    owner(2).call(Method::GET, &path, None).await.unwrap()
}

#[tokio::test]
async fn reading_begins_wherever_it_is_asked_to() {
    let device = device_with_messages("reading-from", 20).await;
    let events = device.events().await;
    assert_eq!(numbers(&device, &events), (0..20).collect::<Vec<_>>());
    let fifth = &events[5];

    let sequence = fifth.sequence_number;
    let page = read(&device, &format!("from=sequence&value={sequence}&max=1")).await;
    assert_eq!(page.events[0].sequence_number, sequence, "inclusive");
    assert_eq!(page.next_sequence_number, sequence + 1);
    let page = read(
        &device,
        &format!("from=offset&value={}&max=1", fifth.offset),
    )
    .await;
    assert_eq!(page.events[0].sequence_number, sequence + 1, "exclusive");

    let time = &fifth.enqueued_time_utc;
    let page = read(&device, &format!("from=time&value={time}&max=1000")).await;
    assert!(
        page.events
            .iter()
            .all(|event| event.enqueued_time_utc > *time)
    );

    let begin = read(&device, "from=earliest&max=1").await;
    assert_eq!(begin.events[0].sequence_number, 0);
    let end = read(&device, "from=latest").await;
    assert!(end.next_sequence_number >= sequence + 15);
}

#[tokio::test]
async fn sequence_numbers_have_no_gaps_and_times_never_go_back() {
    let device = device_with_messages("reading-gaps", 500).await;
    let events = owner(1).events(device.partition, 0).await.unwrap();
    for pair in events.windows(2) {
        assert_eq!(pair[0].sequence_number + 1, pair[1].sequence_number);
        assert!(pair[0].enqueued_time_utc <= pair[1].enqueued_time_utc);
    }
}

#[tokio::test]
async fn a_long_poll_answers_as_soon_as_there_is_something() {
    let device = TestDevice::create("reading-poll").await;
    let client = device.client(node(1)).await.unwrap();
    let end = owner(2).end_of(device.partition).await.unwrap();
    let query = format!("from=sequence&value={end}&wait=30");
    let begin = Instant::now();
    let (page, sent) = tokio::join!(read(&device, &query), async {
        client
            .publish(&device.topic(), b"0", QoS::AtLeastOnce)
            .await
            .unwrap()
            .await
    });
    sent.unwrap();
    assert!(!page.events.is_empty());
    assert!(
        begin.elapsed() < Duration::from_secs(10),
        "{:?}",
        begin.elapsed()
    );
    client.disconnect().await;
}

#[tokio::test]
async fn a_long_poll_with_nothing_to_read_waits_as_long_as_it_was_asked_to() {
    const WAIT: Duration = Duration::from_secs(2);
    let device = TestDevice::create("reading-patience").await;
    let mut next = owner(2).end_of(device.partition).await.unwrap();
    loop {
        let begin = Instant::now();
        let query = format!("from=sequence&value={next}&wait={}", WAIT.as_secs());
        let page = read(&device, &query).await;
        // Devices of other tests may write to the same partition.
        if page.events.is_empty() {
            assert!(begin.elapsed() >= WAIT, "{:?}", begin.elapsed());
            break;
        }
        next = page.next_sequence_number;
    }
}

#[tokio::test]
async fn a_consumer_group_remembers_where_it_was_at_every_node() {
    let device = device_with_messages("reading-group", 10).await;
    let group = "/messages/events/consumerGroups/reading";
    let made: Value = owner(0)
        .call(Method::PUT, group, Some(&json!({})))
        .await
        .unwrap();
    println!("{made}");
    let checkpoint = format!("{group}/partitions/{}/checkpoint", device.partition);
    let fourth = device.events().await[4].sequence_number;
    let body = json!({ "sequenceNumber": fourth });
    let _: Value = owner(1)
        .call(Method::PUT, &checkpoint, Some(&body))
        .await
        .unwrap();
    let found: Value = owner(2).call(Method::GET, &checkpoint, None).await.unwrap();
    assert_eq!(found["sequenceNumber"], fourth);

    let page = read(&device, "from=checkpoint&consumerGroup=reading&max=1000").await;
    assert_eq!(numbers(&device, &page.events), (5..10).collect::<Vec<_>>());
    let deleted = owner(0)
        .authorized(Method::DELETE, group)
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.status(), 204);
}

#[tokio::test]
async fn a_stream_of_server_sent_events_goes_on_where_a_client_left_it() {
    let device = device_with_messages("reading-stream", 10).await;
    let third = device.events().await[3].sequence_number;
    let path = format!("/messages/events/partitions/{}", device.partition);
    let request = owner(2)
        .authorized(Method::GET, &path)
        .header("Accept", "text/event-stream");
    let mut stream = request.header("Last-Event-ID", third).send().await.unwrap();
    assert_eq!(
        stream.headers()["content-type"],
        "text/event-stream; charset=utf-8"
    );

    let mut text = String::new();
    let mut found = Vec::new();
    while found.len() < 6 {
        let chunk = stream.chunk().await.unwrap().expect("the stream goes on");
        text.push_str(std::str::from_utf8(&chunk).unwrap());
        while let Some((message, rest)) = text.split_once("\n\n") {
            let data = message.lines().find_map(|line| line.strip_prefix("data:"));
            if let Some(data) = data {
                let event: Event = serde_json::from_str(data.trim()).unwrap();
                found.extend(numbers(&device, &[event]));
            }
            text = rest.to_owned();
        }
    }
    assert_eq!(found, (4..10).collect::<Vec<_>>());
}
