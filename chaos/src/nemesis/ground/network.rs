use std::net::Ipv4Addr;

use anyhow::Context;
use rustix::process::{Pid, Signal};

use super::wire::Wire;
use crate::nemesis::shell::run;

/// The rules of one run, in each namespace.
const TABLE: &str = "roost";
/// The interface of a node in its namespace.
const PORT: &str = "eth0";

/// A network namespace for each place, joined by a bridge that the clients are on as well.
///
/// ```text
///  clients ── bridge 10.213.T.254 ─┬─ veth ─ [namespace 1: 10.213.T.1, node]
///                                  ├─ veth ─ [namespace 2: 10.213.T.2, node]
///                                  └─ …
/// ```
#[derive(Debug)]
pub(in crate::nemesis) struct Network {
    tag: u8,
    places: u64,
}

impl Network {
    /// Makes them, and sees that they can be filtered.
    ///
    /// # Errors
    /// This machine or its kernel does not permit it.
    pub(super) fn lay(tag: u8, places: u64) -> anyhow::Result<Self> {
        // From here on, what was made is taken away again, whatever fails.
        let network = Self { tag, places };
        let bridge = network.bridge();
        let own = format!("10.213.{tag}.254/24");
        run(&["ip", "link", "add", &bridge, "type", "bridge"])?;
        run(&["ip", "address", "add", &own, "dev", &bridge])?;
        run(&["ip", "link", "set", &bridge, "up"])?;
        for place in 1..=places {
            let (space, outer) = (network.space(place), network.outer(place));
            let address = format!("{}/24", network.address(place));
            run(&["ip", "netns", "add", &space])?;
            let mut pair = vec!["ip", "link", "add", &outer, "type", "veth"];
            pair.extend(["peer", "name", PORT, "netns", &space]);
            run(&pair)?;
            run(&["ip", "link", "set", &outer, "master", &bridge, "up"])?;
            run(&["ip", "-n", &space, "address", "add", &address, "dev", PORT])?;
            run(&["ip", "-n", &space, "link", "set", PORT, "up"])?;
            run(&["ip", "-n", &space, "link", "set", "lo", "up"])?;
            network.filter(place, &format!("add table inet {TABLE}"))?;
            network.mend(place)?;
        }
        Ok(network)
    }

    pub(super) fn address(&self, place: u64) -> Ipv4Addr {
        let last = u8::try_from(place).unwrap_or(u8::MAX);
        Ipv4Addr::new(10, 213, self.tag, last)
    }

    /// Words that start a command in a place's namespace. It keeps the process's number.
    pub(super) fn launcher(&self, place: u64) -> Vec<String> {
        let space = format!("--net=/run/netns/{}", self.space(place));
        vec!["nsenter".to_owned(), space, "--".to_owned()]
    }

    /// From now on nothing that `from` sends reaches `to`.
    ///
    /// # Errors
    /// The rule cannot be set.
    pub(in crate::nemesis) fn cut(&self, from: u64, to: u64) -> anyhow::Result<()> {
        self.reject(to, &format!("ip saddr {}", self.address(from)))
    }

    /// From now on packets to `place` that match `which` are lost, and counted.
    ///
    /// # Errors
    /// The rule cannot be set.
    pub(in crate::nemesis) fn reject(&self, place: u64, which: &str) -> anyhow::Result<()> {
        let rules = format!(
            "add table inet {TABLE}; \
             add chain inet {TABLE} input {{ type filter hook input priority 0; }}; \
             add rule inet {TABLE} input {which} counter drop"
        );
        self.filter(place, &rules)?;
        Ok(())
    }

    /// How many packets to `place` were lost to its rules so far.
    ///
    /// # Errors
    /// The rules cannot be read.
    pub(in crate::nemesis) fn lost(&self, place: u64) -> anyhow::Result<u64> {
        let rules = self.filter(place, &format!("list table inet {TABLE}"))?;
        let counts = rules.split("counter packets ").skip(1);
        let counts = counts.map(|rest| rest.split(' ').next().unwrap_or_default().parse::<u64>());
        counts.sum::<Result<u64, _>>().context("a counter of nft")
    }

    /// Takes every rule of a place away.
    ///
    /// # Errors
    /// There are none.
    pub(in crate::nemesis) fn mend(&self, place: u64) -> anyhow::Result<()> {
        self.filter(place, &format!("delete table inet {TABLE}"))?;
        Ok(())
    }

    /// What a node sends goes through a queue of this kind from now on.
    ///
    /// # Errors
    /// The kernel has no such queue.
    pub(in crate::nemesis) fn shape(&self, place: u64, queue: &[&str]) -> anyhow::Result<()> {
        let space = self.space(place);
        let mut words = vec!["tc", "-n", &space, "qdisc", "add", "dev", PORT, "root"];
        words.extend(queue);
        run(&words)?;
        Ok(())
    }

    /// What a node sends goes through a program from now on that hands it on late.
    ///
    /// # Errors
    /// The program cannot be put there.
    pub(in crate::nemesis) fn wire(&self, place: u64) -> anyhow::Result<Wire> {
        Wire::lay(&self.bridge(), &self.outer(place))
    }

    /// What the queue of a place says of itself.
    ///
    /// # Errors
    /// It cannot be read.
    pub(in crate::nemesis) fn queue(&self, place: u64) -> anyhow::Result<String> {
        let space = self.space(place);
        run(&["tc", "-n", &space, "-s", "qdisc", "show", "dev", PORT])
    }

    /// Takes the queue of a place away.
    ///
    /// # Errors
    /// There is none.
    pub(in crate::nemesis) fn unshape(&self, place: u64) -> anyhow::Result<()> {
        let space = self.space(place);
        run(&["tc", "-n", &space, "qdisc", "del", "dev", PORT, "root"])?;
        Ok(())
    }

    fn filter(&self, place: u64, rules: &str) -> anyhow::Result<String> {
        run(&["ip", "netns", "exec", &self.space(place), "nft", rules])
    }

    /// The interface of a node outside its namespace.
    fn outer(&self, place: u64) -> String {
        format!("roost{}-{place}", self.tag)
    }

    fn bridge(&self) -> String {
        bridge(self.tag)
    }

    fn space(&self, place: u64) -> String {
        format!("{}{place}", prefix(self.tag))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for place in 1..=self.places {
            // The pair of interfaces goes with the namespace.
            let _ = run(&["ip", "netns", "del", &self.space(place)]);
        }
        let _ = run(&["ip", "link", "del", &self.bridge()]);
    }
}

/// Takes away what a run that was killed itself has left behind, its nodes first.
pub(super) fn sweep(tag: u8) {
    let Ok(spaces) = run(&["ip", "netns", "list"]) else {
        return;
    };
    let names = spaces.lines().filter_map(|line| line.split(' ').next());
    for space in names.filter(|name| name.starts_with(&prefix(tag))) {
        let inside = run(&["ip", "netns", "pids", space]).unwrap_or_default();
        let inside = inside.lines().filter_map(|line| line.trim().parse().ok());
        for process in inside.filter_map(Pid::from_raw) {
            let _ = rustix::process::kill_process(process, Signal::KILL);
        }
        let _ = run(&["ip", "netns", "del", space]);
    }
    let _ = run(&["ip", "link", "del", &bridge(tag)]);
}

fn bridge(tag: u8) -> String {
    format!("roost{tag}-br")
}

fn prefix(tag: u8) -> String {
    format!("roost-{tag}-")
}
