//! One character in its plainest form: lower case, Latin letters and symbols in ASCII.
//!
//! Other scripts keep their letters. Called by the tokenizer and for the order of strings; knows
//! nothing of words.

use unicode_normalization::UnicodeNormalization;

/// What a character becomes inside a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folded {
    /// It parts words.
    Space,
    /// Letters and digits, perhaps none.
    Letters(Letters),
}

/// Up to [`Letters::CAPACITY`] bytes of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Letters {
    bytes: [u8; Letters::CAPACITY],
    length: u8,
}

impl Letters {
    /// Enough for every decomposition that matters; what is longer is cut.
    const CAPACITY: usize = 15;

    pub(crate) fn as_str(&self) -> &str {
        self.bytes
            .get(..usize::from(self.length))
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }

    pub(super) fn push(&mut self, character: char) {
        let start = usize::from(self.length);
        let end = start + character.len_utf8();
        if let Some(room) = self.bytes.get_mut(start..end) {
            character.encode_utf8(room);
            self.length = u8::try_from(end).unwrap_or(self.length);
        }
    }

    pub(super) fn of(text: &str) -> Self {
        let mut letters = Self::default();
        text.chars().for_each(|character| letters.push(character));
        letters
    }
}

/// Symbols and letters that Unicode does not decompose into what people type for them.
const SPELLED: [(&str, &str); 24] = [
    ("c", "©¢"),
    ("d", "đĐðÐ"),
    ("e", "℮"),
    ("f", "ƒ"),
    ("h", "ħℏĦ"),
    ("i", "ı"),
    ("l", "łŁĿŀ"),
    ("n", "ŉ"),
    ("o", "Øø•"),
    ("p", "¶"),
    ("r", "®"),
    ("t", "Ŧŧ"),
    ("u", "µ"),
    ("v", "↓"),
    ("x", "×"),
    ("0", "°"),
    ("0c", "℃"),
    ("0f", "℉"),
    ("ae", "Ææ"),
    ("lb", "£"),
    ("oe", "œŒ"),
    ("ss", "ß§ẞ"),
    ("th", "þÞ"),
    ("eur", "€"),
];

/// Punctuation and marks beyond ASCII that vanish.
const SILENT: &str = "\u{a1}\u{a6}\u{a8}\u{ab}\u{ad}\u{af}\u{b1}\u{b4}\u{b7}\u{b8}\u{bb}\u{bf}\u{f7}\
    \u{2dc}\u{2dd}\u{2026}\u{203c}\u{2044}\u{2047}\u{2048}\u{2049}\u{2057}\
    \u{2190}\u{2191}\u{2192}\u{2194}\u{21d0}\u{21d2}\u{21d4}\u{feff}";

/// The form of a character beyond ASCII.
pub(crate) fn fold(character: char) -> Folded {
    if character.is_whitespace() {
        return Folded::Space;
    }
    if is_silent(character) {
        return Folded::Letters(Letters::default());
    }
    let spelled = SPELLED
        .iter()
        .find(|(_, characters)| characters.contains(character));
    if let Some((letters, _)) = spelled {
        return Folded::Letters(Letters::of(letters));
    }
    Folded::Letters(in_ascii(character).unwrap_or_else(|| {
        let mut letters = Letters::default();
        character
            .to_lowercase()
            .for_each(|lower| letters.push(lower));
        letters
    }))
}

fn is_silent(character: char) -> bool {
    matches!(character,
        '\u{2b9}'..='\u{2bd}' | '\u{2c6}'..='\u{2cd}' | '\u{300}'..='\u{36f}'
        | '\u{200b}'..='\u{2015}' | '\u{2018}'..='\u{201f}' | '\u{2020}' | '\u{2024}'..='\u{2026}'
        | '\u{2032}'..='\u{2034}' | '\u{2039}'..='\u{203a}' | '\u{fe00}'..='\u{fe0f}')
        || SILENT.contains(character)
}

/// The character without its marks, if what remains is ASCII.
fn in_ascii(character: char) -> Option<Letters> {
    let mut letters = Letters::default();
    for part in std::iter::once(character).nfkd() {
        match part {
            '\u{300}'..='\u{36f}' | '\u{2044}' => {}
            _ if part.is_ascii_alphanumeric() => letters.push(part.to_ascii_lowercase()),
            _ if part.is_ascii() => {}
            // The degree sign inside ℃ and the like is spelled above; anything else is another script.
            _ => return None,
        }
    }
    Some(letters)
}

/// By what strings are sorted: without case, marks and punctuation; white space counts.
///
/// Empty where nothing is left, which sorts as a missing value.
#[must_use]
pub(crate) fn sort_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            key.push(character.to_ascii_lowercase());
        } else if character == ' ' || character == '\n' {
            key.push(character);
        } else if !character.is_ascii()
            && let Folded::Letters(letters) = fold(character)
        {
            key.push_str(letters.as_str());
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        text.chars()
            .map(|character| match fold(character) {
                Folded::Space => " ".to_owned(),
                Folded::Letters(letters) => letters.as_str().to_owned(),
            })
            .collect()
    }

    #[test]
    fn latin_letters_and_symbols_become_ascii() {
        assert_eq!(folded("ÄéñßœŁđþŐ"), "aenssoeldtho");
        assert_eq!(folded("½№™℃Ⅷﬁ①ｆ"), "12notm0cviiifi1f");
        assert_eq!(folded("ệǎơ"), "eao");
        assert_eq!(folded("–…«»’\u{ad}\u{200b}"), "");
    }

    #[test]
    fn other_scripts_only_lose_their_capitals() {
        assert_eq!(folded("ПРИВЕТ"), "привет");
        assert_eq!(folded("Ελλάδα"), "ελλάδα");
        assert_eq!(folded("日本語テスト"), "日本語テスト");
        assert_eq!(folded("한글"), "한글");
        assert_eq!(folded("😀"), "😀");
    }

    #[test]
    fn unicode_spaces_part_words() {
        assert_eq!(folded("\u{a0}\u{3000}\u{2003}"), "   ");
    }

    #[test]
    fn the_sort_key_ignores_case_and_punctuation() {
        assert_eq!(sort_key("1."), sort_key("1~"));
        assert_eq!(sort_key("Plone.API"), "ploneapi");
        assert_eq!(sort_key("É  b\n"), "e  b\n");
        assert_eq!(sort_key("--"), "");
    }
}
