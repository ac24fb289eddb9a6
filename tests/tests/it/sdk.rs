//! The SDKs of PyPI, unmodified, against the cluster.

mod device;
mod python;
mod registry;
