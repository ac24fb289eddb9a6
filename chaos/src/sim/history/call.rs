//! What clients of a simulated hub ask for, and what they can hear.

use std::fmt;

use roost_actors::HubError;
use roost_edge::Refusal;
use roost_model::{ConnectionEpoch, ErrorCode, PartitionId};

/// Something that a client asks for. Texts are of the workload's own making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// A device connects.
    Attach { device: String },
    /// A device sends the event of this number in its session.
    Send {
        device: String,
        epoch: ConnectionEpoch,
        number: u64,
    },
    /// A back end writes a value, over whatever version there is or over this one.
    Write {
        register: Register,
        device: String,
        value: u64,
        expected: Option<u64>,
    },
    /// A back end reads a value.
    Read { register: Register, device: String },
    /// An operator lets a device connect, or sees to it that it cannot.
    Admit { device: String, access: Access },
    /// A device's session is told the version of its desired properties.
    Notice {
        device: String,
        epoch: ConnectionEpoch,
        version: u64,
    },
    /// A back end has a device do something.
    Invoke { device: String, number: u64 },
    /// A device does it.
    Perform { device: String, number: u64 },
    /// A back end sends a device a message.
    Enqueue { device: String, message: u64 },
    /// A device asks for its next message.
    Receive { device: String },
    /// A device is done with a message.
    Complete { device: String, message: u64 },
    /// A device's session is given a message.
    Deliver {
        device: String,
        epoch: ConnectionEpoch,
        message: u64,
    },
    /// A leader proposes what was decided in a term that has passed.
    Propose { partition: PartitionId, term: u64 },
}

/// Whether a device may connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It may.
    Granted,
    /// It is registered and may not.
    Disabled,
    /// It is not registered.
    Deleted,
}

/// Where a back end keeps a value of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Register {
    /// In its twin's desired properties.
    Twin,
    /// In its registry entry.
    Identity,
}

/// What a client heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done(Value),
    /// It was refused for good, and nothing has changed.
    Refused(ErrorCode),
    /// It may have been done or not, or may still be.
    Unknown,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing more than that.
    Nothing,
    /// The session of an attach.
    Session(ConnectionEpoch),
    /// A register's value, and what its entity tag counts.
    Versioned { version: u64, value: Option<u64> },
    /// What a device answered.
    Answer(u64),
    /// A message, or that there is none.
    Message(Option<u64>),
}

// === impl Outcome ===

impl Outcome {
    /// Of an answer or a failure.
    pub fn of<E: Into<Outcome>>(answer: Result<Value, E>) -> Outcome {
        answer.map_or_else(Into::into, Outcome::Done)
    }

    fn failed(code: ErrorCode, transient: bool) -> Outcome {
        if transient || code == ErrorCode::ServerError {
            Outcome::Unknown
        } else {
            Outcome::Refused(code)
        }
    }
}

impl From<HubError> for Outcome {
    fn from(error: HubError) -> Outcome {
        Outcome::failed(error.code(), error.is_transient())
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Outcome {
        Outcome::failed(refusal.code(), refusal.is_transient())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Done(value) => write!(f, "{value}"),
            Outcome::Refused(code) => write!(f, "refused: {}", code.name()),
            Outcome::Unknown => f.write_str("unknown"),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Nothing => f.write_str("done"),
            Value::Session(epoch) => write!(f, "epoch {epoch}"),
            Value::Versioned { version, value } => write!(f, "version {version}: {value:?}"),
            Value::Answer(answer) => write!(f, "answer {answer}"),
            Value::Message(None) => f.write_str("no message"),
            Value::Message(Some(message)) => write!(f, "message {message}"),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Call::Attach { device } => write!(f, "attach {device}"),
            Call::Send {
                device,
                epoch,
                number,
            } => write!(f, "send {device} epoch {epoch} event {number}"),
            Call::Write {
                register,
                device,
                value,
                expected,
            } => write!(f, "write {register:?} {device} = {value} if {expected:?}"),
            Call::Read { register, device } => write!(f, "read {register:?} {device}"),
            Call::Admit { device, access } => write!(f, "admit {device}: {access:?}"),
            Call::Notice {
                device,
                epoch,
                version,
            } => write!(f, "notice {device} epoch {epoch} version {version}"),
            Call::Invoke { device, number } => write!(f, "invoke {device} {number}"),
            Call::Perform { device, number } => write!(f, "perform {device} {number}"),
            Call::Enqueue { device, message } => write!(f, "enqueue {device} message {message}"),
            Call::Receive { device } => write!(f, "receive {device}"),
            Call::Deliver {
                device,
                epoch,
                message,
            } => write!(f, "deliver {device} epoch {epoch} message {message}"),
            Call::Propose { partition, term } => {
                write!(f, "propose in partition {partition} of term {term}")
            }
            Call::Complete { device, message } => {
                write!(f, "complete {device} message {message}")
            }
        }
    }
}
