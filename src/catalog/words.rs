//! Words of a text, as a search server with our collections sees them.

/// The longest query in bytes; what is longer is cut.
const LONGEST_QUERY: usize = 1_000;
/// The most words of a query; the rest is left out.
const MOST_WORDS: usize = 20;

/// A word in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// In lower case.
    pub(super) text: String,
    /// Where it begins and ends in the text, in bytes.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The words of a text: runs of letters and digits.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut is_inside = false;
    for (at, character) in text.char_indices() {
        if character.is_alphanumeric() {
            if !is_inside {
                words.push(Word {
                    text: String::new(),
                    start: at,
                    end: at,
                });
            }
            if let Some(word) = words.last_mut() {
                word.text.extend(character.to_lowercase());
                word.end = at + character.len_utf8();
            }
            is_inside = true;
        } else {
            is_inside = is_apostrophe(character) && is_inside;
        }
    }
    words
}

/// `don't` is one word.
fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '’')
}

/// The words that somebody typed; none for an empty query and for `*`.
pub(super) fn typed_words(typed: &str) -> Vec<String> {
    let end = typed.floor_char_boundary(LONGEST_QUERY);
    let typed = typed.get(..end).unwrap_or(typed);
    let words = words(typed).into_iter().map(|word| word.text);
    words.take(MOST_WORDS).collect()
}

/// Whether a name is what was typed, in any spelling.
pub(super) fn is_same_name(name: &str, typed: &[String]) -> bool {
    !typed.is_empty() && words(name).iter().map(|word| &word.text).eq(typed.iter())
}

/// The byte ranges of a text that were typed; the last typed word may be the beginning of one.
pub(super) fn matches(text: &str, typed: &[String]) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    for word in words(text) {
        if typed.contains(&word.text) {
            ranges.push((word.start, word.end));
        } else if let Some(last) = typed.last()
            && word.text.starts_with(last.as_str())
            && let Some(length) = beginning(&text[word.start..word.end], last.chars().count())
        {
            ranges.push((word.start, word.start + length));
        }
    }
    ranges
}

/// The bytes of so many characters.
fn beginning(text: &str, characters: usize) -> Option<usize> {
    let (at, last) = text.char_indices().nth(characters.checked_sub(1)?)?;
    Some(at + last.len_utf8())
}
