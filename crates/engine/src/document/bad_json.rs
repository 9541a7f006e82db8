//! What is wrong with a text that is no JSON, in the words that the API's clients know.
//!
//! Asked only when reading has failed, so it may take its time: it goes through the text once
//! more, token by token, until it finds the slip.

use std::fmt::Write;

/// The reason, with the place where reading stopped.
pub(super) fn explain(text: &[u8], error: &serde_json::Error) -> String {
    let mut lexer = Lexer {
        text,
        at: 0,
        line: 1,
        column: 0,
        token_start: 0,
    };
    match lexer.find_slip() {
        Slip::Syntax(context, what) => format!(
            "[json.exception.parse_error.101] parse error at line {}, column {}: syntax error \
             while parsing {context} - {what}",
            lexer.line, lexer.column
        ),
        Slip::Overflow(number) => format!(
            "[json.exception.out_of_range.406] number overflow parsing '{}'",
            String::from_utf8_lossy(&number)
        ),
        Slip::None => error.to_string(),
    }
}

enum Slip {
    /// While parsing what, and what was wrong.
    Syntax(&'static str, String),
    Overflow(Vec<u8>),
    /// Nothing that this grammar knows: nested too deeply, for one.
    None,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    /// A string, number, `true`, `false` or `null`.
    Literal(&'static str),
    /// One of `[]{}:,`.
    Mark(u8),
    End,
}

impl Token {
    const TEXT: Self = Self::Literal("string literal");

    fn name(self) -> String {
        match self {
            Self::Literal(name) => name.to_owned(),
            Self::Mark(mark) => format!("'{}'", char::from(mark)),
            Self::End => "end of input".to_owned(),
        }
    }
}

/// What no token can be made of.
enum Broken {
    Token(String),
    Overflow(Vec<u8>),
}

struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
    column: usize,
    /// Where the last string or number began.
    token_start: usize,
}

const A_VALUE: &str = "'[', '{', or a literal";

impl Lexer<'_> {
    fn find_slip(&mut self) -> Slip {
        match self.parse() {
            Ok(()) => Slip::None,
            Err(slip) => slip,
        }
    }

    fn parse(&mut self) -> Result<(), Slip> {
        // True for each object that is open, false for each array.
        let mut open: Vec<bool> = Vec::new();
        loop {
            match self.token("value", None)? {
                Token::Mark(b'{') => match self.token("object key", Some("string literal"))? {
                    Token::Mark(b'}') => {}
                    token => {
                        self.key(token)?;
                        open.push(true);
                        continue;
                    }
                },
                Token::Mark(b'[') => {
                    open.push(false);
                    if self.peeks(b']') {
                        self.token("array", None)?;
                        open.pop();
                    } else {
                        continue;
                    }
                }
                Token::Literal(_) => {}
                token => return Err(unexpected("value", token, A_VALUE)),
            }
            loop {
                match open.last() {
                    None => {
                        let token = self.token("value", Some("end of input"))?;
                        return match token {
                            Token::End => Ok(()),
                            token => Err(unexpected("value", token, "end of input")),
                        };
                    }
                    Some(true) => match self.token("object", Some("'}'"))? {
                        Token::Mark(b',') => {
                            let token = self.token("object key", Some("string literal"))?;
                            self.key(token)?;
                            break;
                        }
                        Token::Mark(b'}') => {}
                        token => return Err(unexpected("object", token, "'}'")),
                    },
                    Some(false) => match self.token("array", Some("']'"))? {
                        Token::Mark(b',') => break,
                        Token::Mark(b']') => {}
                        token => return Err(unexpected("array", token, "']'")),
                    },
                }
                open.pop();
            }
        }
    }

    /// A key, whose token has been read, and its colon.
    fn key(&mut self, token: Token) -> Result<(), Slip> {
        if token != Token::TEXT {
            return Err(unexpected("object key", token, "string literal"));
        }
        match self.token("object separator", Some("':'"))? {
            Token::Mark(b':') => Ok(()),
            token => Err(unexpected("object separator", token, "':'")),
        }
    }

    fn token(
        &mut self,
        context: &'static str,
        expected: Option<&'static str>,
    ) -> Result<Token, Slip> {
        self.scan().map_err(|broken| match broken {
            Broken::Overflow(number) => Slip::Overflow(number),
            Broken::Token(reason) => {
                let expected = expected.map_or_else(String::new, |it| format!("; expected {it}"));
                let read = self.last_read();
                Slip::Syntax(context, format!("{reason}; last read: '{read}'{expected}"))
            }
        })
    }

    /// What was read since the last string or number began, control characters shown.
    fn last_read(&self) -> String {
        let read = self.text.get(self.token_start..self.at).unwrap_or_default();
        let text = String::from_utf8_lossy(read);
        let mut shown = String::new();
        for character in text.chars() {
            if (character as u32) < 0x20 {
                let _ = write!(shown, "<U+{:04X}>", character as u32);
            } else {
                shown.push(character);
            }
        }
        shown
    }

    fn next(&mut self) -> Option<u8> {
        self.column += 1;
        let byte = self.text.get(self.at).copied()?;
        self.at += 1;
        if byte == b'\n' {
            self.line += 1;
            self.column = 0;
        }
        Some(byte)
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.next();
        }
    }

    fn peeks(&mut self, mark: u8) -> bool {
        self.skip_blanks();
        self.peek() == Some(mark)
    }

    fn scan(&mut self) -> Result<Token, Broken> {
        self.skip_blanks();
        let start = self.at;
        match self.next() {
            None => Ok(Token::End),
            Some(mark @ (b'[' | b']' | b'{' | b'}' | b':' | b',')) => Ok(Token::Mark(mark)),
            Some(b'"') => {
                self.token_start = start;
                self.string()
            }
            Some(first @ (b'-' | b'0'..=b'9')) => {
                self.token_start = start;
                self.number(first)
            }
            Some(b't') => self.word(b"rue", "true literal"),
            Some(b'f') => self.word(b"alse", "false literal"),
            Some(b'n') => self.word(b"ull", "null literal"),
            Some(_) => Err(token("invalid literal")),
        }
    }

    fn word(&mut self, rest: &[u8], name: &'static str) -> Result<Token, Broken> {
        for byte in rest {
            if self.next() != Some(*byte) {
                return Err(token("invalid literal"));
            }
        }
        Ok(Token::Literal(name))
    }

    fn string(&mut self) -> Result<Token, Broken> {
        loop {
            match self.next() {
                None => return Err(token("invalid string: missing closing quote")),
                Some(b'"') => return Ok(Token::TEXT),
                Some(b'\\') => self.escape()?,
                Some(byte @ 0..=0x1F) => return Err(control_character(byte)),
                Some(0x20..=0x7F) => {}
                Some(first) => self.multibyte(first)?,
            }
        }
    }

    fn escape(&mut self) -> Result<(), Broken> {
        match self.next() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(()),
            Some(b'u') => match self.hex()? {
                0xD800..=0xDBFF => {
                    let low = if self.next() == Some(b'\\') && self.next() == Some(b'u') {
                        self.hex()?
                    } else {
                        0
                    };
                    if (0xDC00..=0xDFFF).contains(&low) {
                        return Ok(());
                    }
                    Err(token(
                        "invalid string: surrogate U+D800..U+DBFF must be followed by \
                         U+DC00..U+DFFF",
                    ))
                }
                0xDC00..=0xDFFF => Err(token(
                    "invalid string: surrogate U+DC00..U+DFFF must follow U+D800..U+DBFF",
                )),
                _ => Ok(()),
            },
            _ => Err(token("invalid string: forbidden character after backslash")),
        }
    }

    fn hex(&mut self) -> Result<u32, Broken> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.next().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(token(
                    "invalid string: '\\u' must be followed by 4 hex digits",
                ));
            };
            value = value * 16 + digit;
        }
        Ok(value)
    }

    fn multibyte(&mut self, first: u8) -> Result<(), Broken> {
        let length = match first {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => return Err(token("invalid string: ill-formed UTF-8 byte")),
        };
        let start = self.at - 1;
        for read in 2..=length {
            self.next();
            let so_far = self.text.get(start..start + read).unwrap_or_default();
            let fits = match std::str::from_utf8(so_far) {
                Ok(_) => true,
                Err(error) => so_far.len() == read && error.error_len().is_none(),
            };
            if !fits {
                return Err(token("invalid string: ill-formed UTF-8 byte"));
            }
        }
        Ok(())
    }

    fn number(&mut self, first: u8) -> Result<Token, Broken> {
        let mut first = first;
        if first == b'-' {
            first = match self.next() {
                Some(digit @ b'0'..=b'9') => digit,
                _ => return Err(token("invalid number; expected digit after '-'")),
            };
        }
        if first != b'0' {
            self.digits();
        }
        if self.peek() == Some(b'.') {
            self.next();
            self.digit("invalid number; expected digit after '.'")?;
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.next();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.next();
                self.digit("invalid number; expected digit after exponent sign")?;
            } else {
                self.digit("invalid number; expected '+', '-', or digit after exponent")?;
            }
            self.digits();
        }
        let read = self.text.get(self.token_start..self.at).unwrap_or_default();
        let value: Option<f64> = std::str::from_utf8(read)
            .ok()
            .and_then(|number| number.parse().ok());
        match value {
            Some(value) if value.is_infinite() => Err(Broken::Overflow(read.to_vec())),
            _ => Ok(Token::Literal("number literal")),
        }
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.next();
        }
    }

    fn digit(&mut self, otherwise: &str) -> Result<(), Broken> {
        match self.next() {
            Some(b'0'..=b'9') => Ok(()),
            _ => Err(token(otherwise)),
        }
    }
}

fn token(reason: &str) -> Broken {
    Broken::Token(reason.to_owned())
}

fn unexpected(context: &'static str, token: Token, expected: &str) -> Slip {
    Slip::Syntax(
        context,
        format!("unexpected {}; expected {expected}", token.name()),
    )
}

fn control_character(byte: u8) -> Broken {
    const NAMES: [&str; 32] = [
        "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR",
        "SO", "SI", "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB",
        "ESC", "FS", "GS", "RS", "US",
    ];
    let name = NAMES.get(usize::from(byte)).copied().unwrap_or_default();
    let short = match byte {
        8 => " or \\b",
        9 => " or \\t",
        10 => " or \\n",
        12 => " or \\f",
        13 => " or \\r",
        _ => "",
    };
    Broken::Token(format!(
        "invalid string: control character U+{byte:04X} ({name}) must be escaped to \
         \\u{byte:04X}{short}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_as_clients_know_them() {
        let at = |column: usize, rest: &str| {
            format!(
                "[json.exception.parse_error.101] parse error at line 1, column {column}: syntax \
                 error while parsing {rest}"
            )
        };
        for (text, expected) in [
            (
                "",
                at(
                    1,
                    "value - unexpected end of input; expected '[', '{', or a literal",
                ),
            ),
            (
                "{bad json",
                at(
                    2,
                    "object key - invalid literal; last read: '{b'; expected string literal",
                ),
            ),
            (
                r#"{"a":"#,
                at(
                    6,
                    "value - unexpected end of input; expected '[', '{', or a literal",
                ),
            ),
            (
                "{",
                at(
                    2,
                    "object key - unexpected end of input; expected string literal",
                ),
            ),
            (
                r#" "id": "d3","#,
                at(6, "value - unexpected ':'; expected end of input"),
            ),
            (
                "}",
                at(1, "value - unexpected '}'; expected '[', '{', or a literal"),
            ),
            (
                r#"{"id":"a","q":NaN}"#,
                at(15, r#"value - invalid literal; last read: '"q":N'"#),
            ),
            (
                r#"{"id":"a","q":"\ud800"}"#,
                at(
                    22,
                    r#"value - invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF; last read: '"\ud800"'"#,
                ),
            ),
            (
                "{\"id\":\"a\",\"q\":\"\u{1}\"}",
                at(
                    16,
                    r#"value - invalid string: control character U+0001 (SOH) must be escaped to \u0001; last read: '"<U+0001>'"#,
                ),
            ),
            (
                r#"{"id":"a"} x"#,
                at(
                    12,
                    r#"value - invalid literal; last read: '"a"} x'; expected end of input"#,
                ),
            ),
            (
                r#"{"q":1e999}"#,
                "[json.exception.out_of_range.406] number overflow parsing '1e999'".to_owned(),
            ),
        ] {
            let error = serde_json::from_str::<serde_json::Value>(text).err();
            let told = error.map(|error| explain(text.as_bytes(), &error));
            assert_eq!(told.as_deref(), Some(expected.as_str()), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn it_finds_a_slip_where_there_is_one(text in r#"[\[\]{}",:\\0-9a-z.eE+\- \x00-\x1f]{0,24}"#) {
            if let Err(error) = serde_json::from_str::<serde_json::Value>(&text) {
                let told = explain(text.as_bytes(), &error);
                proptest::prop_assert!(told.starts_with("[json.exception."), "{told}");
            }
        }
    }
}
