//! Where words end in languages that do not part all of them by white space.
//!
//! Unicode's rules (UAX 29), and ICU4X's dictionaries for Chinese, Japanese, Thai, Lao, Khmer and
//! Burmese. Called by the tokenizer, for fields with a locale other than English.

use std::sync::LazyLock;

use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};

use super::language::{Language, simplify};

/// Bytes of text that are segmented at a time, unless white space comes first.
const LONGEST_STRETCH: usize = 64 << 10;

static SEGMENTER: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()));

/// The ends of words in one text, found as far as it was asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Breaks {
    /// In the text's bytes, ascending, in the stretch that was looked at last.
    ends: Vec<usize>,
    /// How many of them were passed.
    passed: usize,
    /// Where that stretch ends.
    until: usize,
}

impl Breaks {
    /// Whether a word may end at `position`; positions are asked for in rising order.
    pub(super) fn is_at(&mut self, position: usize, text: &str, language: Language) -> bool {
        if position >= self.until {
            self.look_on(position, text, language);
        }
        let rest = self.ends.get(self.passed..).unwrap_or_default();
        self.passed += rest.iter().take_while(|end| **end < position).count();
        self.ends.get(self.passed) == Some(&position)
    }

    /// Finds the ends of the words up to the next white space.
    fn look_on(&mut self, start: usize, text: &str, language: Language) {
        let rest = text.get(start..).unwrap_or_default();
        let words = rest.trim_start();
        let blank = rest.len() - words.len();
        let end = words.find(char::is_whitespace).unwrap_or(words.len());
        let length = words.floor_char_boundary(end.min(LONGEST_STRETCH));
        let stretch = words.get(..length).unwrap_or_default();
        self.until = (start + blank + length).max(start + 1);
        self.passed = 0;
        self.ends.clear();
        if stretch.is_ascii() && stretch.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            self.ends.push(start + blank);
            return;
        }
        let ends = if language == Language::Chinese {
            SEGMENTER.segment_str(&simplify(stretch)).collect()
        } else {
            SEGMENTER.segment_str(stretch).collect::<Vec<_>>()
        };
        self.ends
            .extend(ends.into_iter().map(|end| start + blank + end));
    }
}
