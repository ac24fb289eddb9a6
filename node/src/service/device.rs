//! Device identities as the REST API writes them.

use roost_model::{
    ConnectionString, DeviceId, HubName, Identity, InvalidKey, ModuleId, SymmetricKey,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ServiceClient, ServiceError};

/// A device or module identity; the members that the commands show, and all of it as it came.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "Value")]
pub(crate) struct Device {
    pub(crate) document: Value,
}

/// Which of an identity's two keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum KeyKind {
    Primary,
    Secondary,
}

/// A device to be created.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeviceDraft {
    pub(crate) device_id: String,
    pub(crate) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status_reason: Option<String>,
    /// Left out, the hub makes two keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) authentication: Option<Value>,
}

impl From<Value> for Device {
    fn from(document: Value) -> Self {
        Self { document }
    }
}

impl Device {
    /// A member of the document as text; the empty text when it is missing or null.
    pub(crate) fn text(&self, member: &str) -> &str {
        self.document
            .get(member)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// How the device proves who it is: `sas`, `selfSigned` or `certificateAuthority`.
    pub(crate) fn authentication(&self) -> &str {
        self.document
            .pointer("/authentication/type")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// One of the device's keys; none when it uses certificates.
    ///
    /// # Errors
    /// The key is malformed.
    pub(crate) fn key(&self, kind: KeyKind) -> Result<Option<SymmetricKey>, InvalidKey> {
        let member = match kind {
            KeyKind::Primary => "primaryKey",
            KeyKind::Secondary => "secondaryKey",
        };
        let pointer = format!("/authentication/symmetricKey/{member}");
        let key = self.document.pointer(&pointer).and_then(Value::as_str);
        key.filter(|key| !key.is_empty())
            .map(SymmetricKey::from_base64)
            .transpose()
    }

    /// The connection string that the device uses; none when it has no key.
    ///
    /// # Errors
    /// The key is malformed.
    pub(crate) fn connection_string(
        &self,
        host: &HubName,
        identity: &Identity,
        kind: KeyKind,
    ) -> Result<Option<ConnectionString>, InvalidKey> {
        let key = self.key(kind)?;
        Ok(key.map(|key| ConnectionString::identity(host.clone(), identity.clone(), key)))
    }
}

impl DeviceDraft {
    /// Authentication by two given keys.
    pub(crate) fn keys(primary: &SymmetricKey, secondary: &SymmetricKey) -> Value {
        json!({
            "type": "sas",
            "symmetricKey": {
                "primaryKey": primary.to_base64(),
                "secondaryKey": secondary.to_base64(),
            },
        })
    }
}

impl ServiceClient {
    /// Creates a device.
    ///
    /// # Errors
    /// It exists already, or the hub refuses otherwise.
    pub(crate) async fn create_device(&self, draft: &DeviceDraft) -> Result<Device, ServiceError> {
        let path = ["devices", draft.device_id.as_str()];
        self.send_json(reqwest::Method::PUT, &path, draft)
            .await?
            .json()
            .await
    }

    /// # Errors
    /// There is no such device or module, or the hub refuses otherwise.
    pub(crate) async fn identity(&self, identity: &Identity) -> Result<Device, ServiceError> {
        self.get(&path_of(&identity.device, identity.module.as_ref()), &[])
            .await?
            .json()
            .await
    }

    /// Whether an identity is connected, where, and how its last connection ended.
    ///
    /// # Errors
    /// There is no such device or module, or the hub refuses otherwise.
    pub(crate) async fn connection(&self, identity: &Identity) -> Result<Value, ServiceError> {
        let mut path = path_of(&identity.device, identity.module.as_ref());
        path.push("connection");
        self.get(&path, &[]).await?.json().await
    }

    /// Replaces or swaps an identity's keys; `which` as the service writes it. Gives the keys as they
    /// are then.
    ///
    /// # Errors
    /// There is no such device or module, or the hub refuses otherwise.
    pub(crate) async fn regenerate_keys(
        &self,
        identity: &Identity,
        which: Value,
    ) -> Result<Value, ServiceError> {
        let module = identity.module.as_ref().map(ModuleId::as_str);
        let device = json!({ "id": identity.device.as_str(), "moduleId": module });
        let body = json!({ "policyKey": which, "devices": [device] });
        let path = ["devices", "keys", "regenerate"];
        let answer = self.send_json(reqwest::Method::POST, &path, &body).await?;
        let mut document: Value = answer.json().await?;
        let keys = document.pointer_mut("/rotatedKeys/0").map(Value::take);
        Ok(keys.unwrap_or_default())
    }

    /// The first `top` devices, at most 1000.
    ///
    /// # Errors
    /// The hub refuses.
    pub(crate) async fn devices(&self, top: u16) -> Result<Vec<Device>, ServiceError> {
        self.get(&["devices"], &[("top", &top.to_string())])
            .await?
            .json()
            .await
    }

    /// # Errors
    /// There is no such device, or the hub refuses otherwise.
    pub(crate) async fn delete_device(&self, id: &DeviceId) -> Result<(), ServiceError> {
        self.delete(&path_of(id, None)).await.map(drop)
    }
}

fn path_of<'a>(device: &'a DeviceId, module: Option<&'a ModuleId>) -> Vec<&'a str> {
    let mut path = vec!["devices", device.as_str()];
    if let Some(module) = module {
        path.extend(["modules", module.as_str()]);
    }
    path
}
