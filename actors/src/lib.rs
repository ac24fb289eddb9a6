//! Devices alive in memory: the actor layer of Roost.
//!
//! On the node that leads a partition, a partition actor activates one device actor per active
//! device and keeps its sessions honest. On every node, links carry what the node's devices say
//! to the leaders, and clients answer for the whole hub.
//!
//! ```text
//!   edge E                          leader L                            node A
//!   DeviceClient ── Request ──►  PartitionActor ──► DeviceActor   ◄── HubClient
//!        └── Link ── frames ──►  ingest ──► proposer ──► log
//! ```

pub mod auth;
mod census;
pub mod client;
mod context;
mod credential;
mod delivery;
mod device;
mod device_client;
mod directory;
mod ingest;
mod invocations;
mod leadership;
mod link;
mod metrics;
mod partition;
mod query;
mod random;
mod read;
mod readers;
mod reading;
mod registry;
mod reply;
mod route;
mod session;
mod settings;
mod system;
mod twin;
mod uphold;
mod wire;

pub use client::{
    BulkOperation, Checkpoint, ConnectionView, EnqueuedMessage, EventPage, HubClient, HubError,
    IdentityDraft, IdentityView, KeptLetter, MessageDraft, MethodAnswer, MethodCall, PartitionInfo,
    PolicyDraft, QueryExplanation, QueryPage, ReadFrom, ReceivedFeedback, ReceivedMessage,
    RegistryStatistics, SessionView, StoredEvent, WaitingMessage,
};
pub use context::Timings;
pub use credential::Credential;
pub use delivery::{Delivery, MethodReply, MethodRequest};
pub use device_client::{AttachOptions, DeviceClient, Receipt};
pub use link::SendFailure;
pub use metrics::describe;
pub use readers::ReaderSeat;
pub use roost_partition::{PutMode, WhichKey};
pub use session::{CloseReason, SessionSlot, Sessions};
pub use settings::Settings;
pub use system::ActorSystem;
