//! Certificates: one authority, one certificate per node for the links between nodes, and one server
//! certificate that devices and back ends see.
//!
//! ```text
//!                    authority (ca.pem, ca-key.pem)
//!            ┌───────────────┴────────────────┐
//!   node-{id}.roost.internal          DNS names, IP addresses
//!   server + client authentication    server authentication
//!   (node ↔ node, mutual TLS)         (MQTT 8883, HTTPS 443)
//! ```
//!
//! Devices with certificates have an authority of their own: whoever can sign for devices must not be
//! able to sign for nodes.

mod authority;
mod issued;
mod revoked;

pub(crate) use authority::{Authority, PkiError, self_signed};
pub(crate) use issued::{Issued, IssuedFiles, ServerName};
pub(crate) use revoked::Revoked;

/// The name that a node's certificate carries and that its peers expect.
pub(crate) fn node_name(id: u64) -> String {
    format!("node-{id}.roost.internal")
}

#[cfg(test)]
mod tests;
