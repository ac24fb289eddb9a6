//! The two databases of a node, and the row that tells whose they are.

use std::io;
use std::path::{Path, PathBuf};

use bincode::{Decode, Encode};
use roost_engine::{Batch, EngineError, LogDrive, LogOptions, LogStore, StateOptions, StateStore};
use roost_model::{Incarnation, NodeId, codec};

use crate::config::StorageConfig;

const VERSION: u8 = 1;
const NODE_ROW: &[u8] = b"node";
const LOG: &str = "log";
const STATE: &str = "state";

/// Everything on this node's disk. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Storage {
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
    /// Opens or creates a data directory, and counts the start of the node.
    ///
    /// # Errors
    /// [`StorageError`] when it cannot be used.
    pub fn open(config: &StorageConfig, me: NodeId) -> Result<Storage, StorageError> {
        let open = |path: &Path| Ok((LogStore::open(path, LogOptions::default())?, ()));
        Storage::open_with(config, me, open).map(|(storage, ())| storage)
    }

    /// As [`Storage::open`], with a log that is written when the drive says so.
    ///
    /// # Errors
    /// As [`Storage::open`].
    pub fn open_driven(
        config: &StorageConfig,
        me: NodeId,
    ) -> Result<(Storage, LogDrive), StorageError> {
        Storage::open_with(config, me, |path| {
            LogStore::open_driven(path, LogOptions::default())
        })
    }

    /// The state database.
    pub fn state(&self) -> &StateStore {
        &self.state
    }

    /// Resolves when one of the databases is out of service: a write has failed, or a read has met damage.
    pub(crate) async fn failed(&self) -> EngineError {
        tokio::select! {
            error = self.log.failed() => error,
            error = self.state.failed() => error,
        }
    }

    /// Copies the databases' files of this moment to another directory: what a process finds that
    /// starts after this one was killed.
    ///
    /// # Errors
    /// [`StorageError`] when the directory cannot be written or has databases.
    pub fn copy_files(&self, dir: &Path) -> Result<(), StorageError> {
        make_dir(dir)?;
        self.log.copy_files(&dir.join(LOG))?;
        Ok(self.state.copy_files(&dir.join(STATE))?)
    }

    fn open_with<T>(
        config: &StorageConfig,
        me: NodeId,
        open_log: impl FnOnce(&Path) -> Result<(LogStore, T), EngineError>,
    ) -> Result<(Storage, T), StorageError> {
        let dir = &config.dir;
        make_dir(dir)?;
        let staging = dir.join("staging");
        if staging.exists() {
            std::fs::remove_dir_all(&staging).map_err(|error| io_error(&staging, error))?;
        }
        make_dir(&staging)?;
        let (log, rest) = open_log(&dir.join(LOG))?;
        let options = StateOptions {
            cache_bytes: config.cache_bytes,
            ..StateOptions::default()
        };
        let state = StateStore::open(&dir.join(STATE), &roost_partition::tables(), options)?;
        let incarnation = next_incarnation(&state, config, me)?;
        let storage = Storage {
            log,
            state,
            staging,
            incarnation,
        };
        Ok((storage, rest))
    }
}

fn make_dir(dir: &Path) -> Result<(), StorageError> {
    std::fs::create_dir_all(dir).map_err(|error| io_error(dir, error))
}

fn io_error(dir: &Path, error: io::Error) -> StorageError {
    StorageError::Io {
        dir: dir.to_owned(),
        error,
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
