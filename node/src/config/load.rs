//! Reads a configuration: the file, then the environment over it.

use std::path::Path;

use figment::Figment;
use figment::providers::{Env, Format, Toml};

use super::{ConfigError, NodeConfig};

/// Environment variables that override a key: `ROOST_SECTION__KEY`, for example
/// `ROOST_MQTT__LISTEN=0.0.0.0:18883`. Variables without the double underscore (such as
/// `ROOST_CONNECTION_STRING`) belong to the commands and are no configuration keys.
const PREFIX: &str = "ROOST_";
const SEPARATOR: &str = "__";

pub(super) fn load(file: &Path) -> Result<NodeConfig, ConfigError> {
    if !file.is_file() {
        return Err(ConfigError::Missing(file.to_owned()));
    }
    let environment = Env::prefixed(PREFIX)
        .filter(|key| key.as_str().contains(SEPARATOR))
        .split(SEPARATOR);
    let mut config: NodeConfig = Figment::new()
        .merge(Toml::file_exact(file))
        .merge(environment)
        .extract()?;
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    if let Some(folder) = file.parent() {
        config.complete(folder);
    }
    config.validate()?;
    Ok(config)
}
