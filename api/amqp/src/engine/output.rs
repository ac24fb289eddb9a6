//! Frames on their way out.

use bytes::{Bytes, BytesMut};

use crate::codec::delivery_state::DeliveryState;
use crate::codec::performative::{AmqpError, Disposition, Transfer};
use crate::codec::{Encode, Role, SequenceNo};
use crate::frame::{self, FrameKind, ProtocolHeader};
use crate::limits;

/// No transfer of ours is longer in front of its payload: the tag has 16 bytes and there is no state.
const TRANSFER_SIZE: usize = 64;

/// Bytes that the host has not taken yet.
#[derive(Debug)]
pub(super) struct Output {
    buffer: BytesMut,
    max_frame_size: usize,
    /// A disposition that the next one may yet extend. Everything else is written behind it, so that
    /// an accepted request goes out before its answer.
    disposition: Option<(u16, Disposition)>,
}

impl Output {
    pub(super) fn new() -> Output {
        Output {
            buffer: BytesMut::new(),
            max_frame_size: limits::MIN_MAX_FRAME_SIZE as usize,
            disposition: None,
        }
    }

    /// What the peer takes, as far as we would ever write.
    pub(super) fn limit_frames(&mut self, peer_max_frame_size: u32) {
        self.max_frame_size = peer_max_frame_size.min(limits::MAX_FRAME_SIZE) as usize;
    }

    pub(super) fn len(&self) -> usize {
        self.buffer.len()
    }

    pub(super) fn take(&mut self) -> BytesMut {
        self.flush();
        // An idle connection keeps no buffer.
        std::mem::take(&mut self.buffer)
    }

    pub(super) fn protocol_header(&mut self, header: ProtocolHeader) {
        self.buffer.extend_from_slice(header.bytes());
    }

    pub(super) fn heartbeat(&mut self) {
        frame::put(&mut self.buffer, FrameKind::Amqp, 0, |_| {});
    }

    pub(super) fn sasl(&mut self, body: &impl Encode) {
        frame::put(&mut self.buffer, FrameKind::Sasl, 0, |out| body.encode(out));
    }

    /// Writes a frame, unless it is larger than the peer takes.
    #[must_use = "the peer has heard nothing when it is false"]
    pub(super) fn frame(&mut self, channel: u16, body: &impl Encode) -> bool {
        self.flush();
        let start = self.buffer.len();
        let size = frame::put(&mut self.buffer, FrameKind::Amqp, channel, |out| {
            body.encode(out)
        });
        if size > self.max_frame_size {
            self.buffer.truncate(start);
            return false;
        }
        true
    }

    /// Writes a frame with an error in it. One that is too large loses what is for people, and then
    /// what is for programs; a condition always fits.
    pub(super) fn farewell<T: Encode>(
        &mut self,
        channel: u16,
        error: Option<AmqpError>,
        body: impl Fn(Option<AmqpError>) -> T,
    ) {
        if self.frame(channel, &body(error.clone())) {
            return;
        }
        let brief = error.map(|error| AmqpError {
            description: None,
            ..error
        });
        if self.frame(channel, &body(brief.clone())) {
            return;
        }
        let bare = brief.map(|error| AmqpError {
            info: None,
            ..error
        });
        let _ = self.frame(channel, &body(bare));
    }

    /// Writes one transfer frame with as much of `head` and `body` as it holds, and says whether
    /// that was all.
    pub(super) fn transfer(
        &mut self,
        channel: u16,
        transfer: &mut Transfer,
        head: &mut Bytes,
        body: &mut Bytes,
    ) -> bool {
        self.flush();
        let room = self.max_frame_size - frame::HEADER - TRANSFER_SIZE;
        let left = head.len() + body.len();
        transfer.more = left > room;
        self.buffer
            .reserve(frame::HEADER + TRANSFER_SIZE + left.min(room));
        frame::put(&mut self.buffer, FrameKind::Amqp, channel, |out| {
            transfer.encode(out);
            let first = head.split_to(head.len().min(room));
            out.extend_from_slice(&first);
            out.extend_from_slice(&body.split_to(body.len().min(room - first.len())));
        });
        !transfer.more
    }

    /// Says that a delivery has changed its state, together with its neighbours.
    pub(super) fn dispose(
        &mut self,
        channel: u16,
        role: Role,
        delivery: SequenceNo,
        settled: bool,
        state: Option<DeliveryState>,
    ) {
        if let Some((pending_channel, pending)) = &mut self.disposition {
            let last = pending.last.unwrap_or(pending.first);
            let extends = *pending_channel == channel
                && pending.role == role
                && pending.settled == settled
                && pending.state == state
                && delivery == last.plus(1);
            if extends {
                pending.last = Some(delivery);
                return;
            }
            self.flush();
        }
        let disposition = Disposition {
            role,
            first: delivery,
            // Some clients take a null for zero.
            last: Some(delivery),
            settled,
            state,
            batchable: false,
        };
        self.disposition = Some((channel, disposition));
    }

    fn flush(&mut self) {
        let Some((channel, mut disposition)) = self.disposition.take() else {
            return;
        };
        // The disposition itself is gone from its place, so that this does not come back here.
        if !self.frame(channel, &disposition) {
            shorten(&mut disposition);
            let _ = self.frame(channel, &disposition);
        }
    }
}

/// Leaves nothing of a rejection but its condition.
fn shorten(disposition: &mut Disposition) {
    if let Some(DeliveryState::Rejected(rejected)) = &mut disposition.state
        && let Some(error) = &mut rejected.error
    {
        error.description = None;
        error.info = None;
    }
}
