//! What a device said.

use bytes::Bytes;

use super::SystemProperty;

/// What a device said: properties and a body. Who said it is not part of it; see [`super::Origin`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Event {
    /// At most one of each; in the order in which they were sent.
    pub system: Vec<(SystemProperty, String)>,
    /// The application's own, in the order in which they were sent. A key without `=` in an MQTT
    /// property bag has no value.
    pub properties: Vec<(String, Option<String>)>,
    pub body: Bytes,
}

impl Event {
    /// The size that the message limit and metering count, in bytes: the body, the values of system
    /// properties, and the names and values of application properties.
    ///
    /// Source: IoT Hub developer guide, "Create and read IoT Hub messages", message size.
    pub fn size(&self) -> usize {
        let system: usize = self.system.iter().map(|(_, value)| value.len()).sum();
        let properties: usize = self
            .properties
            .iter()
            .map(|(name, value)| name.len() + value.as_ref().map_or(0, String::len))
            .sum();
        self.body.len() + system + properties
    }

    /// The value of a system property, if the event has it.
    pub fn system_property(&self, property: SystemProperty) -> Option<&str> {
        let found = self.system.iter().find(|(name, _)| *name == property);
        found.map(|(_, value)| value.as_str())
    }

    /// Sets a system property, replacing what is there.
    pub fn set_system_property(&mut self, property: SystemProperty, value: String) {
        match self.system.iter_mut().find(|(name, _)| *name == property) {
            Some((_, present)) => *present = value,
            None => self.system.push((property, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_counts_body_system_values_and_property_names_and_values() {
        assert_eq!(Event::default().size(), 0);
        let event = Event {
            system: vec![(SystemProperty::ContentType, "text".into())],
            properties: vec![("ab".into(), Some("cde".into())), ("f".into(), None)],
            body: Bytes::from_static(b"0123456789"),
        };
        assert_eq!(event.size(), 10 + 4 + 2 + 3 + 1);
    }

    #[test]
    fn setting_a_system_property_replaces_it() {
        let mut event = Event::default();
        event.set_system_property(SystemProperty::MessageId, "1".into());
        event.set_system_property(SystemProperty::UserId, "u".into());
        event.set_system_property(SystemProperty::MessageId, "2".into());
        assert_eq!(event.system.len(), 2);
        assert_eq!(event.system_property(SystemProperty::MessageId), Some("2"));
        assert_eq!(event.system_property(SystemProperty::To), None);
    }
}
