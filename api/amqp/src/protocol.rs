//! The protocol without the hub: the root of a crate of its own, for instruments that would otherwise
//! have to compile the hub and its storage with it (`api/amqp/fuzz`). The hub's crate has `lib.rs`.

#![allow(
    dead_code,
    unused_imports,
    reason = "what only the hub's side of the crate calls is left out"
)]

pub mod codec;
pub mod engine;
pub mod frame;
pub mod limits;
pub mod sasl;
