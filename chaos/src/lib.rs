//! Real clusters under faults.
//!
//! [`harness`] starts clusters of real `roost` processes on loopback and talks to them as a back end
//! does; the integration tests and the load generator build on it. [`kill`] is the first workload with
//! a nemesis: devices publish, nodes are killed, and every acknowledgement is held against what is
//! stored in the end.

pub mod harness;
pub mod kill;
