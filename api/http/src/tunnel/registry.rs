use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use actix_web::http::header::{HeaderMap, SEC_WEBSOCKET_PROTOCOL};

/// Which sub-protocol of a WebSocket goes to which local listener.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebSocketTunnels(BTreeMap<String, PathBuf>);

impl WebSocketTunnels {
    /// None: every WebSocket is refused.
    pub fn new() -> Self {
        WebSocketTunnels::default()
    }

    /// Adds a sub-protocol, compared without regard to case, with the path of the Unix domain
    /// socket where it is served.
    #[must_use]
    pub fn with(mut self, protocol: &str, socket: impl Into<PathBuf>) -> Self {
        self.0.insert(protocol.to_ascii_lowercase(), socket.into());
        self
    }

    pub(crate) fn protocols(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The first sub-protocol offered that is known, as it was written, and where it is served.
    pub(crate) fn choose(&self, headers: &HeaderMap) -> Option<(String, &Path)> {
        headers
            .get_all(SEC_WEBSOCKET_PROTOCOL)
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .find_map(|offered| {
                let socket = self.0.get(&offered.to_ascii_lowercase())?;
                Some((offered.to_owned(), socket.as_path()))
            })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderValue, SEC_WEBSOCKET_PROTOCOL};
    use proptest::prelude::*;

    use super::WebSocketTunnels;

    fn chosen(offers: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for offer in offers {
            headers.append(
                SEC_WEBSOCKET_PROTOCOL,
                HeaderValue::from_str(offer).unwrap(),
            );
        }
        let tunnels = WebSocketTunnels::new().with("mqtt", "/run/roost/mqtt.sock");
        tunnels.choose(&headers).map(|(protocol, _)| protocol)
    }

    #[test]
    fn a_protocol_is_echoed_as_it_was_offered() {
        assert_eq!(chosen(&["mqtt"]).as_deref(), Some("mqtt"));
        assert_eq!(chosen(&["MQTT"]).as_deref(), Some("MQTT"));
        assert_eq!(chosen(&["mqttv3.1, Mqtt"]).as_deref(), Some("Mqtt"));
        assert_eq!(chosen(&["chat", "mqtt"]).as_deref(), Some("mqtt"));
    }

    #[test]
    fn an_unknown_protocol_is_not_chosen() {
        assert_eq!(chosen(&[]), None);
        assert_eq!(chosen(&["AMQPWSB10", "mqttv3.1", ""]), None);
    }

    proptest! {
        #[test]
        fn no_offer_makes_it_panic(offer in "[ -~]{0,40}") {
            let _ = chosen(&[&offer]);
        }
    }
}
