//! The way into a partition's log: packs what is waiting into one entry, fenced by a term.
//!
//! ```text
//!  commands ─┐                    ┌─ entry n   (in flight)
//!  appends  ─┼─► bounded queue ─► │  entry n+1 (in flight)  ─► apply ─► outcomes ─► callers
//!  appends  ─┘   (full: wait)     └─ …
//! ```
//!
//! While entries are in flight the queue fills; the next entry takes all of it. So batches grow
//! with load and an idle partition answers at once, without a timer.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use openraft::errors::ClientWriteError;
use openraft::impls::OneshotResponder;
use roost_engine::SeededBug;
use roost_model::NodeId;
use roost_partition::{AppendEvents, AppendRejection, Command, Envelope, HubEvents, Outcome};
use tokio::sync::{mpsc, oneshot, watch};

use crate::clock::Clock;
use crate::cluster::FIRST_UNIT;
use crate::meta::MetaState;
use crate::metrics;
use crate::raft::encoding::log_id;
use crate::raft::types::{Proposal, Raft, Reply, TypeConfig};

/// Proposals that may wait for their turn; beyond it callers wait.
const QUEUE: usize = 4096;
/// Entries proposed and not yet applied, per partition.
const IN_FLIGHT: usize = 4;
/// An entry takes in no more once it has this many bytes.
const ENTRY_BYTES: usize = 512 << 10;

/// Why a proposal has no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProposeError {
    /// This replica does not lead, or no longer in the proposal's term. Nothing was written.
    #[error("not the leader")]
    NotLeader { leader: Option<NodeId> },
    /// Leadership was lost while the entry was under way: it may or may not have been written.
    #[error("leadership was lost while the write was under way")]
    Unknown,
    /// The replica has stopped. Nothing was written.
    #[error("the replica has stopped")]
    Stopped,
}

/// A refused record of an append, by its place in the append.
pub type Exceptions = Vec<(u32, AppendRejection)>;

/// Proposes to one partition. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Proposer {
    queue: mpsc::Sender<Item>,
}

#[derive(Debug)]
struct Item {
    term: u64,
    work: Work,
}

#[derive(Debug)]
enum Work {
    Command(Command, oneshot::Sender<Result<Outcome, ProposeError>>),
    Commands(
        Vec<Command>,
        oneshot::Sender<Result<Vec<Outcome>, ProposeError>>,
    ),
    Append(
        AppendEvents,
        oneshot::Sender<Result<Exceptions, ProposeError>>,
    ),
}

/// One entry in the making, and who waits for what in it.
struct Entry {
    term: u64,
    commands: Vec<Command>,
    records: BytesMut,
    count: u32,
    /// Bytes of the commands so far, about.
    size: usize,
    waiting: Vec<Waiting>,
}

enum Waiting {
    Command(oneshot::Sender<Result<Outcome, ProposeError>>),
    Commands(usize, oneshot::Sender<Result<Vec<Outcome>, ProposeError>>),
    Appends(Vec<(u32, oneshot::Sender<Result<Exceptions, ProposeError>>)>),
}

// === impl Proposer ===

impl Proposer {
    /// Starts the partition's proposing task; it ends when the last handle is dropped.
    pub(crate) fn start(
        raft: Raft,
        clock: Arc<dyn Clock>,
        meta: watch::Receiver<Arc<MetaState>>,
    ) -> Proposer {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(run(raft, clock, meta, waiting));
        Proposer { queue }
    }

    /// Proposes a command; the outcome is durable on a majority when it comes.
    pub(crate) async fn propose(
        &self,
        term: u64,
        command: Command,
    ) -> Result<Outcome, ProposeError> {
        let outcome = self.submit(term, command).await?;
        outcome.await.unwrap_or(Err(ProposeError::Unknown))
    }

    /// Queues a command in the order of calls, waiting for room; the receiver gets its outcome.
    pub(crate) async fn submit(
        &self,
        term: u64,
        command: Command,
    ) -> Result<oneshot::Receiver<Result<Outcome, ProposeError>>, ProposeError> {
        let (done, outcome) = oneshot::channel();
        self.enqueue(Item {
            term,
            work: Work::Command(command, done),
        })
        .await?;
        Ok(outcome)
    }

    /// Proposes commands that stand together in one entry; their outcomes, in order, are durable on a
    /// majority when they come.
    pub(crate) async fn propose_many(
        &self,
        term: u64,
        commands: Vec<Command>,
    ) -> Result<Vec<Outcome>, ProposeError> {
        let (done, outcomes) = oneshot::channel();
        let work = Work::Commands(commands, done);
        self.enqueue(Item { term, work }).await?;
        outcomes.await.unwrap_or(Err(ProposeError::Unknown))
    }

    /// Queues records in the order of calls, waiting for room; the receiver gets the refused
    /// ones once the rest is durable on a majority.
    pub(crate) async fn append(
        &self,
        term: u64,
        append: AppendEvents,
    ) -> Result<oneshot::Receiver<Result<Exceptions, ProposeError>>, ProposeError> {
        let (done, outcome) = oneshot::channel();
        self.enqueue(Item {
            term,
            work: Work::Append(append, done),
        })
        .await?;
        Ok(outcome)
    }

    async fn enqueue(&self, item: Item) -> Result<(), ProposeError> {
        self.queue
            .send(item)
            .await
            .map_err(|_| ProposeError::Stopped)
    }
}

async fn run(
    raft: Raft,
    clock: Arc<dyn Clock>,
    meta: watch::Receiver<Arc<MetaState>>,
    mut queue: mpsc::Receiver<Item>,
) {
    let mut in_flight = FuturesUnordered::new();
    let mut items = Vec::new();
    loop {
        tokio::select! {
            biased;
            Some(()) = in_flight.next(), if !in_flight.is_empty() => {}
            count = queue.recv_many(&mut items, QUEUE), if in_flight.len() < IN_FLIGHT => {
                if count == 0 {
                    break;
                }
                for entry in pack(items.drain(..)) {
                    in_flight.push(submit(&raft, clock.as_ref(), &meta, entry).await);
                }
            }
        }
    }
    while in_flight.next().await.is_some() {}
}

/// Packs waiting work into as few entries as terms and sizes allow, keeping its order.
fn pack(items: impl Iterator<Item = Item>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for item in items {
        let fits = entries
            .last()
            .is_some_and(|entry| entry.term == item.term && entry.size < ENTRY_BYTES);
        if !fits {
            if let Some(full) = entries.last_mut() {
                full.close_append();
            }
            entries.push(Entry::new(item.term));
        }
        if let Some(entry) = entries.last_mut() {
            entry.push(item.work);
        }
    }
    if let Some(last) = entries.last_mut() {
        last.close_append();
    }
    entries
}

/// Hands the entry to the Raft core; the returned future ends when its outcomes are delivered.
async fn submit(
    raft: &Raft,
    clock: &dyn Clock,
    meta: &watch::Receiver<Arc<MetaState>>,
    entry: Entry,
) -> impl Future<Output = ()> + use<> {
    let envelope = Envelope {
        at: clock.now(),
        hub: hub_events(meta, &entry.commands),
        commands: entry.commands,
    };
    let bytes = envelope.encode();
    metrics::entry_proposed(bytes.len(), entry.waiting.len());
    let (responder, answer) = OneshotResponder::<TypeConfig, _>::new_pair();
    let mut write = raft.write(Proposal(bytes)).responder(responder);
    if !SeededBug::UnfencedProposal.is_in() {
        write = write.with_leader(log_id(entry.term, 0).leader_id);
    }
    let submitted = write.await;
    let waiting = entry.waiting;
    async move {
        if submitted.is_err() {
            return fail(waiting, &ProposeError::Stopped);
        }
        match answer.await {
            Ok(Ok(response)) => match response.data {
                Reply::Partition(outcomes) => deliver(waiting, outcomes),
                _ => fail(waiting, &ProposeError::Unknown),
            },
            Ok(Err(error)) => fail(waiting, &propose_error(error)),
            // The replica has stopped, but others may have the entry already.
            Err(_) => fail(waiting, &ProposeError::Unknown),
        }
    }
}

/// What the hub says of itself in the event stream about these commands; telemetry says nothing of it.
fn hub_events(meta: &watch::Receiver<Arc<MetaState>>, commands: &[Command]) -> Option<HubEvents> {
    let telemetry = |command| matches!(command, &Command::AppendEvents(_));
    if commands.iter().all(telemetry) {
        return None;
    }
    let meta = meta.borrow();
    let settings = &meta.units.get(&FIRST_UNIT)?.settings;
    (!settings.events.is_empty()).then(|| HubEvents::new(&settings.hub, settings.events))
}

fn propose_error(error: ClientWriteError<TypeConfig>) -> ProposeError {
    match error {
        ClientWriteError::ForwardToLeader(forward) => ProposeError::NotLeader {
            leader: forward.leader_id.map(NodeId),
        },
        _ => ProposeError::Unknown,
    }
}

// A caller that no longer waits for its outcome has gone; its write stands all the same.
fn deliver(waiting: Vec<Waiting>, outcomes: Vec<Outcome>) {
    let mut outcomes = outcomes.into_iter();
    for waiting in waiting {
        let outcome = outcomes.next();
        match (waiting, outcome) {
            (Waiting::Command(done), Some(outcome)) => drop(done.send(Ok(outcome))),
            (Waiting::Commands(count, done), Some(first)) => {
                let rest = outcomes.by_ref().take(count.saturating_sub(1));
                let own = std::iter::once(first).chain(rest).collect();
                drop(done.send(Ok(own)));
            }
            (Waiting::Appends(appends), Some(Outcome::Appended(appended))) => {
                deliver_appends(appends, appended.exceptions);
            }
            (waiting, _) => fail(vec![waiting], &ProposeError::Unknown),
        }
    }
}

fn deliver_appends(
    appends: Vec<(u32, oneshot::Sender<Result<Exceptions, ProposeError>>)>,
    exceptions: Exceptions,
) {
    let mut exceptions = exceptions.into_iter().peekable();
    let mut start = 0;
    for (count, done) in appends {
        let end = start + count;
        let mut own = Vec::new();
        while let Some((at, rejection)) = exceptions.next_if(|(at, _)| *at < end) {
            own.push((at - start, rejection));
        }
        let _ = done.send(Ok(own));
        start = end;
    }
}

fn fail(waiting: Vec<Waiting>, error: &ProposeError) {
    for waiting in waiting {
        match waiting {
            Waiting::Command(done) => drop(done.send(Err(error.clone()))),
            Waiting::Commands(_, done) => drop(done.send(Err(error.clone()))),
            Waiting::Appends(appends) => {
                for (_, done) in appends {
                    let _ = done.send(Err(error.clone()));
                }
            }
        }
    }
}

// === impl Entry ===

impl Entry {
    fn new(term: u64) -> Entry {
        Entry {
            term,
            commands: Vec::new(),
            records: BytesMut::new(),
            count: 0,
            size: 0,
            waiting: vec![],
        }
    }

    fn push(&mut self, work: Work) {
        match work {
            Work::Command(command, done) => {
                self.close_append();
                self.size += command.size_hint();
                self.commands.push(command);
                self.waiting.push(Waiting::Command(done));
            }
            Work::Commands(commands, done) => {
                self.close_append();
                self.size += commands.iter().map(Command::size_hint).sum::<usize>();
                self.waiting.push(Waiting::Commands(commands.len(), done));
                self.commands.extend(commands);
            }
            Work::Append(append, done) => {
                if self.count == 0 {
                    self.waiting.push(Waiting::Appends(Vec::new()));
                }
                self.count += append.count;
                self.size += append.records.len();
                self.records.extend_from_slice(&append.records);
                if let Some(Waiting::Appends(appends)) = self.waiting.last_mut() {
                    appends.push((append.count, done));
                }
            }
        }
    }

    /// Ends the run of appends: they become one command, and one stored batch.
    fn close_append(&mut self) {
        if self.count > 0 {
            let records: Bytes = self.records.split().freeze();
            self.commands.push(Command::AppendEvents(AppendEvents {
                count: self.count,
                records,
            }));
            self.count = 0;
        }
    }
}
