//! Who does what: one kind of work per file. Everyone attempts one thing after the other and notes
//! what came of it.

pub(super) mod desired;
pub(super) mod feedback;
pub(super) mod message;
pub(super) mod method;
pub(super) mod read;
pub(super) mod swap;
