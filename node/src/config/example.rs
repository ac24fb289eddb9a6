//! The example that `roost config example` prints.

/// A commented configuration of the first of three bare-metal nodes; a test keeps it loadable and
/// its commented-out values equal to the defaults.
pub(crate) const EXAMPLE: &str = include_str!("example.toml");
