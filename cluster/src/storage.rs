//! The two databases of a node, and the row that tells whose they are.

use std::io;
use std::path::PathBuf;

use bincode::{Decode, Encode};
use roost_engine::{Batch, LogOptions, LogStore, StateOptions, StateStore};
use roost_model::{Incarnation, NodeId, codec};

use crate::config::StorageConfig;

const VERSION: u8 = 1;
const NODE_ROW: &[u8] = b"node";

/// Everything on this node's disk.
#[derive(Debug, Clone)]
pub(crate) struct Storage {
    pub(crate) log: LogStore,
    pub(crate) state: StateStore,
    /// Where snapshots are put together before they are adopted.
    pub(crate) staging: PathBuf,
    /// How often this data directory was opened, this time included.
    pub(crate) incarnation: Incarnation,
}

#[derive(Debug, Encode, Decode)]
struct NodeRow {
    node: NodeId,
    incarnation: Incarnation,
}

/// Why the data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The file system said no.
    #[error("cannot use the data directory {dir}: {error}")]
    Io { dir: PathBuf, error: io::Error },
    /// A database did not open.
    #[error(transparent)]
    Engine(#[from] roost_engine::EngineError),
    /// The directory belongs to another node.
    #[error("the data directory {dir} belongs to node {found}, not to node {me}")]
    OtherNode {
        dir: PathBuf,
        found: NodeId,
        me: NodeId,
    },
    /// The node's row is not readable.
    #[error("the data directory is damaged: {0}")]
    Damaged(#[from] codec::CodecError),
}

// === impl Storage ===

impl Storage {
    pub(crate) fn open(config: &StorageConfig, me: NodeId) -> Result<Storage, StorageError> {
        let dir = &config.dir;
        let io = |error| StorageError::Io {
            dir: dir.clone(),
            error,
        };
        std::fs::create_dir_all(dir).map_err(io)?;
        let staging = dir.join("staging");
        if staging.exists() {
            std::fs::remove_dir_all(&staging).map_err(io)?;
        }
        std::fs::create_dir_all(&staging).map_err(io)?;
        let log = LogStore::open(&dir.join("log"), LogOptions::default())?;
        let options = StateOptions {
            cache_bytes: config.cache_bytes,
            ..StateOptions::default()
        };
        let state = StateStore::open(&dir.join("state"), &roost_partition::tables(), options)?;
        let incarnation = next_incarnation(&state, config, me)?;
        Ok(Storage {
            log,
            state,
            staging,
            incarnation,
        })
    }
}

/// Counts this start; on disk before anybody hears of it.
fn next_incarnation(
    state: &StateStore,
    config: &StorageConfig,
    me: NodeId,
) -> Result<Incarnation, StorageError> {
    let table = roost_partition::META_TABLE;
    let last = match state.get(table, NODE_ROW)? {
        None => 0,
        Some(bytes) => {
            let (_, row) = codec::decode::<NodeRow>(VERSION, &bytes)?;
            if row.node != me {
                let dir = config.dir.clone();
                return Err(StorageError::OtherNode {
                    dir,
                    found: row.node,
                    me,
                });
            }
            row.incarnation.0
        }
    };
    let row = NodeRow {
        node: me,
        incarnation: Incarnation(last + 1),
    };
    let mut batch = Batch::default();
    batch.put(table, NODE_ROW, &codec::encode(VERSION, &row));
    state.write(batch)?;
    state.flush()?;
    Ok(row.incarnation)
}
