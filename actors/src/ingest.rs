//! The leader's end of an edge's append stream.
//!
//! Frames go straight to the partition's proposer, in their order and without passing through an
//! actor: the device actor granted the session, and the log checks every record against it.

use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use roost_cluster::rpc::{Stream, StreamReceiver, StreamSender};
use roost_cluster::{Exceptions, ProposeError, Role};
use roost_model::PartitionId;
use roost_partition::AppendEvents;
use tokio::sync::{mpsc, oneshot};

use crate::context::Context;
use crate::leadership::Leadership;
use crate::wire::{AppendAnswer, append_frame_from};

/// Frames that may wait for their commit on one stream; beyond it the stream is not read.
const IN_FLIGHT: usize = 64;

type Pending = oneshot::Receiver<Result<Exceptions, ProposeError>>;

/// Serves one stream until it ends or the leadership does.
pub(crate) async fn serve(context: Arc<Context>, mut header: Bytes, stream: Stream) {
    let (mut sender, receiver) = stream.split();
    let leading = header
        .try_get_u16_le()
        .ok()
        .and_then(|partition| context.directory.get(PartitionId(partition)));
    let Some(leading) = leading else {
        // The edge looks for the leader again. If it has gone, so has the stream.
        let _ = sender.send(AppendAnswer::Stop.encode()).await;
        return;
    };
    let (queue, pending) = mpsc::channel(IN_FLIGHT);
    let answering = answer(sender, pending);
    let taking = take(leading.leadership, receiver, queue);
    tokio::join!(answering, taking);
}

async fn take(leadership: Leadership, mut receiver: StreamReceiver, queue: mpsc::Sender<Pending>) {
    let mut role = leadership.handle.role();
    let led = Role::Leader {
        term: leadership.term,
    };
    loop {
        // Also an idle edge must hear that the leadership is over, to confirm its sessions anew.
        let frame = tokio::select! {
            frame = receiver.recv() => frame,
            _ = role.wait_for(|role| *role != led) => return,
        };
        let Ok(Some(frame)) = frame else { return };
        let Some((count, records)) = append_frame_from(frame) else {
            tracing::error!(partition = %leadership.partition(), "a malformed append frame");
            return;
        };
        let append = AppendEvents { count, records };
        let Ok(pending) = leadership.handle.append(leadership.term, append).await else {
            return;
        };
        if queue.send(pending).await.is_err() {
            return;
        }
    }
}

/// Answers in order; the first frame that was not taken ends the stream.
async fn answer(mut sender: StreamSender, mut pending: mpsc::Receiver<Pending>) {
    while let Some(next) = pending.recv().await {
        let answer = match next.await {
            Ok(Ok(exceptions)) => AppendAnswer::Taken(exceptions),
            _ => AppendAnswer::Stop,
        };
        let stop = answer == AppendAnswer::Stop;
        if sender.send(answer.encode()).await.is_err() || stop {
            return;
        }
    }
    let _ = sender.send(AppendAnswer::Stop.encode()).await;
}
