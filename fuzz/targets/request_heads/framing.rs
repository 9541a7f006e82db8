//! The requests in the bytes of a connection, as far as RFC 9112 leaves no doubt: a second, stricter
//! reader next to the one that is tested. Where a lenient one might see something else, it stops.

/// One request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) method: String,
    pub(crate) target: String,
    /// `None` for one that does not end.
    pub(crate) body: Option<Vec<u8>>,
}

/// Heads with more lines may be refused.
const LINES: usize = 50;

/// What a head says of what follows.
struct Head {
    method: String,
    target: String,
    framing: Framing,
    /// Whether nothing more is read behind this request.
    closes: bool,
    /// Whether something in it may change what is read behind it.
    is_odd: bool,
}

enum Framing {
    Length(usize),
    Chunked,
}

/// The certain requests, and whether no others can be seen behind them.
pub(crate) fn messages(mut bytes: &[u8]) -> (Vec<Message>, bool) {
    let mut messages = Vec::new();
    loop {
        if bytes.is_empty() {
            return (messages, true);
        }
        let Some(length) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return (messages, false);
        };
        let (text, behind) = bytes.split_at(length + 4);
        let Some(head) = head(&text[..length]) else {
            return (messages, false);
        };
        let body = match head.framing {
            Framing::Length(length) => behind
                .split_at_checked(length)
                .map(|(body, rest)| (body.to_vec(), rest)),
            Framing::Chunked => match dechunked(behind) {
                Ok(split) => split,
                Err(Unclear) => return (messages, false),
            },
        };
        let ends = body.is_none();
        let (body, rest) = match body {
            Some((body, rest)) => (Some(body), rest),
            None => (None, &behind[behind.len()..]),
        };
        messages.push(Message {
            method: head.method,
            target: head.target,
            body,
        });
        if ends || head.closes {
            return (messages, true);
        }
        if head.is_odd {
            return (messages, false);
        }
        bytes = rest;
    }
}

/// `text` has no empty line in it.
fn head(text: &[u8]) -> Option<Head> {
    let text = std::str::from_utf8(text).ok()?;
    let mut lines = text.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let is_old = match version {
        "HTTP/1.1" => false,
        "HTTP/1.0" => true,
        _ => return None,
    };
    if words.next().is_some() || !is_token(method) || method == "CONNECT" || !is_path(target) {
        return None;
    }
    let mut head = Head {
        method: method.to_owned(),
        target: target.to_owned(),
        framing: Framing::Length(0),
        closes: is_old,
        is_odd: false,
    };
    let (mut lengths, mut encodings, mut count) = (0, 0, 0);
    for line in lines {
        let (name, value) = line.split_once(':')?;
        let value = value.trim_matches([' ', '\t']);
        let is_plain = value
            .bytes()
            .all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte));
        count += 1;
        if count > LINES || !is_token(name) || !is_plain {
            return None;
        }
        match name.to_ascii_lowercase().as_str() {
            "content-length" => {
                let is_number = value.len() < 19 && value.bytes().all(|byte| byte.is_ascii_digit());
                head.framing = Framing::Length(value.parse().ok().filter(|_| is_number)?);
                lengths += 1;
            }
            "transfer-encoding" if value.eq_ignore_ascii_case("chunked") && !is_old => {
                head.framing = Framing::Chunked;
                encodings += 1;
            }
            "transfer-encoding" => return None,
            "connection" if value.eq_ignore_ascii_case("close") => head.closes = true,
            "connection" | "upgrade" | "keep-alive" | "proxy-connection" => head.is_odd = true,
            _ => {}
        }
    }
    if head.is_odd {
        head.closes = false;
    }
    (lengths + encodings <= 1).then_some(head)
}

fn is_token(text: &str) -> bool {
    let mut bytes = text.bytes();
    !text.is_empty()
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

fn is_path(text: &str) -> bool {
    let mut bytes = text.bytes();
    text.starts_with('/')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@/?".contains(&byte))
}

/// Chunks that a lenient reader may read otherwise.
pub(crate) struct Unclear;

/// A body in chunks and what is behind it; `None` if it does not end.
pub(crate) fn dechunked(mut bytes: &[u8]) -> Result<Option<(Vec<u8>, &[u8])>, Unclear> {
    let mut body = Vec::new();
    loop {
        let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") else {
            return if bytes.iter().all(u8::is_ascii_hexdigit) {
                Ok(None)
            } else {
                Err(Unclear)
            };
        };
        let (size, rest) = bytes.split_at(end);
        let is_number = (1..8).contains(&size.len()) && size.iter().all(u8::is_ascii_hexdigit);
        let size = std::str::from_utf8(size).ok().filter(|_| is_number);
        let size = size
            .and_then(|size| usize::from_str_radix(size, 16).ok())
            .ok_or(Unclear)?;
        let Some((chunk, rest)) = rest[2..].split_at_checked(size) else {
            return Ok(None);
        };
        match rest {
            [b'\r', b'\n', rest @ ..] => bytes = rest,
            [] | [b'\r'] => return Ok(None),
            _ => return Err(Unclear),
        }
        if size == 0 {
            return Ok(Some((body, bytes)));
        }
        body.extend_from_slice(chunk);
    }
}
