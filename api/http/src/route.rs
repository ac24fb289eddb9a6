//! The handlers, one resource per file, with their part of the OpenAPI document.

pub(crate) mod authority;
pub(crate) mod bulk;
pub(crate) mod checkpoint;
pub(crate) mod cluster;
pub(crate) mod connection;
pub(crate) mod consumer_group;
pub(crate) mod device;
pub(crate) mod device_queue;
pub(crate) mod devicebound;
pub(crate) mod event_page;
pub(crate) mod event_stream;
pub(crate) mod feedback;
pub(crate) mod keys;
pub(crate) mod method;
pub(crate) mod module;
pub(crate) mod policy;
pub(crate) mod statistics;
pub(crate) mod telemetry;
pub(crate) mod transfer;
pub(crate) mod twin;
pub(crate) mod twin_query;
pub(crate) mod web_socket;
