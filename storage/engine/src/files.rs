//! A database's files as they are at a moment.

use std::path::Path;

use rocksdb::DB;
use rocksdb::checkpoint::Checkpoint;

use crate::error::EngineError;

/// Copies them, with hard links where files do not change any more. Nothing is flushed for it.
pub(crate) fn copy(db: &DB, dir: &Path) -> Result<(), EngineError> {
    let checkpoint = Checkpoint::new(db)?;
    Ok(checkpoint.create_checkpoint_with_log_size(dir, u64::MAX)?)
}
