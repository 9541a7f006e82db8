//! What a query asks packages for: its words without those that say nothing.

use super::matching::{QueryWords, parts_of};
use super::words::{is_small, joined, typed_words, unwanted_words};

/// The words of a query.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// What was typed, without spaces around it.
    pub(super) literally: String,
    /// All words as typed.
    pub(super) typed: Vec<String>,
    /// Words that packages must not have, and those of them that stand together.
    pub(super) unwanted: Vec<Vec<String>>,
    /// Those that packages are searched for.
    pub(super) asked: Vec<String>,
    /// All words as one.
    pub(super) joined: String,
    /// Whether similar words may be taken for them.
    pub(super) allows_typos: bool,
    /// Whether candidates say how their repositories are looked after.
    pub(super) reads_activity: bool,
    /// The words that are asked for, to be found in texts.
    pub(super) wanted: QueryWords,
    /// The classifiers of the profile.
    pub(super) roots: Vec<String>,
    /// The words of the profile's frameworks, such as `plone`.
    pub(super) frameworks: Vec<String>,
}

impl Question {
    pub(super) fn new(words: &str, exact_spelling: bool, roots: &[String]) -> Self {
        let typed = typed_words(words);
        let frameworks: Vec<String> = roots
            .iter()
            .filter_map(|root| root.rsplit(" :: ").next())
            .map(joined)
            .collect();
        let mut asked: Vec<String> = typed
            .iter()
            // Every package of the profile has something to do with its framework.
            .filter(|word| !is_small(word) && !frameworks.contains(word))
            .cloned()
            .collect();
        if asked.is_empty() {
            asked.clone_from(&typed);
        }
        Self {
            literally: words.trim().to_owned(),
            joined: typed.concat(),
            unwanted: unwanted_words(words),
            allows_typos: !exact_spelling,
            reads_activity: false,
            wanted: QueryWords::new(&asked, vec![!exact_spelling; asked.len()]),
            typed,
            asked,
            roots: roots.to_vec(),
            frameworks,
        }
    }

    /// Whether it says no more than that packages belong to the profile, or are written in Python.
    pub(super) fn is_general(&self) -> bool {
        self.asked
            .iter()
            .all(|word| word == "python" || self.frameworks.contains(word))
    }

    /// Whether it asks for no words; some may be unwanted.
    pub(super) fn is_empty(&self) -> bool {
        self.typed.is_empty()
    }

    /// What a server is asked for: words, and those that are unwanted.
    pub(super) fn text(&self) -> String {
        let unwanted = self.unwanted.iter().map(|words| match words.as_slice() {
            [word] => format!("-{word}"),
            words => format!("-\"{}\"", words.join(" ")),
        });
        let all: Vec<String> = self.asked.iter().cloned().chain(unwanted).collect();
        all.join(" ")
    }

    /// The same, without similar words for those that packages have as they are.
    pub(super) fn settled(&self, is_settled: &[bool]) -> Self {
        let typos: Vec<bool> = is_settled.iter().map(|settled| !settled).collect();
        Self {
            allows_typos: typos.contains(&true),
            wanted: QueryWords::new(&self.asked, typos),
            ..self.clone()
        }
    }

    /// The same, with no similar word for any.
    pub(super) fn literal(&self) -> Self {
        self.settled(&vec![true; self.asked.len()])
    }

    /// The byte ranges of a text that have what was typed, in order, without overlap; similar words
    /// only for those that were guessed.
    pub(super) fn marks_in(&self, text: &str, guessed: &[String]) -> Vec<(usize, usize)> {
        let says_something = |word: &&String| !is_small(word) || self.asked.contains(*word);
        let marked: Vec<String> = self.typed.iter().filter(says_something).cloned().collect();
        let typos = marked.iter().map(|word| guessed.contains(word));
        let everything = QueryWords::new(&marked, typos.collect());
        let found = everything.find_all(&parts_of(text));
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        // Letters that become longer or shorter in lower case may shift the end of a beginning.
        let whole = |&(start, end): &(usize, usize)| text.get(start..end).is_some();
        for (start, end) in found.into_iter().filter(whole) {
            match ranges.last_mut() {
                Some((_, last)) if start < *last => *last = end.max(*last),
                _ => ranges.push((start, end)),
            }
        }
        ranges
    }

    /// Letters without the word of a framework at their beginning or end.
    pub(super) fn without_framework<'a>(&self, letters: &'a str) -> &'a str {
        let mut rest = letters;
        for framework in &self.frameworks {
            let shorter = rest
                .strip_prefix(framework.as_str())
                .or_else(|| rest.strip_suffix(framework.as_str()));
            rest = shorter
                .filter(|shorter| !shorter.is_empty())
                .unwrap_or(rest);
        }
        rest
    }
}
