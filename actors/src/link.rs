//! An edge's way to the leader of a partition: one link for all of the partition's sessions.
//!
//! ```text
//!  sessions ──► bounded queue ──► frames (unanswered ones are kept) ──► pipe ──► leader
//!                  full: wait                                            │
//!             receipts ◄──────────────── answers, in order ◄─────────────┘
//! ```
//!
//! When the pipe breaks or the leader changes, the link finds the new leader, names its sessions
//! (`AttachMany`) and sends every unanswered record again with its old sequence number. The
//! partition recognises what it has stored already. No device's socket is touched by any of it.

mod pipe;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use roost_cluster::Exceptions;
use roost_model::PartitionId;
use roost_partition::AppendRejection;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::context::Context;
use crate::delivery::desired;
use crate::metrics;
use crate::route::ask_once;
use crate::session::{CloseReason, SessionSlot};
use crate::wire::{Answer, Request, append_frame};
use pipe::{Pipe, PipeEnd};

/// Records that may wait for a frame; beyond it their sessions wait.
const QUEUE: usize = 8192;
/// A frame takes in no more once it has this many bytes.
const FRAME_BYTES: usize = 128 << 10;
/// A frame has at most this many records.
const FRAME_RECORDS: usize = 512;
/// Frames sent and not answered; more would only make batches smaller.
const FRAMES_IN_FLIGHT: usize = 8;
const RETRY: Duration = Duration::from_millis(10);
const ATTACH_DEADLINE: Duration = Duration::from_secs(2);

/// Why a record was not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendFailure {
    /// The session is over, for this reason.
    Closed(CloseReason),
}

/// One record on its way.
#[derive(Debug)]
pub(crate) struct Submission {
    pub(crate) slot: Arc<SessionSlot>,
    pub(crate) record: Bytes,
    pub(crate) done: oneshot::Sender<Result<(), SendFailure>>,
}

/// What the link is given to do.
#[derive(Debug)]
pub(crate) enum LinkMessage {
    /// Store this.
    Append(Submission),
    /// A session was opened: be there for it, also when it has nothing to say.
    Attached,
    /// The leader doubts the sessions: name them again.
    Confirm,
}

/// A handle to a partition's link on this node.
#[derive(Debug, Clone)]
pub(crate) struct LinkHandle {
    queue: mpsc::Sender<LinkMessage>,
}

struct Link {
    context: Arc<Context>,
    partition: PartitionId,
    queue: mpsc::Receiver<LinkMessage>,
    unanswered: VecDeque<Frame>,
    catching_up: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Frame {
    submissions: Vec<Submission>,
}

/// What woke the link up while it had a pipe.
enum Event {
    Messages,
    Answer(Exceptions),
    Broken,
    Closed,
}

// === impl LinkHandle ===

impl LinkHandle {
    /// The link of a partition on this node, started when there is none yet.
    pub(crate) fn of(context: &Arc<Context>, partition: PartitionId) -> LinkHandle {
        context
            .links
            .entry(partition)
            .or_insert_with(|| {
                let (queue, waiting) = mpsc::channel(QUEUE);
                let link = Link {
                    context: Arc::clone(context),
                    partition,
                    queue: waiting,
                    unanswered: VecDeque::new(),
                    catching_up: None,
                };
                context.runtime.spawn(link.run());
                LinkHandle { queue }
            })
            .clone()
    }

    /// Has the link name its sessions again.
    pub(crate) async fn confirm(&self) {
        // The queue is closed when the node stops, and then nobody is to be confirmed.
        let _ = self.queue.send(LinkMessage::Confirm).await;
    }

    /// Waits for room in the queue, first come, first served.
    pub(crate) async fn reserve(&self) -> Option<mpsc::Permit<'_, LinkMessage>> {
        self.queue.reserve().await.ok()
    }
}

// === impl Link ===

impl Link {
    async fn run(mut self) {
        let mut broken: Option<Instant> = None;
        loop {
            // Nothing to keep up a pipe for: wait for the first session.
            if self.unanswered.is_empty() && self.context.sessions.of(self.partition).is_empty() {
                match self.queue.recv().await {
                    Some(message) => self.take(vec![message]),
                    None => return,
                }
            }
            match self.connect().await {
                Some(pipe) => {
                    if let Some(since) = broken.take() {
                        self.report(since.elapsed(), &pipe);
                    }
                    if self.pump(pipe).await.is_none() {
                        return;
                    }
                    broken = Some(Instant::now());
                }
                None => metrics::link_retried(),
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    fn report(&self, took: Duration, pipe: &Pipe) {
        metrics::link_recovered(took);
        tracing::info!(
            partition = %self.partition,
            leader = %pipe.leader(),
            took_ms = took.as_millis() as u64,
            unanswered = self.unanswered.len(),
            "found the partition's leader again"
        );
    }

    /// Finds the leader, confirms the sessions there and opens a pipe.
    async fn connect(&mut self) -> Option<Pipe> {
        let leader = self.context.cluster.route(self.partition)?;
        let slots = self.context.sessions.of(self.partition);
        let request = Request::AttachMany {
            node: self.context.cluster.me(),
            incarnation: self.context.cluster.incarnation(),
            sessions: slots
                .iter()
                .map(|slot| (slot.identity.clone(), slot.epoch))
                .collect(),
        };
        let give_up = Instant::now() + ATTACH_DEADLINE;
        let answer = ask_once(&self.context, self.partition, request, give_up).await;
        let Answer::Confirmed(verdicts) = answer else {
            return None;
        };
        for (slot, verdict) in slots.iter().zip(verdicts) {
            if let Some(reason) = verdict {
                tracing::info!(identity = %slot.identity, %reason, "a session did not survive");
                slot.close(reason);
            }
        }
        metrics::link_connected(slots.len());
        self.catch_up(slots);
        Pipe::open(&self.context, self.partition, leader).await
    }

    /// A leader that is gone may have taken notifications with it: asks the one that was found now.
    fn catch_up(&mut self, slots: Vec<Arc<SessionSlot>>) {
        let asking = desired::catch_up_all(Arc::clone(&self.context), slots);
        let asking = self.context.runtime.spawn(asking);
        if let Some(before) = self.catching_up.replace(asking) {
            before.abort();
        }
    }

    /// Sends and receives until the pipe ends. None when the node stops.
    async fn pump(&mut self, mut pipe: Pipe) -> Option<()> {
        self.forget_closed();
        for frame in &self.unanswered {
            if pipe.send(frame.count(), frame.encode()).await.is_err() {
                return Some(());
            }
        }
        let mut messages = Vec::new();
        loop {
            let room = self.unanswered.len() < FRAMES_IN_FLIGHT;
            let event = tokio::select! {
                biased;
                answer = pipe.next() => match answer {
                    Ok(exceptions) => Event::Answer(exceptions),
                    Err(PipeEnd) => Event::Broken,
                },
                count = self.queue.recv_many(&mut messages, FRAME_RECORDS), if room => {
                    if count == 0 { Event::Closed } else { Event::Messages }
                }
            };
            match event {
                Event::Closed => return None,
                Event::Broken => return Some(()),
                Event::Answer(exceptions) => {
                    if !self.settle(exceptions) {
                        return Some(());
                    }
                }
                Event::Messages => {
                    let known = self.unanswered.len();
                    let confirm = |message: &LinkMessage| matches!(message, LinkMessage::Confirm);
                    let doubted = messages.iter().any(confirm);
                    self.take(std::mem::take(&mut messages));
                    if doubted {
                        // As after a break: what was not answered goes again.
                        return Some(());
                    }
                    for frame in self.unanswered.iter().skip(known) {
                        if pipe.send(frame.count(), frame.encode()).await.is_err() {
                            return Some(());
                        }
                    }
                }
            }
        }
    }

    /// Puts what was queued into frames, in order.
    fn take(&mut self, messages: Vec<LinkMessage>) {
        let mut bytes = FRAME_BYTES;
        for message in messages {
            let LinkMessage::Append(submission) = message else {
                continue;
            };
            if let Some(reason) = submission.slot.close_reason() {
                submission.fail(reason);
                continue;
            }
            if bytes >= FRAME_BYTES {
                self.unanswered.push_back(Frame {
                    submissions: Vec::new(),
                });
                bytes = 0;
            }
            bytes += submission.record.len();
            if let Some(frame) = self.unanswered.back_mut() {
                frame.submissions.push(submission);
            }
        }
    }

    /// Drops unanswered records of sessions that are over: their order ends with them.
    fn forget_closed(&mut self) {
        for frame in &mut self.unanswered {
            let (over, on): (Vec<_>, Vec<_>) = std::mem::take(&mut frame.submissions)
                .into_iter()
                .partition(|submission| submission.slot.close_reason().is_some());
            frame.submissions = on;
            for submission in over {
                let reason = submission
                    .slot
                    .close_reason()
                    .unwrap_or(CloseReason::Unreachable);
                submission.fail(reason);
            }
        }
        self.unanswered
            .retain(|frame| !frame.submissions.is_empty());
    }

    /// Settles the oldest frame. False when its records have to be sent again.
    fn settle(&mut self, exceptions: Exceptions) -> bool {
        let disordered = exceptions
            .iter()
            .any(|(_, rejection)| matches!(rejection, AppendRejection::OutOfOrder { .. }));
        if disordered {
            // An earlier frame was lost with a deposed leader; everything goes again, in order.
            tracing::warn!(partition = %self.partition, "events arrived out of order; resending");
            return false;
        }
        let Some(frame) = self.unanswered.pop_front() else {
            return false;
        };
        let mut refused = exceptions.into_iter().peekable();
        for (at, submission) in frame.submissions.into_iter().enumerate() {
            match refused.next_if(|(index, _)| *index as usize == at) {
                None => drop(submission.done.send(Ok(()))),
                Some(_) => {
                    submission.slot.close(CloseReason::Superseded);
                    submission.fail(CloseReason::Superseded);
                }
            }
        }
        true
    }
}

// === impl Frame ===

impl Frame {
    fn count(&self) -> u32 {
        self.submissions.len() as u32
    }

    fn encode(&self) -> Bytes {
        append_frame(self.submissions.iter().map(|submission| &submission.record))
    }
}

// === impl Submission ===

impl Submission {
    fn fail(self, reason: CloseReason) {
        // Nobody may be waiting any more: the device's connection has gone.
        let _ = self.done.send(Err(SendFailure::Closed(reason)));
    }
}
