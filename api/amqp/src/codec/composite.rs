//! Composite types: a descriptor and a list of fields [1.4].

use super::code;
use super::decode::Decode;
use super::descriptor::Descriptor;
use super::error::DecodeError;
use super::reader::Reader;

/// A type that is a list of fields behind a known descriptor.
pub(crate) trait Composite: Sized {
    /// What stands in front of the list.
    const DESCRIPTOR: Descriptor;

    /// Reads the fields in their order.
    fn decode_fields(fields: &mut Fields<'_, '_>) -> Result<Self, DecodeError>;

    /// Reads the list behind the descriptor.
    fn decode_list(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.charge()?;
        let extent = match reader.byte()? {
            code::LIST_0 => {
                return Self::decode_fields(&mut Fields { reader, left: 0 });
            }
            code::LIST_8 => reader.extent(false)?,
            code::LIST_32 => reader.extent(true)?,
            found => {
                return Err(DecodeError::WrongType {
                    expected: "list",
                    found,
                });
            }
        };
        reader.within(extent.size, |reader| {
            let left = extent.count;
            Self::decode_fields(&mut Fields { reader, left })
        })
    }

    /// Reads descriptor and list.
    fn decode_described(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.descriptor()? {
            descriptor if descriptor == Self::DESCRIPTOR => Self::decode_list(reader),
            other => Err(DecodeError::UnexpectedDescriptor(other)),
        }
    }
}

/// The fields that are still to be read.
#[derive(Debug)]
pub(crate) struct Fields<'r, 'a> {
    reader: &'r mut Reader<'a>,
    left: u32,
}

impl Fields<'_, '_> {
    /// `None` for null and for a field that the peer left out at the end.
    pub(crate) fn optional<T: Decode>(&mut self) -> Result<Option<T>, DecodeError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        if self.reader.peek()? == code::NULL {
            self.reader.byte()?;
            return Ok(None);
        }
        T::decode(self.reader).map(Some)
    }

    pub(crate) fn required<T: Decode>(&mut self, name: &'static str) -> Result<T, DecodeError> {
        self.optional()?.ok_or(DecodeError::MissingField(name))
    }
}

/// Declares a composite: its fields in the standard's order, each `required`, `optional` or with the
/// standard's `default(…)`. Fields with a default are written with their value, never as null.
macro_rules! composite {
    (
        $(#[$meta:meta])*
        pub struct $name:ident = $descriptor:ident {
            $($(#[$field_meta:meta])* $field:ident: $type:ty => $kind:ident $(($default:expr))?),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type),*
        }

        impl $crate::codec::composite::Composite for $name {
            const DESCRIPTOR: $crate::codec::Descriptor = $crate::codec::Descriptor::$descriptor;

            fn decode_fields(
                fields: &mut $crate::codec::composite::Fields<'_, '_>,
            ) -> Result<Self, $crate::codec::DecodeError> {
                let _ = &fields;
                Ok($name {
                    $($field: $crate::codec::composite::field!(
                        fields, $field, $kind $(($default))?
                    )),*
                })
            }
        }

        impl $crate::codec::Decode for $name {
            fn decode(
                reader: &mut $crate::codec::Reader<'_>,
            ) -> Result<Self, $crate::codec::DecodeError> {
                $crate::codec::composite::Composite::decode_described(reader)
            }
        }

        impl $crate::codec::Encode for $name {
            fn encode(&self, out: &mut bytes::BytesMut) {
                const FIELDS: &[&str] = &[$(stringify!($field)),*];
                $crate::codec::encode::composite(
                    out,
                    $crate::codec::Descriptor::$descriptor,
                    FIELDS.len(),
                    |out| {
                        let _ = &out;
                        $($crate::codec::Encode::encode(&self.$field, out);)*
                    },
                );
            }
        }
    };
}

macro_rules! field {
    ($fields:ident, $field:ident, required) => {
        $fields.required(stringify!($field))?
    };
    ($fields:ident, $field:ident, optional) => {
        $fields.optional()?
    };
    ($fields:ident, $field:ident, default($default:expr)) => {
        $fields.optional()?.unwrap_or($default)
    };
}

pub(crate) use {composite, field};
