//! Enumerated lists: numbers, letters and Roman numerals with a full stop or brackets.
//!
//! A line that merely begins like an item is text: `1. January` only is one when the next line
//! is blank, indented or the next item.

use super::{
    parser::{Flow, Level, Parser, Previous},
    source::indent_of,
    tree::Kind,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Parentheses,
    RightParenthesis,
    Period,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numerals {
    Auto,
    Arabic,
    LowerLetters,
    UpperLetters,
    LowerRoman,
    UpperRoman,
}

impl Numerals {
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Auto | Self::Arabic => "arabic",
            Self::LowerLetters => "loweralpha",
            Self::UpperLetters => "upperalpha",
            Self::LowerRoman => "lowerroman",
            Self::UpperRoman => "upperroman",
        }
    }

    /// Whether `text` looks like one of these.
    fn accept(self, text: &str) -> bool {
        let all = |of: &str| text.chars().all(|character| of.contains(character));
        match self {
            Self::Auto => text == "#",
            Self::Arabic => text.bytes().all(|byte| byte.is_ascii_digit()),
            Self::LowerLetters => text.len() == 1 && text.as_bytes()[0].is_ascii_lowercase(),
            Self::UpperLetters => text.len() == 1 && text.as_bytes()[0].is_ascii_uppercase(),
            Self::LowerRoman => all("ivxlcdm"),
            Self::UpperRoman => all("IVXLCDM"),
        }
    }

    fn ordinal(self, text: &str) -> Option<u32> {
        match self {
            Self::Auto => Some(1),
            Self::Arabic => text.parse().ok().filter(|&number| number < u32::MAX),
            Self::LowerLetters | Self::UpperLetters => {
                let letter = text.bytes().next()?.to_ascii_lowercase();
                Some(u32::from(letter - b'a') + 1)
            }
            Self::LowerRoman | Self::UpperRoman => from_roman(&text.to_ascii_uppercase()),
        }
    }

    fn text(self, ordinal: u32) -> Option<String> {
        match self {
            Self::Auto => Some("#".to_owned()),
            Self::Arabic => Some(ordinal.to_string()),
            Self::LowerLetters => letter(ordinal).map(String::from),
            Self::UpperLetters => {
                letter(ordinal).map(|letter| letter.to_ascii_uppercase().to_string())
            }
            Self::LowerRoman => to_roman(ordinal).map(|roman| roman.to_ascii_lowercase()),
            Self::UpperRoman => to_roman(ordinal),
        }
    }
}

const ALL: [Numerals; 5] = [
    Numerals::Arabic,
    Numerals::LowerLetters,
    Numerals::UpperLetters,
    Numerals::LowerRoman,
    Numerals::UpperRoman,
];

fn letter(ordinal: u32) -> Option<char> {
    let offset = u8::try_from(ordinal.checked_sub(1)?).ok()?;
    (offset < 26).then(|| char::from(b'a' + offset))
}

const ROMAN: [(u32, &str); 13] = [
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
];

fn to_roman(number: u32) -> Option<String> {
    if !(1..5000).contains(&number) {
        return None;
    }
    let mut rest = number;
    let mut roman = String::new();
    for (value, digits) in ROMAN {
        while rest >= value {
            roman.push_str(digits);
            rest -= value;
        }
    }
    Some(roman)
}

fn from_roman(roman: &str) -> Option<u32> {
    if roman.len() > 16 {
        return None;
    }
    let mut rest = roman;
    let mut number = 0;
    for (value, digits) in ROMAN {
        while let Some(shorter) = rest.strip_prefix(digits) {
            rest = shorter;
            number += value;
        }
    }
    (rest.is_empty() && to_roman(number).as_deref() == Some(roman)).then_some(number)
}

/// What an item tells about the list that it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sequence {
    format: Format,
    numerals: Numerals,
    ordinal: u32,
    auto: bool,
}

/// The enumerator that a line begins with: its format, its text, and how long it is with the
/// blanks after it.
fn enumerator(line: &str) -> Option<(Format, &str, usize)> {
    let (open, rest) = match line.strip_prefix('(') {
        Some(rest) => (1, rest),
        None => (0, line),
    };
    let length = match rest.as_bytes().first()? {
        b'#' => 1,
        byte if byte.is_ascii_digit() => rest.bytes().take_while(u8::is_ascii_digit).count(),
        byte if byte.is_ascii_alphabetic() => rest
            .bytes()
            .take(16)
            .take_while(u8::is_ascii_alphabetic)
            .count(),
        _ => return None,
    };
    let text = &rest[..length];
    if length > 1 && !ALL.iter().any(|numerals| numerals.accept(text)) {
        return None;
    }
    let format = match (open, rest.as_bytes().get(length)?) {
        (1, b')') => Format::Parentheses,
        (0, b')') => Format::RightParenthesis,
        (0, b'.') => Format::Period,
        _ => return None,
    };
    let end = open + length + 1;
    let blanks = indent_of(&line[end..]);
    (blanks > 0 || line.len() == end).then_some((format, text, end + blanks))
}

/// Which numerals `text` is written in; `expected` ones are tried first.
fn numerals(text: &str, expected: Option<Numerals>) -> Option<Numerals> {
    if text == "#" {
        return Some(Numerals::Auto);
    }
    match expected {
        Some(expected) if expected.accept(text) => return Some(expected),
        None if text == "i" => return Some(Numerals::LowerRoman),
        None if text == "I" => return Some(Numerals::UpperRoman),
        _ => {}
    }
    ALL.into_iter().find(|numerals| numerals.accept(text))
}

/// Whether the line after an item allows it to be one.
fn is_item(next: Option<&str>, sequence: &Sequence) -> bool {
    let Some(next) = next.filter(|next| !next.is_empty() && !next.starts_with(' ')) else {
        return true;
    };
    let Some(text) = sequence.numerals.text(sequence.ordinal + 1) else {
        return false;
    };
    let (open, close) = match sequence.format {
        Format::Parentheses => ("(", ")"),
        Format::RightParenthesis => ("", ")"),
        Format::Period => ("", "."),
    };
    [text.as_str(), "#"].iter().any(|text| {
        next.strip_prefix(open)
            .and_then(|next| next.strip_prefix(text))
            .and_then(|next| next.strip_prefix(close))
            .is_some_and(|next| next.starts_with(' '))
    })
}

impl Parser {
    pub(super) fn enumerated(
        &mut self,
        lines: &[&str],
        at: usize,
        flow: &mut Flow,
        previous: &Previous,
        level: Level,
    ) -> Option<usize> {
        let (format, text, length) = enumerator(lines[at])?;
        let next = lines.get(at + 1).copied();
        let read = |expected: Option<Numerals>| {
            let numerals = numerals(text, expected)?;
            let sequence = Sequence {
                format,
                numerals,
                ordinal: numerals.ordinal(text)?,
                auto: numerals == Numerals::Auto,
            };
            is_item(next, &sequence).then_some(sequence)
        };
        let continued = match previous {
            Previous::Enumerated(before, list) => {
                let expected = match before.numerals {
                    Numerals::Auto => Numerals::Arabic,
                    numerals => numerals,
                };
                read(Some(expected))
                    .filter(|item| {
                        item.format == before.format
                            && (item.auto
                                || (item.numerals == expected
                                    && !before.auto
                                    && item.ordinal == before.ordinal.saturating_add(1)))
                    })
                    .map(|item| Sequence {
                        numerals: expected,
                        auto: item.auto || before.auto,
                        ..item
                    })
                    .map(|item| (item, *list))
            }
            _ => None,
        };
        let (sequence, list) = if let Some(continued) = continued {
            continued
        } else {
            let sequence = read(None)?;
            let kind = Kind::EnumeratedList(sequence.numerals, sequence.ordinal);
            (sequence, self.tree.add(flow.parent, kind))
        };
        flow.previous = Previous::Enumerated(sequence, list);
        Some(self.item(lines, at, (length, length), list, level))
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, enumerator, from_roman, to_roman};

    #[test]
    fn enumerators() {
        for (line, expected) in [
            ("1. a", Some((Format::Period, "1", 3))),
            ("(ii)  a", Some((Format::Parentheses, "ii", 6))),
            ("#)", Some((Format::RightParenthesis, "#", 2))),
            ("A. a", Some((Format::Period, "A", 3))),
            ("ab. a", None),
            ("1.a", None),
            ("(1. a", None),
            ("", None),
        ] {
            assert_eq!(enumerator(line), expected, "{line}");
        }
        for number in 1..5000 {
            let roman = to_roman(number).unwrap_or_default();
            assert_eq!(from_roman(&roman), Some(number));
        }
        assert_eq!(from_roman("IIII"), None);
        assert_eq!(from_roman("MIM"), None);
    }
}
