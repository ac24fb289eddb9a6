/// What the topic of a message to a device says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Topic<'a> {
    /// The answer to a request about the twin; `version` is that of the reported properties.
    Twin {
        status: u16,
        rid: &'a str,
        version: Option<u64>,
    },
    /// A change of desired properties.
    Desired { version: u64 },
    /// A direct method.
    Method { rid: &'a str },
    /// A message from a back end.
    Message,
}

impl<'a> Topic<'a> {
    /// None for what these devices have not asked for.
    pub(super) fn parse(topic: &'a str) -> Option<Self> {
        if let Some(rest) = topic.strip_prefix("$iothub/twin/res/") {
            let (status, query) = rest.split_once("/?")?;
            return Some(Self::Twin {
                status: status.parse().ok()?,
                rid: value(query, "$rid")?,
                version: value(query, "$version").and_then(|version| version.parse().ok()),
            });
        }
        if let Some(query) = topic.strip_prefix("$iothub/twin/PATCH/properties/desired/?") {
            let version = value(query, "$version")?.parse().ok()?;
            return Some(Self::Desired { version });
        }
        if let Some(rest) = topic.strip_prefix("$iothub/methods/POST/") {
            let (_, query) = rest.split_once("/?")?;
            let rid = value(query, "$rid")?;
            return Some(Self::Method { rid });
        }
        topic.starts_with("devices/").then_some(Self::Message)
    }
}

fn value<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find_map(|(key, value)| (key == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_hub_sends_is_told_apart() {
        let answer = Topic::Twin {
            status: 204,
            rid: "7",
            version: Some(12),
        };
        let text = "$iothub/twin/res/204/?$rid=7&$version=12";
        assert_eq!(Topic::parse(text), Some(answer));
        let notice = "$iothub/twin/PATCH/properties/desired/?$version=3";
        assert_eq!(Topic::parse(notice), Some(Topic::Desired { version: 3 }));
        let method = Topic::parse("$iothub/methods/POST/run/?$rid=a");
        assert_eq!(method, Some(Topic::Method { rid: "a" }));
        let message = Topic::parse("devices/d/messages/devicebound/%24.to=x");
        assert_eq!(message, Some(Topic::Message));
        assert_eq!(Topic::parse("$iothub/other"), None);
    }
}
