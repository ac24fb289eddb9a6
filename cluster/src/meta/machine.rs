//! The meta group's machine: the whole state in memory, one row on disk.

use std::io;
use std::sync::Arc;

use bincode::{Decode, Encode};
use bytes::Bytes;
use roost_engine::{Batch, GroupId, StateStore};
use roost_model::codec;
use roost_partition::{Applied, Payload, Position};
use tokio::sync::watch;

use super::command::MetaCommand;
use super::outcome::MetaOutcome;
use super::state::MetaState;

const VERSION: u8 = 1;

/// The replica of the meta group on this node.
#[derive(Debug)]
pub(crate) struct MetaMachine {
    store: StateStore,
    group: GroupId,
    applied: Applied,
    published: watch::Sender<Arc<MetaState>>,
}

/// The stored row, which is also the snapshot.
#[derive(Debug, Default, Encode, Decode)]
struct Row {
    position: Option<Position>,
    membership: Option<(Option<Position>, Vec<u8>)>,
    state: MetaState,
}

// === impl MetaMachine ===

impl MetaMachine {
    pub(crate) fn open(
        store: StateStore,
        group: GroupId,
        published: watch::Sender<Arc<MetaState>>,
    ) -> io::Result<MetaMachine> {
        let table = roost_partition::META_TABLE;
        let bytes = store
            .get(table, &group.0.to_be_bytes())
            .map_err(io::Error::other)?;
        let mut machine = MetaMachine {
            store,
            group,
            applied: Applied::default(),
            published,
        };
        if let Some(bytes) = bytes {
            let row = decode(&bytes)?;
            machine.take(row);
        }
        Ok(machine)
    }

    pub(crate) fn store(&self) -> &StateStore {
        &self.store
    }

    pub(crate) fn applied(&self) -> &Applied {
        &self.applied
    }

    /// One outcome for each entry that held a command.
    pub(crate) fn apply(
        &mut self,
        entries: Vec<(Position, Payload)>,
    ) -> io::Result<Vec<Option<MetaOutcome>>> {
        let mut state = MetaState::clone(&self.published.borrow());
        let mut outcomes = Vec::with_capacity(entries.len());
        for (position, payload) in entries {
            let outcome = match payload {
                Payload::Blank => None,
                Payload::Membership(bytes) => {
                    self.applied.membership = Some((Some(position), bytes));
                    None
                }
                Payload::Command(bytes) => {
                    let (_, command) =
                        codec::decode::<MetaCommand>(VERSION, &bytes).map_err(io::Error::other)?;
                    Some(state.apply(command))
                }
            };
            self.applied.position = Some(position);
            outcomes.push(outcome);
        }
        self.persist(&state)?;
        self.published.send_if_modified(|current| {
            let changed = **current != state;
            *current = Arc::new(state);
            changed
        });
        Ok(outcomes)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        self.row(&self.published.borrow())
    }

    pub(crate) fn adopt(&mut self, bytes: &[u8]) -> io::Result<()> {
        let row = decode(bytes)?;
        self.take(row);
        let state = self.published.borrow().clone();
        self.persist(&state)?;
        self.store.flush().map_err(io::Error::other)
    }

    fn take(&mut self, row: Row) {
        self.applied = Applied {
            position: row.position,
            membership: row.membership.map(|(at, bytes)| (at, Bytes::from(bytes))),
        };
        self.published.send_replace(Arc::new(row.state));
    }

    fn persist(&self, state: &MetaState) -> io::Result<()> {
        let mut batch = Batch::default();
        batch.put(
            roost_partition::META_TABLE,
            &self.group.0.to_be_bytes(),
            &self.row(state),
        );
        self.store.write(batch).map_err(io::Error::other)
    }

    fn row(&self, state: &MetaState) -> Vec<u8> {
        let membership = self.applied.membership.as_ref();
        let row = Row {
            position: self.applied.position,
            membership: membership.map(|(at, bytes)| (*at, bytes.to_vec())),
            state: state.clone(),
        };
        codec::encode(VERSION, &row)
    }
}

pub(crate) fn encode_command(command: &MetaCommand) -> Bytes {
    codec::encode(VERSION, command).into()
}

fn decode(bytes: &[u8]) -> io::Result<Row> {
    codec::decode::<Row>(VERSION, bytes)
        .map(|(_, row)| row)
        .map_err(io::Error::other)
}
