//! Cloud-to-device messages from a back end.

use roost_edge::Refusal;
use roost_model::ErrorCode;

use super::{Connection, Done};
use crate::engine::Delivery;
use crate::message;

impl Connection {
    pub(super) fn command(&mut self, delivery: &Delivery) {
        let (link, id) = (delivery.link, delivery.delivery);
        let read = message::command(&delivery.payload).and_then(|(identity, draft)| {
            if identity.is_module() {
                // As at IoT Hub; over HTTPS neither.
                return Err(Refusal::new(
                    ErrorCode::OperationNotAvailableInCurrentTier,
                    "messages are sent to devices, not to modules",
                ));
            }
            Ok((identity, draft))
        });
        let (identity, draft) = match read {
            Ok(read) => read,
            Err(refusal) => return self.outcome(link, id, Err(refusal)),
        };
        let hub = self.context.hub.clone();
        self.begin(async move {
            let enqueued = hub.enqueue(&identity, draft).await;
            Done::Outcome {
                link,
                delivery: id,
                result: enqueued.map(drop).map_err(Refusal::from),
            }
        });
    }
}
