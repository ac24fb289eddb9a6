//! What a target field may hold.

use bytes::BytesMut;

use super::Target;
use crate::codec::composite::Composite;
use crate::codec::{Decode, DecodeError, Descriptor, Encode, Reader};

/// A node, or the coordinator of transactions [4.5.1], which the engine refuses.
#[derive(Debug, Clone, PartialEq)]
pub enum TargetArchetype {
    /// A node.
    Target(Target),
    /// Transactions; what they would be able to do is not looked at.
    Coordinator,
}

impl Encode for TargetArchetype {
    fn encode(&self, out: &mut BytesMut) {
        match self {
            TargetArchetype::Target(target) => target.encode(out),
            TargetArchetype::Coordinator => {
                crate::codec::encode::composite(out, Descriptor::COORDINATOR, 1, |out| {
                    None::<bool>.encode(out);
                });
            }
        }
    }
}

impl Decode for TargetArchetype {
    fn decode(reader: &mut Reader<'_>) -> Result<TargetArchetype, DecodeError> {
        match reader.descriptor()? {
            Descriptor::TARGET => Target::decode_list(reader).map(TargetArchetype::Target),
            Descriptor::COORDINATOR => {
                reader.skip()?;
                Ok(TargetArchetype::Coordinator)
            }
            other => Err(DecodeError::UnexpectedDescriptor(other)),
        }
    }
}
