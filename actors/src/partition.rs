//! The actor of a led partition: activates device actors, and keeps the sessions honest.
//!
//! ```text
//!   PartitionActor (one per led partition and term)
//!     ├── DeviceActor   activated by the first request, put to rest when idle
//!     └── DeviceActor
//! ```
//!
//! It lives exactly as long as the leadership it was started for. All state that must survive is
//! in the partition's tables; what is here can be built again from them.

mod presumed;
mod resume;
mod retention;
mod sweep;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ractor::{Actor, ActorProcessingErr, ActorRef, ActorRuntime, SupervisionEvent};
use roost_model::{Identity, NodeId};
use tokio::time::Instant;

use crate::device::{Activity, DeviceActor, DeviceMessage};
use crate::leadership::Leadership;
use crate::metrics;
use crate::reply::ReplyPort;
use crate::wire::{Answer, QueueRequest, Refused, Request};
use presumed::Presumed;
use sweep::Sweeper;

const TICK: Duration = Duration::from_secs(1);

/// What a partition's actor is told.
#[derive(Debug)]
pub(crate) enum PartitionMessage {
    /// A request that changes something, or attaches a device.
    Request(Box<Request>, ReplyPort),
    /// The link to a node broke: its sessions must be confirmed anew.
    EdgeLost(NodeId),
    /// A device may have messages and a session that wants them.
    Wake(Identity),
    /// Time to look after sessions, idle actors, retention and what expires.
    Tick,
}

/// The actor; all state is in [`State`].
#[derive(Debug)]
pub(crate) struct PartitionActor;

/// What the actor keeps between messages.
#[derive(Debug)]
pub(crate) struct State {
    leadership: Leadership,
    devices: HashMap<Identity, Active>,
    presumed: Presumed,
    next_retention: Instant,
    sweeper: Arc<Sweeper>,
}

#[derive(Debug)]
struct Active {
    actor: ActorRef<DeviceMessage>,
    activity: Arc<Activity>,
}

impl Actor for PartitionActor {
    type Msg = PartitionMessage;
    type State = State;
    type Arguments = Leadership;

    async fn pre_start(
        &self,
        myself: ActorRef<PartitionMessage>,
        leadership: Leadership,
    ) -> Result<State, ActorProcessingErr> {
        let grace = leadership.context.timings.session_grace;
        let presumed = Presumed::all(leadership.reader(), Instant::now() + grace)?;
        tracing::debug!(
            partition = %leadership.partition(),
            term = leadership.term,
            sessions = presumed.len(),
            "leading"
        );
        myself.send_interval(TICK, || PartitionMessage::Tick);
        tokio::spawn(resume::wake_receivers(leadership.clone(), myself.clone()));
        let next_retention = Instant::now() + leadership.context.timings.retention_interval;
        Ok(State {
            leadership,
            devices: HashMap::new(),
            presumed,
            next_retention,
            sweeper: Arc::default(),
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<PartitionMessage>,
        message: PartitionMessage,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            PartitionMessage::Request(request, reply) => {
                state.dispatch(&myself, *request, reply)?;
            }
            PartitionMessage::EdgeLost(node) => state.edge_lost(node)?,
            PartitionMessage::Wake(identity) => {
                state.device(&myself, identity)?.send(DeviceMessage::Wake);
            }
            PartitionMessage::Tick => state.tick(),
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _myself: ActorRef<PartitionMessage>,
        event: SupervisionEvent,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        // A device actor that failed is forgotten; the next request starts a fresh one from the
        // tables. Its callers hear that their outcome is unknown.
        if let SupervisionEvent::ActorFailed(cell, error) = event {
            tracing::error!(%error, "a device actor failed");
            let before = state.devices.len();
            state
                .devices
                .retain(|_, active| active.actor.get_id() != cell.get_id());
            metrics::devices_passivated(before - state.devices.len());
        }
        Ok(())
    }

    async fn post_stop(
        &self,
        _myself: ActorRef<PartitionMessage>,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        metrics::devices_passivated(state.devices.len());
        Ok(())
    }
}

/// What a device's actor is told; none for what is not for one, which is refused.
fn for_device(request: Request, reply: ReplyPort) -> Option<(Identity, DeviceMessage)> {
    Some(match request {
        Request::Attach(request) => (
            request.identity.clone(),
            DeviceMessage::Attach(request, reply),
        ),
        Request::Detach {
            identity,
            epoch,
            why,
        } => (identity, DeviceMessage::Detach { epoch, why, reply }),
        Request::SendOnce {
            identity,
            credential,
            events,
        } => (
            identity,
            DeviceMessage::SendOnce {
                credential,
                events,
                reply,
            },
        ),
        Request::CreateIdentity(draft) => {
            (draft.identity.clone(), DeviceMessage::Create(draft, reply))
        }
        Request::UpdateIdentity(draft, precondition) => (
            draft.identity.clone(),
            DeviceMessage::Update(draft, precondition, reply),
        ),
        Request::DeleteIdentity(identity, precondition) => {
            (identity, DeviceMessage::Delete(precondition, reply))
        }
        Request::Subscribe {
            identity,
            epoch,
            channels,
        } => (
            identity,
            DeviceMessage::Subscribe {
                epoch,
                channels,
                reply,
            },
        ),
        Request::Prove {
            identity,
            credential,
            session,
        } => (
            identity,
            DeviceMessage::Prove {
                credential,
                session,
                reply,
            },
        ),
        Request::Invoke(identity, invocation) => {
            (identity, DeviceMessage::Invoke(invocation, reply))
        }
        Request::Queue(QueueRequest::Device(identity, work)) => {
            (identity, DeviceMessage::Queue(work, reply))
        }
        other => {
            tracing::error!(?other, "a read was sent to an actor");
            reply.refuse(Refused::NotLeader(None));
            return None;
        }
    })
}

// === impl State ===

impl State {
    fn dispatch(
        &mut self,
        myself: &ActorRef<PartitionMessage>,
        request: Request,
        reply: ReplyPort,
    ) -> Result<(), ActorProcessingErr> {
        if let Request::AttachMany {
            node,
            incarnation,
            sessions,
        } = &request
        {
            let reader = self.leadership.reader();
            let verdicts = self
                .presumed
                .confirm(reader, *node, *incarnation, sessions)?;
            reply.send(Answer::Confirmed(verdicts));
            return Ok(());
        }
        if let Some((identity, message)) = for_device(request, reply) {
            self.device(myself, identity)?.send(message);
        }
        Ok(())
    }

    /// The device's actor, activated if it is not.
    fn device(
        &mut self,
        myself: &ActorRef<PartitionMessage>,
        identity: Identity,
    ) -> Result<&Active, ActorProcessingErr> {
        use std::collections::hash_map::Entry;
        match self.devices.entry(identity) {
            Entry::Occupied(active) => Ok(active.into_mut()),
            Entry::Vacant(slot) => {
                let activity = Arc::new(Activity::default());
                let arguments = (
                    self.leadership.clone(),
                    slot.key().clone(),
                    Arc::clone(&activity),
                );
                let (actor, _) = ActorRuntime::spawn_linked_instant(
                    None,
                    DeviceActor,
                    arguments,
                    myself.get_cell(),
                )?;
                metrics::device_activated();
                Ok(slot.insert(Active { actor, activity }))
            }
        }
    }

    fn edge_lost(&mut self, node: NodeId) -> Result<(), ActorProcessingErr> {
        let deadline = Instant::now() + self.leadership.context.timings.session_grace;
        Ok(self
            .presumed
            .presume_edge(self.leadership.reader(), node, deadline)?)
    }

    fn tick(&mut self) {
        let now = Instant::now();
        for gone in self.presumed.expired(now) {
            tokio::spawn(presumed::detach(self.leadership.clone(), gone));
        }
        for edge in self.presumed.edges(self.leadership.reader()) {
            tokio::spawn(presumed::ask(self.leadership.clone(), edge));
        }
        self.passivate(now);
        self.sweeper.start(&self.leadership);
        if now >= self.next_retention {
            self.next_retention = now + self.leadership.context.timings.retention_interval;
            tokio::spawn(retention::trim(self.leadership.clone()));
        }
    }

    /// Puts idle device actors to rest. Only this actor gives them work, so one that has none and
    /// had none for a while cannot be about to get any.
    fn passivate(&mut self, now: Instant) {
        let after = self.leadership.context.timings.passivate_after;
        self.devices.retain(|_, active| {
            let idle = active.activity.idle_since(now, after);
            if idle {
                active.actor.stop(None);
                metrics::devices_passivated(1);
            }
            !idle
        });
    }
}

// === impl Active ===

impl Active {
    fn send(&self, message: DeviceMessage) {
        self.activity.begin();
        // A failed actor drops the message, and with it the reply port, which then answers.
        if self.actor.cast(message).is_err() {
            self.activity.end();
        }
    }
}
