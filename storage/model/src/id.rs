//! Identifiers. Text ids are made only by parsing, so a value of one of these types obeys its rule;
//! the decoders of stored and received bytes parse again.
//!
//! Counters are plain numbers in a type of their own: a [`NodeId`] can't stand where a [`UnitId`] belongs.

mod counter;
mod device;
mod hub;
mod identity;

pub(crate) use counter::number_type;
pub use counter::{
    ConnectionEpoch, Generation, Incarnation, InvalidNumber, NodeId, PartitionId, UnitId,
};
pub use device::{DeviceId, InvalidId, ModuleId};
pub use hub::{HubName, InvalidHubName};
pub use identity::Identity;

/// Bincode for a type whose only way in is parsing text: written as a string, parsed again when read.
macro_rules! bincode_as_text {
    ($type:ty) => {
        impl bincode::Encode for $type {
            fn encode<E: bincode::enc::Encoder>(
                &self,
                encoder: &mut E,
            ) -> Result<(), bincode::error::EncodeError> {
                self.as_str().encode(encoder)
            }
        }

        impl<Context> bincode::Decode<Context> for $type {
            fn decode<D: bincode::de::Decoder<Context = Context>>(
                decoder: &mut D,
            ) -> Result<Self, bincode::error::DecodeError> {
                let text = <String as bincode::Decode<Context>>::decode(decoder)?;
                text.parse()
                    .map_err(|error| bincode::error::DecodeError::OtherString(format!("{error}")))
            }
        }

        bincode::impl_borrow_decode!($type);
    };
}
pub(crate) use bincode_as_text;
