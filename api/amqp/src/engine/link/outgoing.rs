//! A delivery to the client.

use bytes::Bytes;

use crate::codec::SequenceNo;
use crate::codec::performative::Transfer;
use crate::engine::id::LinkId;
use crate::engine::output::Output;

/// A message for the client. The bytes are encoded sections and shared, so that many consumers of
/// one message share it; each frame copies its part of them once, into the bytes to write.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outgoing {
    /// The delivery tag; `None` for a number of the engine's, in 16 bytes as well. The C# and Java
    /// SDKs take no other length.
    pub tag: Option<[u8; 16]>,
    /// Comes back with each disposition.
    pub token: u64,
    /// Zero for an ordinary message.
    pub message_format: u32,
    /// Whether no outcome is awaited, on links whose sender decides that.
    pub settled: bool,
    /// Sections for this consumer alone, in front of `payload`; may be empty.
    pub head: Bytes,
    /// The other sections.
    pub payload: Bytes,
}

impl Outgoing {
    /// An ordinary message.
    pub fn new(payload: Bytes) -> Outgoing {
        Outgoing {
            payload,
            ..Outgoing::default()
        }
    }

    /// Bytes of the message.
    pub fn size(&self) -> usize {
        self.head.len() + self.payload.len()
    }
}

/// A delivery of which something is still to be written.
#[derive(Debug)]
pub(in crate::engine) struct Waiting {
    /// Meaningless before the first frame.
    pub(in crate::engine) id: SequenceNo,
    pub(super) started: bool,
    frames: u32,
    tag: [u8; 16],
    pub(in crate::engine) token: u64,
    message_format: u32,
    pub(in crate::engine) settled: bool,
    /// Whether its outcome is awaited.
    pub(in crate::engine) tracked: bool,
    head: Bytes,
    payload: Bytes,
}

impl Waiting {
    pub(super) fn new(outgoing: Outgoing, tag: [u8; 16], settled: bool, tracked: bool) -> Waiting {
        Waiting {
            id: SequenceNo(0),
            started: false,
            frames: 0,
            tag: outgoing.tag.unwrap_or(tag),
            token: outgoing.token,
            message_format: outgoing.message_format,
            settled,
            tracked,
            head: outgoing.head,
            payload: outgoing.payload,
        }
    }

    /// Whether no frame of it has been written.
    pub(in crate::engine) fn is_new(&self) -> bool {
        self.frames == 0
    }

    /// Writes one frame and says whether it was the last. Each frame says everything about the
    /// delivery: some clients look at the last one.
    pub(in crate::engine) fn write(&mut self, link: LinkId, output: &mut Output) -> bool {
        self.frames += 1;
        let mut transfer = Transfer {
            handle: link.handle,
            delivery_id: Some(self.id),
            delivery_tag: Some(Bytes::copy_from_slice(&self.tag)),
            message_format: Some(self.message_format),
            settled: Some(self.settled),
            more: false,
            rcv_settle_mode: None,
            state: None,
            resume: false,
            aborted: false,
            batchable: false,
        };
        output.transfer(
            link.channel,
            &mut transfer,
            &mut self.head,
            &mut self.payload,
        )
    }
}
