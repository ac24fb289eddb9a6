//! What the hub's messages are in AMQP, and back.
//!
//! | here | in AMQP |
//! |---|---|
//! | body | data sections |
//! | application's properties | application-properties |
//! | system properties | properties, and message annotations for what the standard has no field for |
//!
//! Source: `reference/wire.md` §3.5, §6, §7.4.

mod batch;
mod command;
mod content;
mod devicebound;
mod event;
mod feedback;
mod sections;

pub(crate) use batch::unfold;
pub(crate) use command::command;

pub(crate) use devicebound::devicebound;
pub(crate) use event::{ReaderInfo, event, last_sequence, reader_info};
pub(crate) use feedback::feedback;
