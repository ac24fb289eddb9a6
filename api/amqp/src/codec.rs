//! AMQP 1.0 types and everything that is made of them.
//!
//! ```text
//!   Bytes ──► Reader ──► Value                     any type           [1.6]
//!             │ depth    composite! structs        performatives,     [2.7]
//!             │ values                             states, termini,   [3]
//!             ▼                                    SASL               [5.3]
//!         DecodeError    Message                   sections, body raw [3.2]
//! ```
//!
//! A reader never goes past its input, never deeper than [`MAX_DEPTH`](crate::limits::MAX_DEPTH) and
//! never unfolds more than [`MAX_VALUES`](crate::limits::MAX_VALUES) values. Nothing is reserved on
//! the word of a length or count that the input does not back with bytes.
//!
//! Every field of a composite is written, `null` where unset: some clients read fields by position
//! without looking at the length. When reading, missing fields are `null` and surplus ones skipped.

mod code;
mod composite;
mod decode;
pub mod delivery_state;
mod descriptor;
mod encode;
mod error;
mod map;
pub mod message;
mod multiple;
pub mod performative;
mod primitive;
mod reader;
pub mod sasl;
mod sequence;
mod settle_mode;
mod symbol;
pub mod terminus;
mod value;
mod walk;

pub use self::decode::Decode;
pub use self::descriptor::Descriptor;
pub use self::encode::Encode;
pub use self::error::DecodeError;
pub use self::map::Map;
pub use self::multiple::Symbols;
pub use self::primitive::Timestamp;
pub use self::reader::Reader;
pub use self::sequence::SequenceNo;
pub use self::settle_mode::{ReceiverSettleMode, Role, SenderSettleMode};
pub use self::symbol::Symbol;
pub use self::value::{Array, Described, MixedArray, Value};
