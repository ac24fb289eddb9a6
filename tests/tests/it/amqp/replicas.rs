//! Reading at every node of a cluster that has more nodes than copies, while its nodes are killed.

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use roost_amqp::codec::performative::{Attach, Performative};
use roost_amqp::codec::{Map, Role};
use roost_chaos::harness::amqp::{Peer, frames};
use roost_chaos::harness::{
    DevCluster, DevFile, DevNode, Patience, Probes, ServiceClient, Trust, now, until,
};
use roost_model::{DeviceId, PartitionId, Timestamp, partition_of};
use roost_mqtt::client::{Client, QoS};

const FIRST_ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 13, 1);
const NODES: usize = 4;
const PATIENCE: Patience = Patience::seconds(60);
const LINK: u32 = 20;
const PAGES: usize = 20;

/// A cluster, a device, and who does what for the device's partition. Nodes are named by id.
struct Ground {
    cluster: DevCluster,
    file: DevFile,
    partition: u16,
    leader: u64,
    followers: Vec<u64>,
    /// Has no replica.
    stranger: u64,
    device: (Client, String),
}

impl Ground {
    async fn new() -> Ground {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("replicas");
        let start = move || DevCluster::start(&folder, NODES, FIRST_ADDRESS);
        let cluster = tokio::task::spawn_blocking(start).await.unwrap().unwrap();
        let file = cluster.file().clone();
        let owner = ServiceClient::owner(&file, &file.nodes[0]).unwrap();
        let id: DeviceId = "replicas".parse().unwrap();
        let credential = owner.create_device(&id).await.unwrap();
        let PartitionId(partition) = partition_of(&id, owner.partition_count().await.unwrap());
        let status = owner.cluster().await.unwrap();
        let mut partitions = status.partitions.iter();
        let it = partitions.find(|one| one.id == partition).unwrap();
        let leader = it.replicas[0];
        let settled = until("the preferred leader", PATIENCE, async || match leader_of(
            &file, partition,
        )
        .await
        {
            now if now == leader => Ok(()),
            now => Err(format!("{now} leads")),
        });
        settled.await.unwrap();
        let mut ids = file.nodes.iter().map(|node| node.id);
        let stranger = ids.find(|id| !it.replicas.contains(id));
        let followers = it.replicas.iter().copied();
        let followers = followers.filter(|node| *node != leader).collect();
        let stranger = stranger.expect("fewer copies than nodes");
        let trust = Trust::from_pem(&file.trust().unwrap()).unwrap();
        let home = node(&file, stranger).mqtt_address();
        let client = Client::connect(trust.options(home, &credential)).await;
        Ground {
            device: (client.unwrap(), credential.topic(&[])),
            cluster,
            partition,
            leader,
            followers,
            stranger,
            file,
        }
    }

    fn owner(&self, node_id: u64) -> ServiceClient {
        ServiceClient::owner(&self.file, node(&self.file, node_id)).unwrap()
    }

    async fn say(&self, body: &str) {
        let (client, topic) = &self.device;
        let ack = client.publish(topic, body.as_bytes(), QoS::AtLeastOnce);
        ack.await.unwrap().await.unwrap();
    }

    /// The bodies that the device's partition has, as a node tells it in one page.
    async fn told_by(&self, node_id: u64) -> Vec<String> {
        let owner = self.owner(node_id);
        let page = owner.page(self.partition, "from=earliest");
        let events = page.await.unwrap().events;
        let told = events.iter().filter(|event| event.is_telemetry());
        told.map(|event| String::from_utf8(event.body().unwrap()).unwrap())
            .collect()
    }

    /// How many pages a node has read so far, as `role` and for readers that are there.
    async fn pages(&self, node_id: u64, role: &str, reader: &str) -> f64 {
        let probes = Probes::at(node(&self.file, node_id).metrics_address()).unwrap();
        let name = format!("roost_event_pages_read_total{{role=\"{role}\",reader=\"{reader}\"}}");
        probes.metric(&name).await.unwrap()
    }

    /// A connection of the hub's owner.
    fn back_end(&self, node_id: u64) -> Peer {
        let trust = Trust::from_pem(&self.file.trust().unwrap()).unwrap();
        let address = node(&self.file, node_id).amqp_address();
        let mut peer = Peer::open(address, trust.config(), Duration::from_secs(40)).unwrap();
        let later = Timestamp(now().as_millis() + 3_600_000);
        let token = self.owner(node_id).token(&[], later);
        assert_eq!(peer.put_token(&token).unwrap(), 200);
        peer
    }

    fn reader(&self, handle: u32, level: Option<i64>) -> Attach {
        let stream = self.file.event_hub.split("EntityPath=").nth(1).unwrap();
        let stream = stream.split(';').next().unwrap();
        let partition = self.partition;
        let address = format!("{stream}/ConsumerGroups/$Default/Partitions/{partition}");
        let properties = level.map(|level| Map::new().symbol("com.microsoft:epoch", level));
        Attach {
            properties,
            ..frames::attach(handle, Role::Receiver, &address)
        }
    }
}

fn node(file: &DevFile, id: u64) -> &DevNode {
    file.nodes.iter().find(|node| node.id == id).unwrap()
}

/// The leader that a replica of the partition knows.
async fn leader_of(file: &DevFile, partition: u16) -> u64 {
    until("a leader", PATIENCE, async || {
        for node in &file.nodes {
            let Ok(owner) = ServiceClient::owner(file, node) else {
                continue;
            };
            let Ok(status) = owner.cluster().await else {
                continue;
            };
            let found = status.partitions.iter().find(|one| one.id == partition);
            if let Some(leader) = found.and_then(|one| one.leader) {
                return Ok(leader);
            }
        }
        Err("nobody knows one")
    })
    .await
    .unwrap()
}

/// Waits for a delivery with this body, and passes over others.
fn hear(peer: &mut Peer, body: &str) {
    peer.await_said(body, |said| {
        let is_transfer = matches!(said.performative, Performative::Transfer(_));
        let mut windows = said.payload.windows(body.len());
        is_transfer && windows.any(|window| window == body.as_bytes())
    })
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_load_no_leader_and_owners_stay_owners_when_nodes_are_killed() {
    let mut ground = Ground::new().await;
    every_node_tells_all_and_the_leader_reads_for_itself_only(&ground).await;
    let peer = readers_go_on_without_their_leader(&mut ground).await;
    readers_of_a_dead_node_keep_nobody_out(&mut ground, peer).await;
}

/// What was acknowledged at one node is in the next page at every other.
async fn every_node_tells_all_and_the_leader_reads_for_itself_only(ground: &Ground) {
    let (leader, stranger) = (ground.leader, ground.stranger);
    let others: Vec<u64> = ground.followers.iter().copied().chain([stranger]).collect();
    let own_before = ground.pages(leader, "leader", "here").await;
    let mut said = Vec::new();
    for number in 0..PAGES {
        said.push(format!("page {number}"));
        ground.say(&said[number]).await;
        for id in &others {
            assert_eq!(ground.told_by(*id).await, said, "at node {id}");
        }
    }
    assert_eq!(ground.pages(leader, "leader", "here").await, own_before);
    assert_eq!(ground.pages(leader, "leader", "elsewhere").await, 0.0);
    let mut for_others = 0.0;
    for id in &ground.followers {
        assert!(ground.pages(*id, "follower", "here").await >= PAGES as f64);
        for_others += ground.pages(*id, "follower", "elsewhere").await;
    }
    assert!(
        for_others >= PAGES as f64,
        "node {stranger} asked followers"
    );
    for role in ["leader", "follower"] {
        assert_eq!(ground.pages(stranger, role, "here").await, 0.0);
    }
    assert_eq!(ground.told_by(leader).await, said);
}

/// The leader is killed: readers at a follower and at a node without a replica stay attached and get
/// what comes, and the new leader knows who owns the partition.
async fn readers_go_on_without_their_leader(ground: &mut Ground) -> Peer {
    let [reading, other] = ground.followers[..] else {
        panic!("{:?}", ground.followers);
    };
    let mut peer = ground.back_end(ground.stranger);
    peer.attached(&ground.reader(LINK, Some(7))).unwrap();
    peer.say(&frames::credit(LINK, 0, 1_000)).unwrap();
    hear(&mut peer, &format!("page {}", PAGES - 1));

    let dead = ground.leader;
    ground.cluster.kill(dead).unwrap();
    ground.file.nodes.retain(|node| node.id != dead);
    // Acknowledged by the next leader.
    ground.say("after the leader").await;
    hear(&mut peer, "after the leader");
    for id in [reading, other] {
        let told = ground.back_end(id).attach(&ground.reader(LINK, Some(6)));
        let told = told.unwrap().unwrap_err();
        assert_eq!(told.condition, "amqp:link:stolen", "at node {id}: {told:?}");
        let text = ground.told_by(id).await;
        assert_eq!(text.last().map(String::as_str), Some("after the leader"));
    }
    ground.say("still there").await;
    hear(&mut peer, "still there");
    peer
}

/// The node of the owner is killed: another one may read at once.
async fn readers_of_a_dead_node_keep_nobody_out(ground: &mut Ground, peer: Peer) {
    ground.cluster.kill(ground.stranger).unwrap();
    drop(peer);
    let at = ground.followers[0];
    let sat = until("a seat", PATIENCE, async || {
        let told = ground.back_end(at).attach(&ground.reader(LINK, None));
        match told {
            Ok(Ok(())) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
    sat.await.unwrap();
}
