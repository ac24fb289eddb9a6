//! A device on a connection: its session, and what its links have open.

use std::collections::HashMap;
use std::sync::Arc;

use roost_edge::{Delivery, MethodReply, Session};
use roost_model::{Channel, LockToken, Settlement};

use crate::address::DeviceNode;
use crate::codec::Role;
use crate::codec::delivery_state::DeliveryState;
use crate::engine::{Attaching, LinkId};

/// A device that has links here, or wants some.
#[derive(Debug, Default)]
pub(crate) struct Device {
    /// None while it attaches.
    pub(crate) session: Option<Arc<Session>>,
    /// Links that wait for the session.
    pub(crate) waiting: Vec<Attaching>,
    /// Its links; at most one for each node and role.
    pub(crate) links: HashMap<(DeviceNode, Role), LinkId>,
    /// Messages in the client's hands, by the tokens of their deliveries.
    pub(crate) messages: HashMap<u64, LockToken>,
    /// Methods in the client's hands, by correlation id.
    pub(crate) methods: HashMap<[u8; 16], MethodReply>,
    pub(crate) next_token: u64,
    /// What came for a link that is about to attach: the hub knows that it is subscribed first.
    pub(crate) early: Vec<Delivery>,
}

impl Device {
    /// The link on which the client receives from a node.
    pub(crate) fn receiver(&self, node: DeviceNode) -> Option<LinkId> {
        self.links.get(&(node, Role::Receiver)).copied()
    }

    /// Whether something is to wait for the link that it is for.
    pub(crate) fn is_early(&self, delivery: &Delivery) -> bool {
        let node = match delivery {
            Delivery::Method(_) => DeviceNode::Methods,
            Delivery::Message(_) => DeviceNode::DeviceBound,
            Delivery::Desired { .. } => return false,
        };
        self.receiver(node).is_none() && !self.waiting.is_empty()
    }

    /// A number for a delivery that the hub has not settled.
    pub(crate) fn token(&mut self) -> u64 {
        self.next_token += 1;
        self.next_token
    }

    /// Whether nothing keeps it here.
    pub(crate) fn is_idle(&self) -> bool {
        self.links.is_empty() && self.waiting.is_empty()
    }
}

/// What the hub is to send to a device that has such a link, from the moment on that it has it.
pub(crate) fn channel(node: DeviceNode, role: Role) -> Option<Channel> {
    match (node, role) {
        (DeviceNode::DeviceBound, Role::Receiver) => Some(Channel::DeviceBound),
        (DeviceNode::Methods, Role::Receiver) => Some(Channel::Methods),
        _ => None,
    }
}

/// What an outcome says about a message. Source: IoT Hub developer guide, message life cycle.
pub(crate) fn settlement(state: &DeliveryState) -> Option<Settlement> {
    match state {
        DeliveryState::Accepted => Some(Settlement::Complete),
        DeliveryState::Rejected(_) => Some(Settlement::Reject),
        DeliveryState::Released | DeliveryState::Modified(_) => Some(Settlement::Abandon),
        DeliveryState::Received(_) => None,
    }
}
