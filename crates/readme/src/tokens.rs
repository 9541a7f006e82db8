//! Splits HTML into tags and text, as the HTML standard delimits them.
//!
//! This is a tokenizer, not a parser: it builds no tree and repairs nothing. The sanitiser's output
//! is well-formed, so nothing more is needed there; in other HTML it shows where tags begin and end.
//! One pass, no allocation.

/// A piece of HTML. The texts of all tokens, joined, are the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'h> {
    pub(crate) kind: TokenKind,
    /// The whole token, brackets included.
    pub(crate) text: &'h str,
    /// The element's name as written; empty unless this is a tag.
    pub(crate) name: &'h str,
    /// How many attributes a tag has.
    pub(crate) attributes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Text,
    Start,
    End,
    /// A comment, declaration or the like, which is not shown.
    Hidden,
}

impl Token<'_> {
    pub(crate) fn is_text(&self) -> bool {
        self.kind == TokenKind::Text
    }

    /// The level of a heading's start or end tag, 1 to 6.
    pub(crate) fn heading_level(&self) -> Option<u8> {
        match self.name.as_bytes() {
            [b'h' | b'H', digit @ b'1'..=b'6'] => Some(digit - b'0'),
            _ => None,
        }
    }

    /// Whether the element has no end tag.
    pub(crate) fn is_void(&self) -> bool {
        const VOID: [&str; 14] = [
            "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
            "source", "track", "wbr",
        ];
        VOID.iter().any(|name| self.name.eq_ignore_ascii_case(name))
    }
}

/// The tokens of `html`, in order.
pub(crate) fn tokens(html: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = html;
    std::iter::from_fn(move || {
        let token = next_token(rest)?;
        rest = &rest[token.text.len()..];
        Some(token)
    })
}

fn next_token(html: &str) -> Option<Token<'_>> {
    let bytes = html.as_bytes();
    let is_letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphabetic);
    match (bytes.first()?, bytes.get(1)) {
        (b'<', Some(b'!')) if html.starts_with("<!--") => {
            Some(hidden_token(html, comment_end(html)))
        }
        (b'<', Some(b'/')) if is_letter(2) => Some(tag(html, TokenKind::End, 2)),
        (b'<', Some(b'!' | b'?' | b'/')) => Some(hidden_token(html, after(html, 2, ">"))),
        (b'<', _) if is_letter(1) => Some(tag(html, TokenKind::Start, 1)),
        _ => {
            // The first character is text even if it is a `<`.
            let first = html.ceil_char_boundary(1);
            let end = html[first..].find('<').map_or(html.len(), |at| first + at);
            Some(Token {
                kind: TokenKind::Text,
                text: &html[..end],
                name: "",
                attributes: 0,
            })
        }
    }
}

fn hidden_token(html: &str, end: usize) -> Token<'_> {
    Token {
        kind: TokenKind::Hidden,
        text: &html[..end],
        name: "",
        attributes: 0,
    }
}

/// The position after the first `mark` at or after `start`, or the end.
fn after(html: &str, start: usize, mark: &str) -> usize {
    html[start..]
        .find(mark)
        .map_or(html.len(), |at| start + at + mark.len())
}

fn comment_end(html: &str) -> usize {
    match html.as_bytes() {
        [_, _, _, _, b'>', ..] => 5,
        [_, _, _, _, b'-', b'>', ..] => 6,
        _ => html[4..]
            .match_indices("--")
            .map(|(at, _)| 4 + at)
            .find_map(|at| match html.as_bytes()[at + 2..] {
                [b'>', ..] => Some(at + 3),
                [b'!' | b'-', b'>', ..] => Some(at + 4),
                _ => None,
            })
            .unwrap_or(html.len()),
    }
}

/// Reads the tag whose name begins at `start`.
fn tag(html: &str, kind: TokenKind, start: usize) -> Token<'_> {
    let bytes = html.as_bytes();
    let name_end = skip(bytes, start, |byte| is_name_end(byte) && byte != b'=');
    let mut attributes = 0;
    let mut at = name_end;
    loop {
        at = skip(bytes, at, |byte| {
            !(byte.is_ascii_whitespace() || byte == b'/')
        });
        match bytes.get(at) {
            None => break,
            Some(b'>') => {
                at += 1;
                break;
            }
            Some(_) => attributes += 1,
        }
        // The first byte is part of the name whatever it is.
        at = skip(bytes, at + 1, is_name_end);
        let equals = skip(bytes, at, |byte| !byte.is_ascii_whitespace());
        if bytes.get(equals) != Some(&b'=') {
            continue;
        }
        at = skip(bytes, equals + 1, |byte| !byte.is_ascii_whitespace());
        at = match bytes.get(at) {
            Some(b'"') => after(html, at + 1, "\""),
            Some(b'\'') => after(html, at + 1, "'"),
            _ => skip(bytes, at, |byte| byte.is_ascii_whitespace() || byte == b'>'),
        };
    }
    Token {
        kind,
        text: &html[..at],
        name: &html[start..name_end],
        attributes,
    }
}

/// The position of the first byte at or after `from` that `stop` accepts, or the end.
fn skip(bytes: &[u8], from: usize, stop: impl Fn(u8) -> bool) -> usize {
    bytes[from..]
        .iter()
        .position(|&byte| stop(byte))
        .map_or(bytes.len(), |at| from + at)
}

fn is_name_end(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'=')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{TokenKind, tokens};

    fn kinds(html: &str) -> Vec<(TokenKind, &str, &str, usize)> {
        tokens(html)
            .map(|token| (token.kind, token.text, token.name, token.attributes))
            .collect()
    }

    #[test]
    fn tags_end_where_the_standard_says() {
        use TokenKind::{End, Hidden, Start, Text};
        for (html, expected) in [
            ("a<b>", vec![(Text, "a", "", 0), (Start, "<b>", "b", 0)]),
            (
                "<a href='>' b=\"</a>\" c>",
                vec![(Start, "<a href='>' b=\"</a>\" c>", "a", 3)],
            ),
            (
                "<a b'c=\">\">x",
                vec![(Start, "<a b'c=\">\">", "a", 1), (Text, "x", "", 0)],
            ),
            ("<a '>'", vec![(Start, "<a '>", "a", 1), (Text, "'", "", 0)]),
            ("<p/x/y=1/z>", vec![(Start, "<p/x/y=1/z>", "p", 2)]),
            ("</p >", vec![(End, "</p >", "p", 0)]),
            (
                "<!--><i>",
                vec![(Hidden, "<!-->", "", 0), (Start, "<i>", "i", 0)],
            ),
            (
                "<!-- <b> --!><i>",
                vec![(Hidden, "<!-- <b> --!>", "", 0), (Start, "<i>", "i", 0)],
            ),
            ("</ x><", vec![(Hidden, "</ x>", "", 0), (Text, "<", "", 0)]),
            ("<é", vec![(Text, "<é", "", 0)]),
            ("ünd", vec![(Text, "ünd", "", 0)]),
        ] {
            assert_eq!(kinds(html), expected, "{html}");
        }
    }

    proptest! {
        #[test]
        fn tokens_cover_the_input(html in "[<>/!\\-a-c =\"'é\\n?]{0,60}") {
            let joined: String = tokens(&html).map(|token| token.text).collect();
            prop_assert_eq!(joined, html);
        }
    }
}
