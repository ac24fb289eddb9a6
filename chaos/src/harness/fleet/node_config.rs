use std::fmt;
use std::net::Ipv4Addr;
use std::path::PathBuf;

/// Flush and forget the log early, so that a replica soon needs a snapshot.
const RAFT: &str = "flush_interval = \"1s\"\nlog_entries_kept = 100";

/// The configuration file of one node. Keys and certificates are in the file's own folder.
#[derive(Debug)]
pub(super) struct NodeConfig {
    pub(super) id: u64,
    pub(super) hub: &'static str,
    pub(super) address: Ipv4Addr,
    /// Of every node there will ever be: names that clients may use for the hub.
    pub(super) addresses: Vec<Ipv4Addr>,
    pub(super) peers: Vec<(u64, Ipv4Addr)>,
    pub(super) partitions: u16,
    pub(super) events: &'static [&'static str],
    pub(super) limits: &'static str,
    pub(super) data: PathBuf,
}

impl fmt::Display for NodeConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            id,
            hub,
            address,
            partitions,
            events,
            limits,
            ..
        } = self;
        writeln!(f, "[cluster]\nnode_id = {id}\nlisten = \"{address}:7600\"")?;
        writeln!(f, "peers = [")?;
        for (id, address) in &self.peers {
            writeln!(f, "    {{ id = {id}, address = \"{address}:7600\" }},")?;
        }
        writeln!(f, "]\n[cluster.certificates]\nca = \"ca.pem\"")?;
        writeln!(
            f,
            "certificate = \"node-{id}.pem\"\nkey = \"node-{id}-key.pem\""
        )?;
        writeln!(f, "[cluster.raft]\n{RAFT}")?;
        writeln!(
            f,
            "[storage]\ndir = {:?}\ncache_bytes = 33554432",
            self.data
        )?;
        let aliases: Vec<String> = self.addresses.iter().map(|a| format!("\"{a}\"")).collect();
        writeln!(
            f,
            "[hub]\nname = \"{hub}\"\naliases = [{}]",
            aliases.join(", ")
        )?;
        writeln!(
            f,
            "partitions = {partitions}\npolicies_file = \"policies.toml\"\nevents = {events:?}"
        )?;
        writeln!(f, "[limits]\n{limits}")?;
        writeln!(
            f,
            "[tls]\ncertificate = \"server.pem\"\nkey = \"server-key.pem\""
        )?;
        writeln!(f, "[mqtt]\nlisten = [\"{address}:8883\"]")?;
        writeln!(f, "[amqp]\nlisten = [\"{address}:5671\"]")?;
        writeln!(
            f,
            "[https]\nlisten = [\"{address}:443\"]\nprobes = \"{address}:9600\""
        )
    }
}
