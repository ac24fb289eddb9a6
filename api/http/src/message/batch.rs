use std::collections::BTreeMap;

use actix_web::web::Bytes;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use roost_model::{ErrorCode, Event, Limits};
use serde::Deserialize;
use utoipa::ToSchema;

use super::check_size;
use super::property::{Property, classify, is_name};
use crate::error::ApiError;

/// The content type that makes a request a batch.
pub(crate) const BATCH_CONTENT_TYPE: &str = "application/vnd.microsoft.iothub.json";

/// Clients differ in whether they pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One message of a batch.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchItem {
    /// Base64, or text when `base64Encoded` is false.
    body: String,
    /// True when absent.
    base64_encoded: Option<bool>,
    /// `iothub-messageid` and the like, and `iothub-app-<name>` for properties of the application.
    #[serde(default)]
    properties: BTreeMap<String, Option<String>>,
}

/// Reads a batch: all of it or nothing.
///
/// Errors: DeserializationError when it is not a JSON array of messages, ArgumentInvalid for an
/// empty batch or a property that is not allowed, MessageTooLarge for one message or all together
/// over the limit or too many messages. Texts name the message by its place, from 0.
pub(crate) fn parse_batch(body: &[u8], limits: &Limits) -> Result<Vec<Event>, ApiError> {
    let items: Vec<BatchItem> = serde_json::from_slice(body)
        .map_err(|error| ApiError::malformed(format!("the batch cannot be read: {error}")))?;
    if items.is_empty() {
        return Err(ApiError::invalid("the batch is empty"));
    }
    if items.len() > limits.max_batch_messages {
        let limit = limits.max_batch_messages;
        let text = format!(
            "a batch has at most {limit} messages, this one has {}",
            items.len()
        );
        return Err(ApiError::new(ErrorCode::MessageTooLarge, text));
    }
    let events: Vec<Event> = items
        .into_iter()
        .enumerate()
        .map(|(place, item)| read(place, item, limits))
        .collect::<Result<_, _>>()?;
    let size: usize = events.iter().map(Event::size).sum();
    if size > limits.max_batch_bytes {
        let limit = limits.max_batch_bytes;
        let text = format!("a batch has at most {limit} bytes, this one has {size}");
        return Err(ApiError::new(ErrorCode::MessageTooLarge, text));
    }
    Ok(events)
}

/// Reads a batch that must hold exactly one message, whatever its size.
///
/// Errors: as [`parse_batch`].
pub(super) fn one_item(body: &[u8]) -> Result<Event, ApiError> {
    let items: Vec<BatchItem> = serde_json::from_slice(body)
        .map_err(|error| ApiError::malformed(format!("the batch cannot be read: {error}")))?;
    match <[BatchItem; 1]>::try_from(items) {
        Ok([item]) => read_item(0, item),
        Err(_) => Err(ApiError::invalid("the batch must hold one message")),
    }
}

fn read(place: usize, item: BatchItem, limits: &Limits) -> Result<Event, ApiError> {
    let event = read_item(place, item)?;
    check_size(&event, limits)?;
    Ok(event)
}

fn read_item(place: usize, item: BatchItem) -> Result<Event, ApiError> {
    let body = if item.base64_encoded.unwrap_or(true) {
        let decoded = BASE64.decode(&item.body).map_err(|error| {
            ApiError::invalid(format!(
                "the body of message {place} is not base64: {error}"
            ))
        })?;
        Bytes::from(decoded)
    } else {
        Bytes::from(item.body)
    };
    let mut event = Event {
        system: Vec::new(),
        properties: Vec::new(),
        body,
    };
    for (name, value) in item.properties {
        add(place, &mut event, &name, value)?;
    }
    Ok(event)
}

fn add(place: usize, event: &mut Event, name: &str, value: Option<String>) -> Result<(), ApiError> {
    let refused = |what: &str| Err(ApiError::invalid(format!("message {place}: {name} {what}")));
    match classify(name) {
        Property::System(property) => {
            if event.system.iter().any(|(given, _)| *given == property) {
                return refused("is given twice");
            }
            // A system property without a value is one that was not set.
            if let Some(value) = value {
                event.system.push((property, value));
            }
        }
        Property::Application(own) if !is_name(own) => {
            return refused("is not the name of a property");
        }
        Property::Application(own) => {
            if event.properties.iter().any(|(given, _)| given == own) {
                return refused("is given twice");
            }
            event.properties.push((own.to_owned(), value));
        }
        Property::Ignored => {}
        Property::Foreign => return refused("is not a property, write iothub-app- before it"),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
