//! Real clusters on loopback, from the outside: processes, the service API and a device's credentials.

pub mod amqp;
mod binary;
mod cluster_status;
mod commands;
mod credential;
mod dev_cluster;
mod dev_file;
mod event;
mod fleet;
mod http;
mod operator;
mod probes;
mod service;
mod trust;
mod wall_clock;
mod watch;

pub use binary::roost_binary;
pub use cluster_status::{ClusterStatus, NodeStatus, PartitionStatus};
pub use credential::DeviceCredential;
pub use dev_cluster::DevCluster;
pub use dev_file::{ConnectionStrings, DevFile, DevNode};
pub use event::{Event, EventPage};
pub use fleet::{Fleet, FleetPlan, Place};
pub use operator::Operator;
pub use probes::Probes;
pub use rustix::process::Signal;
pub use service::{ServiceClient, ServiceRefusal};
pub use trust::Trust;
pub use wall_clock::{from_now, now};
pub use watch::{Patience, until};
