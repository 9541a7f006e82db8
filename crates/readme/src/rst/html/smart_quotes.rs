//! Smart quotes: writes text as HTML with typographic quotes, dashes and ellipses.
//!
//! What a quote becomes depends on the characters next to it, also across pieces of text. Escaped
//! characters stay as they are.

/// Writes pieces of text one after the other.
#[derive(Debug)]
pub(in crate::rst) struct SmartQuotes {
    /// The last character of the previous piece, as in the source.
    previous: char,
    /// Whether anything is replaced.
    pub(in crate::rst) active: bool,
}

/// Bytes that are not copied as they are.
static SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let bytes = b"\\&<>\"'-.";
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = true;
        at += 1;
    }
    table
};

fn is_opening(character: char) -> bool {
    matches!(character, '(' | '[' | '{' | '-' | '–' | '—')
}

fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200b}' | '\u{200c}')
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn is_punctuation(character: char) -> bool {
    character.is_ascii_punctuation() || character == ' '
}

/// Whether a quote between these is an opening one.
fn opens(before: char, rest: &str) -> bool {
    (is_separator(before) || is_opening(before))
        && rest
            .chars()
            .next()
            .is_some_and(|next| is_word(next) || is_punctuation(next))
}

/// Whether a quote after a bracket or dash is followed by a blank.
fn stands_alone(before: char, rest: &str) -> bool {
    let mut next = rest.chars();
    is_opening(before)
        && match next.next() {
            Some(' ') => true,
            Some(mark) => is_punctuation(mark) && next.next() == Some(' '),
            None => false,
        }
}

fn starts_word(rest: &str) -> bool {
    rest.chars().next().is_some_and(is_word)
}

fn single(before: char, rest: &str) -> char {
    let mut next = rest.bytes();
    let is_decade = matches!(
        (next.next(), next.next(), next.next()),
        (Some(b'0'..=b'9'), Some(b'0'..=b'9'), Some(b's'))
    );
    let adjacent =
        (before == '"' && starts_word(rest)) || rest.strip_prefix('"').is_some_and(starts_word);
    if adjacent {
        '‘'
    } else if stands_alone(before, rest) || is_decade {
        '’'
    } else if opens(before, rest) || before.is_whitespace() {
        '‘'
    } else {
        '’'
    }
}

fn double(before: char, rest: &str) -> char {
    let adjacent =
        (before == '\'' && starts_word(rest)) || rest.strip_prefix('\'').is_some_and(starts_word);
    if adjacent {
        '“'
    } else if stands_alone(before, rest) {
        '”'
    } else if opens(before, rest) {
        '“'
    } else if !before.is_whitespace() || rest.starts_with(char::is_whitespace) {
        '”'
    } else {
        '“'
    }
}

impl SmartQuotes {
    pub(in crate::rst) fn new() -> Self {
        Self {
            previous: ' ',
            active: true,
        }
    }

    /// Begins a new text.
    pub(in crate::rst) fn begin(&mut self) {
        self.previous = ' ';
    }

    /// Writes text in which nothing is replaced; quotes after it still depend on its end.
    pub(in crate::rst) fn literal(&mut self, text: &str, html: &mut String) {
        push_escaped(text, html);
        if let Some(last) = text.chars().next_back() {
            self.previous = last;
        }
    }

    /// Writes a piece of text, removing backslashes.
    pub(in crate::rst) fn text(&mut self, text: &str, html: &mut String) {
        let bytes = text.as_bytes();
        // A quote at the end of the previous piece does not count as one here.
        let mut before = match self.previous {
            '"' | '\'' => ';',
            other => other,
        };
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let plain = rest
                .iter()
                .position(|&byte| SPECIAL[byte as usize])
                .unwrap_or(rest.len());
            if plain > 0 {
                html.push_str(&text[at..at + plain]);
                before = text[..at + plain].chars().next_back().unwrap_or(before);
                at += plain;
                continue;
            }
            at += self.special(&text[at..], &mut before, html);
        }
        if let Some(last) = text.chars().next_back() {
            self.previous = last;
        }
    }

    /// Writes what begins with a special character; returns its length in bytes.
    fn special(&self, rest: &str, before: &mut char, html: &mut String) -> usize {
        let first = rest.as_bytes()[0];
        let after = &rest[1..];
        match first {
            b'\\' => {
                let Some(escaped) = after.chars().next() else {
                    return 1;
                };
                if !matches!(escaped, ' ' | '\n') {
                    push_character(escaped, html);
                }
                *before = escaped;
                return 1 + escaped.len_utf8();
            }
            b'-' if self.active => {
                let count = rest.bytes().take_while(|&byte| byte == b'-').count();
                for _ in 0..count / 3 {
                    html.push('—');
                }
                html.push_str(["", "-", "–"][count % 3]);
                *before = '-';
                return count;
            }
            b'.' if self.active && (rest.starts_with("...") || rest.starts_with(". . .")) => {
                html.push('…');
                *before = '…';
                return if rest.starts_with("...") { 3 } else { 5 };
            }
            b'\'' if self.active => html.push(single(*before, after)),
            b'"' if self.active => html.push(double(*before, after)),
            _ => push_character(char::from(first), html),
        }
        *before = char::from(first);
        1
    }
}

fn push_character(character: char, html: &mut String) {
    match character {
        '&' => html.push_str("&amp;"),
        '<' => html.push_str("&lt;"),
        '>' => html.push_str("&gt;"),
        '"' => html.push_str("&quot;"),
        _ => html.push(character),
    }
}

/// Escapes text for use between tags or in an attribute.
pub(in crate::rst) fn push_escaped(text: &str, html: &mut String) {
    let mut rest = text;
    while let Some(at) = rest
        .bytes()
        .position(|byte| matches!(byte, b'&' | b'<' | b'>' | b'"'))
    {
        html.push_str(&rest[..at]);
        push_character(char::from(rest.as_bytes()[at]), html);
        rest = &rest[at + 1..];
    }
    html.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::SmartQuotes;

    fn typeset(pieces: &[&str]) -> String {
        let mut smart_quotes = SmartQuotes::new();
        let mut html = String::new();
        for piece in pieces {
            smart_quotes.text(piece, &mut html);
        }
        html
    }

    #[test]
    fn quotation_marks_dashes_and_ellipses() {
        for (text, expected) in [
            ("\"Isn't this fun?\"", "“Isn’t this fun?”"),
            ("the '80s ('90s) 'quoted'", "the ’80s (’90s) ‘quoted’"),
            (
                "\"'Quoted' words in a larger quote.\"",
                "“‘Quoted’ words in a larger quote.”",
            ),
            ("a -- b --- c - d ---- e", "a – b — c - d —- e"),
            ("wait... . . . ..", "wait… … .."),
            ("\\\"a\\\" \\-- \\... a\\ b", "&quot;a&quot; -- ... ab"),
            (
                "rock 'n' roll, dogs' and \"a\".",
                "rock ‘n’ roll, dogs’ and “a”.",
            ),
            ("1 < 2 & 3 > 2", "1 &lt; 2 &amp; 3 &gt; 2"),
        ] {
            assert_eq!(typeset(&[text]), expected);
        }
        assert_eq!(typeset(&["a \"", "b", "\" c"]), "a “b” c");
    }
}
