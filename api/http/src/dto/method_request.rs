use std::time::Duration;

use roost_actors::client::MethodCall;
use roost_model::{ErrorCode, limits};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::error::ApiError;

/// What a device is to do. Job documents call the time `timeoutInSeconds`; both names are taken.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = DirectMethodRequest)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MethodRequest {
    /// In the device's own words.
    pub(crate) method_name: Option<String>,
    /// Any JSON, up to 128 KiB; `null` when it is absent.
    #[schema(value_type = Option<serde_json::Value>)]
    pub(crate) payload: Option<Box<RawValue>>,
    /// How long the device may take to answer, 5 to 300; 30 when absent or null.
    #[serde(alias = "timeoutInSeconds")]
    pub(crate) response_timeout_in_seconds: Option<u32>,
    /// How long to wait for a device that is not online, 0 to 300; 0 when absent or null.
    pub(crate) connect_timeout_in_seconds: Option<u32>,
}

impl MethodRequest {
    /// Errors: ArgumentNull without a name, ArgumentInvalid for a name or a time that cannot be,
    /// MessageTooLarge for a payload above `largest` bytes.
    pub(crate) fn into_call(self, largest: usize) -> Result<MethodCall, ApiError> {
        let name = self.method_name.filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| ApiError::missing("methodName is needed"))?;
        if name.chars().count() > limits::MAX_METHOD_NAME_CHARS {
            return Err(ApiError::invalid(format!(
                "methodName has more than {} characters",
                limits::MAX_METHOD_NAME_CHARS
            )));
        }
        let payload = self.payload.as_deref().map_or("null", RawValue::get);
        if payload.len() > largest {
            return Err(ApiError::new(
                ErrorCode::MessageTooLarge,
                format!(
                    "the payload has {} bytes, at most {largest} are allowed",
                    payload.len()
                ),
            ));
        }
        let response = seconds(
            "responseTimeoutInSeconds",
            self.response_timeout_in_seconds,
            limits::DEFAULT_METHOD_RESPONSE_SECONDS,
            limits::MIN_METHOD_RESPONSE_SECONDS,
        )?;
        let connect = seconds(
            "connectTimeoutInSeconds",
            self.connect_timeout_in_seconds,
            0,
            0,
        )?;
        Ok(MethodCall {
            name,
            payload: payload.as_bytes().to_vec(),
            connect_timeout: connect,
            response_timeout: response,
        })
    }
}

fn seconds(name: &str, given: Option<u32>, default: u32, min: u32) -> Result<Duration, ApiError> {
    let max = limits::MAX_METHOD_TIMEOUT_SECONDS;
    let given = given.unwrap_or(default);
    if (min..=max).contains(&given) {
        Ok(Duration::from_secs(u64::from(given)))
    } else {
        Err(ApiError::invalid(format!(
            "{name} must be from {min} to {max}"
        )))
    }
}

#[cfg(test)]
mod tests;
