//! The SDKs of PyPI, unmodified, against the cluster.

mod device;
mod method;
mod python;
mod registry;
