//! Events as a stream of server-sent events.
//!
//! The stream is pulled: the next page is read when the socket has taken the last one, so a slow
//! reader holds at most one page. When no replica answers, it is waited for and the reader keeps its
//! connection; the stream ends when the node shuts down or the data cannot be read.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::time::Duration;

use actix_web::web::Bytes;
use futures::{Stream, stream};
use roost_actors::client::{EventPage, HubClient, HubError, ReadFrom};
use roost_edge::{Edge, Principal, Refusal};
use roost_model::PartitionId;
use tokio_util::sync::CancellationToken;

use crate::dto::EventDocument;
use crate::error::ApiError;
use crate::{metrics, reading};

/// A comment goes out when nothing else did for so long: proxies drop silent connections.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Between attempts while the partition has no leader.
const RETRY: Duration = Duration::from_secs(1);

/// Reads on in one partition until told to stop.
pub(crate) struct EventSource {
    hub: HubClient,
    /// Asked before each page goes out whether the caller may still have it.
    caller: (Edge, Option<Principal>),
    partition: PartitionId,
    from: ReadFrom,
    max: usize,
    shutdown: CancellationToken,
    state: State,
    _open: metrics::Open,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Starting,
    Reading,
    Ended,
}

impl EventSource {
    pub(crate) fn new(
        hub: HubClient,
        caller: (Edge, Option<Principal>),
        partition: PartitionId,
        from: ReadFrom,
        max: usize,
        shutdown: CancellationToken,
    ) -> Self {
        let state = State::Starting;
        EventSource {
            hub,
            caller,
            partition,
            from,
            max,
            shutdown,
            state,
            _open: metrics::stream_opened(),
        }
    }

    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::unfold(self, |mut source| async move {
            let text = source.next().await?;
            Some((Ok(Bytes::from(text)), source))
        })
    }

    /// The next piece of the stream, `None` at its end.
    async fn next(&mut self) -> Option<String> {
        match self.state {
            State::Starting => {
                self.state = State::Reading;
                Some(format!("retry: {}\n\n", RETRY.as_millis()))
            }
            State::Reading => {
                let shutdown = self.shutdown.clone();
                tokio::select! {
                    biased;
                    () = shutdown.cancelled() => None,
                    text = self.read() => Some(text),
                }
            }
            State::Ended => None,
        }
    }

    async fn read(&mut self) -> String {
        let (hub, partition) = (&self.hub, self.partition);
        let (from, max) = (self.from, self.max);
        match reading::read(hub, partition, from, max, KEEP_ALIVE, reading::Extent::Here).await {
            Ok(page) => match self.may_go_on() {
                Ok(()) => self.page(page),
                Err(refusal) => self.end(&refusal.into()),
            },
            Err(error) => self.failed(error).await,
        }
    }

    fn may_go_on(&self) -> Result<(), Refusal> {
        let (edge, principal) = &self.caller;
        principal
            .as_ref()
            .map_or(Ok(()), |caller| edge.uphold(caller))
    }

    fn page(&mut self, page: EventPage) -> String {
        self.from = ReadFrom::Sequence(page.next);
        if page.events.is_empty() {
            return comment("keep-alive");
        }
        let mut text = String::new();
        for stored in &page.events {
            match EventDocument::new(self.partition, stored) {
                Ok(event) => write_event(&mut text, &event),
                Err(error) => {
                    text.push_str(&self.end(&ApiError::internal(error)));
                    break;
                }
            }
        }
        text
    }

    async fn failed(&mut self, error: HubError) -> String {
        if error.is_transient() {
            tokio::time::sleep(RETRY).await;
            return comment("the partition does not answer at the moment");
        }
        self.end(&ApiError::from(error))
    }

    /// The last piece: a client that looks for it learns why the stream ends.
    fn end(&mut self, error: &ApiError) -> String {
        self.state = State::Ended;
        let (partition, tracking) = (self.partition.get(), error.tracking().id());
        tracing::warn!(partition, tracking, reason = %error, "event stream ended");
        format!("event: error\ndata: {}\n\n", error.body().to_json())
    }
}

fn comment(text: &str) -> String {
    format!(": {text}\n\n")
}

/// JSON has no line breaks outside strings and escapes them inside, so one `data` line does.
fn write_event(text: &mut String, event: &EventDocument) {
    let data = serde_json::to_string(event).unwrap_or_default();
    // Writing to a String can't fail.
    let _ = write!(text, "id: {}\ndata: {data}\n\n", event.sequence_number);
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::comment;

    #[test]
    fn a_comment_is_a_line_of_its_own() {
        assert_eq!(comment("keep-alive"), ": keep-alive\n\n");
    }

    #[test]
    fn json_never_breaks_the_data_line() {
        let value = Value::String("a\r\nb\u{2028}".to_owned());
        assert!(
            !serde_json::to_string(&value)
                .unwrap()
                .contains(['\r', '\n'])
        );
    }
}
