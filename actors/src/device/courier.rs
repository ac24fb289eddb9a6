//! Brings a device's messages to its session, in order, a bounded number at a time.
//!
//! ```text
//!  enqueue ─► ┌─────────┐  proposals, in order   ┌──────────┐  outcomes, in order
//!  settled ─► │ courier │ ─────────────────────► │ the log  │ ─────────────────────┐
//!  wake    ─► │         │ ◄───────────────────── └──────────┘                      │
//!             └─────────┘ ◄────────────────────────────────────────────────────────┘
//!                  │ messages that the session holds now
//!                  ▼
//!              outbox ─► edge ─► the session's inbox
//! ```
//!
//! Everything that counts is in the tables: which messages wait, and which of them the session holds.
//! A courier that starts anew finds there what was on its way and sends it again; the edge passes over
//! what it has already. A device has a courier only while there is something to do for its queue.

mod held;
mod outbox;
mod proposal;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesOrdered;
use roost_model::{ConnectionEpoch, Event, Identity, LockToken, NodeId, QueuedMessage};
use roost_partition::{EnqueueMessage, Hold, LockMessages};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Activity, Work};
use crate::client::{MessageDraft, ReceivedMessage};
use crate::leadership::Leadership;
use crate::read::damaged;
use crate::reply::ReplyPort;
use crate::wire::Refused;
use crate::{metrics, random};
use held::Held;
use outbox::Outbox;
use proposal::{Done, Proposal};

/// Messages that a session holds at the same time.
const WINDOW: usize = 16;
/// Proposals under way for one device; beyond it errands wait.
const UNDER_WAY: usize = 64;
/// Errands that wait for the courier.
const ERRANDS: usize = 256;
/// A request that holds a message does not say when it lets go of it.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// What a courier is told.
#[derive(Debug)]
pub(super) enum Errand {
    /// A back end sends a message.
    Enqueue(MessageDraft, ReplyPort, Work),
    /// A message was settled: there is room for another one, or for this one `again`.
    Settled { lock: LockToken, again: bool },
    /// Something may have changed: the session, its subscriptions, the queue.
    Wake,
}

/// The way to a device's courier. It ends when this is dropped.
#[derive(Debug, Clone)]
pub(super) struct CourierHandle(pub(super) mpsc::Sender<Errand>);

#[derive(Debug)]
struct Courier {
    leadership: Leadership,
    identity: Identity,
    activity: Arc<Activity>,
    /// The session that wants messages.
    seat: Option<Seat>,
    /// What it holds.
    held: Held,
    /// Of that, what its edge has yet to get.
    outbox: Outbox,
    /// There may be messages that it could have.
    backlog: bool,
    /// Messages that proposals under way may add to what it holds.
    promised: usize,
    proposals: FuturesOrdered<Proposal>,
    /// A lock of waiting messages is among the proposals.
    locking: bool,
    /// Others hold messages that the session could have: when to look whether they still do.
    look_at: Option<Instant>,
    /// Keeps the device's actor awake.
    busy: Option<Work>,
    /// This leader has lost its word: another one goes on from the tables.
    is_over: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seat {
    epoch: ConnectionEpoch,
    node: NodeId,
}

/// What woke a courier up.
enum Occasion {
    Errand(Option<Errand>),
    Done(Done),
    Time,
}

impl CourierHandle {
    pub(super) fn start(
        leadership: Leadership,
        identity: Identity,
        activity: Arc<Activity>,
    ) -> CourierHandle {
        let (send, errands) = mpsc::channel(ERRANDS);
        let courier = Courier {
            leadership,
            identity,
            activity,
            seat: None,
            held: Held::default(),
            outbox: Outbox::default(),
            backlog: true,
            promised: 0,
            proposals: FuturesOrdered::new(),
            locking: false,
            look_at: None,
            busy: None,
            is_over: false,
        };
        tokio::spawn(async move {
            metrics::couriers(1);
            courier.run(errands).await;
            metrics::couriers(-1);
        });
        CourierHandle(send)
    }
}

// === impl Courier ===

impl Courier {
    async fn run(mut self, mut errands: mpsc::Receiver<Errand>) {
        // What is sent from the tables must not be what a later leader has changed.
        if self.leadership.barrier().await.is_err() {
            return;
        }
        loop {
            if let Err(refused) = self.look_around().await {
                let identity = &self.identity;
                tracing::debug!(%identity, ?refused, "messages are not delivered by this leader");
                return;
            }
            if self.is_over {
                return;
            }
            self.stay_awake();
            match self.next(&mut errands).await {
                Occasion::Errand(None) => return,
                Occasion::Errand(Some(errand)) => self.take(errand).await,
                Occasion::Done(done) => self.finish(done),
                Occasion::Time => {}
            }
        }
    }

    async fn next(&mut self, errands: &mut mpsc::Receiver<Errand>) -> Occasion {
        let wake = self.wake_at();
        tokio::select! {
            biased;
            Some(done) = self.proposals.next(), if !self.proposals.is_empty() => Occasion::Done(done),
            errand = errands.recv(), if self.proposals.len() < UNDER_WAY => Occasion::Errand(errand),
            () = sleep_until(wake), if wake.is_some() => Occasion::Time,
        }
    }

    /// Follows the session, lets go of what has lapsed, asks for more, and sends what is there.
    async fn look_around(&mut self) -> Result<(), Refused> {
        self.follow_session()?;
        let now = self.leadership.now();
        if self.held.lapse(now) {
            self.outbox
                .retain(|message| self.held.contains(message.lock));
            self.backlog = true;
        }
        if self.look_at.take_if(|at| *at <= Instant::now()).is_some() {
            self.backlog = true;
        }
        let Some(seat) = self.seat else {
            self.look_at = None;
            return Ok(());
        };
        if self.outbox.is_due() {
            let (context, identity) = (&self.leadership.context, &self.identity);
            self.outbox
                .deliver(context, seat.node, identity, seat.epoch)
                .await;
        }
        if self.backlog && !self.locking && self.room() > 0 {
            self.lock(seat).await?;
        }
        Ok(())
    }

    /// Takes over what the session holds when it is another one than before.
    fn follow_session(&mut self) -> Result<(), Refused> {
        let reader = self.leadership.reader();
        let seat = reader
            .session(&self.identity)
            .filter(|session| session.channels.wants_messages())
            .map(|session| Seat {
                epoch: session.epoch,
                node: session.node,
            });
        if seat == self.seat {
            return Ok(());
        }
        self.seat = seat;
        self.held.clear();
        self.outbox.clear();
        self.backlog = true;
        let Some(seat) = seat else { return Ok(()) };
        let now = self.leadership.now();
        let on_the_way = reader
            .held_by(&self.identity, seat.epoch, now, WINDOW)
            .map_err(damaged)?;
        for (sequence, message) in on_the_way {
            self.hand_over(sequence, &message, None)?;
        }
        Ok(())
    }

    async fn take(&mut self, errand: Errand) {
        match errand {
            Errand::Wake => self.backlog = true,
            Errand::Settled { lock, again } => {
                self.held.remove(lock);
                self.outbox.retain(|message| message.lock != lock);
                self.backlog |= again;
            }
            Errand::Enqueue(draft, reply, work) => self.enqueue(draft, reply, work).await,
        }
    }

    /// Proposes a message. If the session has everything before it, it gets this one in the same
    /// entry.
    async fn enqueue(&mut self, draft: MessageDraft, reply: ReplyPort, work: Work) {
        let mut command = EnqueueMessage::new(
            self.identity.clone(),
            &draft.content,
            draft.acknowledge,
            draft.expires_at,
            self.leadership.queue_limits(),
        );
        let is_up_to_date = !self.backlog && !self.locking && self.room() > 0;
        let seat = self.seat.filter(|_| is_up_to_date);
        if let Some(seat) = seat {
            match self.hold(seat) {
                Ok(hold) => command.hold = Some(hold),
                Err(refused) => return reply.refuse(refused),
            }
        }
        let promised = usize::from(seat.is_some());
        let submitted = self
            .leadership
            .handle
            .submit(self.leadership.term, command.into())
            .await;
        match submitted {
            Ok(outcome) => {
                self.promised += promised;
                let content = draft.content;
                self.proposals
                    .push_back(Proposal::enqueue(outcome, content, promised, reply, work));
            }
            Err(error) => reply.refuse(error.into()),
        }
    }

    /// Asks for as many waiting messages as the session has room for.
    async fn lock(&mut self, seat: Seat) -> Result<(), Refused> {
        let reader = self.leadership.reader();
        if reader.queue_depth(&self.identity).map_err(damaged)? == 0 {
            self.backlog = false;
            return Ok(());
        }
        let most = self.room();
        let command = LockMessages {
            identity: self.identity.clone(),
            hold: self.hold(seat)?,
            most: u32::try_from(most).unwrap_or(u32::MAX),
            limits: self.leadership.queue_limits(),
        };
        let outcome = self
            .leadership
            .handle
            .submit(self.leadership.term, command.into())
            .await?;
        self.promised += most;
        self.locking = true;
        // What is enqueued meanwhile says so itself.
        self.backlog = false;
        self.proposals.push_back(Proposal::lock(outcome, most));
        Ok(())
    }

    fn finish(&mut self, done: Done) {
        self.promised -= done.promised();
        match done {
            Done::Enqueued(enqueued) => {
                let Some((sequence, message, content)) = enqueued.answer() else {
                    return;
                };
                let is_ours = self.is_ours(&message);
                if !is_ours || self.hand_over(sequence, &message, Some(content)).is_err() {
                    self.backlog = true;
                }
            }
            Done::Locked(locked) => {
                self.locking = false;
                let Some(locked) = locked.outcome else {
                    self.is_over = true;
                    return;
                };
                self.backlog |= locked.more;
                if locked.messages.is_empty() && !locked.more && self.others_hold_some() {
                    self.look_at = Some(Instant::now() + LOOK_AGAIN);
                }
                for (sequence, message) in locked.messages {
                    let is_ours = self.is_ours(&message);
                    if !is_ours || self.hand_over(sequence, &message, None).is_err() {
                        self.backlog = true;
                    }
                }
            }
        }
    }

    fn others_hold_some(&self) -> bool {
        let depth = self.leadership.reader().queue_depth(&self.identity);
        depth.is_ok_and(|depth| depth as usize > self.held.len())
    }

    /// Whether the session of the moment holds a message.
    fn is_ours(&self, message: &QueuedMessage) -> bool {
        let receiver = message.lock.map(|lock| lock.receiver);
        receiver.is_some() && receiver == self.seat.map(|seat| seat.epoch)
    }

    /// Puts a message that the session holds into the outbox.
    fn hand_over(
        &mut self,
        sequence: u64,
        message: &QueuedMessage,
        content: Option<Event>,
    ) -> Result<(), Refused> {
        let reader = self.leadership.reader();
        let content = match content {
            Some(content) => Some(content),
            None => reader
                .message_content(&self.identity, sequence)
                .map_err(damaged)?,
        };
        let received = content.and_then(|content| ReceivedMessage::new(sequence, message, content));
        if let (Some(received), Some(lock)) = (received, message.lock) {
            self.held.add(lock.token, lock.until);
            self.outbox.push(received);
        }
        Ok(())
    }

    fn hold(&self, seat: Seat) -> Result<Hold, Refused> {
        let seconds = self.leadership.context.limits.devicebound_lock_seconds;
        Ok(Hold {
            receiver: seat.epoch,
            duration: Duration::from_secs(seconds.into()),
            seed: random::draw()?,
        })
    }

    fn room(&self) -> usize {
        WINDOW.saturating_sub(self.held.len() + self.promised)
    }

    /// When there is something to do even if nobody asks.
    fn wake_at(&self) -> Option<Instant> {
        let lapse = self.held.first_lapse(self.leadership.now());
        let lapse = lapse.map(|after| Instant::now() + after);
        let retry = self.seat.and_then(|_| self.outbox.retry_at());
        [lapse, retry, self.look_at].into_iter().flatten().min()
    }

    /// An actor at rest takes its courier with it.
    fn stay_awake(&mut self) {
        let is_idle = self.held.is_empty() && self.proposals.is_empty() && self.look_at.is_none();
        if is_idle {
            self.busy = None;
        } else if self.busy.is_none() {
            self.busy = Some(Work::begin(&self.activity));
        }
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
