//! Devices on this connection: they attach with their first link and go with their last.

use std::sync::Arc;

use roost_edge::{CloseReason, ConnectRequest, Credential, Departure, Refusal, Session};
use roost_model::{Channels, ConnectionEpoch, ErrorCode, Identity};

use super::attach::{address_of, has_links};
use super::{Connection, Done};
use crate::address::{Address, DeviceNode};
use crate::codec::{Role, Value};
use crate::engine::{Attaching, LinkId};
use crate::error;
use crate::link::Kind;
use crate::link::device::{Device, channel};

impl Connection {
    /// A link of a device wants to attach; the device may have to attach first.
    pub(super) fn attach_device(
        &mut self,
        identity: Identity,
        node: DeviceNode,
        attaching: Attaching,
    ) -> Result<(), Refusal> {
        if !has_links(node, attaching.role, identity.is_module()) {
            return Err(Refusal::new(
                ErrorCode::OperationNotAvailableInCurrentTier,
                "a device has no such link in this direction",
            ));
        }
        let is_new = !self.devices.contains_key(&identity);
        let shown = self.grants.credential(&identity, self.context.edge.now());
        if is_new && matches!(shown, Credential::None) {
            // Whoever has nothing to show for an identity does not hear whether there is one.
            return Err(Refusal::new(
                ErrorCode::IotHubUnauthorized,
                "no token for this identity was put on $cbs, and no certificate shown",
            ));
        }
        let device = self.devices.entry(identity.clone()).or_default();
        if device.session.is_some() {
            self.subscribe(&identity, attaching);
            return Ok(());
        }
        let model_id = model_id(&attaching);
        device.waiting.push(attaching);
        if is_new {
            self.connect(identity, shown, model_id);
        }
        Ok(())
    }

    fn connect(&self, identity: Identity, credential: Credential, model_id: Option<String>) {
        let edge = self.context.edge.clone();
        let request = ConnectRequest {
            credential,
            identity: identity.clone(),
            host: edge.hub().to_string(),
            protocol: self.protocol,
            peer: self.peer.to_string(),
            model_id,
            clean_session: true,
            will: None,
        };
        self.begin(async move {
            let result = edge.connect(request).await;
            Done::Connected { identity, result }
        });
    }

    pub(super) fn connected(&mut self, identity: Identity, result: Result<Session, Refusal>) {
        let Some(device) = self.devices.get_mut(&identity) else {
            return;
        };
        let waiting = std::mem::take(&mut device.waiting);
        match result {
            Ok(session) => {
                let session = Arc::new(session);
                device.session = Some(Arc::clone(&session));
                let (peer, id) = (&self.peer, &identity);
                tracing::debug!(%peer, %id, "session attached");
                self.watch(identity.clone(), session);
                for attaching in waiting {
                    self.subscribe(&identity, attaching);
                }
                self.let_go_if_idle(&identity);
            }
            Err(refusal) => {
                self.devices.remove(&identity);
                for attaching in waiting {
                    self.refuse(&attaching, &refusal);
                }
            }
        }
    }

    /// Waits for the next thing that the hub has for a device, or for the end of its session.
    pub(super) fn watch(&self, identity: Identity, session: Arc<Session>) {
        self.begin(async move {
            tokio::select! {
                biased;
                reason = session.closed() => {
                    let epoch = session.epoch();
                    Done::Ended { identity, epoch, reason }
                }
                delivery = session.next_delivery() => {
                    let session = Arc::clone(&session);
                    Done::ForDevice { identity, session, delivery }
                }
            }
        });
    }

    /// Subscribes to what comes on a link, and attaches the link then.
    fn subscribe(&mut self, identity: &Identity, attaching: Attaching) {
        let Some((node, device)) = self.node_of(&attaching) else {
            return;
        };
        let Some(channel) = channel(node, attaching.role) else {
            self.accept_device(identity, node, attaching);
            return;
        };
        let Some(session) = device.session.clone() else {
            return;
        };
        // Counts among the device's links from now on: another one may go meanwhile.
        device.waiting.push(attaching.clone());
        self.begin(async move {
            let result = session
                .subscribe(move |channels| channels.with(channel))
                .await;
            let attaching = Box::new(attaching);
            Done::Subscribed { attaching, result }
        });
    }

    pub(super) fn subscribed(&mut self, attaching: Attaching, result: Result<Channels, Refusal>) {
        let Some((node, device)) = self.node_of(&attaching) else {
            return;
        };
        device.waiting.retain(|one| one.link != attaching.link);
        let Some(identity) = device.session.as_ref().map(|one| one.identity().clone()) else {
            return;
        };
        match result {
            Ok(_) => self.accept_device(&identity, node, attaching),
            Err(refusal) => self.refuse(&attaching, &refusal),
        }
        self.let_go_if_idle(&identity);
    }

    fn accept_device(&mut self, identity: &Identity, node: DeviceNode, attaching: Attaching) {
        let (id, role) = (attaching.link, attaching.role);
        let older = self
            .devices
            .get_mut(identity)
            .and_then(|device| device.links.remove(&(node, role)));
        if let Some(older) = older {
            let stolen = Refusal::new(ErrorCode::LinkCreationConflict, "another link took over");
            let _ = self.engine.detach(older, Some(error::error(&stolen)));
            self.links.remove(&older);
        }
        let kind = Kind::Device(identity.clone(), node, role);
        if self.accept(attaching, kind, None)
            && let Some(device) = self.devices.get_mut(identity)
        {
            device.links.insert((node, role), id);
            for delivery in std::mem::take(&mut device.early) {
                self.hand_over(identity, delivery);
            }
        }
    }

    fn node_of(&mut self, attaching: &Attaching) -> Option<(DeviceNode, &mut Device)> {
        match Address::parse(address_of(attaching)?)? {
            Address::Device(identity, node) => {
                let device = self.devices.get_mut(&identity)?;
                Some((node, device))
            }
            _ => None,
        }
    }

    /// A link that was attached is gone.
    pub(super) fn device_link_gone(
        &mut self,
        identity: &Identity,
        node: DeviceNode,
        role: Role,
        id: LinkId,
    ) {
        let Some(device) = self.devices.get_mut(identity) else {
            return;
        };
        if device.links.get(&(node, role)) == Some(&id) {
            device.links.remove(&(node, role));
            if node == DeviceNode::Methods {
                device.methods.clear();
            }
            if let (Some(channel), Some(session)) = (channel(node, role), device.session.clone())
                && !device.links.is_empty()
            {
                self.begin(async move {
                    let unsubscribed = session.subscribe(move |all| all.without(channel)).await;
                    if let Err(refusal) = unsubscribed {
                        tracing::debug!(id = %session.identity(), "not unsubscribed: {refusal}");
                    }
                    Done::Nothing
                });
            }
        }
        self.let_go_if_idle(identity);
    }

    /// A link that waited for its device is gone.
    pub(super) fn device_link_given_up(&mut self, id: LinkId) {
        for device in self.devices.values_mut() {
            device.waiting.retain(|one| one.link != id);
        }
    }

    /// A device without links is not connected.
    fn let_go_if_idle(&mut self, identity: &Identity) {
        let idle = |device: &Device| device.session.is_some() && device.is_idle();
        if self.devices.get(identity).is_some_and(idle)
            && let Some(device) = self.devices.remove(identity)
            && let Some(session) = device.session
        {
            self.begin(async move {
                session.detach(Departure::Clean).await;
                Done::Nothing
            });
        }
    }

    /// The hub has ended a session: the links of this device go, and nothing else.
    pub(super) fn session_ended(
        &mut self,
        identity: &Identity,
        epoch: ConnectionEpoch,
        reason: CloseReason,
    ) {
        let current = |device: &Device| {
            let session = device.session.as_ref();
            session.is_some_and(|session| session.epoch() == epoch)
        };
        if !self.devices.get(identity).is_some_and(current) {
            return;
        }
        let Some(device) = self.devices.remove(identity) else {
            return;
        };
        let (peer, id) = (&self.peer, identity);
        tracing::info!(%peer, %id, "session ended: {reason}");
        let why = error::error(&Refusal::new(reason.code(), reason.to_string()));
        for link in device.links.values() {
            let _ = self.engine.detach(*link, Some(why.clone()));
            self.links.remove(link);
        }
        for attaching in &device.waiting {
            let _ = self.engine.refuse(attaching.link, why.clone());
        }
        if let Some(session) = device.session {
            self.begin(async move {
                session.detach(Departure::Lost).await;
                Done::Nothing
            });
        }
    }
}

/// The Plug and Play model that a device names when it attaches.
fn model_id(attaching: &Attaching) -> Option<String> {
    let properties = attaching.properties.as_ref()?;
    let model = properties.get("com.microsoft:model-id")?;
    model
        .as_text()
        .map(str::to_owned)
        .filter(|text| !text.is_empty())
}

/// A property of an attach as a number.
pub(super) fn number(attaching: &Attaching, name: &str) -> Option<i64> {
    let value: &Value = attaching.properties.as_ref()?.get(name)?;
    i64::try_from(value.as_integer()?).ok()
}
