//! What frames carry [2.7].

mod attach;
mod begin;
mod close;
mod detach;
mod disposition;
mod end;
mod error;
mod flow;
mod open;
#[cfg(test)]
pub(crate) mod strategy;
#[cfg(test)]
mod tests;
mod transfer;

pub use self::attach::Attach;
pub use self::begin::Begin;
pub use self::close::Close;
pub use self::detach::Detach;
pub use self::disposition::Disposition;
pub use self::end::End;
pub use self::error::{AmqpError, condition};
pub use self::flow::Flow;
pub use self::open::Open;
pub use self::transfer::Transfer;

use super::composite::Composite;
use super::{Decode, DecodeError, Descriptor, Encode, Reader};

/// One of the nine.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each is documented as a struct")]
pub enum Performative {
    Open(Box<Open>),
    Begin(Box<Begin>),
    Attach(Box<Attach>),
    Flow(Box<Flow>),
    Transfer(Box<Transfer>),
    Disposition(Disposition),
    Detach(Detach),
    End(End),
    Close(Close),
}

impl Decode for Performative {
    fn decode(reader: &mut Reader<'_>) -> Result<Performative, DecodeError> {
        Ok(match reader.descriptor()? {
            Descriptor::OPEN => Performative::Open(Box::new(Open::decode_list(reader)?)),
            Descriptor::BEGIN => Performative::Begin(Box::new(Begin::decode_list(reader)?)),
            Descriptor::ATTACH => Performative::Attach(Box::new(Attach::decode_list(reader)?)),
            Descriptor::FLOW => Performative::Flow(Box::new(Flow::decode_list(reader)?)),
            Descriptor::TRANSFER => {
                Performative::Transfer(Box::new(Transfer::decode_list(reader)?))
            }
            Descriptor::DISPOSITION => Performative::Disposition(Disposition::decode_list(reader)?),
            Descriptor::DETACH => Performative::Detach(Detach::decode_list(reader)?),
            Descriptor::END => Performative::End(End::decode_list(reader)?),
            Descriptor::CLOSE => Performative::Close(Close::decode_list(reader)?),
            other => return Err(DecodeError::UnexpectedDescriptor(other)),
        })
    }
}

impl Encode for Performative {
    fn encode(&self, out: &mut bytes::BytesMut) {
        match self {
            Performative::Open(open) => open.encode(out),
            Performative::Begin(begin) => begin.encode(out),
            Performative::Attach(attach) => attach.encode(out),
            Performative::Flow(flow) => flow.encode(out),
            Performative::Transfer(transfer) => transfer.encode(out),
            Performative::Disposition(disposition) => disposition.encode(out),
            Performative::Detach(detach) => detach.encode(out),
            Performative::End(end) => end.encode(out),
            Performative::Close(close) => close.encode(out),
        }
    }
}

impl Performative {
    /// Name for logs and errors.
    pub fn name(&self) -> &'static str {
        match self {
            Performative::Open(_) => "open",
            Performative::Begin(_) => "begin",
            Performative::Attach(_) => "attach",
            Performative::Flow(_) => "flow",
            Performative::Transfer(_) => "transfer",
            Performative::Disposition(_) => "disposition",
            Performative::Detach(_) => "detach",
            Performative::End(_) => "end",
            Performative::Close(_) => "close",
        }
    }
}
