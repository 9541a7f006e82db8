//! Cuts the text of a project's keywords into keywords.
//!
//! The registry keeps whatever was uploaded: `a, b c`, `a; b c` or `a b`. Keywords of several words
//! stay whole wherever the text says where they end. Called by [`Metadata`](super::metadata::Metadata)
//! alone; lists arrive cut already.

use super::text::UNKNOWN;

/// What may stand around a keyword.
const QUOTES: [char; 2] = ['"', '\''];

/// Keywords in one text: separated by commas if there are any, else by semicolons, else by blanks.
/// A separator within quotes belongs to the keyword.
pub(super) fn split(text: &str) -> impl Iterator<Item = String> {
    let separator = [',', ';'].into_iter().find(|&separator| {
        pieces(text, |character| character == separator)
            .nth(1)
            .is_some()
    });
    let is_separator = move |character: char| match separator {
        Some(separator) => character == separator,
        None => character.is_whitespace(),
    };
    pieces(text, is_separator)
        .map(unquoted)
        .filter(|keyword| !keyword.is_empty() && keyword != UNKNOWN)
}

/// The parts of a text between separators that stand outside of quotes.
fn pieces(text: &str, is_separator: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?.trim_start();
        let quoted = quoted_length(text, &is_separator).unwrap_or(0);
        let Some(end) = text[quoted..].find(&is_separator) else {
            rest = None;
            return Some(text);
        };
        let (piece, after) = text.split_at(quoted + end);
        let mut after = after.chars();
        after.next();
        rest = Some(after.as_str());
        Some(piece)
    })
}

/// The length of a quotation at the start of a text. Quotes within a word are apostrophes, so a
/// separator or the end has to follow.
fn quoted_length(text: &str, is_separator: impl Fn(char) -> bool) -> Option<usize> {
    let quote = text.chars().next().filter(|first| QUOTES.contains(first))?;
    let end = text[1..].find(quote)? + 2;
    let after = &text[end..];
    let next = after.trim_start();
    (next.is_empty() || after.starts_with(&is_separator) || next.starts_with(&is_separator))
        .then_some(end)
}

/// A keyword without the quotes around it, its words separated by single blanks.
pub(super) fn unquoted(keyword: &str) -> String {
    let words: Vec<&str> = keyword
        .trim_matches(|character: char| QUOTES.contains(&character) || character.is_whitespace())
        .split_whitespace()
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn keywords_of_several_words_stay_whole() {
        for (keywords, expected) in [
            (
                "machine learning, full text search, plone",
                &["machine learning", "full text search", "plone"][..],
            ),
            (
                "content types,\n  theme  editor,\n  plone\n",
                &["content types", "theme editor", "plone"],
            ),
            (
                "forms; plone addon; e-mail validation",
                &["forms", "plone addon", "e-mail validation"],
            ),
            ("a; b, c", &["a; b", "c"]),
            (
                "forms plone\tvalidation\nx",
                &["forms", "plone", "validation", "x"],
            ),
            (
                "\"rest api\", 'open data', plone",
                &["rest api", "open data", "plone"],
            ),
            (
                "\"rest api\" 'open data' plone",
                &["rest api", "open data", "plone"],
            ),
            ("\"forms, easy\", plone", &["forms, easy", "plone"]),
            (
                "'tis, don't, rock 'n' roll",
                &["tis", "don't", "rock 'n' roll"],
            ),
            ("plone,, ,", &["plone"]),
            ("plone", &["plone"]),
            ("\"", &[]),
            (" , ; ", &[";"]),
            ("UNKNOWN", &[]),
            ("plone, UNKNOWN", &["plone"]),
            ("", &[]),
        ] {
            assert_eq!(split(keywords).collect::<Vec<_>>(), expected, "{keywords}");
        }
    }
}
