//! The state machine on real databases.

mod bulk;
mod checkpoints;
mod edge;
mod events;
mod feedback;
mod history;
mod indexes;
mod keys;
mod lifecycle;
mod queries;
mod queues;
mod recovery;
mod registry;
mod registry_view;
mod renewal;
mod retention;
mod sessions;
mod snapshots;
mod subscriptions;
mod support;
mod told;
mod twins;
