//! The nearest valid word to a misspelt one, and where in a file it stands.

/// No word that people write is longer; what follows is not compared and not repeated to them.
pub(crate) const LONGEST_WORD: usize = 200;

/// The candidate that differs least from `word`, case aside; the first of equals.
///
/// Candidates have parts (`section.key`, `Topic :: Child`); a word without `separator` is
/// compared with their last part too, so that `plone` finds `Framework :: Plone`.
pub(crate) fn nearest<'a>(
    word: &str,
    separator: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = shortened(word).to_lowercase();
    let whole = word.contains(separator.trim());
    let distance = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        let full = strsim::damerau_levenshtein(&word, &candidate);
        match candidate.rsplit_once(separator) {
            Some((_, last)) if !whole => full.min(strsim::damerau_levenshtein(&word, last)),
            _ => full,
        }
    };
    candidates
        .into_iter()
        .min_by_key(|candidate| distance(candidate))
}

/// `word`, cut where it is longer than any sensible one.
pub(crate) fn shortened(word: &str) -> &str {
    match word.char_indices().nth(LONGEST_WORD) {
        Some((end, _)) => &word[..end],
        None => word,
    }
}

/// The number, from 1, of the line that holds the byte at `offset`.
pub(crate) fn line_at(text: &str, offset: usize) -> usize {
    1 + text
        .bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
}

/// The place, from 1, of the byte at `offset` in its line, counted in characters.
pub(crate) fn column_at(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    1 + line.chars().count()
}

#[cfg(test)]
mod tests {
    use super::{column_at, line_at, nearest, shortened};

    #[test]
    fn the_nearest_word_is_found_by_its_whole_or_its_last_part() {
        let candidates = [
            "Framework :: Flask",
            "Framework :: Plone",
            "Framework :: Plone :: 6.0",
        ];
        for (word, expected) in [
            ("Framework :: Plome", "Framework :: Plone"),
            ("framework::plone::6.0", "Framework :: Plone :: 6.0"),
            ("flsak", "Framework :: Flask"),
        ] {
            assert_eq!(nearest(word, " :: ", candidates), Some(expected), "{word}");
        }
        assert_eq!(nearest("word", ".", []), None);
    }

    #[test]
    fn a_word_without_end_is_cut_between_characters() {
        assert_eq!(shortened(&"ü".repeat(1_000_000)).chars().count(), 200);
        assert_eq!(shortened("short"), "short");
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        assert_eq!(column_at("a\nüb", 0), 1);
        assert_eq!(column_at("a\nüb", 4), 2);

        assert_eq!(line_at("a\nb", 0), 1);
        assert_eq!(line_at("a\nb", 2), 2);
        assert_eq!(line_at("a\nb", 99), 2);
    }
}
