//! Where messages come from [3.5.3].

use crate::codec::composite::composite;
use crate::codec::{Map, Symbol, Symbols, Value};

composite! {
    /// A node from which messages come, and which of them.
    #[derive(Default)]
    pub struct Source = SOURCE {
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
        /// `move` or `copy`.
        distribution_mode: Option<Symbol> => optional,
        /// Names and described filters.
        filter: Option<Map> => optional,
        /// Outcome of deliveries whose receiver says nothing, a described value.
        default_outcome: Option<Value> => optional,
        /// Outcomes that can be.
        outcomes: Symbols => default(Symbols::default()),
        /// Extensions.
        capabilities: Symbols => default(Symbols::default()),
    }
}

impl Source {
    /// A source with nothing but an address.
    pub fn at(address: impl Into<String>) -> Source {
        Source {
            address: Some(Value::String(address.into())),
            ..Source::default()
        }
    }

    /// The address when it is text, as every client's is.
    pub fn address(&self) -> Option<&str> {
        self.address.as_ref().and_then(Value::as_text)
    }
}
