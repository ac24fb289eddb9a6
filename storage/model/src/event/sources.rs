//! Which kinds of events.

use std::fmt;

use super::MessageSource;

/// A set of [`MessageSource`]s. In configurations a list of their names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, bincode::Encode, bincode::Decode)]
pub struct EventSources(u8);

impl EventSources {
    pub const NONE: Self = Self(0);

    pub const fn with(self, source: MessageSource) -> Self {
        Self(self.0 | 1 << source.code())
    }

    pub const fn contains(self, source: MessageSource) -> bool {
        self.0 & 1 << source.code() != 0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = MessageSource> {
        let all = MessageSource::ALL.iter().copied();
        all.filter(move |source| self.contains(*source))
    }
}

/// What a hub tells about itself unless set otherwise: changes of twins and of the registry.
impl Default for EventSources {
    fn default() -> Self {
        Self::NONE
            .with(MessageSource::TwinChange)
            .with(MessageSource::DeviceLifecycle)
    }
}

impl FromIterator<MessageSource> for EventSources {
    fn from_iter<I: IntoIterator<Item = MessageSource>>(sources: I) -> Self {
        sources.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for EventSources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl serde::Serialize for EventSources {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(MessageSource::name))
    }
}

impl<'de> serde::Deserialize<'de> for EventSources {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = <Vec<String> as serde::Deserialize>::deserialize(deserializer)?;
        let known = |name: &String| {
            let all = MessageSource::ALL.iter().copied();
            let mut named = all.filter(|source| source.name() == name);
            named.next().ok_or_else(|| {
                serde::de::Error::custom(format_args!("`{name}` is no source of events"))
            })
        };
        names.iter().map(known).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set = EventSources::NONE.with(MessageSource::DeviceConnectionState);
        assert!(set.contains(MessageSource::DeviceConnectionState));
        assert!(!set.contains(MessageSource::TwinChange));
        assert!(EventSources::NONE.is_empty() && !set.is_empty());
        let all: EventSources = MessageSource::ALL.iter().copied().collect();
        assert_eq!(all.iter().count(), MessageSource::ALL.len());
    }

    #[test]
    fn a_configuration_lists_names() {
        let text = serde_json::to_string(&EventSources::default()).unwrap();
        assert_eq!(text, r#"["twinChangeEvents","deviceLifecycleEvents"]"#);
        let read: EventSources = serde_json::from_str(&text).unwrap();
        assert_eq!(read, EventSources::default());
        let refused = serde_json::from_str::<EventSources>(r#"["twinEvents"]"#).unwrap_err();
        assert!(refused.to_string().contains("`twinEvents`"), "{refused}");
    }
}
