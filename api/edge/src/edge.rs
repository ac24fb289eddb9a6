//! The edge of a node: every node is one, for every partition.

mod receive;

use std::sync::Arc;

use roost_actors::{ActorSystem, AttachOptions, Credential, DeviceClient, auth};
use roost_cluster::Clock;
use roost_model::{
    ErrorCode, HubName, Identity, KeyFingerprint, Limits, Permissions, SymmetricKey, Timestamp,
};
use tokio::runtime::Handle;

use crate::metrics;
use crate::refusal::Refusal;
use crate::request::{ConnectRequest, Protocol, SendRequest};
use crate::session::Session;
pub use receive::{QueueRequest, Receive, Settle};

/// A handle to the node's edge. Cheap to clone, usable from any thread.
#[derive(Debug, Clone)]
pub struct Edge {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    hub: HubName,
    limits: Limits,
    devices: DeviceClient,
    clock: Arc<dyn Clock>,
    /// Protocols run on threads of their own; the hub's work runs here.
    runtime: Handle,
}

/// Who a service request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The shared access policy that signed the request.
    pub policy: String,
    /// What it may do.
    pub permissions: Permissions,
    /// What the request needs.
    needed: Permissions,
    /// Which of the policy's keys signed it.
    key: KeyFingerprint,
}

// === impl Edge ===

impl Edge {
    /// The edge of a node whose actor layer runs. `hub` is the name that the node presents.
    pub fn new(system: &ActorSystem, hub: HubName) -> Edge {
        Edge {
            inner: Arc::new(Inner {
                hub,
                limits: system.limits().clone(),
                devices: system.devices(),
                clock: Arc::clone(system.cluster().clock()),
                runtime: Handle::current(),
            }),
        }
    }

    /// The hub's name.
    pub fn hub(&self) -> &HubName {
        &self.inner.hub
    }

    /// The time of this node.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// The hub's limits.
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// Verifies the credential at the device's leader and attaches the device, cluster-wide; the
    /// newest session of an identity wins.
    ///
    /// # Errors
    /// 401001 for another hub's name, 401003 for a credential that does not fit, 404001 and 404010
    /// for an unknown identity, 403012 for a disabled one, 503001 without a leader.
    pub async fn connect(&self, request: ConnectRequest) -> Result<Session, Refusal> {
        let protocol = request.protocol;
        let connected = self.try_connect(request).await;
        if let Err(refusal) = &connected {
            metrics::refused(protocol, refusal.code());
        }
        connected
    }

    async fn try_connect(&self, request: ConnectRequest) -> Result<Session, Refusal> {
        self.check_host(&request.host)?;
        if let Some(will) = &request.will {
            self.check_size(will.size(), self.limits().max_message_bytes)?;
        }
        let protocol = request.protocol;
        let options = AttachOptions {
            identity: request.identity,
            credential: request.credential,
            protocol: protocol.code(),
            clean: request.clean_session,
            model_id: request.model_id,
            will: request.will,
        };
        let inner = &self.inner;
        let devices = inner.devices.clone();
        let runtime = inner.runtime.clone();
        let max_bytes = inner.limits.max_message_bytes;
        // On the hub's runtime to its end: a caller that gives up meanwhile leaves no session
        // behind, because the session is dropped there, which detaches it.
        let attached = inner.runtime.spawn(async move {
            let slot = devices.attach(options).await?;
            Ok(Session::new(slot, devices, runtime, protocol, max_bytes))
        });
        attached.await.map_err(|_| Refusal::stopping())?
    }

    /// Checks a credential that a device shows before it asks for anything; gives when it runs out.
    ///
    /// # Errors
    /// As [`Edge::connect`].
    pub async fn prove(
        &self,
        identity: Identity,
        host: &str,
        credential: Credential,
    ) -> Result<Timestamp, Refusal> {
        self.check_host(host)?;
        let devices = self.inner.devices.clone();
        let proving = self
            .inner
            .runtime
            .spawn(async move { devices.prove(&identity, credential).await });
        Ok(proving.await.map_err(|_| Refusal::stopping())??)
    }

    /// Stores telemetry of a device without a session: all events durable on a majority, or none.
    ///
    /// # Errors
    /// As [`Edge::connect`], and 413001 for events above the hub's limits.
    pub async fn send_once(&self, request: SendRequest) -> Result<(), Refusal> {
        let sent = self.try_send_once(request).await;
        if let Err(refusal) = &sent {
            metrics::refused(Protocol::Https, refusal.code());
        }
        sent
    }

    async fn try_send_once(&self, request: SendRequest) -> Result<(), Refusal> {
        self.check_host(&request.host)?;
        let limits = self.limits();
        if request.events.is_empty() {
            return Err(Refusal::new(
                ErrorCode::ArgumentInvalid,
                "there is no message to send",
            ));
        }
        if request.events.len() > limits.max_batch_messages {
            let reason = format!("a batch has at most {} messages", limits.max_batch_messages);
            return Err(Refusal::new(ErrorCode::MessageTooLarge, reason));
        }
        let sizes = request.events.iter().map(roost_model::Event::size);
        let (largest, total) = sizes.fold((0, 0), |(largest, total), size| {
            (size.max(largest), total + size)
        });
        self.check_size(largest, limits.max_message_bytes)?;
        self.check_size(total, limits.max_batch_bytes)?;
        let devices = self.inner.devices.clone();
        let sent = self.inner.runtime.spawn(async move {
            devices
                .send_once(&request.identity, request.credential, &request.events)
                .await
        });
        sent.await.map_err(|_| Refusal::stopping())??;
        metrics::event_received(Protocol::Https, total);
        Ok(())
    }

    /// Checks the token of a service-side request.
    ///
    /// # Errors
    /// 401003 for a token that does not fit, 401002 for a policy without the permission.
    pub fn authorize(
        &self,
        authorization: Option<&str>,
        resource: &[&str],
        needed: Permissions,
    ) -> Result<Principal, Refusal> {
        let starting = || Refusal::new(ErrorCode::ServiceUnavailable, "the hub is starting");
        let settings = self.inner.devices.settings().ok_or_else(starting)?;
        let token = authorization.unwrap_or("");
        let now = self.inner.clock.now();
        let (policy, key) = auth::verify_policy(&settings, token, resource, needed, now)?;
        Ok(Principal {
            policy: policy.name.clone(),
            permissions: policy.permissions,
            needed,
            key,
        })
    }

    /// Whether a request that goes on for long may still do so: its policy has the key that signed it and
    /// the permission that it needs. The token's end is not looked at, only its beginning was asked for.
    ///
    /// # Errors
    /// 401003 when the ground is gone.
    pub fn uphold(&self, principal: &Principal) -> Result<(), Refusal> {
        let settings = self.inner.devices.settings();
        let policy = settings
            .as_ref()
            .and_then(|settings| settings.policies.get(&principal.policy));
        let stands = policy.is_some_and(|policy| {
            let mut keys = policy.keys().into_iter().map(SymmetricKey::fingerprint);
            policy.permissions.contains(principal.needed) && keys.any(|key| key == principal.key)
        });
        if stands {
            return Ok(());
        }
        let reason = format!("the policy {} was changed or deleted", principal.policy);
        Err(Refusal::new(ErrorCode::IotHubUnauthorized, reason))
    }

    fn check_host(&self, host: &str) -> Result<(), Refusal> {
        if self.inner.devices.is_hub(host) {
            return Ok(());
        }
        // Before the cluster is formed no name is known: that passes.
        match self.inner.devices.settings() {
            None => Err(Refusal::new(
                ErrorCode::ServiceUnavailable,
                "the hub is starting",
            )),
            Some(_) => Err(Refusal::other_hub(host)),
        }
    }

    fn check_size(&self, size: usize, limit: usize) -> Result<(), Refusal> {
        if size > limit {
            Err(Refusal::too_large(size, limit))
        } else {
            Ok(())
        }
    }
}
