//! The two machines that a group can drive, behind one face for openraft.

use std::io;
use std::path::Path;

use bytes::Bytes;
use roost_engine::StateStore;
use roost_partition::{Applied, Partition, Payload, Position};

use super::types::Reply;
use crate::meta::MetaMachine;

/// A group's state machine: the cluster's settings, or one partition of a hub.
#[derive(Debug)]
pub(crate) enum Machine {
    Meta(MetaMachine),
    Partition(Box<Partition>),
}

/// A consistent view of a machine, read out chunk by chunk.
#[derive(Debug)]
pub(crate) enum Export {
    Meta(Option<Bytes>),
    Partition(Box<roost_partition::Export>),
}

/// The receiving side of an [`Export`]; changes nothing until the machine adopts it.
#[derive(Debug)]
pub(crate) enum Import {
    Meta(Vec<u8>),
    Partition(Box<roost_partition::Import>),
}

/// Makes durable what a machine has applied. Blocks while it works.
#[derive(Debug)]
pub(crate) enum Flusher {
    Meta(StateStore),
    Partition(roost_partition::Flusher),
}

// === impl Flusher ===

impl Flusher {
    pub(crate) fn flush(&self) -> Result<(), io::Error> {
        match self {
            Flusher::Meta(store) => store.flush().map_err(io::Error::other),
            Flusher::Partition(flusher) => flusher.flush().map(drop).map_err(io::Error::other),
        }
    }
}

// === impl Machine ===

impl Machine {
    pub(crate) fn applied(&self) -> Applied {
        match self {
            Machine::Meta(machine) => machine.applied().clone(),
            Machine::Partition(machine) => machine.applied().clone(),
        }
    }

    /// Applies committed entries in one batch, and answers each.
    pub(crate) fn apply(
        &mut self,
        entries: Vec<(Position, Payload)>,
    ) -> Result<Vec<Reply>, io::Error> {
        match self {
            Machine::Meta(machine) => {
                let outcomes = machine.apply(entries)?;
                Ok(outcomes
                    .into_iter()
                    .map(|o| o.map_or(Reply::None, Reply::Meta))
                    .collect())
            }
            Machine::Partition(machine) => {
                let answers = machine.apply(entries).map_err(io::Error::other)?;
                Ok(answers.into_iter().map(Reply::Partition).collect())
            }
        }
    }

    pub(crate) fn flusher(&self) -> Flusher {
        match self {
            Machine::Meta(machine) => Flusher::Meta(machine.store().clone()),
            Machine::Partition(machine) => Flusher::Partition(machine.flusher()),
        }
    }

    pub(crate) fn export(&self) -> Result<(Applied, Export), io::Error> {
        match self {
            Machine::Meta(machine) => Ok((
                machine.applied().clone(),
                Export::Meta(Some(machine.encode().into())),
            )),
            Machine::Partition(machine) => {
                let export = machine.export().map_err(io::Error::other)?;
                Ok((
                    export.applied().clone(),
                    Export::Partition(Box::new(export)),
                ))
            }
        }
    }

    pub(crate) fn import(&self, staging: &Path) -> Result<Import, io::Error> {
        match self {
            Machine::Meta(_) => Ok(Import::Meta(Vec::new())),
            Machine::Partition(machine) => {
                let import = machine.import(staging).map_err(io::Error::other)?;
                Ok(Import::Partition(Box::new(import)))
            }
        }
    }

    /// Replaces the machine's whole state by what was received.
    pub(crate) fn adopt(&mut self, import: Import) -> Result<(), io::Error> {
        match (self, import) {
            (Machine::Meta(machine), Import::Meta(bytes)) => machine.adopt(&bytes),
            (Machine::Partition(machine), Import::Partition(import)) => {
                machine.adopt(*import).map_err(io::Error::other)
            }
            _ => Err(io::Error::other("a snapshot of another kind of group")),
        }
    }
}

// === impl Export ===

impl Export {
    /// The next chunk, or none at the end. Reads the disk.
    pub(crate) fn next_chunk(&mut self) -> Result<Option<Bytes>, io::Error> {
        match self {
            Export::Meta(bytes) => Ok(bytes.take()),
            Export::Partition(export) => export.next_chunk().map_err(io::Error::other),
        }
    }
}

// === impl Import ===

impl Import {
    /// Takes the next chunk in order. Writes to the staging directory.
    pub(crate) fn push(&mut self, chunk: Bytes) -> Result<(), io::Error> {
        match self {
            Import::Meta(bytes) => {
                bytes.extend_from_slice(&chunk);
                Ok(())
            }
            Import::Partition(import) => import.push(chunk).map_err(io::Error::other),
        }
    }

    /// Checks that the stream came whole.
    pub(crate) fn finish(&mut self) -> Result<(), io::Error> {
        match self {
            Import::Meta(_) => Ok(()),
            Import::Partition(import) => import.finish().map_err(io::Error::other),
        }
    }
}
