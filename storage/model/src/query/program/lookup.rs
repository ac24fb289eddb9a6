//! What paths mean in a twin.

use crate::query::ast::Path;

/// Where the value of a path comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Lookup {
    /// `tags` and what is in it.
    Tags(Vec<String>),
    /// `properties.desired` and what is in it.
    Desired(Vec<String>),
    /// `properties.reported` and what is in it.
    Reported(Vec<String>),
    /// What the hub knows of the identity.
    Field(RootField),
    /// No twin has that.
    Nothing,
}

macro_rules! root_fields {
    ($($(#[$doc:meta])* $variant:ident = $($path:literal)|+;)*) => {
        /// A value of the twin document's root.
        ///
        /// Source: IoT Hub service API, `Twin`; query language, device twin properties.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum RootField {
            $($(#[$doc])* $variant,)*
        }

        impl RootField {
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// How queries name it; some have several names.
            pub const fn paths(self) -> &'static [&'static str] {
                match self {
                    $(Self::$variant => &[$($path),+],)*
                }
            }
        }
    };
}

root_fields! {
    DeviceId = "deviceId";
    ModuleId = "moduleId";
    ETag = "etag";
    DeviceETag = "deviceEtag";
    Version = "version";
    Status = "status";
    StatusReason = "statusReason";
    StatusUpdateTime = "statusUpdateTime" | "statusUpdatedTime";
    ConnectionState = "connectionState";
    ConnectionStateUpdatedTime = "connectionStateUpdatedTime";
    LastActivityTime = "lastActivityTime";
    CloudToDeviceMessageCount = "cloudToDeviceMessageCount";
    AuthenticationType = "authenticationType";
    /// The object.
    X509Thumbprint = "x509Thumbprint";
    PrimaryThumbprint = "x509Thumbprint.primaryThumbprint";
    SecondaryThumbprint = "x509Thumbprint.secondaryThumbprint";
    /// The object.
    Capabilities = "capabilities";
    IotEdge = "capabilities.iotEdge";
    DeviceScope = "deviceScope";
    /// The list.
    ParentScopes = "parentScopes";
    ModelId = "modelId";
    /// The object with both sections.
    Properties = "properties";
}

impl Lookup {
    pub(super) fn of(path: &Path) -> Self {
        let names: Vec<&str> = path.names().iter().map(String::as_str).collect();
        let rest = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        match names.as_slice() {
            ["tags", inner @ ..] => Self::Tags(rest(inner)),
            ["properties", "desired", inner @ ..] => Self::Desired(rest(inner)),
            ["properties", "reported", inner @ ..] => Self::Reported(rest(inner)),
            names => RootField::ALL
                .iter()
                .find(|field| {
                    let mut paths = field.paths().iter();
                    paths.any(|path| path.split('.').eq(names.iter().copied()))
                })
                .map_or(Self::Nothing, |field| Self::Field(*field)),
        }
    }

    /// Whether it is a property, which a new twin does not have. What the hub adds (`$version`) is none.
    pub fn is_property(&self) -> bool {
        match self {
            Self::Tags(names) | Self::Desired(names) | Self::Reported(names) => {
                names.first().is_some_and(|name| !name.starts_with('$'))
            }
            Self::Field(_) => false,
            Self::Nothing => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(text: &str) -> Lookup {
        Lookup::of(&Path::new(text.split('.').map(str::to_owned).collect()).unwrap())
    }

    #[test]
    fn paths_lead_into_sections_or_to_fields_of_the_root() {
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|&name| name.to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(lookup("tags"), Lookup::Tags(names(&[])));
        assert_eq!(lookup("tags.a.b"), Lookup::Tags(names(&["a", "b"])));
        assert_eq!(
            lookup("properties.reported.$version"),
            Lookup::Reported(names(&["$version"]))
        );
        assert_eq!(lookup("deviceId"), Lookup::Field(RootField::DeviceId));
        assert_eq!(
            lookup("capabilities.iotEdge"),
            Lookup::Field(RootField::IotEdge)
        );
        assert_eq!(lookup("properties"), Lookup::Field(RootField::Properties));
    }

    #[test]
    fn names_are_compared_with_case_and_unknown_ones_lead_nowhere() {
        for text in [
            "deviceid",
            "Tags.a",
            "deviceId.x",
            "properties.other",
            "configurations.a",
        ] {
            assert_eq!(lookup(text), Lookup::Nothing, "{text}");
        }
    }
}
