//! What a replica and its readers share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::RwLock;

use crate::recent::RecentChanges;
use crate::sessions::Sessions;
use crate::table::partition_row::PartitionRow;
use crate::table::prefix::Prefix;

/// Written by the replica after each write to the store, never before.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) published: RwLock<Published>,
    pub(crate) sessions: RwLock<Sessions>,
    pub(crate) recent: RwLock<RecentChanges>,
    exports: AtomicUsize,
}

/// Where readers find the rows, and what the partition's row says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Published {
    pub(crate) prefix: Prefix,
    pub(crate) row: PartitionRow,
}

/// As long as it lives, files whose rows are dead stay on disk: a view may still show them.
#[derive(Debug)]
pub(crate) struct ExportGuard {
    shared: Arc<Shared>,
}

impl Shared {
    pub(crate) fn new(published: Published, sessions: Sessions) -> Self {
        Self {
            published: RwLock::new(published),
            sessions: RwLock::new(sessions),
            recent: RwLock::default(),
            exports: AtomicUsize::new(0),
        }
    }

    pub(crate) fn published(&self) -> Published {
        *self.published.read()
    }

    /// Taken before the view that it protects.
    pub(crate) fn export_guard(self: &Arc<Self>) -> ExportGuard {
        self.exports.fetch_add(1, Ordering::SeqCst);
        ExportGuard {
            shared: Arc::clone(self),
        }
    }

    pub(crate) fn has_exports(&self) -> bool {
        self.exports.load(Ordering::SeqCst) > 0
    }
}

impl Drop for ExportGuard {
    fn drop(&mut self) {
        self.shared.exports.fetch_sub(1, Ordering::SeqCst);
    }
}
