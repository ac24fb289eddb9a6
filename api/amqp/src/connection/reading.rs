//! Back ends read the event stream.
//!
//! ```text
//!  credit ─► read up to 512 events ─► buffer ─► deliveries, as far as credit and socket go
//!               ▲                        │
//!               └── the next page, while the last is sent
//! ```

use std::time::Duration;

use roost_actors::client::{EventPage, HubError, ReadFrom};
use roost_edge::Refusal;
use roost_model::ErrorCode;

use super::attach::events_path;
use super::devices::number;
use super::{Connection, Done, HIGH_WATER};
use crate::address::EventsNode;
use crate::engine::{Attaching, LinkId, Outgoing, SendError};
use crate::grants::Ground;
use crate::link::Kind;
use crate::link::reader::{PAGE, Reader};
use crate::message::{ReaderInfo, event, reader_info};
use crate::selector;
use crate::{error, metrics};

/// How long a read waits for events to come.
const WAIT: Duration = Duration::from_secs(20);
/// Between attempts while no replica answers.
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
        let wants_info = attaching
            .desired_capabilities
            .contains("com.microsoft:enable-receiver-runtime-metric");
        let (hub, partition) = (context.hub.clone(), node.partition);
        let level = number(&attaching, "com.microsoft:epoch");
        let name = name_of(&attaching).to_owned();
        self.begin(async move {
            let result = async {
                let seat = hub.take_seat(partition, &group, level, &name).await?;
                // Where "only new ones" begins is settled before the client hears that it may read.
                let from = match from {
                    ReadFrom::Latest => {
                        ReadFrom::Sequence(hub.partition_info(partition).await?.next_sequence)
                    }
                    from => from,
                };
                Ok(Reader::new(partition, from, wants_info, seat))
            };
            Done::Seated {
                result: result.await.map(Box::new),
                attaching: Box::new(attaching),
                ground: Box::new(ground),
            }
        });
        Ok(())
    }

    /// A reader has its place among the others, or not.
    pub(super) fn seated(
        &mut self,
        attaching: Attaching,
        ground: Ground,
        result: Result<Box<Reader>, HubError>,
    ) {
        let reader = match result {
            Ok(reader) => reader,
            Err(failed) => return self.refuse(&attaching, &failed.into()),
        };
        let (id, displaced) = (attaching.link, reader.seat.displaced());
        if self.accept(attaching, Kind::Events(reader), Some(ground)) {
            self.begin(async move {
                match displaced.await {
                    Some(why) => Done::Displaced { link: id, why },
                    None => Done::Nothing,
                }
            });
            self.read(id);
        }
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
                    let why = Refusal::new(ErrorCode::ServerError, error.to_string());
                    return self.detach(id, error::error(&why));
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
            self.read(id);
        }
    }

    /// Reads the next page.
    fn read(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let Kind::Events(reader) = &mut link.kind else {
            return;
        };
        reader.reading = true;
        let hub = self.context.hub.clone();
        let (partition, from) = (reader.partition, reader.from);
        self.begin(async move {
            let result = hub.follow_events(partition, from, PAGE, WAIT).await;
            if result.as_ref().is_err_and(HubError::is_transient) {
                tokio::time::sleep(RETRY).await;
            }
            Done::Page { link: id, result }
        });
    }

    pub(super) fn page(&mut self, id: LinkId, result: Result<EventPage, HubError>) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let Kind::Events(reader) = &mut link.kind else {
            return;
        };
        reader.reading = false;
        match result {
            Ok(page) => {
                reader.from = ReadFrom::Sequence(page.next);
                if reader.wants_info {
                    reader.info = Some(page.info);
                }
                reader.buffer.extend(page.events);
                self.pump(id);
            }
            Err(failed) if failed.is_transient() => self.read(id),
            Err(failed) => self.detach(id, error::error(&failed.into())),
        }
    }

    /// Another reader has taken the partition, or there are too many.
    pub(super) fn displaced(&mut self, id: LinkId, why: HubError) {
        if self.links.contains_key(&id) {
            let peer = &self.peer;
            tracing::info!(%peer, "a reader has lost its place: {why}");
            self.detach(id, error::error(&why.into()));
        }
    }
}

/// What other readers are told of who has a partition.
fn name_of(attaching: &Attaching) -> &str {
    let properties = attaching.properties.as_ref();
    let own = properties.and_then(|all| all.get("com.microsoft:receiver-name"));
    let own = own.and_then(|name| name.as_text());
    own.filter(|name| !name.is_empty())
        .unwrap_or(&attaching.name)
}
