//! Where messages go to [3.5.4].

use crate::codec::composite::composite;
use crate::codec::{Map, Symbol, Symbols, Value};

composite! {
    /// A node to which messages go.
    #[derive(Default)]
    pub struct Target = TARGET {
        /// The node.
        address: Option<Value> => optional,
        /// 0 none, 1 configuration, 2 unsettled state.
        durable: u32 => default(0),
        /// When the terminus is forgotten.
        expiry_policy: Option<Symbol> => optional,
        /// Seconds after that.
        timeout: u32 => default(0),
        /// Whether the node is to be made.
        dynamic: bool => default(false),
        /// Properties of a node that is to be made.
        dynamic_node_properties: Option<Map> => optional,
        /// Extensions.
        capabilities: Symbols => default(Symbols::default()),
    }
}

impl Target {
    /// A target with nothing but an address.
    pub fn at(address: impl Into<String>) -> Target {
        Target {
            address: Some(Value::String(address.into())),
            ..Target::default()
        }
    }

    /// The address when it is text, as every client's is.
    pub fn address(&self) -> Option<&str> {
        self.address.as_ref().and_then(Value::as_text)
    }
}
