//! Enumerated lists: numbers, letters and Roman numerals with a full stop or brackets.
//!
//! A line that only looks like an item is text: `1. January` is an item if the next line is blank,
//! indented or the next item. Pure functions over lines.

use super::source::indent_of;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EnumeratorFormat {
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

    /// Whether `text` is written in these numerals.
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

/// The enumerator of a list item.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Enumerator {
    format: EnumeratorFormat,
    pub(super) numerals: Numerals,
    pub(super) ordinal: u32,
    auto: bool,
}

/// The enumerator at the start of a line: its format, its text, and its length including the
/// blanks after it.
fn read_enumerator(line: &str) -> Option<(EnumeratorFormat, &str, usize)> {
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
        (1, b')') => EnumeratorFormat::Parentheses,
        (0, b')') => EnumeratorFormat::RightParenthesis,
        (0, b'.') => EnumeratorFormat::Period,
        _ => return None,
    };
    let end = open + length + 1;
    let blanks = indent_of(&line[end..]);
    (blanks > 0 || line.len() == end).then_some((format, text, end + blanks))
}

/// The numerals that `text` is written in; `expected` is tried first.
fn detect_numerals(text: &str, expected: Option<Numerals>) -> Option<Numerals> {
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

/// Whether a line with this enumerator is a list item, going by the line after it.
fn is_item_before(next: Option<&str>, enumerator: &Enumerator) -> bool {
    let Some(next) = next.filter(|next| !next.is_empty() && !next.starts_with(' ')) else {
        return true;
    };
    let Some(text) = enumerator.numerals.text(enumerator.ordinal + 1) else {
        return false;
    };
    let (open, close) = match enumerator.format {
        EnumeratorFormat::Parentheses => ("(", ")"),
        EnumeratorFormat::RightParenthesis => ("", ")"),
        EnumeratorFormat::Period => ("", "."),
    };
    [text.as_str(), "#"].iter().any(|text| {
        next.strip_prefix(open)
            .and_then(|next| next.strip_prefix(text))
            .and_then(|next| next.strip_prefix(close))
            .is_some_and(|next| next.starts_with(' '))
    })
}

/// A line that begins a list item.
pub(super) struct EnumeratedItem {
    pub(super) enumerator: Enumerator,
    /// Whether it continues the list whose last enumerator was given.
    pub(super) continues: bool,
    /// Where its text begins.
    pub(super) text_start: usize,
}

/// Reads the enumerated item that `line` begins, if it does. `last` is the enumerator of the item
/// before it, if a list is open.
pub(super) fn read_item(
    line: &str,
    next_line: Option<&str>,
    last: Option<&Enumerator>,
) -> Option<EnumeratedItem> {
    let (format, text, text_start) = read_enumerator(line)?;
    let read = |expected: Option<Numerals>| {
        let numerals = detect_numerals(text, expected)?;
        let enumerator = Enumerator {
            format,
            numerals,
            ordinal: numerals.ordinal(text)?,
            auto: numerals == Numerals::Auto,
        };
        is_item_before(next_line, &enumerator).then_some(enumerator)
    };
    let continued = last.and_then(|last| {
        let expected = match last.numerals {
            Numerals::Auto => Numerals::Arabic,
            numerals => numerals,
        };
        read(Some(expected))
            .filter(|item| {
                item.format == last.format
                    && (item.auto
                        || (item.numerals == expected
                            && !last.auto
                            && item.ordinal == last.ordinal.saturating_add(1)))
            })
            .map(|item| Enumerator {
                numerals: expected,
                auto: item.auto || last.auto,
                ..item
            })
    });
    Some(match continued {
        Some(enumerator) => EnumeratedItem {
            enumerator,
            continues: true,
            text_start,
        },
        None => EnumeratedItem {
            enumerator: read(None)?,
            continues: false,
            text_start,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::{EnumeratorFormat, from_roman, read_enumerator, to_roman};

    #[test]
    fn enumerators() {
        for (line, expected) in [
            ("1. a", Some((EnumeratorFormat::Period, "1", 3))),
            ("(ii)  a", Some((EnumeratorFormat::Parentheses, "ii", 6))),
            ("#)", Some((EnumeratorFormat::RightParenthesis, "#", 2))),
            ("A. a", Some((EnumeratorFormat::Period, "A", 3))),
            ("ab. a", None),
            ("1.a", None),
            ("(1. a", None),
            ("", None),
        ] {
            assert_eq!(read_enumerator(line), expected, "{line}");
        }
        for number in 1..5000 {
            let roman = to_roman(number).unwrap_or_default();
            assert_eq!(from_roman(&roman), Some(number));
        }
        assert_eq!(from_roman("IIII"), None);
        assert_eq!(from_roman("MIM"), None);
    }
}
