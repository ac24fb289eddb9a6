//! Every error code: where a real client is shown it, or why nobody ever is.

mod links;
mod names;
mod trouble;

use roost_model::ErrorCode;

use crate::house::source::{Halves, names};
use crate::house::tree;

/// What becomes of a code in this hub.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// A test with a real client is told it; the file is below `tests/tests`.
    Told(&'static str),
    /// It belongs to something that is not built.
    Unbuilt(&'static str),
    /// Nothing that is built answers it.
    Never(&'static str),
    /// Only damage or a mistake inside the hub leads to it, which no client can cause.
    Inside(&'static str),
}
use Fate::{Inside, Never, Told, Unbuilt};

const FILES: Fate = Unbuilt("file upload");
const JOBS: Fate = Unbuilt("jobs");
const CONFIGURATIONS: Fate = Unbuilt("automatic device management");
const THROTTLES: Fate = Unbuilt("throttles");

fn fate(code: ErrorCode) -> Fate {
    match code {
        ErrorCode::InvalidProtocolVersion => Never(
            "any api-version is the present one, and MQTT answers another level with CONNACK 1",
        ),
        ErrorCode::InvalidOperation => Told("it/security/policies.rs"),
        ErrorCode::ArgumentInvalid => Told("it/limits/identities.rs"),
        ErrorCode::ArgumentNull => Told("it/http/refused.rs"),
        ErrorCode::IotHubFormatError => Never("400004 and 400012 say which part has no form"),
        ErrorCode::InvalidSchemaVersion => Never("import lines have no version"),
        ErrorCode::DeviceDefinedMultipleTimes => Told("it/registry/bulk.rs"),
        ErrorCode::DeserializationError => Told("it/http/refused.rs"),
        ErrorCode::BulkRegistryOperationFailure => Told("it/registry/bulk.rs"),
        ErrorCode::DefaultStorageEndpointNotConfigured
        | ErrorCode::InvalidFileUploadCorrelationId
        | ErrorCode::ExpiredFileUploadCorrelationId
        | ErrorCode::DeviceMaximumActiveFileUploadLimitExceeded => FILES,
        ErrorCode::RequestCanceled => Never("who cancels a request does not read the answer"),
        ErrorCode::EtagDoesNotMatch => Never("412001 is what clients know it as"),
        ErrorCode::RequestTimedOut => Told("it/limits/timeouts.rs"),
        ErrorCode::NullMessage => Never("a message without a body is a message"),
        ErrorCode::ConnectionForcefullyClosedOnNewConnection => Told("it/errors/links.rs"),
        ErrorCode::InvalidDeviceScope => Told("it/registry/scopes.rs"),
        ErrorCode::InvalidPolicyKey => Told("it/registry/keys.rs"),
        ErrorCode::BulkRegenerateDeviceKeyOperationFailure => Told("it/registry/keys.rs"),
        ErrorCode::CannotRegisterModuleToModule => Never("no path names a module of a module"),
        ErrorCode::IotHubNotFound => Told("it/errors/names.rs"),
        ErrorCode::IotHubUnauthorizedAccess => Told("it/c2d/refused.rs"),
        ErrorCode::IotHubUnauthorized => Told("it/c2d/refused.rs"),
        ErrorCode::IotHubSuspended => Never("nobody pays for this hub"),
        ErrorCode::IotHubQuotaExceeded => Told("it/limits/groups.rs"),
        ErrorCode::JobQuotaExceeded
        | ErrorCode::JobNotFound
        | ErrorCode::JobAlreadyExists
        | ErrorCode::ThrottlingMaxActiveJobCountExceeded => JOBS,
        ErrorCode::DeviceMaximumQueueDepthExceeded => Told("it/limits/queues.rs"),
        ErrorCode::InvalidMessageExpiryTime => Told("it/c2d/limits.rs"),
        ErrorCode::OperationNotAvailableInCurrentTier => Told("it/errors/links.rs"),
        ErrorCode::DeviceDisabled => Told("it/c2d/refused.rs"),
        ErrorCode::DeviceMaximumInFlightMethodsExceeded => Told("it/mqtt/methods.rs"),
        ErrorCode::DeviceNotFound => Told("it/http/refused.rs"),
        ErrorCode::CertificateNotFound => Told("it/security/authorities.rs"),
        ErrorCode::ModuleNotFound => Told("it/limits/identities.rs"),
        ErrorCode::DeviceNotOnline => Told("it/limits/methods.rs"),
        ErrorCode::DeviceConnectionClosedRemotely => {
            Never("a method whose device goes away meanwhile is 504101: it may have been done")
        }
        ErrorCode::ConfigurationNotFound | ErrorCode::ConfigurationAlreadyExists => CONFIGURATIONS,
        ErrorCode::DeviceAlreadyExists => Told("it/http/refused.rs"),
        ErrorCode::LinkCreationConflict => Told("it/errors/links.rs"),
        ErrorCode::ModuleAlreadyExistsOnDevice => Told("it/limits/identities.rs"),
        ErrorCode::PreconditionFailed => Told("it/http/refused.rs"),
        ErrorCode::DeviceMessageLockLost => Told("it/c2d/refused.rs"),
        ErrorCode::MessageTooLarge => Told("it/limits/telemetry.rs"),
        ErrorCode::TooManyDevices => Told("it/limits/registry.rs"),
        ErrorCode::TooManyModulesOnDevice => Told("it/limits/identities.rs"),
        ErrorCode::GenericUnsupportedMediaType => Told("it/registry/transfer.rs"),
        ErrorCode::ThrottlingException => Told("it/limits/timeouts.rs"),
        ErrorCode::GenericTooManyRequests
        | ErrorCode::ThrottleBacklogLimitExceeded
        | ErrorCode::ThrottlingBacklogTimeout
        | ErrorCode::DeviceThrottlingLimitExceeded
        | ErrorCode::ReceiveLinkOpensThrottled => THROTTLES,
        ErrorCode::ClientClosedRequest => Never("who has left does not read the answer"),
        ErrorCode::ServerError => Inside("damaged rows, answers of another kind than asked for"),
        ErrorCode::GenericTimeout => {
            Never("503001 when a partition cannot answer, 504101 when a device does not")
        }
        ErrorCode::GenericBadGateway => Told("it/limits/methods.rs"),
        ErrorCode::ServiceUnavailable => Told("it/errors/trouble.rs"),
        ErrorCode::PartitionNotFound => Told("it/errors/links.rs"),
        ErrorCode::ServerBusy => Told("it/errors/trouble.rs"),
        ErrorCode::IotHubRestoring => Never("a hub that restores is not reachable yet"),
        ErrorCode::GatewayTimeout => Told("it/mqtt/methods.rs"),
    }
}

#[test]
fn every_error_code_is_told_to_a_client_or_is_answered_by_nothing() {
    let product = product();
    let mut wrong = Vec::new();
    for &code in ErrorCode::ALL {
        let name = code.name();
        let is_used = product.iter().any(|text| uses(text, name));
        match fate(code) {
            Told(file) => {
                let path = tree::root().join("tests/tests").join(file);
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                let (digits, number) = (code.number() % 1000, code.number() / 1000);
                let written = format!("{number}_{digits:03}");
                if !names(&text, name) && !text.contains(&written) {
                    wrong.push(format!("{file} knows nothing of {code}"));
                }
                if !is_used {
                    wrong.push(format!("{code} is told and nothing answers it"));
                }
            }
            Inside(why) if !is_used => {
                wrong.push(format!("nothing answers {code}, and here it says: {why}"));
            }
            Unbuilt(why) | Never(why) if is_used => {
                wrong.push(format!("{code} is answered, and here it says: {why}"));
            }
            Inside(_) | Unbuilt(_) | Never(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What is built, without the page that lists the codes.
fn product() -> Vec<String> {
    let halves = Halves::all().into_iter();
    let product = halves.filter(|halves| !halves.path.ends_with("model/src/error_code.rs"));
    product.map(|halves| halves.product).collect()
}

/// Whether the code is named: by itself, or in a list of imports.
fn uses(text: &str, name: &str) -> bool {
    text.match_indices("ErrorCode::").any(|(at, prefix)| {
        let rest = &text[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(list) => list
                .split_once('}')
                .is_some_and(|(list, _)| names(list, name)),
            None => {
                let word = rest.split(|char: char| !char.is_alphanumeric()).next();
                word == Some(name)
            }
        }
    })
}
