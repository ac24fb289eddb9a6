//! The JSON documents of the routes, one per file.
//!
//! Requests are read leniently: members that are unknown or read-only are skipped, because SDKs
//! send back what they were given. Values that are used are checked strictly.

mod authentication;
mod authentication_request;
mod bulk_result;
mod capabilities;
mod checkpoint;
mod checkpoint_request;
mod connection;
mod consumer_group;
mod device;
mod device_request;
mod enqueued;
mod error_body;
mod event;
mod event_page;
mod event_stream;
mod export_line;
mod feedback;
mod import_mode;
mod import_report;
mod import_request;
mod join_request;
mod method_answer;
mod method_request;
mod module;
mod module_request;
mod purge;
mod raw_body;
mod regenerate_keys;
mod registry_statistics;
mod service_statistics;
mod waiting_message;

pub(crate) use authentication::AuthenticationDocument;
pub(crate) use authentication_request::{AuthenticationRequest, Wanted};
pub(crate) use bulk_result::{BulkError, BulkResult, LineName};
pub(crate) use capabilities::Capabilities;
pub(crate) use checkpoint::CheckpointDocument;
pub(crate) use checkpoint_request::CheckpointRequest;
pub(crate) use connection::ConnectionDocument;
pub(crate) use consumer_group::ConsumerGroupDocument;
pub(crate) use device::DeviceDocument;
pub(crate) use device_request::{DeviceFields, DeviceRequest};
pub(crate) use enqueued::EnqueuedDocument;
pub(crate) use error_body::ErrorBody;
pub(crate) use event::EventDocument;
pub(crate) use event_page::EventPageDocument;
pub(crate) use event_stream::{EventStreamDocument, PartitionDocument};
pub(crate) use export_line::ExportLine;
pub(crate) use feedback::FeedbackDocument;
pub(crate) use import_mode::ImportMode;
pub(crate) use import_report::ImportReport;
pub(crate) use import_request::ImportRequest;
pub(crate) use join_request::JoinRequest;
pub(crate) use method_answer::MethodAnswerDocument;
pub(crate) use method_request::MethodRequest;
pub(crate) use module::ModuleDocument;
pub(crate) use module_request::ModuleRequest;
pub(crate) use purge::PurgeDocument;
pub(crate) use raw_body::RawBody;
pub(crate) use regenerate_keys::{RegenerateKeysRequest, RegenerateKeysResult};
pub(crate) use registry_statistics::RegistryStatisticsDocument;
pub(crate) use service_statistics::ServiceStatisticsDocument;
pub(crate) use waiting_message::{DeadLetterDocument, WaitingMessageDocument};
