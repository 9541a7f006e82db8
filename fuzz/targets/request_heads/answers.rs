//! The answers in the bytes that came back: one for each request, in their order, and at most one
//! more for what was no request.

use super::framing::dechunked;

/// What is wrong with them; `methods` are those of the requests that came out.
pub(crate) fn check(mut bytes: &[u8], methods: &[&str]) -> Result<(), &'static str> {
    let mut methods = methods.iter();
    let mut is_over = false;
    while !bytes.is_empty() {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let (head, rest) = bytes.split_at(end.ok_or("an answer whose head does not end")? + 4);
        let head = std::str::from_utf8(head).map_err(|_| "a head that is no text")?;
        let status = head
            .strip_prefix("HTTP/1.1 ")
            .or(head.strip_prefix("HTTP/1.0 "));
        let status = status.and_then(|rest| rest.get(..3)?.parse::<u16>().ok());
        let status = status.ok_or("an answer without a status")?;
        if status < 200 {
            // An invitation to send the body.
            bytes = rest;
            continue;
        }
        if is_over {
            return Err("more answers than requests");
        }
        let method = methods.next();
        if method.is_none() {
            is_over = true;
            if status < 400 {
                return Err("an answer to no request");
            }
        }
        if status == 500 {
            return Err("a fault of the engine");
        }
        bytes = if method == Some(&"HEAD") || matches!(status, 204 | 304) {
            rest
        } else if let Some(length) = header(head, "content-length") {
            let length = length.parse().map_err(|_| "a length that is no number")?;
            // One that is cut off was not answered.
            rest.get(length..).unwrap_or_default()
        } else if header(head, "transfer-encoding").is_some() {
            match dechunked(rest) {
                Ok(split) => split.map(|(_, rest)| rest).unwrap_or_default(),
                Err(_) => return Err("an answer in broken chunks"),
            }
        } else {
            return Err("an answer without a length");
        };
    }
    Ok(())
}

fn header<'h>(head: &'h str, wanted: &str) -> Option<&'h str> {
    let mut lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
    Some(value.trim())
}
