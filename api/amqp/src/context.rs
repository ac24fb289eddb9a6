//! What all connections of a node share.

use std::sync::Arc;

use roost_actors::client::HubClient;
use roost_edge::Edge;

use crate::config::AmqpConfig;
use crate::engine::EngineConfig;

#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) edge: Edge,
    pub(crate) hub: HubClient,
    pub(crate) config: AmqpConfig,
    pub(crate) engine: Arc<EngineConfig>,
}

impl Context {
    pub(crate) fn new(config: AmqpConfig, edge: Edge, hub: HubClient) -> Context {
        let mut engine = EngineConfig::new(edge.hub().as_str());
        engine.idle_timeout = config.idle_timeout;
        engine.handshake_timeout = config.handshake_timeout;
        engine.max_links = config.max_links;
        engine.max_message_size = max_message_size(edge.limits());
        Context {
            edge,
            hub,
            config,
            engine: Arc::new(engine),
        }
    }
}

/// A batch, and what sections and properties take beside the bodies.
fn max_message_size(limits: &roost_model::Limits) -> u64 {
    const SECTIONS: usize = 64 * 1024;
    let largest = limits.max_batch_bytes.max(limits.max_message_bytes);
    (largest + SECTIONS) as u64
}
