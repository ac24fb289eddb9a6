//! Why a command was refused.

use roost_model::{ErrorCode, TwinSection};

/// A refusal that every replica comes to alike. Nothing was changed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error, bincode::Encode, bincode::Decode,
)]
pub enum Rejection {
    /// A device of this id exists.
    #[error("the device exists already")]
    DeviceAlreadyExists,
    /// A module of this id exists on the device.
    #[error("the module exists already")]
    ModuleAlreadyExists,
    /// There is no such device.
    #[error("there is no such device")]
    DeviceNotFound,
    /// The device has no such module.
    #[error("the device has no such module")]
    ModuleNotFound,
    /// The entity tag asked for is not the current one.
    #[error("the identity has changed since it was read")]
    PreconditionFailed,
    /// The identity is not the one that the credential was checked against.
    #[error("the identity has changed since its credential was checked")]
    IdentityChanged,
    /// The device is disabled.
    #[error("the device is disabled")]
    Disabled,
    /// The partition holds as many identities as the others leave of what the hub may have.
    #[error("the hub holds as many identities as it may")]
    TooManyIdentities,
    /// The device has as many modules as it may.
    #[error("the device has as many modules as it may")]
    TooManyModules,
    /// The status reason, or the name of a module's owner, has more characters than it may.
    #[error("the status reason or managedBy is too long")]
    ReasonTooLong,
    /// An Edge device's own scope that is another's or changed, or a parent that cannot be one.
    #[error("a scope is that of another edge device, and an edge device keeps its own")]
    InvalidScope,
    /// A module has no status, scopes or Edge capability of its own.
    #[error("a module has no status, scope or edge capability of its own")]
    NotForModules,
    /// The identity does not authenticate with keys.
    #[error("the identity does not authenticate with keys")]
    NoKeys,
    /// A checkpoint past the end of the stream, or a consumer group's name that cannot be one.
    #[error("no such place in the stream, or not a name of a consumer group")]
    InvalidCheckpoint,
    /// The twin's entity tag asked for is not the current one.
    #[error("the twin has changed since it was read")]
    TwinChanged,
    /// `$version` of the reported properties is not the one that the device expects.
    #[error("the reported properties are at version {0}")]
    ReportedVersion(u64),
    /// A section of the twin would be larger than it may.
    #[error("the twin's {} would be larger than they may", .0.path())]
    TwinTooLarge(TwinSection),
    /// Not, or no longer, the identity's session.
    #[error("another session has taken this one's place")]
    Superseded,
    /// As many messages wait for the device as may.
    #[error("as many messages wait for the device as may")]
    QueueFull,
    /// The message is larger than one may be.
    #[error("the message is too large")]
    MessageTooLarge,
    /// The message is to wait longer than one may.
    #[error("the message is to wait longer than a message may")]
    InvalidExpiry,
    /// The receiver does not, or no longer, hold what it settles.
    #[error("nothing is locked under this token, or no longer")]
    LockLost,
}

impl Rejection {
    /// What the service's clients know it as.
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::DeviceAlreadyExists => ErrorCode::DeviceAlreadyExists,
            Self::ModuleAlreadyExists => ErrorCode::ModuleAlreadyExistsOnDevice,
            Self::DeviceNotFound => ErrorCode::DeviceNotFound,
            Self::ModuleNotFound => ErrorCode::ModuleNotFound,
            Self::PreconditionFailed => ErrorCode::PreconditionFailed,
            Self::IdentityChanged => ErrorCode::IotHubUnauthorized,
            Self::Disabled => ErrorCode::DeviceDisabled,
            Self::TooManyIdentities => ErrorCode::TooManyDevices,
            Self::TooManyModules => ErrorCode::TooManyModulesOnDevice,
            Self::InvalidScope => ErrorCode::InvalidDeviceScope,
            Self::TwinChanged | Self::ReportedVersion(_) => ErrorCode::PreconditionFailed,
            Self::TwinTooLarge(_) => ErrorCode::MessageTooLarge,
            Self::Superseded => ErrorCode::ConnectionForcefullyClosedOnNewConnection,
            Self::QueueFull => ErrorCode::DeviceMaximumQueueDepthExceeded,
            Self::MessageTooLarge => ErrorCode::MessageTooLarge,
            Self::InvalidExpiry => ErrorCode::InvalidMessageExpiryTime,
            Self::LockLost => ErrorCode::DeviceMessageLockLost,
            Self::NoKeys => ErrorCode::InvalidOperation,
            Self::ReasonTooLong | Self::NotForModules | Self::InvalidCheckpoint => {
                ErrorCode::ArgumentInvalid
            }
        }
    }
}
