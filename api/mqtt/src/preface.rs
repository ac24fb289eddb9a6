//! Tunnelled connections begin with a line that says who is behind them.

use ntex::codec::Decoder;
use ntex::util::BytesMut;
use roost_edge::tunnel::{Preface, PrefaceError};

/// Takes the line, and certificates behind it, off the front of a stream.
#[derive(Debug)]
pub(crate) struct PrefaceCodec;

impl Decoder for PrefaceCodec {
    type Item = Preface;
    type Error = PrefaceError;

    fn decode(&self, source: &mut BytesMut) -> Result<Option<Preface>, PrefaceError> {
        let Some((preface, consumed)) = Preface::parse(source)? else {
            return Ok(None);
        };
        drop(source.split_to(consumed));
        Ok(Some(preface))
    }
}

#[cfg(test)]
mod tests {
    use roost_edge::tunnel::preface;

    use super::*;

    #[test]
    fn the_line_is_taken_off_and_the_rest_stays() {
        let mut bytes = BytesMut::from(&preface("[::1]:5000", None)[..]);
        bytes.extend_from_slice(b"\x10\x00");
        let taken = PrefaceCodec.decode(&mut bytes).unwrap().unwrap();
        assert_eq!(&*taken.peer, "[::1]:5000");
        assert_eq!(&bytes[..], b"\x10\x00");
    }
}
