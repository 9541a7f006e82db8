//! Cleans untrusted text: placeholders, length, control characters.

use std::borrow::Cow;

/// What old packaging tools wrote for a value that was not given.
pub(super) const UNKNOWN: &str = "UNKNOWN";

/// Whether a text stands for a missing one.
pub(super) fn is_placeholder(text: &str) -> bool {
    const PLACEHOLDERS: [&str; 4] = [UNKNOWN, "None", "null", "N/A"];
    let text = text.trim();
    PLACEHOLDERS
        .iter()
        .any(|placeholder| text.eq_ignore_ascii_case(placeholder))
}

/// At most `maximum` bytes, cut between characters.
pub(super) fn cut(text: Cow<'_, str>, maximum: usize) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..text.floor_char_boundary(maximum)]),
        Cow::Owned(mut text) => {
            text.truncate(text.floor_char_boundary(maximum));
            Cow::Owned(text)
        }
    }
}

/// Without control characters; tabs and line ends stay. Those that separate words or lines (form
/// feed, vertical tab, U+0085, U+001C to U+001F) become a blank, or nothing at the start of a line,
/// where a blank would indent it.
pub(super) fn clean(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_unwanted =
        |character: char| character.is_control() && !matches!(character, '\t' | '\n' | '\r');
    if !text.chars().any(is_unwanted) {
        return text;
    }
    let mut cleaned = String::with_capacity(text.len());
    for character in text.chars() {
        if !is_unwanted(character) {
            cleaned.push(character);
        } else if matches!(
            character,
            '\u{b}' | '\u{c}' | '\u{85}' | '\u{1c}'..='\u{1f}'
        ) && !cleaned.is_empty()
            && !cleaned.ends_with(['\n', '\r'])
        {
            cleaned.push(' ');
        }
    }
    cleaned.into()
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn control_characters_separate_words_or_go() {
        for (text, expected) in [
            (
                "first\u{c}second\u{b}third\u{85}fourth\u{1c}\u{1f}fifth",
                "first second third fourth  fifth",
            ),
            (
                "bell\u{7}s stay\u{0} one\u{1b} word\u{7f}\u{9f}",
                "bells stay one word",
            ),
            ("page\n\u{c}Title\n=====", "page\nTitle\n====="),
            ("tabs\tand\r\nlines\n", "tabs\tand\r\nlines\n"),
        ] {
            assert_eq!(clean(text.into()), expected);
        }
    }
}
