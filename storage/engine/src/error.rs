//! What can go wrong with a disk.

use std::sync::Arc;

/// An infrastructure failure. Cheap to clone, because one failed write fails many waiters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The file system or the database refused.
    #[error("storage failed: {0}")]
    Io(Arc<str>),
    /// Stored bytes are not what was written.
    #[error("storage is damaged: {0}")]
    Corruption(Arc<str>),
    /// A write or fsync failed before, or stored bytes were found damaged: nothing is accepted any more,
    /// because what is on disk is not known. The node must restart.
    #[error("storage is out of service: {0}")]
    Poisoned(Arc<str>),
    /// The caller asked for what cannot be, such as a gap in a log. Nothing has changed.
    #[error("storage refused the request: {0}")]
    Refused(Arc<str>),
    /// The store was closed, or the group destroyed.
    #[error("storage is closed")]
    Closed,
}

// === impl EngineError ===

impl From<rocksdb::Error> for EngineError {
    fn from(error: rocksdb::Error) -> EngineError {
        let text: Arc<str> = error.to_string().into();
        match error.kind() {
            rocksdb::ErrorKind::Corruption => EngineError::Corruption(text),
            _ => EngineError::Io(text),
        }
    }
}

impl From<std::io::Error> for EngineError {
    fn from(error: std::io::Error) -> EngineError {
        EngineError::Io(error.to_string().into())
    }
}

impl EngineError {
    pub(crate) fn damaged(what: impl Into<Arc<str>>) -> EngineError {
        EngineError::Corruption(what.into())
    }

    pub(crate) fn refused(why: impl Into<Arc<str>>) -> EngineError {
        EngineError::Refused(why.into())
    }

    /// What everybody gets who comes after this error.
    pub(crate) fn poison(&self) -> EngineError {
        match self {
            EngineError::Poisoned(text) => EngineError::Poisoned(Arc::clone(text)),
            other => EngineError::Poisoned(other.to_string().into()),
        }
    }
}
