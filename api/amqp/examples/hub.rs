//! A server that any client can be tried against: it accepts every token on `$cbs`, answers READ on
//! `$management`, sends events to consumers and one message to devices, answers twin requests, and
//! accepts whatever is sent.
//!
//! `hub [address] [events] [body bytes]`; plain TCP, so that clients which insist on TLS need a proxy
//! in front.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use roost_amqp::codec::delivery_state::DeliveryState;
use roost_amqp::codec::message::{Body, Message, MessageId, Properties};
use roost_amqp::codec::performative::{AmqpError, condition};
use roost_amqp::codec::sasl::SaslCode;
use roost_amqp::codec::{Array, Encode, Map, Role, Timestamp, Value};
use roost_amqp::engine::{
    Accept, Attaching, Delivery, Engine, EngineConfig, Event, LinkId, Outgoing,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const CREDIT: u32 = 300;
const HIGH_WATER: usize = 256 * 1024;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments
        .next()
        .unwrap_or_else(|| "127.0.0.5:5672".to_owned());
    let mut number = |default: u64| {
        arguments
            .next()
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    let (events, body) = (number(3), number(10));
    let config = Arc::new(EngineConfig::new("hub"));
    let listener = TcpListener::bind(&address).await?;
    println!("listening on {address}");
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let hub = Hub {
            engine: Engine::new(config.clone(), Instant::now()),
            queues: HashMap::new(),
            replies: HashMap::new(),
            addresses: HashMap::new(),
            events,
            body,
        };
        tokio::spawn(async move {
            if let Err(error) = hub.serve(socket).await {
                println!("socket: {error}");
            }
        });
    }
}

struct Hub {
    engine: Engine,
    /// What links on which the client receives still have to send.
    queues: HashMap<LinkId, Queue>,
    /// Links for replies, by address.
    replies: HashMap<String, LinkId>,
    /// Links on which the client sends.
    addresses: HashMap<LinkId, String>,
    events: u64,
    body: u64,
}

#[derive(Default)]
struct Queue {
    messages: VecDeque<Outgoing>,
    /// Events made as they are sent.
    next_event: u64,
    last_event: u64,
}

impl Hub {
    async fn serve(mut self, mut socket: TcpStream) -> std::io::Result<()> {
        let mut input = BytesMut::new();
        loop {
            let now = Instant::now();
            while let Some(event) = self.engine.poll(now, &mut input) {
                self.on(event);
            }
            self.send();
            let output = self.engine.transmit(Instant::now());
            let more = output.len() >= HIGH_WATER;
            socket.write_all(&output).await?;
            if self.engine.is_finished() {
                return Ok(());
            }
            if more {
                continue;
            }
            let deadline = self.engine.next_deadline().into();
            match tokio::time::timeout_at(deadline, socket.read_buf(&mut input)).await {
                Ok(Ok(0)) => return Ok(()),
                Ok(read) => drop(read?),
                Err(_) => self.engine.on_deadline(Instant::now()),
            }
        }
    }

    fn on(&mut self, event: Event) {
        match event {
            Event::Authenticate { credentials, .. } => {
                println!("SASL {credentials:?}");
                self.engine.authenticate(SaslCode::Ok);
            }
            Event::Attaching(attaching) => self.attach(*attaching),
            Event::Delivery(delivery) => self.deliver(&delivery),
            Event::Drain { link } => {
                self.send();
                let _ = self.engine.drained(link);
            }
            Event::Disposition {
                link,
                delivery,
                state,
                settled,
                token,
            } => {
                if token == 0 || token + 1 == self.events {
                    println!("outcome of {token}: {state:?} settled {settled}");
                }
                if !settled {
                    let _ = self.engine.settle(link, delivery, DeliveryState::Accepted);
                }
            }
            Event::Detached { link, .. } => {
                self.queues.remove(&link);
                self.addresses.remove(&link);
                println!("{event:?}");
            }
            Event::Credit { .. } | Event::Drained { .. } | Event::Forgotten { .. } => {}
            other => println!("{other:?}"),
        }
    }

    fn attach(&mut self, mut attaching: Attaching) {
        let link = attaching.link;
        let asked = match attaching.role {
            Role::Sender => attaching
                .target
                .as_ref()
                .and_then(|target| target.address()),
            Role::Receiver => attaching
                .source
                .as_ref()
                .and_then(|source| source.address()),
        };
        let address = normal(asked.unwrap_or_default());
        println!(
            "attach {:?} {address} {:?}",
            attaching.role, attaching.properties
        );
        if address.contains("forbidden") {
            let error = AmqpError::new(condition::UNAUTHORIZED_ACCESS, "forbidden");
            let _ = self.engine.refuse(link, error);
            return;
        }
        let mut accept = Accept::as_asked(&mut attaching);
        accept.ignore_outcomes = address.to_lowercase().contains("/partitions/");
        let _ = self.engine.accept(link, accept);
        if let Some(path) = address.strip_prefix("messages/events/") {
            let _ = self.engine.detach(link, Some(redirect(path)));
            return;
        }
        match attaching.role {
            Role::Sender => {
                self.addresses.insert(link, address);
                let _ = self.engine.grant(link, CREDIT);
            }
            Role::Receiver => self.serve_receiver(link, address),
        }
    }

    fn serve_receiver(&mut self, link: LinkId, address: String) {
        let mut queue = Queue::default();
        if address.to_lowercase().contains("/partitions/") {
            queue.last_event = self.events;
        } else if address.to_lowercase().ends_with("messages/devicebound") {
            let mut message = Message::data("hello");
            message.properties = Some(Properties {
                message_id: Some(MessageId::String("c2d-1".to_owned())),
                to: Some(address.clone()),
                ..Properties::default()
            });
            queue.messages.push_back(Outgoing::new(message.to_bytes()));
        }
        self.queues.insert(link, queue);
        self.replies.insert(address, link);
    }

    fn deliver(&mut self, delivery: &Delivery) {
        let Some(address) = self.addresses.get(&delivery.link).cloned() else {
            return;
        };
        let _ = self
            .engine
            .settle(delivery.link, delivery.delivery, DeliveryState::Accepted);
        if self.engine.credit(delivery.link) < CREDIT / 2 {
            let _ = self.engine.grant(delivery.link, CREDIT);
        }
        let message = match Message::decode(&delivery.payload) {
            Ok(message) => message,
            Err(error) => {
                let error = AmqpError::new(condition::DECODE_ERROR, error.to_string());
                return self.engine.close(Instant::now(), Some(error));
            }
        };
        println!(
            "{address}: {} bytes, format {:#x}",
            delivery.payload.len(),
            delivery.message_format
        );
        let Some(reply) = answer(&address, &message) else {
            return;
        };
        if let Some(queue) = self
            .replies
            .get(&address)
            .and_then(|link| self.queues.get_mut(link))
        {
            queue.messages.push_back(Outgoing::new(reply.to_bytes()));
        }
    }

    fn send(&mut self) {
        let body = "x".repeat(usize::try_from(self.body).unwrap_or(0));
        for (link, queue) in &mut self.queues {
            while self.engine.buffered() < HIGH_WATER && self.engine.available(*link) > 0 {
                let outgoing = match queue.messages.pop_front() {
                    Some(outgoing) => outgoing,
                    None if queue.next_event < queue.last_event => {
                        queue.next_event += 1;
                        event(queue.next_event - 1, &body)
                    }
                    None => break,
                };
                if let Err(error) = self.engine.send(*link, outgoing) {
                    println!("{error}");
                }
            }
        }
    }
}

/// Address without scheme, authority and first slash.
fn normal(address: &str) -> String {
    let path = address
        .strip_prefix("amqps://")
        .and_then(|rest| rest.split_once('/'))
        .map_or(address, |(_, path)| path);
    let path = path.trim_start_matches('/');
    match path.ends_with("$management") && !path.starts_with("messages/events/") {
        true => "$management".to_owned(),
        false => path.to_owned(),
    }
}

fn redirect(path: &str) -> AmqpError {
    let host = "127.0.0.5";
    let info = Map::new()
        .symbol("hostname", host)
        .symbol("network-host", host)
        .symbol("port", 5671)
        .symbol("address", format!("amqps://{host}:5671/eh1/{path}"));
    AmqpError::new(condition::LINK_REDIRECT, "redirect").with_info(info)
}

fn now() -> Value {
    Timestamp(1_795_000_000_000).into()
}

fn event(number: u64, body: &str) -> Outgoing {
    let sequence = i64::try_from(number).unwrap_or(i64::MAX);
    let mut message = Message::data(format!("{{\"a\":{number},\"pad\":\"{body}\"}}"));
    message.message_annotations = Some(
        Map::new()
            .symbol("x-opt-sequence-number", sequence)
            .symbol("x-opt-offset", (number * 100).to_string())
            .symbol("x-opt-enqueued-time", now())
            .symbol("iothub-connection-device-id", "dev1")
            .symbol("iothub-message-source", "Telemetry"),
    );
    let mut outgoing = Outgoing::new(message.to_bytes());
    outgoing.token = number;
    outgoing
}

fn answer(address: &str, request: &Message) -> Option<Message> {
    let properties = request.properties.as_ref();
    let id = properties.and_then(|properties| properties.message_id.clone());
    let ok = Map::new()
        .string("status-code", 200)
        .string("status-description", "OK");
    let reply = |id, body| Message {
        properties: Some(Properties {
            correlation_id: id,
            ..Properties::default()
        }),
        body,
        ..Message::default()
    };
    if address == "$cbs" {
        let mut message = reply(id, Body::value(&Value::Null));
        message.application_properties = Some(ok);
        return Some(message);
    }
    if address == "$management" {
        let mut message = reply(id, Body::value(&Value::Map(management(request))));
        message.application_properties = Some(ok);
        return Some(message);
    }
    if address.ends_with("/twin") {
        let id = properties.and_then(|properties| properties.correlation_id.clone());
        let twin = r#"{"desired":{"$version":1},"reported":{"$version":1}}"#;
        let mut message = reply(id, Body::Data(vec![Bytes::from_static(twin.as_bytes())]));
        message.message_annotations =
            Some(Map::new().symbol("status", 200).symbol("version", 2_i64));
        return Some(message);
    }
    None
}

fn management(request: &Message) -> Map {
    let asked = |key| {
        request
            .application_properties
            .as_ref()
            .and_then(|map| map.get(key))
            .cloned()
    };
    let kind = match asked("type") {
        Some(Value::Binary(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        Some(value) => value.as_text().unwrap_or_default().to_owned(),
        None => String::new(),
    };
    let common = Map::new()
        .string("name", "eh1")
        .string("type", kind.as_str());
    if kind.ends_with("partition") {
        return common
            .string("partition", asked("partition").unwrap_or(Value::Null))
            .string("begin_sequence_number", 0_i64)
            .string("last_enqueued_sequence_number", 7_i64)
            .string("last_enqueued_offset", "700")
            .string("last_enqueued_time_utc", now())
            .string("is_partition_empty", false);
    }
    common
        .string("created_at", now())
        .string("partition_count", 2)
        .string(
            "partition_ids",
            Array::strings(["0".to_owned(), "1".to_owned()]),
        )
}
