//! What a query's text asks for: words, phrases in quotes, and what must not be there.
//!
//! A pure parser that accepts any text. Called once per search, before anything is looked up. The
//! fields of a search may be in several languages: each part of the text is cut once for each.

use crate::text::Tokenizer;

/// Words that are looked for, of which a search tries many others each; those behind are left out.
const MOST_WORDS: usize = 100;

/// Words in a row, in each language of the search; a language may have none.
pub(crate) type Sequence = Vec<Vec<String>>;

/// A query's text, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ParsedQuery {
    /// Words to find, in order, in each language.
    pub(crate) words: Vec<Vec<String>>,
    /// Words that have to follow each other.
    pub(crate) phrases: Vec<Sequence>,
    /// Words, or sequences of words, that must not be there.
    pub(crate) excluded: Vec<Sequence>,
}

impl ParsedQuery {
    /// What restricts the documents, and whether it is what they must not hold.
    pub(crate) fn restrictions(&self) -> impl Iterator<Item = (&Sequence, bool)> {
        let excluded = self.excluded.iter().map(|words| (words, true));
        let phrases = self.phrases.iter().map(|words| (words, false));
        excluded.chain(phrases)
    }

    /// Takes a text apart. `"` begins and ends a phrase, `-` before a word or phrase excludes it; a
    /// quote that is not closed ends with the text.
    pub(crate) fn parse(text: &str, tokenizers: &[&Tokenizer]) -> Self {
        let mut query = Self {
            words: vec![Vec::new(); tokenizers.len()],
            ..Self::default()
        };
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
            let sequence: Sequence = tokenizers
                .iter()
                .map(|tokenizer| {
                    let tokens = tokenizer.query_tokens(signed_part);
                    tokens.map(|token| token.text.into_owned()).collect()
                })
                .collect();
            if sequence.iter().any(|tokens| !tokens.is_empty()) {
                match (excluded, phrase) {
                    (true, _) => query.excluded.push(sequence),
                    (false, true) => query.phrases.push(sequence),
                    (false, false) => {
                        for (words, tokens) in query.words.iter_mut().zip(sequence) {
                            let room = MOST_WORDS.saturating_sub(words.len());
                            words.extend(tokens.into_iter().take(room));
                        }
                    }
                }
            }
            rest = after.trim_start();
        }
        query
    }
}

/// What of `rest` term_matches before `after`, its end.
fn rest_of<'t>(rest: &'t str, after: &str) -> &'t str {
    rest.get(..rest.len() - after.len()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::Language;

    fn parse(text: &str) -> (String, String, String) {
        let query = ParsedQuery::parse(text, &[&Tokenizer::new(&['.'], &['+'])]);
        let lines = |lists: &[Sequence]| {
            let lines: Vec<String> = lists.iter().map(|words| words[0].join(" ")).collect();
            lines.join("|")
        };
        (
            query.words[0].join(" "),
            lines(&query.phrases),
            lines(&query.excluded),
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

    #[test]
    fn each_language_cuts_the_text() {
        let english = Tokenizer::new(&[], &[]);
        let other = english.clone().in_language(Language::Other);
        let query = ParsedQuery::parse(r#"foo-bar "κόσμε" -été"#, &[&english, &other]);
        assert_eq!(query.words, [vec!["foobar"], vec!["foo", "bar"]]);
        assert_eq!(query.phrases, [[["κόσμε"], ["κοσμε"]]]);
        assert_eq!(query.excluded, [[["ete"], ["ete"]]]);
    }

    proptest! {
        #[test]
        fn any_text_is_accepted(text in "[a-c\" .\\-+\u{e9}]{0,40}|\\PC{0,30}") {
            let query = ParsedQuery::parse(&text, &[&Tokenizer::new(&['-'], &['"'])]);
            let mut lists = query.phrases.iter().chain(&query.excluded);
            prop_assert!(lists.all(|words| !words[0].is_empty()));
        }
    }
}
