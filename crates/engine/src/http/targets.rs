//! Request lines as they are typed: `?filter_by=n:>5`.
//!
//! A `<`, `>` or `"` has to be encoded in a request line, and the HTTP library refuses one that is
//! not; the API takes them, and a shell's `curl` sends them. [`Targets`] follows the bytes of a
//! connection from message to message and encodes those three in request lines. It changes nothing
//! else, and where it cannot tell for certain where a message ends it changes nothing any more.
//! Called by [`super::connections`].

/// Bytes of a head line that are looked at.
const LOOKED_AT: usize = 64;

/// Where a connection's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    RequestLine,
    Head,
    /// So many bytes of a body are left.
    Body(u64),
    /// Nothing is certain any more.
    Through,
}

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Targets {
    state: State,
    /// The beginning of the head's line that is being read.
    line: Vec<u8>,
    /// What the head said of the body's length.
    length: Option<u64>,
}

impl Targets {
    pub(super) fn new() -> Self {
        Self {
            state: State::RequestLine,
            line: Vec::with_capacity(LOOKED_AT),
            length: None,
        }
    }

    /// Appends the next bytes of the connection to `passed`.
    pub(super) fn pass(&mut self, mut bytes: &[u8], passed: &mut Vec<u8>) {
        while let Some((&first, rest)) = bytes.split_first() {
            match self.state {
                State::Through => {
                    passed.extend_from_slice(bytes);
                    return;
                }
                State::Body(left) => {
                    let length = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    let (body, behind) = bytes.split_at(length);
                    passed.extend_from_slice(body);
                    bytes = behind;
                    self.state = match left - length as u64 {
                        0 => State::RequestLine,
                        left => State::Body(left),
                    };
                }
                State::RequestLine => {
                    bytes = rest;
                    match first {
                        b'"' => passed.extend_from_slice(b"%22"),
                        b'<' => passed.extend_from_slice(b"%3C"),
                        b'>' => passed.extend_from_slice(b"%3E"),
                        other => passed.push(other),
                    }
                    // Empty lines in front of a request do not count.
                    if first == b'\n' && !self.line.is_empty() {
                        self.state = State::Head;
                        self.line.clear();
                    } else if !matches!(first, b'\r' | b'\n') && self.line.is_empty() {
                        self.line.push(first);
                    }
                }
                State::Head => {
                    bytes = rest;
                    passed.push(first);
                    if first == b'\n' {
                        self.end_of_line();
                    } else if self.line.len() < LOOKED_AT {
                        self.line.push(first);
                    }
                }
            }
        }
    }

    fn end_of_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        if line.is_empty() {
            self.state = match self.length.take() {
                None | Some(0) => State::RequestLine,
                Some(length) => State::Body(length),
            };
            return;
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = line.split_at(colon.unwrap_or(line.len()));
        if name.eq_ignore_ascii_case(b"content-length") {
            let value = std::str::from_utf8(value).unwrap_or_default();
            let value = value.trim_start_matches(':').trim();
            let digits = value.bytes().all(|byte| byte.is_ascii_digit());
            let length = value
                .parse()
                .ok()
                .filter(|_| digits && self.length.is_none());
            match length {
                Some(length) => self.length = Some(length),
                None => self.state = State::Through,
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding")
            || name.eq_ignore_ascii_case(b"upgrade")
            || line.first().is_none_or(u8::is_ascii_whitespace)
            || colon.is_none()
        {
            self.state = State::Through;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What becomes of bytes that come in pieces of such a length.
    fn passed(bytes: &str, piece: usize) -> String {
        let (mut targets, mut passed) = (Targets::new(), Vec::new());
        for piece in bytes.as_bytes().chunks(piece) {
            targets.pass(piece, &mut passed);
        }
        String::from_utf8_lossy(&passed).into_owned()
    }

    #[test]
    fn request_lines_are_encoded_and_nothing_else() {
        let head = "Host: <a>\r\nContent-Length: 5\r\nX: \"\r\n\r\n";
        let sent = format!(
            "GET /a?b=n:>5&q=\"x\" HTTP/1.1\r\nHost: <a>\r\n\r\n\
             POST /<b> HTTP/1.1\r\n{head}<\">\r\nDELETE /c?n:<1 HTTP/1.1\r\n\r\n"
        );
        let expected = format!(
            "GET /a?b=n:%3E5&q=%22x%22 HTTP/1.1\r\nHost: <a>\r\n\r\n\
             POST /%3Cb%3E HTTP/1.1\r\n{head}<\">\r\nDELETE /c?n:%3C1 HTTP/1.1\r\n\r\n"
        );
        for piece in [1, 2, 7, 1_000] {
            assert_eq!(passed(&sent, piece), expected, "{piece}");
        }
    }

    #[test]
    fn where_the_end_is_not_certain_nothing_is_changed() {
        for line in [
            "Transfer-Encoding: chunked",
            "Content-Length: 1\r\nContent-Length: 1",
            "Content-Length: +1",
            "Content-Length: x",
            "Content-Length: 99999999999999999999",
            "A: b\r\n folded",
            "no colon",
        ] {
            let sent = format!("POST /a HTTP/1.1\r\n{line}\r\n\r\n<\">\r\nGET /<\"> HTTP/1.1\r\n");
            assert_eq!(passed(&sent, 3), sent);
        }
    }

    proptest! {
        #[test]
        fn bodies_stay_as_they_are(body in "[<>\"\r\nGETa: /]{0,60}", piece in 1_usize..9) {
            let request = format!("POST /a HTTP/1.1\r\ncontent-length:{}\r\n\r\n{body}", body.len());
            let twice = format!("{request}{request}");
            prop_assert_eq!(passed(&twice, piece), twice);
        }
    }
}
