//! The device actor: the one place that decides for a device (or module) while it is active.
//!
//! Its early checks are a courtesy to the caller; the log re-checks and is the authority. A
//! handler never waits for consensus: the work goes into a task that carries the reply port and
//! comes back as a message.

mod attach;
mod courier;
mod delivery;
mod identity;
mod method;
mod prove;
mod queue;
mod send;
mod subscribe;

pub(crate) use identity::{cut, edge_keys, new_identity};

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use ractor::{Actor, ActorProcessingErr, ActorRef};
use roost_model::{Channels, ConnectionEpoch, Identity, Precondition};
use roost_partition::DetachReason;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::client::IdentityDraft;
use crate::credential::Credential;
use crate::leadership::Leadership;
use crate::reply::ReplyPort;
use crate::wire::{Answer, AttachRequest, EventParts, Invocation, QueueWork, Refused};
use courier::CourierHandle;

/// What a device's actor is told.
#[derive(Debug)]
pub(crate) enum DeviceMessage {
    /// A device has connected somewhere and shows its credential.
    Attach(AttachRequest, ReplyPort),
    /// Its connection has ended.
    Detach {
        epoch: ConnectionEpoch,
        why: DetachReason,
        reply: ReplyPort,
    },
    /// It says what it wants to be sent.
    Subscribe {
        epoch: ConnectionEpoch,
        channels: Channels,
        reply: ReplyPort,
    },
    /// It shows a credential without a new connection.
    Prove {
        credential: Credential,
        session: Option<ConnectionEpoch>,
        reply: ReplyPort,
    },
    /// A direct method. The answer only says that it was taken on.
    Invoke(Invocation, ReplyPort),
    /// Telemetry outside a session.
    SendOnce {
        credential: Credential,
        events: Vec<EventParts>,
        reply: ReplyPort,
    },
    /// Registry operations.
    Create(IdentityDraft, ReplyPort),
    Update(IdentityDraft, Precondition, ReplyPort),
    Delete(Precondition, ReplyPort),
    /// Something about its cloud-to-device messages.
    Queue(QueueWork, ReplyPort),
    /// It may have messages and a session that wants them.
    Wake,
}

/// How much an actor has to do; shared with the partition actor, which puts idle ones to rest.
#[derive(Debug)]
pub(crate) struct Activity {
    started: Instant,
    in_flight: AtomicUsize,
    /// Milliseconds after `started` at which the last piece of work ended.
    last_ended: AtomicU64,
}

/// One piece of work; counts as in flight until dropped.
#[derive(Debug)]
pub(crate) struct Work(Arc<Activity>);

/// The actor; all state is in [`State`].
#[derive(Debug)]
pub(crate) struct DeviceActor;

/// What the actor keeps between messages. Everything else is in the partition's tables.
#[derive(Debug)]
pub(crate) struct State {
    leadership: Leadership,
    identity: Identity,
    activity: Arc<Activity>,
    /// Fires when the device may be subscribed to something that it was not before.
    subscribed: Arc<Notify>,
    /// Brings messages to its session, while there are some.
    courier: Option<CourierHandle>,
}

impl Actor for DeviceActor {
    type Msg = DeviceMessage;
    type State = State;
    type Arguments = (Leadership, Identity, Arc<Activity>);

    async fn pre_start(
        &self,
        _myself: ActorRef<DeviceMessage>,
        (leadership, identity, activity): Self::Arguments,
    ) -> Result<State, ActorProcessingErr> {
        Ok(State {
            leadership,
            identity,
            activity,
            subscribed: Arc::default(),
            courier: None,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<DeviceMessage>,
        message: DeviceMessage,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        let work = Work(Arc::clone(&state.activity));
        let leadership = state.leadership.clone();
        let identity = state.identity.clone();
        match message {
            DeviceMessage::Attach(request, reply) => {
                let attached = attach::attach(leadership, request);
                run(work, reply, notifying(state, myself, attached));
            }
            DeviceMessage::Subscribe {
                epoch,
                channels,
                reply,
            } => {
                let noted = subscribe::subscribe(leadership, identity, epoch, channels);
                run(work, reply, notifying(state, myself, noted));
            }
            DeviceMessage::Prove {
                credential,
                session,
                reply,
            } => {
                let shown = prove::show(leadership, identity, credential, session);
                run(work, reply, shown);
            }
            DeviceMessage::Invoke(invocation, reply) => {
                let subscribed = Arc::clone(&state.subscribed);
                tokio::spawn(async move {
                    let taken = method::begin(&leadership, &identity).await;
                    let go_on = taken.is_ok();
                    reply.settle(taken);
                    if go_on {
                        method::invoke(leadership, identity, invocation, subscribed).await;
                    }
                    drop(work);
                });
            }
            DeviceMessage::Detach { epoch, why, reply } => {
                let detached = attach::detach(leadership, identity, epoch, why);
                run(work, reply, detached);
            }
            DeviceMessage::SendOnce {
                credential,
                events,
                reply,
            } => {
                run(
                    work,
                    reply,
                    send::send_once(leadership, identity, credential, events),
                );
            }
            DeviceMessage::Create(draft, reply) => {
                run(work, reply, identity::create(leadership, draft))
            }
            DeviceMessage::Update(draft, precondition, reply) => {
                run(
                    work,
                    reply,
                    identity::update(leadership, draft, precondition),
                );
            }
            DeviceMessage::Delete(precondition, reply) => {
                run(
                    work,
                    reply,
                    identity::delete(leadership, identity, precondition),
                );
            }
            DeviceMessage::Queue(request, reply) => state.queue(myself, request, reply, work),
            DeviceMessage::Wake => state.wake_courier(),
        }
        Ok(())
    }
}

/// Lets a piece of work run beside the actor and answers with what it comes to.
fn run(
    work: Work,
    reply: ReplyPort,
    task: impl Future<Output = Result<Answer, Refused>> + Send + 'static,
) {
    tokio::spawn(async move {
        reply.settle(task.await);
        drop(work);
    });
}

/// Wakes up who waits for the device once the work is done.
fn notifying(
    state: &State,
    myself: ActorRef<DeviceMessage>,
    task: impl Future<Output = Result<Answer, Refused>> + Send + 'static,
) -> impl Future<Output = Result<Answer, Refused>> + Send + 'static {
    let subscribed = Arc::clone(&state.subscribed);
    let activity = Arc::clone(&state.activity);
    async move {
        let done = task.await;
        subscribed.notify_waiters();
        wake(&myself, &activity);
        done
    }
}

/// Has the actor see whether messages are to be delivered.
fn wake(myself: &ActorRef<DeviceMessage>, activity: &Activity) {
    activity.begin();
    if myself.cast(DeviceMessage::Wake).is_err() {
        activity.end();
    }
}

// === impl Activity ===

impl Default for Activity {
    fn default() -> Activity {
        Activity {
            started: Instant::now(),
            in_flight: AtomicUsize::new(0),
            last_ended: AtomicU64::new(0),
        }
    }
}

impl Activity {
    pub(crate) fn begin(&self) {
        self.in_flight.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn end(&self) {
        let now = self.started.elapsed().as_millis() as u64;
        self.last_ended.store(now, Ordering::Release);
        self.in_flight.fetch_sub(1, Ordering::AcqRel);
    }

    /// Whether nothing is in flight and nothing was for at least `after`.
    pub(crate) fn idle_since(&self, now: Instant, after: Duration) -> bool {
        let ended = self.started + Duration::from_millis(self.last_ended.load(Ordering::Acquire));
        self.in_flight.load(Ordering::Acquire) == 0 && now.duration_since(ended) >= after
    }
}

// === impl Work ===

impl Work {
    pub(crate) fn begin(activity: &Arc<Activity>) -> Work {
        activity.begin();
        Work(Arc::clone(activity))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.end();
    }
}
