//! openraft's own storage test suite, over the real databases and both kinds of machine.

use std::io;
use std::path::Path;
use std::sync::Arc;

use openraft::StorageError;
use openraft::testing::log::{StoreBuilder, Suite};
use roost_engine::{GroupId, LogOptions, StateOptions, StateStore};
use roost_model::PartitionId;
use roost_partition::{Partition, PartitionSettings};
use tempfile::TempDir;
use tokio::sync::watch;

use super::log_store::LogStore;
use super::machine::Machine;
use super::state_machine::StateMachine;
use super::types::TypeConfig;
use crate::meta::{MetaMachine, MetaState};

struct Meta;
struct OnePartition;

/// Keeps the databases of one test open, and their directory there.
struct Guard {
    _log: roost_engine::LogStore,
    _dir: TempDir,
}

fn open(dir: &Path) -> (roost_engine::LogStore, StateStore) {
    let log = roost_engine::LogStore::open(&dir.join("log"), LogOptions::default()).unwrap();
    let options = StateOptions::default();
    let state = StateStore::open(&dir.join("state"), &roost_partition::tables(), options).unwrap();
    (log, state)
}

fn build(
    machine: impl FnOnce(StateStore, GroupId) -> Machine,
) -> Result<(Guard, LogStore, StateMachine), StorageError<TypeConfig>> {
    let dir = TempDir::new().unwrap();
    let (log, state) = open(dir.path());
    let group = GroupId(1);
    let store = LogStore::new(log.group(group).unwrap());
    let state_machine = StateMachine::new(machine(state, group), dir.path().join("staging"));
    Ok((
        Guard {
            _log: log,
            _dir: dir,
        },
        store,
        state_machine,
    ))
}

impl StoreBuilder<TypeConfig, LogStore, StateMachine, Guard> for Meta {
    async fn build(&self) -> Result<(Guard, LogStore, StateMachine), StorageError<TypeConfig>> {
        build(|state, group| {
            let (published, _) = watch::channel(Arc::new(MetaState::default()));
            Machine::Meta(MetaMachine::open(state, group, published).unwrap())
        })
    }
}

impl StoreBuilder<TypeConfig, LogStore, StateMachine, Guard> for OnePartition {
    async fn build(&self) -> Result<(Guard, LogStore, StateMachine), StorageError<TypeConfig>> {
        build(|state, group| {
            // The suite applies logs with holes, which Raft never does.
            let settings = PartitionSettings {
                allow_gaps: true,
                ..PartitionSettings::default()
            };
            let partition = Partition::open(state, group, PartitionId(0), settings).unwrap();
            Machine::Partition(Box::new(partition))
        })
    }
}

fn run<F: Future<Output = Result<(), StorageError<TypeConfig>>>>(suite: F) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(suite).map_err(io::Error::other)
}

#[test]
fn the_meta_group_passes_the_storage_suite() {
    run(Suite::test_all(Meta)).unwrap();
}

#[test]
fn a_partition_passes_the_storage_suite() {
    run(Suite::test_all(OnePartition)).unwrap();
}
