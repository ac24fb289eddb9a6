//! What a device sends over HTTPS: one message as headers and a raw body, or a batch as JSON; and what
//! is sent to a device.

mod batch;
mod devicebound;
mod property;
mod single;

use roost_model::{Event, Limits};

pub(crate) use batch::{BATCH_CONTENT_TYPE, BatchItem, parse_batch};
pub(crate) use devicebound::{describe, parse_devicebound, parse_devicebound_item};
pub(crate) use single::parse_single;

use crate::error::ApiError;
use roost_model::ErrorCode;

/// Errors: MessageTooLarge when the message is larger than a message may be.
fn check_size(event: &Event, limits: &Limits) -> Result<(), ApiError> {
    let limit = limits.max_message_bytes;
    if event.size() > limit {
        let text = format!(
            "a message has at most {limit} bytes, this one has {}",
            event.size()
        );
        return Err(ApiError::new(ErrorCode::MessageTooLarge, text));
    }
    Ok(())
}
