//! Reads server-sent events (WHATWG HTML, "Server-sent events", parsing an event stream).

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ServerSentEvent {
    /// The type; `message` when the stream gives none.
    pub(crate) name: String,
    pub(crate) data: String,
}

/// Turns the bytes of a stream into events, however they are cut.
#[derive(Debug, Default)]
pub(crate) struct SseParser {
    /// The line that is not complete yet.
    line: Vec<u8>,
    /// The last byte was a carriage return, so a line feed that follows belongs to it.
    after_return: bool,
    name: String,
    data: String,
    has_data: bool,
}

impl SseParser {
    /// Takes the next bytes and gives the events that they complete.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<ServerSentEvent> {
        let mut events = Vec::new();
        for &byte in bytes {
            let continues_return = std::mem::take(&mut self.after_return) && byte == b'\n';
            match byte {
                b'\n' if continues_return => {}
                b'\n' | b'\r' => {
                    self.after_return = byte == b'\r';
                    let line = std::mem::take(&mut self.line);
                    events.extend(self.end_line(&line));
                }
                _ => self.line.push(byte),
            }
        }
        events
    }

    fn end_line(&mut self, line: &[u8]) -> Option<ServerSentEvent> {
        let line = String::from_utf8_lossy(line);
        if line.is_empty() {
            return self.dispatch();
        }
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => {
                if self.has_data {
                    self.data.push('\n');
                }
                self.data.push_str(value);
                self.has_data = true;
            }
            // Comments (an empty field name), `id` and `retry` carry nothing that is used here.
            _ => {}
        }
        None
    }

    fn dispatch(&mut self) -> Option<ServerSentEvent> {
        let name = std::mem::take(&mut self.name);
        let data = std::mem::take(&mut self.data);
        let name = if name.is_empty() {
            "message".to_owned()
        } else {
            name
        };
        std::mem::take(&mut self.has_data).then_some(ServerSentEvent { name, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = ": hello\n\ndata: one\n\nid: 7\r\nevent: error\r\ndata:two\r\ndata:  three\r\n\r\nevent: empty\n\ndata\n\nretry: 10\rdata: \u{fc}\r\rdata: never ended\n";

    fn event(name: &str, data: &str) -> ServerSentEvent {
        ServerSentEvent {
            name: name.to_owned(),
            data: data.to_owned(),
        }
    }

    #[test]
    fn a_stream_gives_the_same_events_however_it_is_cut() {
        let expected = [
            event("message", "one"),
            event("error", "two\n three"),
            event("message", ""),
            event("message", "\u{fc}"),
        ];
        for size in 1..=STREAM.len() {
            let mut parser = SseParser::default();
            let events: Vec<_> = STREAM
                .as_bytes()
                .chunks(size)
                .flat_map(|chunk| parser.push(chunk))
                .collect();
            assert_eq!(events, expected, "in pieces of {size} bytes");
        }
    }
}
