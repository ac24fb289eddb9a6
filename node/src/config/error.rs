//! What can be wrong with a configuration.

use std::borrow::Cow;
use std::path::PathBuf;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("there is no configuration file {}; `roost config example` prints one to start from", .0.display())]
    Missing(PathBuf),
    #[error("{0}")]
    Unreadable(Box<figment::Error>),
    #[error("{key} {problem}")]
    Invalid {
        key: &'static str,
        problem: Cow<'static, str>,
    },
    #[error("limits.{0}")]
    Limit(#[from] roost_model::InvalidLimits),
    #[error("cannot print the configuration: {0}")]
    Unprintable(#[from] toml::ser::Error),
}

impl ConfigError {
    pub(crate) fn invalid(key: &'static str, problem: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid {
            key,
            problem: problem.into(),
        }
    }
}

impl From<figment::Error> for ConfigError {
    fn from(error: figment::Error) -> Self {
        Self::Unreadable(Box::new(error))
    }
}
