//! Which device or module a command is about.

use clap::Args;
use roost_model::{DeviceId, Identity, ModuleId};

/// One device, or one module of it.
#[derive(Debug, Clone, Args)]
pub(super) struct IdentityArgs {
    /// The device
    #[arg(value_name = "DEVICE", value_parser = DeviceId::parse)]
    pub(super) device: DeviceId,

    /// One of its modules
    #[arg(long, value_name = "ID", value_parser = ModuleId::parse)]
    pub(super) module: Option<ModuleId>,
}

impl IdentityArgs {
    pub(super) fn identity(&self) -> Identity {
        Identity {
            device: self.device.clone(),
            module: self.module.clone(),
        }
    }

    /// Path of what is below the identity's twin in the service's interface.
    pub(super) fn twin_path<'a>(&'a self, below: &[&'a str]) -> Vec<&'a str> {
        let mut path = vec!["twins", self.device.as_str()];
        if let Some(module) = &self.module {
            path.extend(["modules", module.as_str()]);
        }
        path.extend(below);
        path
    }
}
