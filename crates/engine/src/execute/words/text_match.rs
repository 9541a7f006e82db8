//! `text_match`: how well a document matches, as one number that sorts.
//!
//! | bits | by best score | by weight |
//! |---|---|---|
//! | 59–62 | words of the query that matched, in any field, at most 15 | the same |
//! | 51–58 | | weight of the best field |
//! | 11–58 or 3–50 | the best field's [`FieldScore`] | the same |
//! | 3–10 | weight of the best field | |
//! | 0–2 | fields that matched, at most 7 | the same |
//!
//! Pure arithmetic, called by the scoring of documents and, for `text_match_info`, by answers.

use crate::request::TextMatchType;

/// The score of a document that was found without words: by a missing query, or in the middle of
/// a word.
pub(crate) const WORDLESS: u64 = 100;

/// What a phrase alone scores, before its field's weight is added.
const PHRASE: u64 = 100_000;

/// How well one field of a document matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct FieldScore {
    /// Words close to each other.
    pub(crate) close: usize,
    /// Words anywhere in the value.
    pub(crate) present: usize,
    /// Typos count twice, beginnings of words once.
    pub(crate) cost: usize,
    /// From the first to the last of the close words.
    pub(crate) distance: usize,
    /// Whether the value consists of these words.
    pub(crate) exact: bool,
    /// The place of the last of the close words, if that counts.
    pub(crate) offset: Option<usize>,
}

impl FieldScore {
    /// As 48 bits.
    pub(crate) fn packed(self) -> u64 {
        let offset = self.offset.map_or(0, |offset| 255 - byte(offset));
        byte(self.close) << 40
            | byte(self.present) << 32
            | (255 - byte(self.cost)) << 24
            | 100_u64.saturating_sub(self.distance as u64) << 16
            | u64::from(self.exact) << 8
            | offset
    }
}

fn byte(number: usize) -> u64 {
    number.min(255) as u64
}

/// A field's score with its weight, so that the greatest is the best field's.
pub(crate) fn weighted(kind: TextMatchType, field: FieldScore, weight: u8) -> u64 {
    let bits = u64::from(weight);
    match kind {
        TextMatchType::MaxScore => field.packed() << 8 | bits,
        // A field without weight adds nothing at all.
        TextMatchType::MaxWeight if weight == 0 => 0,
        TextMatchType::MaxWeight => bits << 48 | field.packed(),
    }
}

/// The whole number, from the best of the [`weighted`] fields.
pub(crate) fn text_match(words: usize, best: u64, fields: usize) -> u64 {
    (words.min(15) as u64) << 59 | best << 3 | fields.min(7) as u64
}

/// The number for a document that a phrase alone found.
pub(crate) fn phrase_match(weight: u8) -> u64 {
    PHRASE + u64::from(weight)
}

/// `text_match_info`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextMatchInfo {
    /// 48 bits.
    pub(crate) best_field_score: u64,
    /// The weight of the field with that score, as `query_by_weights` gives it.
    pub(crate) best_field_weight: u64,
    /// At most 7.
    pub(crate) fields_matched: u64,
    /// At most 15.
    pub(crate) tokens_matched: u64,
}

/// Takes a `text_match` apart. Numbers that are no real score come apart in the same way.
#[must_use]
pub(crate) fn explain(score: u64, kind: TextMatchType) -> TextMatchInfo {
    const FIELD: u64 = (1 << 48) - 1;
    let best = score >> 3 & ((1 << 56) - 1);
    let (best_field_score, best_field_weight) = match kind {
        TextMatchType::MaxScore => (best >> 8, best & 255),
        TextMatchType::MaxWeight => (best & FIELD, best >> 48),
    };
    TextMatchInfo {
        best_field_score,
        best_field_weight,
        fields_matched: score & 7,
        tokens_matched: score >> 59,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two words side by side that are the whole value.
    const BOTH: FieldScore = FieldScore {
        close: 2,
        present: 2,
        cost: 0,
        distance: 1,
        exact: true,
        offset: None,
    };

    #[test]
    fn numbers_are_those_of_the_api() {
        let best = weighted(TextMatchType::MaxScore, BOTH, 4);
        let score = text_match(2, best, 2);
        assert_eq!(score, 1_157_451_471_441_625_122);
        assert_eq!(
            explain(score, TextMatchType::MaxScore),
            TextMatchInfo {
                best_field_score: 2_211_897_868_544,
                best_field_weight: 4,
                fields_matched: 2,
                tokens_matched: 2,
            }
        );
    }

    #[test]
    fn weights_go_first_if_asked_to() {
        let word = FieldScore {
            close: 1,
            present: 1,
            exact: true,
            ..FieldScore::default()
        };
        let best = weighted(TextMatchType::MaxWeight, word, 15);
        let score = text_match(1, best, 1);
        assert_eq!(score, 610_246_614_239_414_273);
        let info = explain(score, TextMatchType::MaxWeight);
        assert_eq!(info.best_field_score, 1_108_091_339_008);
        assert_eq!(info.best_field_weight, 15);
    }

    #[test]
    fn a_score_without_words_comes_apart_as_well() {
        let info = explain(WORDLESS, TextMatchType::MaxScore);
        assert_eq!((info.best_field_weight, info.fields_matched), (12, 4));
        let info = explain(phrase_match(15), TextMatchType::MaxScore);
        assert_eq!(
            (
                info.best_field_score,
                info.best_field_weight,
                info.fields_matched
            ),
            (48, 213, 7)
        );
    }
}
