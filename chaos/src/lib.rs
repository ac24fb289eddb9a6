//! Real clusters under faults.
//!
//! [`harness`] starts clusters of real `roost` processes on loopback and talks to them as a back end
//! and an operator do; the integration tests and the load generator build on it. [`load`] is devices
//! that publish and hold every acknowledgement against what is stored in the end. [`kill`],
//! [`membership`], [`mixed`] and [`nemesis`] are what is done to clusters meanwhile.

pub mod harness;
pub mod kill;
pub mod load;
pub mod membership;
pub mod mixed;
pub mod nemesis;
pub mod sim;
