//! Indexes over twins: which identities may have a value at a path.
//!
//! Queries decide which paths are worth one. An index is built in steps through the log and kept up with
//! every twin that is written, so all replicas hold the same. Its rows name candidates only, by a digest
//! of the value: whoever uses them looks at the twins again.
//!
//! ```text
//! tail  0                                                            Catalog
//!       1, index u32 BE, digest of the value u64 BE, identity key    (no value)
//! ```

mod catalog;
mod entry;
mod path;

pub(crate) use catalog::{Catalog, Progress};
pub(crate) use entry::{count, end_of, entry_of, identity_key, prefix_of_index, prefix_of_literal};
pub use path::IndexPath;
