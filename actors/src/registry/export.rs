//! A partition's registry as a stream: a view at the leader, read page by page as fast as the other
//! end takes it.
//!
//! ```text
//! header: [partition u16][1][identity behind which to begin, as text; empty: at the first]
//! leader → asker: [version][page], the last one empty
//! ```

use std::sync::Arc;

use bincode::{Decode, Encode};
use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use roost_cluster::blocking;
use roost_cluster::rpc::{Stream, StreamReceiver, StreamSender};
use roost_model::{Identity, PartitionId};
use roost_partition::RegistryView;
use tokio::sync::mpsc;

use crate::context::Context;
use crate::leadership::Leadership;
use crate::wire;

/// Tells this stream from that of appended events, whose header ends before.
const TAG: u8 = 1;
/// A page has about so many bytes.
const PAGE_BYTES: usize = 128 << 10;
/// Pages that wait when the leader is on this node.
const PAGES: usize = 2;

/// Some identities; none: that was all.
#[derive(Debug, Default, Encode, Decode)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Row>,
}

/// One identity's rows, as the leader stores them.
#[derive(Debug, Encode, Decode)]
pub(crate) struct Row {
    pub(crate) record: Vec<u8>,
    /// None of a twin that was never changed.
    pub(crate) twin: Option<Vec<u8>>,
}

/// The receiving end.
#[derive(Debug)]
pub(crate) enum Pages {
    Local(mpsc::Receiver<Bytes>),
    Remote(StreamReceiver),
}

enum Sink {
    Local(mpsc::Sender<Bytes>),
    Remote(StreamSender),
}

/// Begins to read a partition from whoever seems to lead it; none when nobody does.
pub(crate) async fn open(
    context: &Arc<Context>,
    partition: PartitionId,
    after: Option<&Identity>,
) -> Option<Pages> {
    let leader = context.cluster.route(partition)?;
    if leader == context.cluster.me() {
        let leadership = context.directory.get(partition)?.leadership;
        let (send, pages) = mpsc::channel(PAGES);
        let work = run(leadership, after.cloned(), Sink::Local(send));
        context.runtime.spawn(work);
        return Some(Pages::Local(pages));
    }
    let stream = context.cluster.open(leader, header(partition, after)).await;
    let (_, receiver) = stream.ok()?.split();
    Some(Pages::Remote(receiver))
}

fn header(partition: PartitionId, after: Option<&Identity>) -> Bytes {
    let mut header = BytesMut::new();
    header.put_u16_le(partition.get());
    header.put_u8(TAG);
    if let Some(after) = after {
        header.put_slice(after.to_string().as_bytes());
    }
    header.freeze()
}

/// Whether a stream's header asks for this.
pub(crate) fn is_asked_for(header: &[u8]) -> bool {
    header.get(2) == Some(&TAG)
}

/// Serves a stream of another node. One that is refused just ends.
pub(crate) async fn serve(context: Arc<Context>, mut header: Bytes, stream: Stream) {
    let Ok(partition) = header.try_get_u16_le() else {
        return;
    };
    header.advance(1);
    let after = match std::str::from_utf8(&header) {
        Ok("") => None,
        Ok(text) => match text.parse() {
            Ok(identity) => Some(identity),
            Err(_) => return,
        },
        Err(_) => return,
    };
    if let Some(leading) = context.directory.get(PartitionId(partition)) {
        let (sender, _) = stream.split();
        run(leading.leadership, after, Sink::Remote(sender)).await;
    }
}

/// Sends all pages, the empty one last. An end without it means that it was cut short.
async fn run(leadership: Leadership, after: Option<Identity>, mut sink: Sink) {
    if leadership.handle.read_barrier().await.is_err() {
        return;
    }
    let opened = leadership.reader().registry_view(after.as_ref());
    let mut view = match opened {
        Ok(view) => view,
        Err(error) => return tracing::error!(%error, "the registry cannot be read"),
    };
    loop {
        let read = blocking::run(move || next(view)).await;
        let page = match read {
            Ok(Ok((page, next))) => {
                view = next;
                page
            }
            Ok(Err(error)) => return tracing::error!(%error, "the registry cannot be read"),
            Err(_) => return,
        };
        let over = page.rows.is_empty();
        if !sink.send(wire::encode(&page)).await || over {
            return;
        }
    }
}

fn next(mut view: RegistryView) -> Result<(Page, RegistryView), roost_partition::PartitionError> {
    let rows = view.next_page(PAGE_BYTES)?;
    let rows = rows.into_iter().map(|row| Row {
        record: row.record.into(),
        twin: row.twin.map(Vec::from),
    });
    let page = Page {
        rows: rows.collect(),
    };
    Ok((page, view))
}

// === impl Sink ===

impl Sink {
    /// False when nobody wants more.
    async fn send(&mut self, page: Bytes) -> bool {
        match self {
            Sink::Local(pages) => pages.send(page).await.is_ok(),
            Sink::Remote(stream) => stream.send(page).await.is_ok(),
        }
    }
}

// === impl Pages ===

impl Pages {
    /// The next page; none when it was cut short.
    pub(crate) async fn next(&mut self) -> Option<Page> {
        let bytes = match self {
            Pages::Local(pages) => pages.recv().await?,
            Pages::Remote(stream) => stream.recv().await.ok()??,
        };
        wire::decode(&bytes).ok()
    }
}
