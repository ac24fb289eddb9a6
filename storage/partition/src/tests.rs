//! The state machine on real databases.

mod checkpoints;
mod events;
mod feedback;
mod history;
mod lifecycle;
mod queues;
mod recovery;
mod registry;
mod retention;
mod sessions;
mod snapshots;
mod subscriptions;
mod support;
mod told;
mod twins;
