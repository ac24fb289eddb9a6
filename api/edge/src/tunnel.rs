//! WebSockets that the HTTPS listener hands to a protocol's listener on the same node.
//!
//! The HTTPS listener copies the bytes of a WebSocket into the protocol's Unix socket. Before the first
//! byte of the protocol it writes `ROOST/1 <peer-address>\n`, so that logs and the session name the real peer. For a
//! peer that showed a certificate it writes `ROOST/1 <peer-address> <length>\n` and then so many bytes:
//! the chain in its versioned encoding.

mod listener;

use std::fmt::Display;

use roost_model::limits::MAX_CHAIN_BYTES;
use roost_model::{CertificateChain, codec};

pub use listener::{TunnelError, bind};

/// Of the chain's encoding.
const CHAIN_VERSION: u8 = 1;

/// Longest encoding of a chain: its bytes, and a few for each of its certificates.
const MAX_CHAIN: usize = MAX_CHAIN_BYTES + 128;

const MAGIC: &str = "ROOST/1 ";

/// Longest line, its end included. An IPv6 address with scope and port takes 58 characters.
const MAX_LINE: usize = 128;

/// Of a blank and the length of a chain, in characters.
const MAX_LENGTH: usize = 8;

/// What goes before the bytes of a connection from `peer`, who may have shown certificates.
pub fn preface(peer: impl Display, chain: Option<&CertificateChain>) -> Vec<u8> {
    let mut line = line(peer);
    let Some(chain) = chain else {
        line.push('\n');
        return line.into_bytes();
    };
    let chain = codec::encode(CHAIN_VERSION, chain);
    let mut preface = format!("{line} {}\n", chain.len()).into_bytes();
    preface.extend_from_slice(&chain);
    preface
}

/// The line as far as the peer's address. Characters that it cannot hold become `?`.
fn line(peer: impl Display) -> String {
    let mut line = String::from(MAGIC);
    let room = MAX_LINE - MAGIC.len() - MAX_LENGTH - 1;
    let text = peer.to_string();
    line.extend(
        text.chars()
            .map(|c| if c.is_ascii_graphic() { c } else { '?' })
            .take(room),
    );
    line
}

/// Who is behind a tunnelled connection.
#[derive(Debug, PartialEq, Eq)]
pub struct Preface {
    /// Its address.
    pub peer: Box<str>,
    /// What the peer showed when TLS began.
    pub chain: Option<CertificateChain>,
}

/// Why a connection is none that the HTTPS listener handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PrefaceError {
    #[error("the connection does not begin with the line of the WebSocket tunnel")]
    Unexpected,
    #[error("the line of the WebSocket tunnel is longer than {MAX_LINE} bytes")]
    TooLong,
    #[error("the line of the WebSocket tunnel names no peer address")]
    NoPeer,
    #[error("the WebSocket tunnel did not bring the certificates that it announced")]
    Certificates,
}

// === impl Preface ===

impl Preface {
    /// What stands at the front of `source` and its length; none while it is incomplete.
    ///
    /// # Errors
    /// [`PrefaceError`] at the first byte that is wrong.
    pub fn parse(source: &[u8]) -> Result<Option<(Preface, usize)>, PrefaceError> {
        parse(source)
    }
}

fn parse(source: &[u8]) -> Result<Option<(Preface, usize)>, PrefaceError> {
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
    let line = window.get(MAGIC.len()..end).unwrap_or_default();
    let line = std::str::from_utf8(line).map_err(|_| PrefaceError::NoPeer)?;
    let (peer, length) = match line.split_once(' ') {
        Some((peer, length)) => (peer, Some(length)),
        None => (line, None),
    };
    if peer.is_empty() || !peer.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(PrefaceError::NoPeer);
    }
    let behind = &source[end + 1..];
    let Some((chain, length)) = length.map_or(Ok(Some((None, 0))), |text| chain(text, behind))?
    else {
        return Ok(None);
    };
    let peer = peer.into();
    Ok(Some((Preface { peer, chain }, end + 1 + length)))
}

/// The certificates and the length of their encoding, or None while they are incomplete.
fn chain(
    length: &str,
    source: &[u8],
) -> Result<Option<(Option<CertificateChain>, usize)>, PrefaceError> {
    let length = length.parse().map_err(|_| PrefaceError::Certificates)?;
    if length > MAX_CHAIN {
        return Err(PrefaceError::Certificates);
    }
    let Some(bytes) = source.get(..length) else {
        return Ok(None);
    };
    let (_, chain) = codec::decode(CHAIN_VERSION, bytes).map_err(|_| PrefaceError::Certificates)?;
    Ok(Some((Some(chain), length)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn certificates_follow_the_line_that_announces_them() {
        let chain = CertificateChain::from_der(vec![vec![7; 300], vec![8; 5]]).unwrap();
        let mut bytes = preface("10.0.0.1:5", Some(&chain));
        for cut in 0..bytes.len() {
            assert_eq!(parse(&bytes[..cut]), Ok(None), "{cut}");
        }
        let whole = bytes.len();
        bytes.extend_from_slice(b"\x10\x00");
        let (preface, consumed) = parse(&bytes).unwrap().unwrap();
        assert_eq!((preface.chain, consumed), (Some(chain), whole));
        assert_eq!(&*preface.peer, "10.0.0.1:5");
    }

    #[test]
    fn certificates_that_are_none_or_too_many_are_refused() {
        for bad in ["a b", "a -1", "a 0", "a 2\n\x01\x00", "a 99999999"] {
            let bytes = format!("{MAGIC}{bad}\n");
            assert_eq!(
                parse(bytes.as_bytes()),
                Err(PrefaceError::Certificates),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_line_in_pieces_is_waited_for() {
        let line = preface("10.0.0.1:5000", None);
        for cut in 0..line.len() {
            assert_eq!(parse(&line[..cut]), Ok(None), "{cut}");
        }
    }

    #[test]
    fn other_beginnings_are_refused_at_their_first_wrong_byte() {
        assert_eq!(parse(b"\x10"), Err(PrefaceError::Unexpected));
        assert_eq!(parse(b"GET / HTTP/1.1\r\n"), Err(PrefaceError::Unexpected));
        assert_eq!(parse(b"ROOST/1 \n"), Err(PrefaceError::NoPeer));
        assert_eq!(parse(b"ROOST/1 a\tb\n"), Err(PrefaceError::NoPeer));
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
            let line = preface(&peer, None);
            prop_assert!(line.len() <= MAX_LINE);
            let (read, consumed) = parse(&line).unwrap().unwrap();
            prop_assert_eq!(consumed, line.len());
            prop_assert_eq!(read.peer.as_bytes(), &line[MAGIC.len()..line.len() - 1]);
        }
    }
}
