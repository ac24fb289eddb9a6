use std::time::Duration;

use roost_model::{ConnectionString, DeviceId, HubName, Identity, SymmetricKey};
use roost_mqtt::azure;

use super::from_now;

/// Long enough for any run.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// What a device needs to authenticate itself.
#[derive(Debug, Clone)]
pub struct DeviceCredential {
    /// The hub's name as connection strings have it.
    pub host: HubName,
    pub identity: Identity,
    pub key: SymmetricKey,
}

impl DeviceCredential {
    pub fn new(host: HubName, device: DeviceId, key: SymmetricKey) -> Self {
        let identity = Identity::device(device);
        Self {
            host,
            identity,
            key,
        }
    }

    /// Connection string, as a device's SDK takes it.
    pub fn connection_string(&self) -> String {
        let (host, key) = (self.host.clone(), self.key.clone());
        ConnectionString::identity(host, self.identity.clone(), key).to_string()
    }

    /// User name of CONNECT.
    pub fn username(&self) -> String {
        azure::username(self.host.as_str(), &self.identity)
    }

    /// A token that is valid for a day: the password of CONNECT, or `Authorization` over HTTPS.
    pub fn token(&self) -> String {
        azure::password(
            self.host.as_str(),
            &self.identity,
            &self.key,
            from_now(LIFETIME),
        )
    }

    /// Topic of telemetry with these properties.
    pub fn topic(&self, properties: &[(&str, &str)]) -> String {
        azure::telemetry_topic(&self.identity, properties)
    }
}
