//! The meta group: who is in the cluster, which partition lives where, and each hub's settings.
//!
//! Every node holds a replica, so reads are local: a change of the state is published through a
//! watch channel to whoever acts on it (group hosting, routing, authorization).

mod access;
mod command;
mod machine;
mod outcome;
mod state;

pub use access::AccessCommand;
pub use command::{MetaCommand, NewUnit};
pub(crate) use machine::{MetaMachine, encode_command};
pub use outcome::{MetaOutcome, MetaRejection};
pub use state::{HubSettings, MetaState, NodeRecord, UnitRecord};
