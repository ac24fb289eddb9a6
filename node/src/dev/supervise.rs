//! Keeps an eye on the nodes: who came up, who died, who came back by hand.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use tokio::process::Child;
use tokio::task::JoinSet;

use super::nodes::DevNode;
use super::ready::Readiness;
use super::summary::restart_command;
use super::{DevError, Manifest, process};
use crate::instance;
use crate::output::{Paint, note};
use crate::signals::Signals;

/// How long the nodes may take to become ready together.
const READY_DEADLINE: Duration = Duration::from_secs(60);

/// How long a node that was asked to stop may take.
const STOP_DEADLINE: Duration = Duration::from_secs(10);

/// Time between two looks at a process that is not a child of this one.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// The processes of a development cluster.
#[derive(Debug)]
pub(super) struct Supervisor {
    nodes: BTreeMap<u8, DevNode>,
    /// The process that runs each node now, whoever started it.
    pids: BTreeMap<u8, u32>,
    events: JoinSet<Event>,
    readiness: Readiness,
}

/// What happened to a node.
#[derive(Debug)]
enum Event {
    Ended { id: u8, how: String },
    Returned { id: u8, pid: u32 },
}

impl Supervisor {
    /// Starts a process for each node.
    ///
    /// # Errors
    /// One cannot be started; those before it are stopped.
    pub(super) fn start(nodes: Vec<DevNode>) -> Result<Self, DevError> {
        let mut supervisor = Self {
            nodes: nodes.into_iter().map(|node| (node.id, node)).collect(),
            pids: BTreeMap::new(),
            events: JoinSet::new(),
            readiness: Readiness::new()?,
        };
        for (&id, node) in &supervisor.nodes {
            let spawned = process::spawn(node).and_then(|child| {
                child.id().map(|pid| (child, pid)).ok_or_else(|| {
                    std::io::Error::other("the process ended before it could be looked at")
                })
            });
            match spawned {
                Ok((child, pid)) => {
                    supervisor.pids.insert(id, pid);
                    supervisor.events.spawn(child_end(id, child));
                }
                Err(source) => {
                    supervisor.pids.values().copied().for_each(process::kill);
                    return Err(DevError::Spawn { id, source });
                }
            }
        }
        Ok(supervisor)
    }

    /// The nodes with the processes that run them.
    pub(super) fn processes(&self) -> impl Iterator<Item = (&DevNode, u32)> {
        self.pids
            .iter()
            .filter_map(|(id, pid)| Some((self.nodes.get(id)?, *pid)))
    }

    /// Resolves when every node is ready.
    ///
    /// # Errors
    /// A node ended, or was not ready in time.
    pub(super) async fn until_ready(&mut self) -> Result<(), DevError> {
        let deadline = tokio::time::Instant::now() + READY_DEADLINE;
        for node in self.nodes.values() {
            let mut last = String::new();
            let ready = async {
                tokio::time::timeout_at(deadline, self.readiness.wait(node, &mut last)).await
            };
            tokio::select! {
                ready = ready => if ready.is_err() {
                    return Err(DevError::NotReady {
                        id: node.id,
                        seconds: READY_DEADLINE.as_secs(),
                        last,
                        log: node.log.clone(),
                        tail: process::tail(&node.log),
                    });
                },
                ended = ended(&mut self.events) => {
                    let (id, how) = ended;
                    self.pids.remove(&id);
                    let log = self.nodes.get(&id).map(|node| node.log.clone()).unwrap_or_default();
                    let tail = process::tail(&log);
                    return Err(DevError::Ended { id, how, log, tail });
                }
            }
        }
        Ok(())
    }

    /// Reports what happens to the nodes and keeps the manifest true, until it is dropped.
    pub(super) async fn watch(&mut self, mut manifest: Manifest, directory: &Path) {
        let paint = Paint::stdout();
        while let Some(event) = self.events.join_next().await {
            match event {
                Ok(Event::Ended { id, how }) => {
                    self.pids.remove(&id);
                    let Some(node) = self.nodes.get(&id) else {
                        continue;
                    };
                    note!(
                        "{} ({how}); start it again: {}\n",
                        paint.bad(format!("node {id} ended")),
                        restart_command(&node.config)
                    );
                    self.events
                        .spawn(returned(self.readiness.clone(), node.clone()));
                }
                Ok(Event::Returned { id, pid }) => {
                    self.pids.insert(id, pid);
                    manifest.set_pid(id, pid);
                    if let Err(error) = manifest.write(directory) {
                        note!("{error}\n");
                    }
                    note!(
                        "{} (process {pid})\n",
                        paint.good(format!("node {id} serves again"))
                    );
                    let Some(node) = self.nodes.get(&id) else {
                        continue;
                    };
                    self.events.spawn(stranger_end(node.clone(), pid));
                }
                Err(error) => note!("watching a node failed: {error}\n"),
            }
        }
    }

    /// Asks every node to stop, waits, and kills what is left; a second signal kills at once.
    pub(super) async fn stop_all(&mut self, signals: &mut Signals) {
        // A node that is coming back by hand belongs to the cluster too.
        for (&id, node) in &self.nodes {
            if let Some(pid) = instance::running(&node.storage)
                && self.pids.insert(id, pid) != Some(pid)
            {
                self.events.spawn(stranger_end(node.clone(), pid));
            }
        }
        if self.pids.is_empty() {
            return;
        }
        note!("stopping {} nodes\n", self.pids.len());
        self.pids.values().copied().for_each(process::terminate);
        let stopped = tokio::select! {
            stopped = tokio::time::timeout(STOP_DEADLINE, self.all_ended()) => stopped.is_ok(),
            () = signals.stop() => false,
        };
        if !stopped {
            for (id, pid) in &self.pids {
                note!("node {id} (process {pid}) did not stop; killing it\n");
                process::kill(*pid);
            }
            self.all_ended().await;
        }
    }

    async fn all_ended(&mut self) {
        while !self.pids.is_empty() {
            let (id, _) = ended(&mut self.events).await;
            self.pids.remove(&id);
        }
    }
}

/// The next end of a node.
async fn ended(events: &mut JoinSet<Event>) -> (u8, String) {
    loop {
        match events.join_next().await {
            Some(Ok(Event::Ended { id, how })) => return (id, how),
            Some(Ok(Event::Returned { .. }) | Err(_)) => {}
            None => std::future::pending().await,
        }
    }
}

async fn child_end(id: u8, mut child: Child) -> Event {
    let how = match child.wait().await {
        Ok(status) => process::describe(status),
        Err(error) => error.to_string(),
    };
    Event::Ended { id, how }
}

/// Resolves when someone has started the node again and it is ready.
async fn returned(readiness: Readiness, node: DevNode) -> Event {
    let mut look = tokio::time::interval(LOOK_INTERVAL);
    loop {
        look.tick().await;
        if instance::running(&node.storage).is_none() {
            continue;
        }
        readiness.wait(&node, &mut String::new()).await;
        if let Some(pid) = instance::running(&node.storage) {
            return Event::Returned { id: node.id, pid };
        }
    }
}

/// Resolves when a process that is not our child no longer runs the node.
async fn stranger_end(node: DevNode, pid: u32) -> Event {
    let mut look = tokio::time::interval(LOOK_INTERVAL);
    loop {
        look.tick().await;
        if instance::running(&node.storage) != Some(pid) {
            return Event::Ended {
                id: node.id,
                how: format!("process {pid} is gone"),
            };
        }
    }
}
