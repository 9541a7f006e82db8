//! Standalone hyperlinks: URLs and e-mail addresses in the text.

use super::{
    chars::{may_follow, may_precede},
    parser::Parser,
    scanner::InlineScanner,
    tree::{Destination, NodeKind, unescaped},
};

/// Schemes whose URLs become links; the sanitiser removes those that are not safe.
const SCHEMES: &str = " about acap addbook afp afs aim callto castanet chttp cid crid data dav dict dns eid fax \
    feed file finger freenet ftp go gopher gsm-sms h323 h324 hdl hnews http https hydra \
    iioploc ilu im imap info ior ipp irc iris.beep iseek jar javascript jdbc ldap lifn \
    livescript lrq mailbox mailserver mailto md5 mid mocha modem mtqp mupdate news nfs \
    nntp opaquelocktoken phone pop pop3 pres printer prospero rdar res rtsp rvp rwhois rx \
    sdp service shttp sip sips smb snews snmp soap.beep soap.beeps ssh t120 tag tcp tel \
    telephone telnet tftp tip tn3270 tv urn uuid vemmi videotex view-source wais whodp \
    whois++ x-man-page xmlrpc.beep xmlrpc.beeps z39.50r z39.50s ";

/// Characters that a URL may contain; a backslash escapes the next one.
fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.!~*'()[];/:@&=+$,%\\".contains(&byte)
}

/// Characters that a URL may end with.
fn is_last_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_~*/=+".contains(&byte)
}

fn is_email_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_!~*'{|}/#?^`&=+$%\\".contains(&byte)
}

/// Whether a URL whose last part begins at `from` may end at `end`.
fn ends_at(text: &str, from: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    let last = bytes[end - 1];
    end > from
        && (is_last_byte(last) || (is_uri_byte(last) && bytes.get(end) == Some(&b'>')))
        && text[end..].chars().next().is_none_or(may_follow)
}

/// The end of the URL whose scheme ends at `colon`.
fn absolute_end(text: &str, colon: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let stretch = |from: usize| {
        from + bytes[from..]
            .iter()
            .take_while(|&&byte| is_uri_byte(byte))
            .count()
    };
    // Path, query and fragment, each with at least one character.
    let mut parts = vec![(colon + 1, stretch(colon + 1))];
    for mark in [b'?', b'#'] {
        if let Some(&(_, end)) = parts.last()
            && bytes.get(end) == Some(&mark)
        {
            parts.push((end + 1, stretch(end + 1)));
        }
    }
    parts.into_iter().rev().find_map(|(from, end)| {
        (from + 1..=end)
            .rev()
            .find(|&end| text.is_char_boundary(end) && ends_at(text, from, end))
    })
}

/// Whether `text` begins with a URI of any scheme.
pub(super) fn is_uri(text: &str) -> bool {
    let scheme = text
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b".+-".contains(byte))
        .count();
    scheme > 0
        && text.as_bytes()[0].is_ascii_alphabetic()
        && text.as_bytes().get(scheme) == Some(&b':')
        && absolute_end(text, scheme).is_some()
}

/// The end of the e-mail address whose `@` is at `at`.
fn email_end(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    if !bytes.get(at + 1).copied().is_some_and(is_email_byte) {
        return None;
    }
    let end = at
        + 1
        + bytes[at + 1..]
            .iter()
            .take_while(|&&byte| is_email_byte(byte) || byte == b'.')
            .count();
    (at + 3..=end)
        .rev()
        .find(|&end| text.is_char_boundary(end) && ends_at(text, at + 2, end))
}

/// Whether `text` is an e-mail address.
pub(super) fn is_email(text: &str) -> bool {
    text.find('@').is_some_and(|at| {
        at > 0 && is_email_name(&text[..at]) && email_end(text, at) == Some(text.len())
    })
}

fn is_email_name(name: &str) -> bool {
    name.split('.')
        .all(|part| !part.is_empty() && part.bytes().all(is_email_byte))
}

/// The earliest start before `end`, at or after `from`, where markup may begin.
fn start_before(
    text: &str,
    from: usize,
    end: usize,
    belongs: impl Fn(u8) -> bool,
    first: impl Fn(u8) -> bool,
) -> Option<usize> {
    let length = text.as_bytes()[from..end]
        .iter()
        .rev()
        .take_while(|&&byte| belongs(byte))
        .count();
    (end - length..end).find(|&start| {
        first(text.as_bytes()[start])
            && text[from..start]
                .chars()
                .next_back()
                .is_none_or(may_precede)
    })
}

impl Parser {
    /// Turns the URLs and e-mail addresses between `scanner.plain` and `end` into references.
    pub(super) fn link_uris(&mut self, scanner: &mut InlineScanner<'_>, end: usize) {
        let mut at = scanner.plain;
        while let Some(found) = scanner.text[at..end].find([':', '@']) {
            let mark = at + found;
            at = mark + 1;
            let piece = &scanner.text[..end];
            let from = scanner.plain;
            let is_mail = piece.as_bytes()[mark] == b'@';
            let (start, stop) = if is_mail {
                if mark > from && piece.as_bytes()[mark - 1] == b'\\' {
                    continue;
                }
                let belongs = |byte| is_email_byte(byte) || byte == b'.';
                let start = start_before(piece, from, mark, belongs, is_email_byte)
                    .filter(|&start| is_email_name(&piece[start..mark]));
                (start, email_end(piece, mark))
            } else {
                let belongs = |byte: u8| byte.is_ascii_alphanumeric() || b".+-".contains(&byte);
                let first = |byte: u8| byte.is_ascii_alphabetic();
                let start = start_before(piece, from, mark, belongs, first);
                (start, start.and_then(|_| absolute_end(piece, mark)))
            };
            let (Some(start), Some(stop)) = (start, stop) else {
                continue;
            };
            if !is_mail && !is_known_scheme(&piece[start..mark]) {
                // As in docutils, an unknown scheme ends the search in this piece of text.
                return;
            }
            if start > from {
                let span = scanner.span(from, start);
                self.tree.add(scanner.parent, NodeKind::Text(span));
            }
            let mut uri = unescaped(&piece[start..stop]).into_owned();
            if is_mail {
                uri.insert_str(0, "mailto:");
            }
            let node = self.tree.add(
                scanner.parent,
                NodeKind::Reference(Box::new(Destination::Uri(uri))),
            );
            let span = scanner.span(start, stop);
            self.tree.add(node, NodeKind::Text(span));
            scanner.plain = stop;
            at = stop;
        }
    }
}

fn is_known_scheme(scheme: &str) -> bool {
    let scheme = scheme.to_ascii_lowercase();
    SCHEMES.contains(&format!(" {scheme} "))
}

#[cfg(test)]
mod tests {
    use super::{absolute_end, is_email, is_uri};

    #[test]
    fn urls_end_before_punctuation() {
        for (text, expected) in [
            ("http://a.org/b_(c). d", "http://a.org/b_(c"),
            ("http://a.org/?q=1#f, d", "http://a.org/?q=1#f"),
            ("http://a.org/?", "http://a.org/"),
            ("http://a.org>", "http://a.org"),
            ("mailto:a@b.org", "mailto:a@b.org"),
        ] {
            let colon = text.find(':').unwrap_or_default();
            let end = absolute_end(text, colon).unwrap_or_default();
            assert_eq!(&text[..end], expected);
        }
        assert!(is_uri("a:b") && !is_uri("a b:c") && !is_uri("1:c"));
        assert!(is_email("a.b@c.de") && !is_email("a@") && !is_email("@a.de"));
        assert!(!is_email("a b@c.de"));
    }
}
