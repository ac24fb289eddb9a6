//! A device's own twin.

use roost_model::twin::{DeviceTwin, Object};
use roost_model::{ErrorCode, Patch};

use crate::refusal::Refusal;
use crate::session::Session;

impl Session {
    /// The device's twin as JSON: desired and reported properties with their `$version`, without
    /// `$metadata` and tags.
    ///
    /// # Errors
    /// 400027 when the session is over, 503001 without a leader.
    pub async fn twin(&self) -> Result<Vec<u8>, Refusal> {
        let (devices, slot) = self.parts();
        let fetched = self
            .runtime()
            .spawn(async move { devices.twin(&slot).await });
        let twin = fetched.await.map_err(|_| Refusal::stopping())??;
        serde_json::to_vec(&DeviceTwin(twin.view()))
            .map_err(|error| Refusal::new(ErrorCode::ServerError, error.to_string()))
    }

    /// Merges a JSON document into the reported properties; gives their new `$version`. With
    /// `expected` only if they are at that `$version`.
    ///
    /// # Errors
    /// 400004 for what is no JSON object or breaks a rule of twins, 412001 for another `$version`,
    /// 413001 when the reported properties would be larger than they may, 400027 when the session is
    /// over, 503001 without a leader.
    pub async fn report(&self, json: &[u8], expected: Option<u64>) -> Result<u64, Refusal> {
        let invalid = |reason: String| Refusal::new(ErrorCode::ArgumentInvalid, reason);
        let object: Object = serde_json::from_slice(json)
            .map_err(|error| invalid(format!("the reported properties cannot be read: {error}")))?;
        let patch =
            Patch::new(object, self.limits()).map_err(|error| invalid(error.to_string()))?;
        let (devices, slot) = self.parts();
        let reported = self
            .runtime()
            .spawn(async move { devices.report(&slot, patch, expected).await });
        Ok(reported.await.map_err(|_| Refusal::stopping())??)
    }
}
