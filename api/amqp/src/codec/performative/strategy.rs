//! Composites for property tests. They are boxed: as plain types they would not fit on a stack.

use proptest::option::of;
use proptest::prelude::*;

use super::{
    AmqpError, Attach, Begin, Close, Detach, Disposition, End, Flow, Open, Performative, Transfer,
};
use crate::codec::delivery_state::{DeliveryState, Modified, Received, Rejected};
use crate::codec::terminus::{Source, Target, TargetArchetype};
use crate::codec::value::strategy::{bytes, map, scalar, symbol};
use crate::codec::{ReceiverSettleMode, Role, SenderSettleMode, SequenceNo, Symbols, Value};

fn number() -> BoxedStrategy<u32> {
    prop_oneof![any::<u32>(), 0_u32..300].boxed()
}

fn sequence() -> BoxedStrategy<SequenceNo> {
    number().prop_map(SequenceNo).boxed()
}

fn symbols() -> BoxedStrategy<Symbols> {
    proptest::collection::vec(symbol(), 0..4)
        .prop_map(Symbols)
        .boxed()
}

fn not_null() -> BoxedStrategy<Value> {
    scalar()
        .prop_filter("null means none", |value| *value != Value::Null)
        .boxed()
}

pub(crate) fn error() -> BoxedStrategy<AmqpError> {
    (symbol(), of(".{0,40}"), of(map()))
        .prop_map(|(condition, description, info)| AmqpError {
            condition,
            description,
            info,
        })
        .boxed()
}

pub(crate) fn state() -> BoxedStrategy<DeliveryState> {
    prop_oneof![
        (number(), any::<u64>()).prop_map(|(section_number, section_offset)| {
            DeliveryState::Received(Received {
                section_number,
                section_offset,
            })
        }),
        Just(DeliveryState::Accepted),
        of(error()).prop_map(|error| DeliveryState::Rejected(Box::new(Rejected { error }))),
        Just(DeliveryState::Released),
        (any::<bool>(), any::<bool>(), of(map())).prop_map(|(failed, here, annotations)| {
            DeliveryState::Modified(Box::new(Modified {
                delivery_failed: failed,
                undeliverable_here: here,
                message_annotations: annotations,
            }))
        }),
    ]
    .boxed()
}

fn source() -> BoxedStrategy<Source> {
    let first = (
        of(not_null()),
        number(),
        of(symbol()),
        number(),
        any::<bool>(),
        of(map()),
    );
    let second = (
        of(symbol()),
        of(map()),
        of(not_null()),
        symbols(),
        symbols(),
    );
    (first, second)
        .prop_map(|(first, second)| Source {
            address: first.0,
            durable: first.1,
            expiry_policy: first.2,
            timeout: first.3,
            dynamic: first.4,
            dynamic_node_properties: first.5,
            distribution_mode: second.0,
            filter: second.1,
            default_outcome: second.2,
            outcomes: second.3,
            capabilities: second.4,
        })
        .boxed()
}

fn target() -> BoxedStrategy<TargetArchetype> {
    let node = (
        of(not_null()),
        number(),
        of(symbol()),
        number(),
        any::<bool>(),
        of(map()),
        symbols(),
    );
    prop_oneof![
        node.prop_map(|node| TargetArchetype::Target(Target {
            address: node.0,
            durable: node.1,
            expiry_policy: node.2,
            timeout: node.3,
            dynamic: node.4,
            dynamic_node_properties: node.5,
            capabilities: node.6,
        })),
        Just(TargetArchetype::Coordinator),
    ]
    .boxed()
}

fn role() -> BoxedStrategy<Role> {
    prop_oneof![Just(Role::Sender), Just(Role::Receiver)].boxed()
}

fn sender_mode() -> BoxedStrategy<SenderSettleMode> {
    prop_oneof![
        Just(SenderSettleMode::Unsettled),
        Just(SenderSettleMode::Settled),
        Just(SenderSettleMode::Mixed),
    ]
    .boxed()
}

fn receiver_mode() -> BoxedStrategy<ReceiverSettleMode> {
    prop_oneof![
        Just(ReceiverSettleMode::First),
        Just(ReceiverSettleMode::Second)
    ]
    .boxed()
}

fn open() -> BoxedStrategy<Open> {
    let first = (
        ".{0,20}",
        of(".{0,20}"),
        number(),
        any::<u16>(),
        of(number()),
    );
    (first, symbols(), symbols(), symbols(), symbols(), of(map()))
        .prop_map(|parts| Open {
            container_id: parts.0.0,
            hostname: parts.0.1,
            max_frame_size: parts.0.2,
            channel_max: parts.0.3,
            idle_time_out: parts.0.4,
            outgoing_locales: parts.1,
            incoming_locales: parts.2,
            offered_capabilities: parts.3,
            desired_capabilities: parts.4,
            properties: parts.5,
        })
        .boxed()
}

fn begin() -> BoxedStrategy<Begin> {
    let numbers = (of(any::<u16>()), sequence(), number(), number(), number());
    (numbers, symbols(), symbols(), of(map()))
        .prop_map(|(numbers, offered, desired, map)| Begin {
            remote_channel: numbers.0,
            next_outgoing_id: numbers.1,
            incoming_window: numbers.2,
            outgoing_window: numbers.3,
            handle_max: numbers.4,
            offered_capabilities: offered,
            desired_capabilities: desired,
            properties: map,
        })
        .boxed()
}

fn attach() -> BoxedStrategy<Attach> {
    let first = (".{0,20}", number(), role(), sender_mode(), receiver_mode());
    let second = (
        of(source()),
        of(target()),
        of(map()),
        any::<bool>(),
        of(sequence()),
    );
    let third = (of(any::<u64>()), symbols(), symbols(), of(map()));
    (first, second, third)
        .prop_map(|(first, second, third)| Attach {
            name: first.0,
            handle: first.1,
            role: first.2,
            snd_settle_mode: first.3,
            rcv_settle_mode: first.4,
            source: second.0,
            target: second.1,
            unsettled: second.2,
            incomplete_unsettled: second.3,
            initial_delivery_count: second.4,
            max_message_size: third.0,
            offered_capabilities: third.1,
            desired_capabilities: third.2,
            properties: third.3,
        })
        .boxed()
}

fn flow() -> BoxedStrategy<Flow> {
    let session = (of(sequence()), number(), sequence(), number());
    let link = (of(number()), of(sequence()), of(number()), of(number()));
    (session, link, any::<bool>(), any::<bool>(), of(map()))
        .prop_map(|parts| Flow {
            next_incoming_id: parts.0.0,
            incoming_window: parts.0.1,
            next_outgoing_id: parts.0.2,
            outgoing_window: parts.0.3,
            handle: parts.1.0,
            delivery_count: parts.1.1,
            link_credit: parts.1.2,
            available: parts.1.3,
            drain: parts.2,
            echo: parts.3,
            properties: parts.4,
        })
        .boxed()
}

fn transfer() -> BoxedStrategy<Transfer> {
    let first = (
        number(),
        of(sequence()),
        of(bytes()),
        of(number()),
        of(any::<bool>()),
    );
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (first, of(receiver_mode()), of(state()), flags)
        .prop_map(|parts| Transfer {
            handle: parts.0.0,
            delivery_id: parts.0.1,
            delivery_tag: parts.0.2,
            message_format: parts.0.3,
            settled: parts.0.4,
            more: parts.3.0,
            rcv_settle_mode: parts.1,
            state: parts.2,
            resume: parts.3.1,
            aborted: parts.3.2,
            batchable: parts.3.3,
        })
        .boxed()
}

fn disposition() -> BoxedStrategy<Disposition> {
    (
        role(),
        sequence(),
        of(sequence()),
        any::<bool>(),
        of(state()),
        any::<bool>(),
    )
        .prop_map(
            |(role, first, last, settled, state, batchable)| Disposition {
                role,
                first,
                last,
                settled,
                state,
                batchable,
            },
        )
        .boxed()
}

pub(crate) fn performative() -> BoxedStrategy<Performative> {
    prop_oneof![
        open().prop_map(|open| Performative::Open(Box::new(open))),
        begin().prop_map(|begin| Performative::Begin(Box::new(begin))),
        attach().prop_map(|attach| Performative::Attach(Box::new(attach))),
        flow().prop_map(|flow| Performative::Flow(Box::new(flow))),
        transfer().prop_map(|transfer| Performative::Transfer(Box::new(transfer))),
        disposition().prop_map(Performative::Disposition),
        (number(), any::<bool>(), of(error())).prop_map(|(handle, closed, error)| {
            Performative::Detach(Detach {
                handle,
                closed,
                error,
            })
        }),
        of(error()).prop_map(|error| Performative::End(End { error })),
        of(error()).prop_map(|error| Performative::Close(Close { error })),
    ]
    .boxed()
}
