//! How the words of a query are looked for, as the parameters say it.

/// The parameters that are said of all words and fields alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MatchingOptions {
    /// Typos are tried while fewer documents than this are found.
    pub(crate) typo_tokens_threshold: usize,
    /// Words are dropped while fewer documents than this are found.
    pub(crate) drop_tokens_threshold: usize,
    /// The shortest word that may have one typo, in characters.
    pub(crate) min_len_1typo: usize,
    /// The shortest word that may have two typos, in characters.
    pub(crate) min_len_2typo: usize,
    /// Characters that may stand before the middle of a word.
    pub(crate) max_extra_prefix: usize,
    /// Characters that may stand behind it.
    pub(crate) max_extra_suffix: usize,
    /// Whether words are split in two and joined.
    pub(crate) split_join_tokens: SplitJoin,
    /// How `text_match` is made of the fields' scores.
    pub(crate) text_match_type: TextMatchType,
    /// Whether a value that equals the query stands first.
    pub(crate) prioritize_exact_match: bool,
    /// Whether matches near the beginning of a value stand first.
    pub(crate) prioritize_token_position: bool,
    /// Whether all typos and prefixes are tried, not only the best.
    pub(crate) exhaustive_search: bool,
    /// Words of the index that are tried for a word of the query.
    pub(crate) max_candidates: usize,
}

impl MatchingOptions {
    /// Combinations of these words that are tried.
    pub(crate) fn most_combinations(&self) -> usize {
        self.max_candidates.max(FEWEST_COMBINATIONS)
    }
}

/// Words that are tried for a word of the query unless `max_candidates` says otherwise.
pub(crate) const DEFAULT_CANDIDATES: usize = 10;
/// The same, and the most, if the search asks for everything.
pub(crate) const MOST_CANDIDATES: usize = 10_000;
/// Combinations that are tried however few words there are.
const FEWEST_COMBINATIONS: usize = 10;

/// `split_join_tokens`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum SplitJoin {
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
pub(crate) enum Infix {
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
pub(crate) enum TextMatchType {
    /// The best score of a field counts, its weight next.
    #[default]
    MaxScore,
    /// The weightiest field that matches counts.
    MaxWeight,
}
