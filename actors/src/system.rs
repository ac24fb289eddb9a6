//! Brings this layer to life on a node: an actor for every partition that it leads, and answers
//! for the other nodes.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU16;
use std::time::Duration;

use bytes::Bytes;
use dashmap::DashMap;
use ractor::Actor;
use roost_cluster::rpc::{LinkEvent, Refused as RpcRefused, Stream};
use roost_cluster::{Cluster, PartitionHandle, Reply, Role, Service};
use roost_model::{Limits, NodeId, PartitionId};
use tokio::sync::Semaphore;
use tokio::sync::broadcast::error::RecvError;

use crate::census::Census;
use crate::client::HubClient;
use crate::context::{Context, Timings};
use crate::delivery;
use crate::device_client::DeviceClient;
use crate::directory::{Directory, Leading};
use crate::ingest;
use crate::invocations::Invocations;
use crate::leadership::Leadership;
use crate::link::LinkHandle;
use crate::metrics;
use crate::partition::{PartitionActor, PartitionMessage};
use crate::query::Indexing;
use crate::readers::{self, LeaderSeats, ReaderTable};
use crate::reading;
use crate::registry;
use crate::reply::ReplyPort;
use crate::route;
use crate::session::{CloseReason, Sessions};
use crate::settings::TrustCache;
use crate::uphold;
use crate::wire::{self, Answer, Call};

/// Refusal: the bytes were not understood.
const MALFORMED: u16 = 20;
const SWEEP: Duration = Duration::from_secs(1);

/// The layer on one node. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ActorSystem {
    context: Arc<Context>,
}

struct NodeService {
    context: Arc<Context>,
}

// === impl ActorSystem ===

impl ActorSystem {
    /// Starts leading wherever the cluster says so, and serving other nodes.
    pub fn start(cluster: Cluster, limits: Limits, timings: Timings) -> ActorSystem {
        let context = Arc::new(Context {
            meta: cluster.meta(),
            runtime: tokio::runtime::Handle::current(),
            cluster: cluster.clone(),
            limits,
            timings,
            directory: Directory::default(),
            sessions: Sessions::default(),
            trust: TrustCache::default(),
            links: DashMap::new(),
            invocations: Invocations::new(first_number(&cluster)),
            readers: ReaderTable::new(first_number(&cluster)),
            feedback_turn: AtomicU16::new(0),
            query_turns: Semaphore::new(processors()),
            indexing: Indexing::default(),
            census: Census::default(),
        });
        cluster.serve(Arc::new(NodeService {
            context: Arc::clone(&context),
        }));
        tokio::spawn(follow_hosting(Arc::clone(&context)));
        tokio::spawn(follow_links(Arc::clone(&context)));
        tokio::spawn(sweep(Arc::clone(&context)));
        tokio::spawn(uphold::follow(Arc::clone(&context)));
        tokio::spawn(readers::keep(Arc::clone(&context)));
        ActorSystem { context }
    }

    /// The service side of the hub.
    pub fn hub(&self) -> HubClient {
        HubClient {
            context: Arc::clone(&self.context),
        }
    }

    /// The device side, for this node's edge.
    pub fn devices(&self) -> DeviceClient {
        DeviceClient {
            context: Arc::clone(&self.context),
        }
    }

    /// The cluster underneath.
    pub fn cluster(&self) -> &Cluster {
        &self.context.cluster
    }

    /// What this node enforces.
    pub fn limits(&self) -> &Limits {
        &self.context.limits
    }

    /// The sessions whose sockets this node holds.
    pub fn sessions(&self) -> &Sessions {
        &self.context.sessions
    }

    /// Ends all sessions of this node: their devices will come back elsewhere.
    pub fn close_sessions(&self) {
        self.context.sessions.close_all(CloseReason::Shutdown);
    }
}

/// How many threads of work make sense at once; two at least, so that a long one leaves room.
fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, |count| count.get().max(2))
}

/// Watches which partitions are hosted, and follows the role of each.
async fn follow_hosting(context: Arc<Context>) {
    let mut hosting = context.cluster.hosting();
    let mut followed: HashMap<PartitionId, tokio::task::JoinHandle<()>> = HashMap::new();
    loop {
        followed.retain(|_, task| !task.is_finished());
        for handle in context.cluster.partitions() {
            followed
                .entry(handle.id())
                .or_insert_with(|| tokio::spawn(follow_role(Arc::clone(&context), handle)));
        }
        if hosting.changed().await.is_err() {
            return;
        }
    }
}

/// Runs the partition's actor for as long as this node leads, term by term.
async fn follow_role(context: Arc<Context>, handle: PartitionHandle) {
    let mut role = handle.role();
    loop {
        let now = *role.borrow_and_update();
        if let Role::Leader { term } = now {
            lead(&context, &handle, term, &mut role).await;
        } else if role.changed().await.is_err() {
            return;
        }
    }
}

async fn lead(
    context: &Arc<Context>,
    handle: &PartitionHandle,
    term: u64,
    role: &mut tokio::sync::watch::Receiver<Role>,
) {
    let leadership = Leadership {
        context: Arc::clone(context),
        handle: handle.clone(),
        term,
    };
    let led = Role::Leader { term };
    match Actor::spawn(None, PartitionActor, leadership.clone()).await {
        Ok((actor, _)) => {
            context.directory.insert(Leading {
                leadership: leadership.clone(),
                actor: actor.clone(),
                seats: LeaderSeats::new(&leadership),
            });
            readers::ready(&leadership, None);
            uphold::begin(leadership);
            metrics::leading(1);
            let _ = role.wait_for(|role| *role != led).await;
            context.directory.remove(handle.id(), term);
            metrics::leading(-1);
            actor.stop_children(None);
            actor.stop(None);
        }
        Err(error) => {
            tracing::error!(partition = %handle.id(), %error, "cannot start leading");
            let _ = role.wait_for(|role| *role != led).await;
        }
    }
}

/// Tells led partitions of edges that went away or came back.
async fn follow_links(context: Arc<Context>) {
    let mut events = context.cluster.network().link_events();
    loop {
        match events.recv().await {
            Ok(LinkEvent::Down(node)) => {
                for leading in context.directory.all() {
                    // An actor that has just stopped leads no more.
                    let _ = leading.actor.cast(PartitionMessage::EdgeLost(node));
                    readers::lost(&leading, node);
                }
            }
            Ok(LinkEvent::Up(node)) => {
                for leading in context.directory.all() {
                    readers::ready(&leading.leadership, Some(node));
                }
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

/// Ends sessions whose credentials ran out.
async fn sweep(context: Arc<Context>) {
    let mut tick = tokio::time::interval(SWEEP);
    loop {
        tick.tick().await;
        let now = context.cluster.clock().now();
        context.sessions.expire(now, context.timings.token_grace);
        metrics::sessions(context.sessions.len());
        let led = context.directory.all().into_iter();
        metrics::queues(led.map(|leading| leading.leadership.reader().queue_statistics()));
    }
}

/// Numbers of another start of this node must not be mistaken for this one's.
fn first_number(cluster: &Cluster) -> u64 {
    cluster.incarnation().get() << 40
}

// === impl NodeService ===

impl Service for NodeService {
    fn call(&self, _from: NodeId, payload: Bytes, reply: Reply) {
        match wire::decode::<Call>(&payload) {
            Ok(Call::Partition(partition, request)) => {
                let reply = ReplyPort::new(move |answer| reply(Ok(wire::encode(&answer))));
                route::serve(&self.context, partition, request, reply);
            }
            Ok(Call::Close {
                identity,
                epoch,
                reason,
            }) => {
                let known = self.context.sessions.close(&identity, epoch, reason);
                let answer = if known {
                    Answer::Done
                } else {
                    Answer::NoSuchSession
                };
                reply(Ok(wire::encode(&answer)));
            }
            Ok(Call::Deliver {
                identity,
                epoch,
                parcel,
            }) => {
                let delivered = delivery::accept(&self.context, &identity, epoch, parcel);
                reply(Ok(wire::encode(&Answer::from(delivered))));
            }
            Ok(Call::MethodResult { number, result }) => {
                self.context.invocations.resolve(number, result);
                reply(Ok(wire::encode(&Answer::Done)));
            }
            Ok(Call::Settled { revision }) => {
                let context = Arc::clone(&self.context);
                tokio::spawn(async move {
                    // The caller decides what it means if this node does not know in time.
                    let answer = match uphold::settled(&context, revision).await {
                        true => Answer::Done,
                        false => Answer::Refused(wire::Refused::Unknown),
                    };
                    reply(Ok(wire::encode(&answer)));
                });
            }
            Ok(Call::Events(partition, request)) => {
                let context = Arc::clone(&self.context);
                tokio::spawn(async move {
                    let answer = reading::serve(&context, partition, request).await;
                    reply(Ok(wire::encode(&answer)));
                });
            }
            Ok(Call::NameReaders(partition)) => {
                self.context.readers.tell(partition);
                reply(Ok(wire::encode(&Answer::Done)));
            }
            Ok(Call::NameSessions(partition)) => {
                let link = LinkHandle::of(&self.context, partition);
                tokio::spawn(async move {
                    link.confirm().await;
                    reply(Ok(wire::encode(&Answer::Done)));
                });
            }
            Ok(Call::Displace(partition, readers)) => {
                self.context.readers.displace_all(partition, readers);
                reply(Ok(wire::encode(&Answer::Done)));
            }
            Err(error) => {
                reply(Err(RpcRefused {
                    code: MALFORMED,
                    message: error.to_string(),
                }));
            }
        }
    }

    fn stream(&self, _from: NodeId, header: Bytes, stream: Stream) {
        let context = Arc::clone(&self.context);
        if registry::export_is_asked_for(&header) {
            tokio::spawn(registry::serve_export(context, header, stream));
        } else {
            tokio::spawn(ingest::serve(context, header, stream));
        }
    }
}
