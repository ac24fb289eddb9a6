//! The line that announces a tunnelled connection.
//!
//! The HTTPS listener copies the bytes of a WebSocket into the tunnel socket. Before the first MQTT
//! byte it writes `ROOST/1 <peer-address>\n`, so that logs and the session name the real peer.

use std::fmt::Display;

use ntex::codec::Decoder;
use ntex::util::BytesMut;

const MAGIC: &str = "ROOST/1 ";

/// Longest line, its end included. An IPv6 address with scope and port takes 58 characters.
const MAX_LINE: usize = 128;

/// The line for a connection from `peer`. Characters that the line cannot hold become `?`.
pub fn preface(peer: impl Display) -> String {
    let mut line = String::from(MAGIC);
    let room = MAX_LINE - MAGIC.len() - 1;
    let text = peer.to_string();
    line.extend(
        text.chars()
            .map(|c| if c.is_ascii_graphic() { c } else { '?' })
            .take(room),
    );
    line.push('\n');
    line
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PrefaceError {
    #[error("the connection does not begin with the line of the WebSocket tunnel")]
    Unexpected,
    #[error("the line of the WebSocket tunnel is longer than {MAX_LINE} bytes")]
    TooLong,
    #[error("the line of the WebSocket tunnel names no peer address")]
    NoPeer,
}

/// Takes the line off the front of a stream and gives the peer address in it.
#[derive(Debug)]
pub(crate) struct PrefaceCodec;

impl Decoder for PrefaceCodec {
    type Item = Box<str>;
    type Error = PrefaceError;

    fn decode(&self, source: &mut BytesMut) -> Result<Option<Box<str>>, PrefaceError> {
        let Some((peer, consumed)) = parse(source)? else {
            return Ok(None);
        };
        drop(source.split_to(consumed));
        Ok(Some(peer))
    }
}

/// The peer and the length of the line, or None while the line is incomplete.
fn parse(source: &[u8]) -> Result<Option<(Box<str>, usize)>, PrefaceError> {
    let head = &source[..source.len().min(MAGIC.len())];
    if !MAGIC.as_bytes().starts_with(head) {
        return Err(PrefaceError::Unexpected);
    }
    let window = &source[..source.len().min(MAX_LINE)];
    let Some(end) = window.iter().position(|&byte| byte == b'\n') else {
        return if window.len() == MAX_LINE {
            Err(PrefaceError::TooLong)
        } else {
            Ok(None)
        };
    };
    let peer = window.get(MAGIC.len()..end).unwrap_or_default();
    if peer.is_empty() || !peer.iter().all(u8::is_ascii_graphic) {
        return Err(PrefaceError::NoPeer);
    }
    let peer = std::str::from_utf8(peer).map_err(|_| PrefaceError::NoPeer)?;
    Ok(Some((peer.into(), end + 1)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_line_is_taken_off_and_the_rest_stays() {
        let mut bytes = BytesMut::from(preface("[::1]:5000").as_bytes());
        bytes.extend_from_slice(b"\x10\x00");
        assert_eq!(
            PrefaceCodec.decode(&mut bytes),
            Ok(Some("[::1]:5000".into()))
        );
        assert_eq!(&bytes[..], b"\x10\x00");
    }

    #[test]
    fn a_line_in_pieces_is_waited_for() {
        let line = preface("10.0.0.1:5000");
        for cut in 0..line.len() {
            assert_eq!(parse(&line.as_bytes()[..cut]), Ok(None), "{cut}");
        }
    }

    #[test]
    fn other_beginnings_are_refused_at_their_first_wrong_byte() {
        assert_eq!(parse(b"\x10"), Err(PrefaceError::Unexpected));
        assert_eq!(parse(b"GET / HTTP/1.1\r\n"), Err(PrefaceError::Unexpected));
        assert_eq!(parse(b"ROOST/1 \n"), Err(PrefaceError::NoPeer));
        assert_eq!(parse(b"ROOST/1 a b\n"), Err(PrefaceError::NoPeer));
    }

    #[test]
    fn an_endless_line_is_refused_at_its_bound() {
        let mut line = MAGIC.as_bytes().to_vec();
        line.resize(MAX_LINE - 1, b'a');
        assert_eq!(parse(&line), Ok(None));
        line.push(b'a');
        assert_eq!(parse(&line), Err(PrefaceError::TooLong));
    }

    proptest! {
        #[test]
        fn any_bytes_are_parsed_without_a_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }

        #[test]
        fn what_is_written_can_be_read(peer in "\\PC{1,300}") {
            let line = preface(&peer);
            prop_assert!(line.len() <= MAX_LINE);
            let (read, consumed) = parse(line.as_bytes()).unwrap().unwrap();
            prop_assert_eq!(consumed, line.len());
            prop_assert_eq!(read.as_bytes(), &line.as_bytes()[MAGIC.len()..line.len() - 1]);
        }
    }
}
