//! The part of a search that is about words: what to look for, in which fields, how loosely.
//!
//! Filled by [`super::parameters`] and the search's run, read by the words' matching only.

use crate::schema::FieldNumber;

/// A text and how to look for it.
#[derive(Debug, Clone, PartialEq)]
pub struct WordSearch {
    /// `q` as it was sent.
    pub text: String,
    /// In the order of `query_by`, objects replaced by their text fields.
    pub fields: Vec<WordField>,
    /// How loosely.
    pub matching: Matching,
}

/// The parameters that are said of all words and fields alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matching {
    /// Typos are tried while fewer documents than this are found.
    pub typo_tokens_threshold: usize,
    /// Words are dropped while fewer documents than this are found.
    pub drop_tokens_threshold: usize,
    /// The shortest word that may have one typo, in characters.
    pub min_len_1typo: usize,
    /// The shortest word that may have two typos, in characters.
    pub min_len_2typo: usize,
    /// Characters that may stand before the middle of a word.
    pub max_extra_prefix: usize,
    /// Characters that may stand behind it.
    pub max_extra_suffix: usize,
    /// Whether words are split in two and joined.
    pub split_join_tokens: SplitJoin,
    /// How `text_match` is made of the fields' scores.
    pub text_match_type: TextMatchType,
    /// Whether a value that equals the query stands first.
    pub prioritize_exact_match: bool,
    /// Whether matches near the beginning of a value stand first.
    pub prioritize_token_position: bool,
    /// Whether all typos and prefixes are tried, not only the best.
    pub exhaustive_search: bool,
}

/// One field to look in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordField {
    /// The field's number in the index.
    pub number: FieldNumber,
    /// Its weight, 0 to 255; more is better.
    pub weight: u8,
    /// Whether the last word may be the beginning of one.
    pub prefix: bool,
    /// How many typos a word may have here, at most 2.
    pub typos: u8,
    /// Whether the query may be in the middle of a word.
    pub infix: Infix,
}

/// `split_join_tokens`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SplitJoin {
    /// Never.
    Off,
    /// When nothing else was found.
    #[default]
    Fallback,
    /// Besides everything else.
    Always,
}

/// `infix`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Infix {
    /// Never.
    #[default]
    Off,
    /// When nothing else was found.
    Fallback,
    /// Besides everything else.
    Always,
}

/// `text_match_type`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextMatchType {
    /// The best score of a field counts, its weight next.
    #[default]
    MaxScore,
    /// The weightiest field that matches counts.
    MaxWeight,
}
