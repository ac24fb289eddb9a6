//! Real nodes, real sockets, real SDKs; and the house rules.
//!
//! `fixture` starts one cluster for all tests of this binary. Each test has devices of its own, so they
//! run side by side. Tests that kill nodes have clusters of their own, in `chaos`.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod amqp;
mod c2d;
mod errors;
mod fixture;
mod house;
mod http;
mod limits;
mod mqtt;
mod operations;
mod registry;
mod sdk;
mod security;
