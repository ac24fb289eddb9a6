//! The SDKs of PyPI, unmodified, against the cluster.

mod amqp;
mod c2d;
mod device;
mod failover;
mod method;
pub(crate) mod node_js;
pub(crate) mod python;
mod query;
mod registry;
mod twin;
