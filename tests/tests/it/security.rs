//! Who may come in: certificates and their authorities, policies and their keys, and how fast a right
//! that is taken away is gone.

mod authorities;
mod permissions;
mod policies;
mod reload;
mod renewal;
mod sdk;
mod thumbprints;
mod tools;
