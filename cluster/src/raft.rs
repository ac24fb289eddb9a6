//! Raft groups over the node's log store and state store, by way of openraft.
//!
//! ```text
//!   proposer ──► openraft core ──► LogStore (shared flusher thread) ──► disk
//!                    │  ▲
//!        PeerClient  ▼  │ answers                         StateMachine ──► Machine
//!        (rpc mux) followers' RaftServer                  (one apply = one batch)
//! ```
//!
//! No openraft type reaches the wire or the disk: [`encoding`] owns both formats.

pub(crate) mod encoding;
pub(crate) mod log_store;
pub(crate) mod machine;
pub(crate) mod network;
pub(crate) mod server;
pub(crate) mod snapshot;
pub(crate) mod state_machine;
#[cfg(test)]
mod suite;
pub(crate) mod types;
