//! What a client says when nothing is wrong.

use bytes::Bytes;
use roost_amqp::codec::message::{Body, Message, MessageId, Properties};
use roost_amqp::codec::performative::{Attach, Begin, Flow, Open, Transfer};
use roost_amqp::codec::terminus::{Source, Target, TargetArchetype};
use roost_amqp::codec::{Encode as _, Map, Role, SenderSettleMode, SequenceNo, Value};

/// Transfer frames that the peer may always send, and how many it is told that we may.
const WINDOW: u32 = 1 << 30;

/// An open with nothing in it that could be refused.
pub fn open() -> Open {
    Open {
        container_id: "peer".to_owned(),
        hostname: None,
        max_frame_size: 65_536,
        channel_max: u16::MAX,
        idle_time_out: None,
        outgoing_locales: Default::default(),
        incoming_locales: Default::default(),
        offered_capabilities: Default::default(),
        desired_capabilities: Default::default(),
        properties: None,
    }
}

/// A session that takes whatever comes.
pub fn begin() -> Begin {
    Begin {
        remote_channel: None,
        next_outgoing_id: SequenceNo(0),
        incoming_window: WINDOW,
        outgoing_window: WINDOW,
        handle_max: u32::MAX,
        offered_capabilities: Default::default(),
        desired_capabilities: Default::default(),
        properties: None,
    }
}

/// A link to (as a sender) or from (as a receiver) this node of the hub.
pub fn attach(handle: u32, role: Role, address: &str) -> Attach {
    let own = format!("{address} {handle}");
    let (source, target) = match role {
        Role::Sender => (own.as_str(), address),
        Role::Receiver => (address, own.as_str()),
    };
    Attach {
        name: format!("link-{handle}"),
        handle,
        role,
        snd_settle_mode: SenderSettleMode::Mixed,
        rcv_settle_mode: Default::default(),
        source: Some(Source::at(source)),
        target: Some(TargetArchetype::Target(Target::at(target))),
        unsettled: None,
        incomplete_unsettled: false,
        initial_delivery_count: (role == Role::Sender).then_some(SequenceNo(0)),
        max_message_size: None,
        offered_capabilities: Default::default(),
        desired_capabilities: Default::default(),
        properties: None,
    }
}

/// So much credit from a receiver that has had so many deliveries.
pub fn credit(handle: u32, delivery_count: u32, credit: u32) -> Flow {
    Flow {
        next_incoming_id: Some(SequenceNo(0)),
        incoming_window: WINDOW,
        next_outgoing_id: SequenceNo(0),
        outgoing_window: WINDOW,
        handle: Some(handle),
        delivery_count: Some(SequenceNo(delivery_count)),
        link_credit: Some(credit),
        available: None,
        drain: false,
        echo: false,
        properties: None,
    }
}

/// A whole delivery that awaits its outcome.
pub fn transfer(handle: u32, delivery: u32) -> Transfer {
    Transfer {
        handle,
        delivery_id: Some(SequenceNo(delivery)),
        delivery_tag: Some(Bytes::copy_from_slice(&delivery.to_be_bytes())),
        message_format: Some(0),
        settled: Some(false),
        more: false,
        rcv_settle_mode: None,
        state: None,
        resume: false,
        aborted: false,
        batchable: false,
    }
}

/// A request on `$cbs` that puts this token.
pub fn put_token(id: u64, token: &str) -> Bytes {
    let message = Message {
        properties: Some(Properties {
            message_id: Some(MessageId::Ulong(id)),
            ..Properties::default()
        }),
        application_properties: Some(
            Map::new()
                .string("operation", "put-token")
                .string("type", "servicebus.windows.net:sastoken"),
        ),
        body: Body::value(&Value::from(token)),
        ..Message::default()
    };
    message.to_bytes()
}
