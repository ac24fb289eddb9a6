//! Which indexes there are.

use bincode::{Decode, Encode};
use roost_engine::View;
use roost_model::codec;

use super::path::IndexPath;
use crate::error::PartitionError;
use crate::table::INDEX;
use crate::table::prefix::Prefix;
use crate::table::rows::Rows;

const VERSION: u8 = 1;
const TAIL: [u8; 1] = [0];

/// The indexes of a partition, oldest first. One row.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub(crate) struct Catalog {
    /// Numbers are not given out twice: rows of an index that went can't be taken for another's.
    next_id: u32,
    pub(crate) indexes: Vec<Index>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Index {
    pub(crate) id: u32,
    pub(crate) path: IndexPath,
    pub(crate) progress: Progress,
}

/// How far an index has been built. Twins that are written are in it at once, wherever they stand.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Progress {
    /// All twins up to this key are in it.
    UpTo(Vec<u8>),
    /// All are.
    Built,
}

impl Catalog {
    pub(crate) fn read(rows: &Rows) -> Result<Self, PartitionError> {
        Self::decode(rows.get(INDEX, &TAIL)?.as_deref())
    }

    pub(crate) fn read_at(view: &View, prefix: Prefix) -> Result<Self, PartitionError> {
        Self::decode(view.get(INDEX, &prefix.key(&TAIL))?.as_deref())
    }

    fn decode(row: Option<&[u8]>) -> Result<Self, PartitionError> {
        row.map_or_else(
            || Ok(Self::default()),
            |bytes| {
                codec::decode(VERSION, bytes)
                    .map(|(_, catalog)| catalog)
                    .map_err(|error| PartitionError::row("index", error))
            },
        )
    }

    /// Tail and value of the row.
    pub(crate) fn row(&self) -> ([u8; 1], Vec<u8>) {
        (TAIL, codec::encode(VERSION, self))
    }

    /// The number of the index over a path, if it is built.
    pub(crate) fn usable(&self, path: &IndexPath) -> Option<u32> {
        self.find(path)
            .filter(|index| index.progress == Progress::Built)
            .map(|index| index.id)
    }

    pub(crate) fn find(&self, path: &IndexPath) -> Option<&Index> {
        self.indexes.iter().find(|index| index.path == *path)
    }

    pub(crate) fn find_mut(&mut self, path: &IndexPath) -> Option<&mut Index> {
        self.indexes.iter_mut().find(|index| index.path == *path)
    }

    /// Adds an index of which nothing is built.
    pub(crate) fn add(&mut self, path: IndexPath) {
        self.indexes.push(Index {
            id: self.next_id,
            path,
            progress: Progress::UpTo(Vec::new()),
        });
        self.next_id = self.next_id.wrapping_add(1);
    }

    /// Takes an index out; its number, whose rows are to go.
    pub(crate) fn remove(&mut self, path: &IndexPath) -> Option<u32> {
        let at = self.indexes.iter().position(|index| index.path == *path)?;
        Some(self.indexes.remove(at).id)
    }
}
