//! Stores what devices said.

use bincode::de::{BorrowDecoder, Decode, Decoder};
use bincode::enc::{Encode, Encoder};
use bincode::error::{DecodeError, EncodeError};
use bytes::Bytes;
use roost_model::{BatchError, ConnectionEpoch, Identity, Record, SequenceNumber};

use crate::context::{Context, Stop};
use crate::error::PartitionError;
use crate::sessions::Verdict;

/// The events of many senders, in the order in which each of them sent its own. The bytes that are
/// replicated here are the bytes that are stored, unless some of the records are not to be.
///
/// Never refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendEvents {
    /// The number of records.
    pub count: u32,
    /// That many encoded records, one behind the other.
    pub records: Bytes,
}

/// What an append did.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct Appended {
    /// Where the first stored event of the batch stands; where the next one will, if none was stored.
    pub base: SequenceNumber,
    /// The refused records by their place in the append, ascending. A record that was stored before
    /// is not among them: it is acknowledged again.
    pub exceptions: Vec<(u32, AppendRejection)>,
}

/// Why a record was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bincode::Encode, bincode::Decode)]
pub enum AppendRejection {
    /// Its session is not, or no longer, the identity's session.
    Superseded,
    /// Records of its session before it are missing.
    OutOfOrder {
        /// The number that the session's next record must have.
        expected: u64,
    },
    /// Sent without a session by an identity that does not exist, or not in this generation.
    UnknownIdentity,
    /// Sent without a session by a disabled identity.
    Disabled,
}

impl AppendEvents {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<Appended, Stop> {
        context.store_announcements()?;
        let base = context.row.next;
        let at = context.enqueue_time();
        let mut exceptions = Vec::new();
        let mut sorted = Sorted {
            all: &self.records,
            passed: 0,
            kept: None,
            stored: 0,
        };
        let mut rest = self.records.clone();
        let mut index = 0;
        {
            let mut sessions = context.sessions.write();
            while let Some(record) = Record::split(&mut rest).map_err(PartitionError::from)? {
                let verdict = if record.epoch() == ConnectionEpoch(0) {
                    admit_without_session(&record, context)?
                } else {
                    sessions.admit(record.identity_key(), record.epoch(), record.sequence(), at)
                };
                sorted.take(record.raw(), verdict == Verdict::Store);
                match verdict {
                    Verdict::Store => {}
                    Verdict::Duplicate => context.tally.duplicate(),
                    Verdict::Refuse(rejection) => exceptions.push((index, rejection)),
                }
                index += 1;
            }
        }
        if index != self.count {
            return Err(PartitionError::Records(BatchError::CountMismatch).into());
        }
        context.tally.refused(exceptions.len());
        if sorted.stored > 0 {
            context.store_events(sorted.stored, sorted.records())?;
        }
        Ok(Appended { base, exceptions })
    }
}

fn admit_without_session(
    record: &Record,
    context: &Context<'_>,
) -> Result<Verdict, PartitionError> {
    let unknown = Verdict::Refuse(AppendRejection::UnknownIdentity);
    let sender = context.identity_by_key(record.identity_key())?;
    let Some(sender) = sender.filter(|sender| sender.generation == record.generation()) else {
        return Ok(unknown);
    };
    let enabled = if sender.identity.is_module() {
        let device = context.identity(&Identity::device(sender.identity.device))?;
        device.is_some_and(|device| device.is_enabled())
    } else {
        sender.is_enabled()
    };
    Ok(if enabled {
        Verdict::Store
    } else {
        Verdict::Refuse(AppendRejection::Disabled)
    })
}

/// The records that are to be stored. As long as that is all of them, nothing is copied.
struct Sorted<'a> {
    all: &'a [u8],
    /// Bytes looked at so far.
    passed: usize,
    /// The records to store among those, once there was one that is not.
    kept: Option<Vec<u8>>,
    stored: u32,
}

impl Sorted<'_> {
    fn take(&mut self, record: &[u8], store: bool) {
        if store {
            self.stored += 1;
            if let Some(kept) = &mut self.kept {
                kept.extend_from_slice(record);
            }
        } else if self.kept.is_none() {
            self.kept = Some(self.all.get(..self.passed).unwrap_or_default().to_vec());
        }
        self.passed += record.len();
    }

    fn records(&self) -> &[u8] {
        self.kept.as_deref().unwrap_or(self.all)
    }
}

impl Encode for AppendEvents {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.count.encode(encoder)?;
        self.records[..].encode(encoder)
    }
}

impl<Context> Decode<Context> for AppendEvents {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let count = <u32 as Decode<Context>>::decode(decoder)?;
        let records = <Vec<u8> as Decode<Context>>::decode(decoder)?;
        Ok(Self {
            count,
            records: records.into(),
        })
    }
}

impl<'de, Context> bincode::BorrowDecode<'de, Context> for AppendEvents {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Context>>(
        decoder: &mut D,
    ) -> Result<Self, DecodeError> {
        Self::decode(decoder)
    }
}
