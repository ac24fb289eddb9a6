//! Writing a type.

use bytes::{BufMut, Bytes, BytesMut};

use super::code;
use super::descriptor::Descriptor;

/// A type that can be written, constructor included.
pub trait Encode {
    /// Appends one value.
    fn encode(&self, out: &mut BytesMut);

    /// The bytes of this value alone.
    fn to_bytes(&self) -> Bytes {
        let mut out = BytesMut::new();
        self.encode(&mut out);
        out.freeze()
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, out: &mut BytesMut) {
        match self {
            Some(value) => value.encode(out),
            None => out.put_u8(code::NULL),
        }
    }
}

impl<T: Encode + ?Sized> Encode for &T {
    fn encode(&self, out: &mut BytesMut) {
        (**self).encode(out);
    }
}

/// The three constructors in front of a descriptor and its number. All of ours are below 256.
pub(crate) fn descriptor(out: &mut BytesMut, descriptor: Descriptor) {
    out.put_u8(code::DESCRIBED);
    descriptor.0.encode(out);
}

/// A list, map or array: its narrow form when size and count fit into a byte each, else the wide one
/// whose constructor is 16 higher. `write` appends the content.
pub(crate) fn compound(
    out: &mut BytesMut,
    narrow: u8,
    count: usize,
    write: impl FnOnce(&mut BytesMut),
) {
    const NARROW: usize = 3;
    const WIDE: usize = 9;
    let start = out.len();
    out.put_slice(&[narrow, 0, 0]);
    write(out);
    let size = out.len() - start - NARROW;
    match (u8::try_from(size + 1), u8::try_from(count)) {
        (Ok(size), Ok(count)) => {
            out[start + 1] = size;
            out[start + 2] = count;
        }
        _ => {
            // Seldom, and then only what was just written has to move.
            out.put_bytes(0, WIDE - NARROW);
            out.copy_within(start + NARROW..start + NARROW + size, start + WIDE);
            let mut head = [0; WIDE];
            head[0] = narrow + 0x10;
            head[1..5].copy_from_slice(&length32(size + 4));
            head[5..].copy_from_slice(&length32(count));
            out[start..start + WIDE].copy_from_slice(&head);
        }
    }
}

/// A composite: descriptor and list of fields [1.4].
pub(crate) fn composite(
    out: &mut BytesMut,
    kind: Descriptor,
    count: usize,
    write: impl FnOnce(&mut BytesMut),
) {
    descriptor(out, kind);
    compound(out, code::LIST_8, count, write);
}

/// Binary, string or symbol: one byte of length when it fits, else the constructor 16 higher and
/// four bytes.
pub(crate) fn variable(out: &mut BytesMut, narrow: u8, bytes: &[u8]) {
    match u8::try_from(bytes.len()) {
        Ok(length) => out.put_slice(&[narrow, length]),
        Err(_) => {
            out.put_u8(narrow + 0x10);
            out.put_slice(&length32(bytes.len()));
        }
    }
    out.put_slice(bytes);
}

/// Nothing that reaches an encoder is anywhere near four gigabytes; frames and messages are bounded.
pub(crate) fn length32(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}
