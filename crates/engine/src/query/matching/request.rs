//! What a query's text asks for: words, phrases in quotes, and what must not be there.
//!
//! A pure parser that accepts any text. Called once per search, before anything is looked up.

use crate::text::Tokenizer;

/// Words that are looked for, of which a search tries many others each; those behind are left out.
const MOST_WORDS: usize = 100;

/// A query's text, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Request {
    /// Words to find, in order.
    pub(crate) words: Vec<String>,
    /// Words that have to follow each other; none is empty.
    pub(crate) phrases: Vec<Vec<String>>,
    /// Words, or sequences of words, that must not be there; none is empty.
    pub(crate) excluded: Vec<Vec<String>>,
}

impl Request {
    /// What restricts the documents, and whether it is what they must not hold.
    pub(crate) fn restrictions(&self) -> impl Iterator<Item = (&[String], bool)> {
        let excluded = self.excluded.iter().map(|words| (words.as_slice(), true));
        let phrases = self.phrases.iter().map(|words| (words.as_slice(), false));
        excluded.chain(phrases)
    }

    /// Takes a text apart. `"` begins and ends a phrase, `-` before a word or phrase excludes it; a
    /// quote that is not closed ends with the text.
    pub(crate) fn parse(text: &str, tokenizer: &Tokenizer) -> Self {
        let mut request = Self::default();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let unsigned = rest.trim_start_matches('-');
            let excluded = unsigned.len() < rest.len();
            let (part, phrase, after) = if let Some(quoted) = unsigned.strip_prefix('"') {
                let (part, after) = quoted.split_once('"').unwrap_or((quoted, ""));
                (part, true, after)
            } else {
                let end = unsigned.find(char::is_whitespace).unwrap_or(unsigned.len());
                let (part, after) = unsigned.split_at(end);
                (part, false, after)
            };
            // A sign by itself, or with white space behind it, is punctuation.
            let signed_part = if excluded || phrase {
                part
            } else {
                rest_of(rest, after)
            };
            let tokens: Vec<String> = tokenizer
                .query_tokens(signed_part)
                .map(|token| token.text.into_owned())
                .collect();
            if !tokens.is_empty() {
                match (excluded, phrase) {
                    (true, _) => request.excluded.push(tokens),
                    (false, true) => request.phrases.push(tokens),
                    (false, false) => {
                        let room = MOST_WORDS.saturating_sub(request.words.len());
                        request.words.extend(tokens.into_iter().take(room));
                    }
                }
            }
            rest = after.trim_start();
        }
        request
    }
}

/// What of `rest` stands before `after`, its end.
fn rest_of<'t>(rest: &'t str, after: &str) -> &'t str {
    rest.get(..rest.len() - after.len()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> (String, String, String) {
        let request = Request::parse(text, &Tokenizer::new(&['.'], &['+']));
        let lines = |lists: &[Vec<String>]| {
            let lines: Vec<String> = lists.iter().map(|words| words.join(" ")).collect();
            lines.join("|")
        };
        (
            request.words.join(" "),
            lines(&request.phrases),
            lines(&request.excluded),
        )
    }

    fn expected(words: &str, phrases: &str, excluded: &str) -> (String, String, String) {
        (words.to_owned(), phrases.to_owned(), excluded.to_owned())
    }

    #[test]
    fn words_phrases_and_exclusions_are_told_apart() {
        assert_eq!(
            parse(r#"Plone.API "rest api" -zope -"old stuff" c++"#),
            expected("plone api c++", "rest api", "zope|old stuff")
        );
        assert_eq!(parse("foo-bar --baz"), expected("foobar", "", "baz"));
    }

    #[test]
    fn what_is_not_closed_or_empty_does_no_harm() {
        assert_eq!(parse(r#"a "b c"#), expected("a", "b c", ""));
        assert_eq!(parse(r#""" a - -- "-" * b"#), expected("a b", "", ""));
        assert_eq!(parse("-zope.old"), expected("", "", "zope old"));
    }

    proptest! {
        #[test]
        fn any_text_is_accepted(text in "[a-c\" .\\-+\u{e9}]{0,40}|\\PC{0,30}") {
            let request = Request::parse(&text, &Tokenizer::new(&['-'], &['"']));
            let lists = request.phrases.iter().chain(&request.excluded);
            prop_assert!(lists.into_iter().all(|words| !words.is_empty()));
        }
    }
}
