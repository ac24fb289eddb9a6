//! Links attach and go.

use roost_edge::Refusal;
use roost_model::{ErrorCode, Permissions};

use super::Connection;
use crate::address::{Address, DeviceNode, EventsNode};
use crate::codec::performative::{AmqpError, condition};
use crate::codec::{Map, Role};
use crate::engine::{Accept, Attaching, LinkId};
use crate::grants::Ground;
use crate::link::feedback::FeedbackLink;
use crate::link::{Kind, Link, Service};
use crate::{error, metrics};

/// Deliveries that a client may have under way on a link on which it sends.
pub(super) const CREDIT: u32 = 256;

impl Connection {
    pub(super) fn attaching(&mut self, attaching: Attaching) {
        if let Err(refusal) = self.try_attach(attaching.clone()) {
            self.refuse(&attaching, &refusal);
        }
    }

    fn try_attach(&mut self, attaching: Attaching) -> Result<(), Refusal> {
        let text = address_of(&attaching).unwrap_or_default();
        let address = Address::parse(text).ok_or_else(|| unknown(text))?;
        let sends = attaching.role == Role::Sender;
        match address {
            Address::Cbs => self.attach_service(attaching, Service::Cbs),
            Address::Management => self.attach_service(attaching, Service::Management),
            Address::Device(identity, node) => self.attach_device(identity, node, attaching)?,
            Address::Commands if sends => {
                let ground = self.ground(&["messages", "devicebound"])?;
                self.accept(attaching, Kind::Commands, Some(ground));
            }
            Address::Feedback if !sends => {
                let ground = self.ground(&["messages", "servicebound", "feedback"])?;
                let kind = Kind::Feedback(FeedbackLink::default());
                self.accept(attaching, kind, Some(ground));
            }
            Address::FileNotifications if !sends => {
                let ground = self.ground(&["messages", "servicebound", "filenotifications"])?;
                self.accept(attaching, Kind::FileNotifications, Some(ground));
            }
            Address::Events(node) if !sends => self.attach_reader(&node, attaching)?,
            Address::Redirected(path) => self.redirect(attaching, &path)?,
            _ => {
                let reason = format!("{text} is not for links in this direction");
                return Err(Refusal::new(
                    ErrorCode::OperationNotAvailableInCurrentTier,
                    reason,
                ));
            }
        }
        Ok(())
    }

    /// What a link to a node of the service may rest on.
    pub(super) fn ground(&self, resource: &[&str]) -> Result<Ground, Refusal> {
        let edge = &self.context.edge;
        self.grants
            .ground(edge, resource, Permissions::SERVICE_CONNECT)
    }

    fn attach_service(&mut self, attaching: Attaching, service: Service) {
        let kind = if attaching.role == Role::Sender {
            Kind::Requests(service)
        } else {
            let target = attaching.target.as_ref();
            let address = target.and_then(|target| target.address().map(str::to_owned));
            Kind::Replies(service, address)
        };
        self.accept(attaching, kind, None);
        for (service, to, answer) in std::mem::take(&mut self.orphans) {
            self.reply(service, to, answer);
        }
    }

    /// Event Hubs clients with the hub's own connection string are sent to the stream's name.
    fn redirect(&mut self, attaching: Attaching, path: &str) -> Result<(), Refusal> {
        self.ground(&["messages", "events"])?;
        let hub = self.context.edge.hub();
        let (host, stream) = (hub.as_str(), hub.event_stream());
        let address = format!("amqps://{host}:5671/{stream}/{path}");
        let info = Map::new()
            .symbol("hostname", host)
            .symbol("network-host", host)
            .symbol("port", 5671_i32)
            .symbol("address", address);
        let error = AmqpError::new(condition::LINK_REDIRECT, "the events are read elsewhere");
        let id = attaching.link;
        let mut attaching = attaching;
        let accept = Accept::as_asked(&mut attaching);
        if self.engine.accept(id, accept).is_ok() {
            let _ = self.engine.detach(id, Some(error.with_info(info)));
        }
        Ok(())
    }

    /// Attaches a link and lets the client begin.
    pub(super) fn accept(
        &mut self,
        mut attaching: Attaching,
        kind: Kind,
        ground: Option<Ground>,
    ) -> bool {
        let (id, session, role) = (attaching.link, attaching.session, attaching.role);
        let accept = Accept {
            // The log stays as it is, whatever its readers say.
            ignore_outcomes: matches!(kind, Kind::Events(_)),
            ..Accept::as_asked(&mut attaching)
        };
        if self.engine.accept(id, accept).is_err() {
            // The client has given it up; whatever it was for is not begun.
            return false;
        }
        let open = metrics::attached(kind.label());
        let link = Link {
            session,
            kind,
            outbox: std::collections::VecDeque::new(),
            ground,
            _open: open,
        };
        if matches!(link.kind, Kind::Replies(..)) {
            self.replies.insert(id);
        }
        self.links.insert(id, link);
        if role == Role::Sender {
            let _ = self.engine.grant(id, CREDIT);
        }
        true
    }

    pub(super) fn refuse(&mut self, attaching: &Attaching, refusal: &Refusal) {
        let peer = &self.peer;
        let address = address_of(attaching).unwrap_or_default();
        let address: String = address.chars().take(260).collect();
        let code = refusal.code();
        tracing::warn!(%peer, address, %code, "link refused: {refusal}");
        metrics::link_refused(code.name());
        let _ = self.engine.refuse(attaching.link, error::error(refusal));
    }

    /// Detaches a link from this side.
    pub(super) fn detach(&mut self, id: LinkId, why: AmqpError) {
        let _ = self.engine.detach(id, Some(why));
        self.detached(id);
    }

    /// A link is gone, whoever did it.
    pub(super) fn detached(&mut self, id: LinkId) {
        let Some(link) = self.links.remove(&id) else {
            self.device_link_given_up(id);
            return;
        };
        match link.kind {
            Kind::Device(identity, node, role) => {
                self.device_link_gone(&identity, node, role, id);
            }
            Kind::Replies(..) => {
                self.replies.remove(&id);
            }
            _ => {}
        }
    }

    /// Ends the service links whose ground is gone.
    pub(super) fn uphold(&mut self) {
        let edge = &self.context.edge;
        let gone: Vec<_> = self
            .links
            .iter()
            .filter_map(|(id, link)| {
                let ground = link.ground.as_ref()?;
                let refusal = self.grants.uphold(edge, ground).err()?;
                Some((*id, refusal))
            })
            .collect();
        for (id, refusal) in gone {
            let peer = &self.peer;
            tracing::info!(%peer, "link ended: {refusal}");
            self.detach(id, error::error(&refusal));
        }
    }
}

/// The node that the client means: the end of the link that is ours.
pub(super) fn address_of(attaching: &Attaching) -> Option<&str> {
    match attaching.role {
        Role::Sender => attaching.target.as_ref()?.address(),
        Role::Receiver => attaching.source.as_ref()?.address(),
    }
}

fn unknown(text: &str) -> Refusal {
    let text: String = text.chars().take(260).collect();
    Refusal::new(
        ErrorCode::PartitionNotFound,
        format!("there is no node {text:?} here"),
    )
}

/// The path of a partition's events, as tokens name it.
pub(super) fn events_path(node: &EventsNode) -> [String; 5] {
    [
        node.entity.clone(),
        "ConsumerGroups".to_owned(),
        node.group.clone(),
        "Partitions".to_owned(),
        node.partition.to_string(),
    ]
}

/// Whether a device has links of this role at a node.
pub(super) fn has_links(node: DeviceNode, role: Role, is_module: bool) -> bool {
    match (node, role) {
        // Modules get the messages of their inputs where they send their outputs.
        (DeviceNode::Events, Role::Receiver) => is_module,
        (DeviceNode::DeviceBound, Role::Sender) => false,
        _ => true,
    }
}
