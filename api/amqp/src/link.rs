//! The links of a connection, one kind to a file.

pub(crate) mod device;
pub(crate) mod feedback;
pub(crate) mod reader;

use std::collections::VecDeque;

use roost_model::Identity;

use crate::address::DeviceNode;
use crate::codec::Role;
use crate::engine::{Outgoing, SessionId};
use crate::grants::Ground;
use crate::metrics::Open;
use feedback::FeedbackLink;
use reader::Reader;

/// An attached link.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) session: SessionId,
    pub(crate) kind: Kind,
    /// Deliveries that wait for credit.
    pub(crate) outbox: VecDeque<Outgoing>,
    /// What a service link rests on.
    pub(crate) ground: Option<Ground>,
    pub(crate) _open: Open,
}

/// What a link is for.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Requests to `$cbs` or `$management`.
    Requests(Service),
    /// Their answers; the client's address for them, if it has one.
    Replies(Service, Option<String>),
    /// Something of a device; the role is the client's.
    Device(Identity, DeviceNode, Role),
    /// Cloud-to-device messages from a back end.
    Commands,
    /// What became of those.
    Feedback(FeedbackLink),
    /// Nothing comes here yet: devices cannot upload files.
    FileNotifications,
    /// Events.
    Events(Box<Reader>),
}

/// What answers requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Cbs,
    Management,
}

impl Kind {
    /// The label of its metrics.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Kind::Requests(Service::Cbs) | Kind::Replies(Service::Cbs, _) => "cbs",
            Kind::Requests(Service::Management) | Kind::Replies(Service::Management, _) => {
                "management"
            }
            Kind::Device(_, DeviceNode::Events, _) => "telemetry",
            Kind::Device(_, DeviceNode::DeviceBound, _) => "devicebound",
            Kind::Device(_, DeviceNode::Methods, _) => "methods",
            Kind::Device(_, DeviceNode::Twin, _) => "twin",
            Kind::Commands => "commands",
            Kind::Feedback(_) => "feedback",
            Kind::FileNotifications => "file-notifications",
            Kind::Events(_) => "events",
        }
    }
}
