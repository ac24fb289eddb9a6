//! Back ends read the event stream.
//!
//! ```text
//!  credit ─► read up to 512 events ─► buffer ─► deliveries, as far as credit and socket go
//!               ▲                        │
//!               └── the next page, while the last is sent
//! ```

use std::time::Duration;

use roost_actors::client::{EventPage, HubError, PartitionInfo, ReadFrom};
use roost_edge::Refusal;
use roost_model::ErrorCode;

use super::attach::events_path;
use super::devices::number;
use super::{Connection, Done, HIGH_WATER};
use crate::address::EventsNode;
use crate::codec::performative::{AmqpError, condition};
use crate::engine::{Attaching, LinkId, Outgoing, SendError};
use crate::link::Kind;
use crate::link::reader::{PAGE, Reader};
use crate::message::{ReaderInfo, event, reader_info};
use crate::selector;
use crate::{error, metrics};

/// How long a read waits for events to come.
const WAIT: Duration = Duration::from_secs(20);
/// Between attempts while a partition has no leader.
const RETRY: Duration = Duration::from_millis(250);

impl Connection {
    pub(super) fn attach_reader(
        &mut self,
        node: &EventsNode,
        attaching: Attaching,
    ) -> Result<(), Refusal> {
        self.check_stream(&node.entity)?;
        let path = events_path(node);
        let ground = self.ground(&path.each_ref().map(String::as_str))?;
        let context = &self.context;
        let not_found = |what: String| Refusal::new(ErrorCode::PartitionNotFound, what);
        let group = context
            .hub
            .consumer_group(&node.group)
            .ok_or_else(|| not_found(format!("there is no consumer group {:?}", node.group)))?;
        if node.partition.get() >= context.hub.partition_count() {
            return Err(not_found(format!(
                "there is no partition {}",
                node.partition
            )));
        }
        let filter = attaching
            .source
            .as_ref()
            .and_then(|source| source.filter.as_ref());
        let from = selector::start(filter)
            .map_err(|invalid| Refusal::new(ErrorCode::ArgumentInvalid, invalid.to_string()))?;
        let level = number(&attaching, "com.microsoft:epoch");
        let most = context.edge.limits().max_readers_per_group as usize;
        let seat = context.readers.sit(&group, node.partition, level, most)?;
        let wants_info = attaching
            .desired_capabilities
            .contains("com.microsoft:enable-receiver-runtime-metric");
        let (id, stolen) = (attaching.link, seat.stolen.clone());
        let reader = Reader::new(node.partition, from, wants_info, seat);
        if self.accept(attaching, Kind::Events(Box::new(reader)), Some(ground)) {
            self.begin(async move {
                stolen.cancelled().await;
                Done::Stolen { link: id }
            });
            // Where "only new ones" begins is settled now, not when the client gives credit.
            self.read(
                id,
                if from == ReadFrom::Latest {
                    Duration::ZERO
                } else {
                    WAIT
                },
            );
        }
        Ok(())
    }

    /// Sends what all readers have, as far as it goes.
    pub(super) fn pump_readers(&mut self) {
        if self.ready.is_empty() {
            return;
        }
        for id in std::mem::take(&mut self.ready) {
            self.pump(id);
        }
    }

    /// Sends what a reader has, and reads on when it has little.
    pub(super) fn pump(&mut self, id: LinkId) {
        let now = self.context.edge.now();
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let Kind::Events(reader) = &mut link.kind else {
            return;
        };
        while let Some(stored) = reader.buffer.front() {
            if self.engine.buffered() >= HIGH_WATER {
                // Goes on when some of it is written.
                self.ready.push(id);
                return;
            }
            let payload = match event(stored) {
                Ok(payload) => payload,
                Err(error) => {
                    let sequence = stored.sequence;
                    tracing::error!(partition = %reader.partition, %sequence, %error, "an event cannot be read");
                    let why = AmqpError::new(condition::INTERNAL_ERROR, error.to_string());
                    return self.detach(id, why);
                }
            };
            let head = reader.info.map(|info| {
                let retrieved_at = now;
                reader_info(ReaderInfo { info, retrieved_at })
            });
            let outgoing = Outgoing {
                head: head.unwrap_or_default(),
                ..Outgoing::new(payload)
            };
            match self.engine.send(id, outgoing) {
                Ok(()) => metrics::delivered("events"),
                Err(SendError::NoCredit) => return,
                Err(SendError::TooLarge | SendError::Gone) => {}
            }
            reader.buffer.pop_front();
        }
        if !reader.reading && self.engine.available(id) > 0 {
            self.read(id, WAIT);
        }
    }

    /// Reads the next page.
    fn read(&mut self, id: LinkId, wait: Duration) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let Kind::Events(reader) = &mut link.kind else {
            return;
        };
        reader.reading = true;
        let hub = self.context.hub.clone();
        let (partition, from) = (reader.partition, reader.from);
        let (wants_info, stolen) = (reader.wants_info, reader.seat.stolen.clone());
        self.begin(async move {
            let reading = async {
                let page = hub.read_events(partition, from, PAGE, wait).await?;
                let info = if wants_info && !page.events.is_empty() {
                    Some(hub.partition_info(partition).await?)
                } else {
                    None
                };
                Ok((page, info))
            };
            let result = tokio::select! {
                result = reading => result,
                () = stolen.cancelled() => return Done::Nothing,
            };
            if result.as_ref().is_err_and(HubError::is_transient) {
                tokio::time::sleep(RETRY).await;
            }
            Done::Page { link: id, result }
        });
    }

    pub(super) fn page(
        &mut self,
        id: LinkId,
        result: Result<(EventPage, Option<PartitionInfo>), HubError>,
    ) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let Kind::Events(reader) = &mut link.kind else {
            return;
        };
        reader.reading = false;
        match result {
            Ok((page, info)) => {
                reader.from = ReadFrom::Sequence(page.next);
                reader.info = info.or(reader.info);
                reader.buffer.extend(page.events);
                self.pump(id);
            }
            Err(failed) if failed.is_transient() => self.read(id, WAIT),
            Err(failed) => self.detach(id, error::error(&failed.into())),
        }
    }

    pub(super) fn stolen(&mut self, id: LinkId) {
        if self.links.contains_key(&id) {
            let why = "another reader with a higher or the same owner level took over";
            self.detach(id, AmqpError::new(condition::STOLEN, why));
        }
    }
}
