//! The device side of this layer, for the node's edge: attach, send, detach.

mod prove;
mod receive;

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use roost_model::{
    Channel, Channels, ErrorCode, Event, Identity, Limits, MessageSource, Origin, Patch, Timestamp,
    Twin, encode_record,
};
use roost_partition::DetachReason;
use tokio::sync::oneshot;

use crate::client::{HubError, ask, twin, unexpected};
use crate::context::Context;
use crate::credential::Credential;
use crate::delivery::desired;
use crate::link::{LinkHandle, LinkMessage, SendFailure, Submission};
use crate::session::{CloseReason, SessionSlot};
use crate::settings::Settings;
use crate::wire::{Answer, AttachRequest, EventParts, Request, TwinAnswer, TwinRequest};

const ATTACH_DEADLINE: Duration = Duration::from_secs(10);
const SUBSCRIBE_DEADLINE: Duration = Duration::from_secs(8);
const TWIN_DEADLINE: Duration = Duration::from_secs(8);
const DETACH_DEADLINE: Duration = Duration::from_secs(5);
const SEND_DEADLINE: Duration = Duration::from_secs(10);

/// What a device brings when it connects.
#[derive(Debug, Clone)]
pub struct AttachOptions {
    /// Who it says it is.
    pub identity: Identity,
    /// What it brings to prove it.
    pub credential: Credential,
    /// A number for its protocol, kept for operators.
    pub protocol: u8,
    /// Whether it wants a fresh session.
    pub clean: bool,
    /// The Plug and Play model that it announced.
    pub model_id: Option<String>,
    /// What to say for it when its connection is lost.
    pub will: Option<Event>,
}

/// The device side, from one node. Cheap to clone.
#[derive(Debug, Clone)]
pub struct DeviceClient {
    pub(crate) context: Arc<Context>,
}

/// Resolves when an event is durable on a majority.
pub type Receipt = oneshot::Receiver<Result<(), SendFailure>>;

// === impl DeviceClient ===

impl DeviceClient {
    /// Whether clients may call the hub by this name.
    pub fn is_hub(&self, host: &str) -> bool {
        self.context.is_hub(host)
    }

    /// The hub's settings of the moment; none before the cluster is formed.
    pub fn settings(&self) -> Option<Settings> {
        self.context.settings()
    }

    /// Checks the credential at the device's leader and attaches the device here.
    ///
    /// # Errors
    /// 401003 for a credential that does not fit, 404001 and 403012 for an identity that is not
    /// there or disabled, transient codes when the partition has no leader.
    pub async fn attach(&self, options: AttachOptions) -> Result<Arc<SessionSlot>, HubError> {
        let context = &self.context;
        let identity = options.identity.clone();
        let partition = context
            .partition_of(&identity)
            .ok_or_else(HubError::starting)?;
        let request = Request::Attach(AttachRequest {
            identity: options.identity,
            credential: options.credential,
            node: context.cluster.me(),
            incarnation: context.cluster.incarnation(),
            protocol: options.protocol,
            clean: options.clean,
            model_id: options.model_id,
            will: options.will.map(Into::into),
        });
        match ask(context, partition, request, ATTACH_DEADLINE).await? {
            Answer::Attached(attached) => {
                let slot = Arc::new(SessionSlot::new(identity, partition, attached));
                context.sessions.insert(Arc::clone(&slot));
                if let Some(permit) = LinkHandle::of(context, partition).reserve().await {
                    permit.send(LinkMessage::Attached);
                }
                Ok(slot)
            }
            _ => Err(unexpected()),
        }
    }

    /// Queues an event behind the session's earlier ones, waiting for room.
    ///
    /// # Errors
    /// The reason why the session is over.
    pub async fn send(
        &self,
        slot: &Arc<SessionSlot>,
        event: &Event,
    ) -> Result<Receipt, SendFailure> {
        let link = LinkHandle::of(&self.context, slot.partition);
        // Held until the record is queued: who called first is stored first.
        let mut sequence = slot.sequence.lock().await;
        if let Some(reason) = slot.close_reason() {
            return Err(SendFailure::Closed(reason));
        }
        let permit = link
            .reserve()
            .await
            .ok_or(SendFailure::Closed(CloseReason::Shutdown))?;
        *sequence += 1;
        let (done, receipt) = oneshot::channel();
        let record = record(slot, event, *sequence);
        permit.send(LinkMessage::Append(Submission {
            slot: Arc::clone(slot),
            record,
            done,
        }));
        Ok(receipt)
    }

    /// Changes what a session is subscribed to; gives all that it is subscribed to then. The hub sends
    /// what it has for the device from the moment on that this returns, and maybe a little earlier.
    ///
    /// # Errors
    /// The reason why the session is over; a transient code when the partition has no leader.
    pub async fn subscribe(
        &self,
        slot: &Arc<SessionSlot>,
        change: impl FnOnce(Channels) -> Channels + Send,
    ) -> Result<Channels, HubError> {
        let mut current = slot.channels.lock().await;
        let channels = change(*current);
        if channels == *current {
            return Ok(channels);
        }
        let request = Request::Subscribe {
            identity: slot.identity.clone(),
            epoch: slot.epoch,
            channels,
        };
        let answer = ask(&self.context, slot.partition, request, SUBSCRIBE_DEADLINE).await;
        match answer.inspect_err(|error| over(slot, error))? {
            Answer::Subscribed(version) => {
                let had = current.contains(Channel::DesiredProperties);
                *current = channels;
                match version {
                    Some(version) if !had => {
                        slot.desired.lock().subscribed(version);
                        desired::hand_on(&self.context, slot);
                    }
                    Some(_) => {}
                    None => slot.desired.lock().unsubscribed(),
                }
                Ok(channels)
            }
            _ => Err(unexpected()),
        }
    }

    /// The session's own twin, linearizably.
    ///
    /// # Errors
    /// 400027 when the session is over; a transient code when the partition has no leader.
    pub async fn twin(&self, slot: &SessionSlot) -> Result<Twin, HubError> {
        let request = TwinRequest::Fetch(slot.identity.clone(), slot.epoch);
        match self.about_twin(slot, request).await? {
            Answer::Twin(TwinAnswer::Fetched(bytes)) => twin(bytes),
            _ => Err(unexpected()),
        }
    }

    /// Merges a patch into the session's reported properties; gives their new `$version`.
    ///
    /// # Errors
    /// 412001 when they are at another `$version` than `expected`, 413001 when they would be larger
    /// than they may, and as [`DeviceClient::twin`].
    pub async fn report(
        &self,
        slot: &SessionSlot,
        patch: Patch,
        expected: Option<u64>,
    ) -> Result<u64, HubError> {
        let request = TwinRequest::Report {
            identity: slot.identity.clone(),
            epoch: slot.epoch,
            expected,
            patch,
        };
        match self.about_twin(slot, request).await? {
            Answer::Twin(TwinAnswer::Reported(version)) => Ok(version),
            _ => Err(unexpected()),
        }
    }

    async fn about_twin(
        &self,
        slot: &SessionSlot,
        request: TwinRequest,
    ) -> Result<Answer, HubError> {
        let request = Request::Twin(request);
        let answer = ask(&self.context, slot.partition, request, TWIN_DEADLINE).await;
        answer.inspect_err(|error| over(slot, error))
    }

    /// The limits of this node.
    pub fn limits(&self) -> &Limits {
        &self.context.limits
    }

    /// The time of this node.
    pub fn now(&self) -> Timestamp {
        self.context.cluster.clock().now()
    }

    /// Ends a session because its connection has ended; `lost` sends the will.
    pub async fn detach(&self, slot: &SessionSlot, lost: bool) {
        self.context.sessions.remove(&slot.identity, slot.epoch);
        slot.inbox.clear();
        let why = match slot.close_reason() {
            // Only this node watches the clock for it.
            Some(CloseReason::TokenExpired | CloseReason::CertificateExpired) => {
                DetachReason::Expired
            }
            Some(_) => return, // the leader knows better than this node
            None if lost => DetachReason::Lost,
            None => DetachReason::Clean,
        };
        slot.close(CloseReason::Shutdown);
        let request = Request::Detach {
            identity: slot.identity.clone(),
            epoch: slot.epoch,
            why,
        };
        if let Err(error) = ask(&self.context, slot.partition, request, DETACH_DEADLINE).await {
            tracing::info!(identity = %slot.identity, %error, "the end of a session was not told");
        }
    }

    /// Stores telemetry of a device without a session; all events or none.
    ///
    /// # Errors
    /// As [`DeviceClient::attach`].
    pub async fn send_once(
        &self,
        identity: &Identity,
        credential: Credential,
        events: &[Event],
    ) -> Result<(), HubError> {
        let partition = self
            .context
            .partition_of(identity)
            .ok_or_else(HubError::starting)?;
        let events = events.iter().map(EventParts::from).collect();
        let request = Request::SendOnce {
            identity: identity.clone(),
            credential,
            events,
        };
        match ask(&self.context, partition, request, SEND_DEADLINE).await? {
            Answer::Done => Ok(()),
            _ => Err(unexpected()),
        }
    }
}

/// A session that its leader says is over ends here as well: its device must connect anew.
fn over(slot: &SessionSlot, error: &HubError) {
    if error.code() == ErrorCode::ConnectionForcefullyClosedOnNewConnection {
        slot.close(CloseReason::Superseded);
    }
}

fn record(slot: &SessionSlot, event: &Event, sequence: u64) -> Bytes {
    let origin = Origin {
        identity: &slot.identity,
        generation: slot.generation,
        auth: slot.auth(),
        source: MessageSource::Telemetry,
        epoch: slot.epoch,
        sequence,
    };
    let mut out = BytesMut::with_capacity(event.body.len() + 192);
    encode_record(&mut out, &origin, event);
    out.freeze()
}
