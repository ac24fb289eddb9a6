use anyhow::Context;
use reqwest::Method;
use roost_model::DeviceId;
use serde_json::Value;

use super::ServiceClient;
use super::service::{accepted, device_path};

impl ServiceClient {
    /// Sends a message to a device; gives its number in the device's queue.
    ///
    /// # Errors
    /// As for [`ServiceClient::call`].
    pub async fn send_message(
        &self,
        device: &DeviceId,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> anyhow::Result<u64> {
        let path = format!("{}/messages/devicebound", device_path(device));
        let mut request = self.authorized(Method::POST, &path).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent: Value = accepted(request.send().await?).await?.json().await?;
        sent["sequenceNumber"].as_u64().context("no sequenceNumber")
    }

    /// How many messages wait for a device, those that it holds included.
    ///
    /// # Errors
    /// As for [`ServiceClient::call`].
    pub async fn waiting_messages(&self, device: &DeviceId) -> anyhow::Result<u64> {
        let document = self.device(device).await?;
        let count = document["cloudToDeviceMessageCount"].as_u64();
        count.context("no cloudToDeviceMessageCount")
    }
}
