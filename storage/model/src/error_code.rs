//! The service's error codes.

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};

macro_rules! error_codes {
    ($($variant:ident = $number:literal;)*) => {
        /// Why the hub refused something, in the numbers and names that SDKs know.
        ///
        /// Source: "Understand and resolve IoT Hub error codes"; the service SDK's `ErrorCode`. Written in
        /// bincode as its number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u32)]
        pub enum ErrorCode {
            $($variant = $number,)*
        }

        impl ErrorCode {
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name in the `iothub-errorcode` header, such as `DeviceNotFound`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)*
                }
            }

            pub const fn from_number(number: u32) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

error_codes! {
    InvalidProtocolVersion = 400001;
    InvalidOperation = 400003;
    ArgumentInvalid = 400004;
    ArgumentNull = 400005;
    IotHubFormatError = 400006;
    InvalidSchemaVersion = 400010;
    DeviceDefinedMultipleTimes = 400011;
    DeserializationError = 400012;
    BulkRegistryOperationFailure = 400013;
    DefaultStorageEndpointNotConfigured = 400014;
    InvalidFileUploadCorrelationId = 400015;
    ExpiredFileUploadCorrelationId = 400016;
    RequestCanceled = 400021;
    EtagDoesNotMatch = 400023;
    RequestTimedOut = 400024;
    NullMessage = 400026;
    ConnectionForcefullyClosedOnNewConnection = 400027;
    InvalidDeviceScope = 400028;
    InvalidPolicyKey = 400035;
    BulkRegenerateDeviceKeyOperationFailure = 400036;
    CannotRegisterModuleToModule = 400301;
    IotHubNotFound = 401001;
    IotHubUnauthorizedAccess = 401002;
    IotHubUnauthorized = 401003;
    IotHubSuspended = 403001;
    IotHubQuotaExceeded = 403002;
    JobQuotaExceeded = 403003;
    DeviceMaximumQueueDepthExceeded = 403004;
    DeviceMaximumActiveFileUploadLimitExceeded = 403006;
    InvalidMessageExpiryTime = 403009;
    OperationNotAvailableInCurrentTier = 403010;
    DeviceDisabled = 403012;
    DeviceMaximumInFlightMethodsExceeded = 403800;
    DeviceNotFound = 404001;
    JobNotFound = 404002;
    CertificateNotFound = 404008;
    ModuleNotFound = 404010;
    DeviceNotOnline = 404103;
    DeviceConnectionClosedRemotely = 404104;
    ConfigurationNotFound = 404301;
    DeviceAlreadyExists = 409001;
    LinkCreationConflict = 409002;
    JobAlreadyExists = 409104;
    ModuleAlreadyExistsOnDevice = 409301;
    ConfigurationAlreadyExists = 409401;
    PreconditionFailed = 412001;
    DeviceMessageLockLost = 412002;
    MessageTooLarge = 413001;
    TooManyDevices = 413002;
    TooManyModulesOnDevice = 413003;
    GenericUnsupportedMediaType = 415000;
    GenericTooManyRequests = 429000;
    ThrottlingException = 429001;
    ThrottleBacklogLimitExceeded = 429002;
    ThrottlingBacklogTimeout = 429003;
    ThrottlingMaxActiveJobCountExceeded = 429004;
    DeviceThrottlingLimitExceeded = 429005;
    ClientClosedRequest = 499000;
    ServerError = 500001;
    GenericTimeout = 500008;
    GenericBadGateway = 502000;
    ServiceUnavailable = 503001;
    PartitionNotFound = 503003;
    ServerBusy = 503005;
    IotHubRestoring = 503006;
    ReceiveLinkOpensThrottled = 503008;
    GatewayTimeout = 504101;
}

impl ErrorCode {
    /// The six digits in the `errorCode` field of an error body, such as 404001.
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// The HTTP status: the first three digits.
    pub const fn http_status(self) -> u16 {
        // Six digits, so three remain.
        (self.number() / 1000) as u16
    }

    /// Whether the same request may succeed later (SDKs retry 429, 500, 502, 503 and 504).
    pub const fn is_transient(self) -> bool {
        matches!(self.http_status(), 429 | 500 | 502 | 503 | 504)
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.number(), self.name())
    }
}

impl bincode::Encode for ErrorCode {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.number().encode(encoder)
    }
}

impl<Context> bincode::Decode<Context> for ErrorCode {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let number = <u32 as bincode::Decode<Context>>::decode(decoder)?;
        Self::from_number(number).ok_or(DecodeError::Other("unknown error code"))
    }
}

bincode::impl_borrow_decode!(ErrorCode);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec;

    #[test]
    fn a_code_has_the_number_name_and_status_that_sdks_know() {
        let code = ErrorCode::DeviceNotFound;
        assert_eq!(
            (code.number(), code.name(), code.http_status()),
            (404001, "DeviceNotFound", 404)
        );
        assert_eq!(code.to_string(), "404001 DeviceNotFound");
        assert_eq!(
            ErrorCode::ConnectionForcefullyClosedOnNewConnection.number(),
            400027
        );
        assert_eq!(ErrorCode::ThrottlingException.http_status(), 429);
    }

    #[test]
    fn every_status_is_an_error_status_and_numbers_read_back() {
        for &code in ErrorCode::ALL {
            assert!((400..600).contains(&code.http_status()), "{code}");
            assert_eq!(ErrorCode::from_number(code.number()), Some(code));
            assert_eq!(codec::decode(1, &codec::encode(1, &code)), Ok((1, code)));
        }
        assert_eq!(ErrorCode::from_number(404000), None);
        assert!(codec::decode::<ErrorCode>(1, &codec::encode(1, &404000u32)).is_err());
    }

    #[test]
    fn throttling_and_server_trouble_are_transient_and_refusals_are_not() {
        assert!(ErrorCode::ThrottlingException.is_transient());
        assert!(ErrorCode::ServiceUnavailable.is_transient());
        assert!(!ErrorCode::IotHubUnauthorized.is_transient());
        assert!(!ErrorCode::DeviceNotFound.is_transient());
    }
}
