//! What went wrong, in the terms of this protocol: a CONNACK code, or the reason of a closed connection.

use ntex_mqtt::MqttProtocolError;
use ntex_mqtt::error::PayloadError;
use ntex_mqtt::v3::codec::ConnectAckReason;
use roost_edge::{CloseReason, Refusal};
use roost_model::x509::InvalidChain;
use roost_model::{ErrorCode, InvalidId};
use thiserror::Error;

use crate::username::UsernameError;

/// Why CONNECT is refused.
#[derive(Debug, Error)]
pub(crate) enum ConnectRefusal {
    #[error("the client id is not a device or module id: {0}")]
    ClientId(#[from] InvalidId),
    #[error("there is no user name")]
    NoUsername,
    #[error(transparent)]
    Username(#[from] UsernameError),
    #[error("the password is not text")]
    Password,
    #[error("the client certificates cannot be used: {0}")]
    Certificates(#[from] InvalidChain),
    #[error("the will topic is not the telemetry topic of the device or module")]
    WillTopic,
    #[error("{0}")]
    Hub(#[from] Refusal),
    #[error("the hub did not answer in time")]
    Timeout,
    #[error("the node is stopping")]
    Stopping,
}

impl ConnectRefusal {
    /// 5 for what will fail again and 3 for what may pass; never 2 or 4, with which the C SDK gives
    /// up for good.
    pub(crate) fn connack(&self) -> ConnectAckReason {
        let transient = match self {
            Self::Timeout | Self::Stopping => true,
            Self::Hub(refusal) => {
                refusal.is_transient() || refusal.code() == ErrorCode::IotHubQuotaExceeded
            }
            _ => false,
        };
        if transient {
            ConnectAckReason::ServiceUnavailable
        } else {
            ConnectAckReason::NotAuthorized
        }
    }

    /// Label of the metric.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::ClientId(_) => "ClientId",
            Self::NoUsername | Self::Username(_) => "Username",
            Self::Password => "Password",
            Self::Certificates(_) => "Certificates",
            Self::WillTopic => "WillTopic",
            Self::Hub(refusal) => refusal.code().name(),
            Self::Timeout => "Timeout",
            Self::Stopping => "Stopping",
        }
    }
}

/// Why a packet of a session closes the connection: MQTT 3.1.1 can't refuse it otherwise.
#[derive(Debug, Error)]
pub(crate) enum PacketError {
    #[error("the topic {0:?} is not one of this device or module")]
    ForeignTopic(Box<str>),
    #[error("the payload did not arrive: {0}")]
    Payload(#[from] PayloadError),
    #[error("the hub refused the message: {0}")]
    Hub(#[from] Refusal),
}

impl PacketError {
    /// With a topic that is short enough for a log.
    pub(crate) fn foreign_topic(topic: &str) -> Self {
        Self::ForeignTopic(topic.chars().take(100).collect())
    }

    fn label(&self) -> &'static str {
        match self {
            Self::ForeignTopic(_) => "ForeignTopic",
            Self::Payload(_) => "Payload",
            Self::Hub(refusal) => refusal.code().name(),
        }
    }
}

/// Why a session ended.
#[derive(Debug, Error)]
pub(crate) enum Ending {
    #[error("the client disconnected")]
    Disconnected,
    #[error("the client went away")]
    PeerGone(#[source] Option<std::io::Error>),
    #[error("the client sent nothing for one and a half times its keep-alive")]
    KeepAlive,
    #[error("{0}")]
    Protocol(MqttProtocolError),
    #[error("{0}")]
    Packet(PacketError),
    #[error("the hub closed the session: {0}")]
    Hub(CloseReason),
    #[error("the node is stopping")]
    Stopping,
}

impl Ending {
    /// Label of the metric.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Disconnected => "Disconnected",
            Self::PeerGone(_) => "PeerGone",
            Self::KeepAlive => "KeepAlive",
            Self::Protocol(_) => "Protocol",
            Self::Packet(error) => error.label(),
            Self::Hub(CloseReason::Superseded) => "Superseded",
            Self::Hub(CloseReason::Revoked(code)) => code.name(),
            Self::Hub(CloseReason::TokenExpired) => "TokenExpired",
            Self::Hub(CloseReason::CertificateExpired) => "CertificateExpired",
            Self::Hub(CloseReason::Unreachable) => "Unreachable",
            Self::Hub(CloseReason::Shutdown) | Self::Stopping => "Stopping",
        }
    }

    /// Whether the device is still well: it said goodbye, or the hub moved its session. Its will is not
    /// published then; a renewed token is a new connection that takes over and must not fire it.
    pub(crate) fn is_clean(&self) -> bool {
        matches!(
            self,
            Self::Disconnected
                | Self::Stopping
                | Self::Hub(CloseReason::Superseded | CloseReason::Shutdown)
        )
    }
}

impl From<MqttProtocolError> for Ending {
    fn from(error: MqttProtocolError) -> Self {
        match error {
            MqttProtocolError::KeepAliveTimeout => Self::KeepAlive,
            error => Self::Protocol(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_pass_later_is_code_3_and_all_else_code_5() {
        assert_eq!(
            ConnectRefusal::Timeout.connack(),
            ConnectAckReason::ServiceUnavailable
        );
        assert_eq!(
            ConnectRefusal::Stopping.connack(),
            ConnectAckReason::ServiceUnavailable
        );
        assert_eq!(
            ConnectRefusal::NoUsername.connack(),
            ConnectAckReason::NotAuthorized
        );
        assert_eq!(
            ConnectRefusal::WillTopic.connack(),
            ConnectAckReason::NotAuthorized
        );
    }

    #[test]
    fn throttling_and_server_errors_are_code_3_and_refusals_code_5() {
        let answer = |code| ConnectRefusal::from(Refusal::new(code, "test")).connack();
        for code in [
            ErrorCode::IotHubQuotaExceeded,
            ErrorCode::ServiceUnavailable,
            ErrorCode::ThrottlingException,
            ErrorCode::ServerError,
        ] {
            assert_eq!(answer(code), ConnectAckReason::ServiceUnavailable, "{code}");
        }
        for code in [
            ErrorCode::DeviceNotFound,
            ErrorCode::ModuleNotFound,
            ErrorCode::IotHubUnauthorized,
            ErrorCode::IotHubNotFound,
            ErrorCode::DeviceDisabled,
        ] {
            assert_eq!(answer(code), ConnectAckReason::NotAuthorized, "{code}");
        }
    }

    #[test]
    fn only_a_farewell_or_a_move_keeps_the_will_back() {
        assert!(Ending::Disconnected.is_clean());
        assert!(Ending::Hub(CloseReason::Superseded).is_clean());
        assert!(Ending::Stopping.is_clean());
        assert!(!Ending::PeerGone(None).is_clean());
        assert!(!Ending::KeepAlive.is_clean());
        assert!(!Ending::Hub(CloseReason::TokenExpired).is_clean());
        assert!(!Ending::from(MqttProtocolError::ReadTimeout).is_clean());
    }

    #[test]
    fn a_long_foreign_topic_is_cut_for_the_log() {
        let error = PacketError::foreign_topic(&"t".repeat(60_000));
        assert!(error.to_string().len() < 200);
    }
}
