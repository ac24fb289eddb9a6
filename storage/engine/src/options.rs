//! Sizes of the databases, and what they become in RocksDB's terms.

use rocksdb::{BlockBasedOptions, Cache, DBCompressionType, DBRecoveryMode, Options};

use crate::table::TableSpec;

/// How the log database is run.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// Memory for entries that have not gone to a file, in bytes. Most entries are purged before.
    pub write_buffer_bytes: usize,
    /// Entries of each group kept for reading, in bytes, once they are durable.
    pub cache_bytes_per_group: usize,
    /// Bytes that may wait for the flusher; beyond it appends block for a moment.
    pub queue_bytes: usize,
}

/// How the state database is run.
#[derive(Debug, Clone)]
pub struct StateOptions {
    /// Cache for blocks and blobs, in bytes.
    pub cache_bytes: usize,
    /// Memory of one table's writes before all tables are flushed, in bytes.
    pub write_buffer_bytes: usize,
}

// === impl LogOptions ===

impl Default for LogOptions {
    fn default() -> LogOptions {
        LogOptions {
            write_buffer_bytes: 64 << 20,
            cache_bytes_per_group: 4 << 20,
            queue_bytes: 64 << 20,
        }
    }
}

impl LogOptions {
    pub(crate) fn database(&self) -> Options {
        let mut options = base();
        options.set_write_buffer_size(self.write_buffer_bytes);
        options.set_max_total_wal_size(4 * self.write_buffer_bytes as u64);
        // Reused files need no metadata update at fsync, which halves its latency.
        options.set_recycle_log_file_num(4);
        options.set_enable_pipelined_write(false);
        // A torn tail is what a crash leaves; anything else is damage and must show.
        options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
        options
    }

    pub(crate) fn table(&self) -> Options {
        let mut options = Options::default();
        options.set_write_buffer_size(self.write_buffer_bytes);
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
        }
    }
}

impl StateOptions {
    pub(crate) fn database(&self) -> Options {
        let mut options = base();
        options.set_atomic_flush(true);
        options
    }

    pub(crate) fn table(&self, spec: &TableSpec, cache: &Cache) -> Options {
        let mut blocks = BlockBasedOptions::default();
        blocks.set_block_cache(cache);
        blocks.set_cache_index_and_filter_blocks(true);
        blocks.set_bloom_filter(10.0, false);
        let mut options = Options::default();
        options.set_block_based_table_factory(&blocks);
        options.set_write_buffer_size(self.write_buffer_bytes);
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
    options.set_keep_log_file_num(4);
    options.set_max_log_file_size(4 << 20);
    options.set_stats_dump_period_sec(0);
    options
}
