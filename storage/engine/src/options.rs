//! Sizes of the databases, and what they become in RocksDB's terms.

use rocksdb::{
    BlockBasedOptions, Cache, DBCompressionType, DBRecoveryMode, Options, WriteBufferManager,
};

use crate::table::TableSpec;

/// Written files are handed to the disk in steps of this, so that no fsync of the log has to wait
/// behind a whole file.
const SYNC_STEP_BYTES: u64 = 1 << 20;

/// How the log database is run. Sizes are in bytes.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// Memory for entries that have not gone to a file. Most entries are purged before.
    pub write_buffer_bytes: usize,
    /// Durable entries kept in memory for reading, all groups together; each gets an equal share.
    /// Entries that are not durable yet are kept in any case and do not count.
    pub cache_bytes: usize,
    /// What may wait for the flusher; beyond it changes block until it has caught up.
    pub queue_bytes: usize,
}

/// How the state database is run. Sizes are in bytes.
#[derive(Debug, Clone)]
pub struct StateOptions {
    /// Cache for blocks and large values, of all tables together.
    pub cache_bytes: usize,
    /// Unflushed writes of one table at which all tables are flushed.
    pub write_buffer_bytes: usize,
    /// Unflushed writes of all tables at which all tables are flushed.
    pub total_write_buffer_bytes: usize,
}

// === impl LogOptions ===

impl Default for LogOptions {
    fn default() -> LogOptions {
        LogOptions {
            write_buffer_bytes: 64 << 20,
            cache_bytes: 32 << 20,
            queue_bytes: 64 << 20,
        }
    }
}

impl LogOptions {
    pub(crate) fn database(&self) -> Options {
        let mut options = base();
        options.set_max_total_wal_size(4 * self.write_buffer_bytes as u64);
        options.set_enable_pipelined_write(false);
        // A torn tail is what a crash leaves; anything else is damage and must show: a log that
        // quietly ends early is a vote for losing acknowledged entries. RocksDB can tell the two
        // apart only in files that were never used before, so log files are not recycled (it
        // ignores `recycle_log_file_num` in this mode), although that would make fsync cheaper.
        options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
        // Notices a log file that is missing or cut short, other than the newest one.
        options.set_track_and_verify_wals_in_manifest(true);
        options
    }

    pub(crate) fn family(&self) -> Options {
        let mut blocks = BlockBasedOptions::default();
        // Who reads from files reads once: a follower that is far behind.
        blocks.set_block_cache(&Cache::new_lru_cache(4 << 20));
        let mut options = Options::default();
        options.set_block_based_table_factory(&blocks);
        options.set_write_buffer_size(self.write_buffer_bytes);
        options.set_max_write_buffer_number(3);
        options.set_compression_type(DBCompressionType::None);
        options
    }
}

// === impl StateOptions ===

impl Default for StateOptions {
    fn default() -> StateOptions {
        StateOptions {
            cache_bytes: 128 << 20,
            write_buffer_bytes: 64 << 20,
            total_write_buffer_bytes: 128 << 20,
        }
    }
}

impl StateOptions {
    pub(crate) fn database(&self) -> Options {
        let mut options = base();
        // Without a write-ahead log this is what makes the tables agree after a crash.
        options.set_atomic_flush(true);
        let buffers =
            WriteBufferManager::new_write_buffer_manager(self.total_write_buffer_bytes, false);
        options.set_write_buffer_manager(&buffers);
        options
    }

    pub(crate) fn table(&self, spec: &TableSpec, cache: &Cache) -> Options {
        let mut blocks = BlockBasedOptions::default();
        blocks.set_block_cache(cache);
        blocks.set_cache_index_and_filter_blocks(true);
        blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);
        blocks.set_bloom_filter(10.0, false);
        let mut options = Options::default();
        options.set_block_based_table_factory(&blocks);
        options.set_write_buffer_size(self.write_buffer_bytes);
        options.set_max_write_buffer_number(4);
        options.set_compression_type(DBCompressionType::Lz4);
        if spec.large_values {
            // Values stay where they were first written: compaction moves keys only, and a blob
            // file goes as a whole once nothing refers to it.
            options.set_enable_blob_files(true);
            options.set_min_blob_size(256);
            options.set_blob_file_size(256 << 20);
            options.set_blob_compression_type(DBCompressionType::Lz4);
            options.set_enable_blob_gc(false);
            options.set_blob_cache(cache);
        }
        options
    }
}

fn base() -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    options.set_paranoid_checks(true);
    options.set_max_background_jobs(2);
    options.set_max_open_files(512);
    options.set_bytes_per_sync(SYNC_STEP_BYTES);
    options.set_keep_log_file_num(4);
    options.set_max_log_file_size(4 << 20);
    options.set_stats_dump_period_sec(0);
    options
}
