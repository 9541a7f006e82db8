//! A set of documents of one segment: one bit for each.
//!
//! Never holds a document at or above its length, so that counting needs no care. Used by
//! filters, by the words' matching and by everything that walks over results.

/// A fixed number of documents, each in or out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DocBitSet {
    words: Vec<u64>,
    length: u32,
}

impl DocBitSet {
    /// No document of `length`.
    #[must_use]
    pub(crate) fn none(length: u32) -> Self {
        Self {
            words: vec![0; (length as usize).div_ceil(64)],
            length,
        }
    }

    /// All documents of `length`.
    #[must_use]
    pub(crate) fn all(length: u32) -> Self {
        let mut bits = Self {
            words: vec![u64::MAX; (length as usize).div_ceil(64)],
            length,
        };
        bits.trim();
        bits
    }

    /// How many documents there are, in the set or not.
    #[must_use]
    pub(crate) fn length(&self) -> u32 {
        self.length
    }

    /// How many documents are in the set.
    #[must_use]
    pub(crate) fn count(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    /// Whether a document is in the set.
    #[inline]
    #[must_use]
    pub(crate) fn contains(&self, doc: u32) -> bool {
        self.words
            .get(doc as usize / 64)
            .is_some_and(|word| word & (1 << (doc % 64)) != 0)
    }

    /// Adds a document; one beyond the length is left out.
    #[inline]
    pub(crate) fn insert(&mut self, doc: u32) {
        if doc < self.length
            && let Some(word) = self.words.get_mut(doc as usize / 64)
        {
            *word |= 1 << (doc % 64);
        }
    }

    /// Takes a document away.
    #[inline]
    pub(crate) fn remove(&mut self, doc: u32) {
        if let Some(word) = self.words.get_mut(doc as usize / 64) {
            *word &= !(1 << (doc % 64));
        }
    }

    /// Keeps what is in both.
    pub(crate) fn intersect(&mut self, other: &Self) {
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine &= theirs;
        }
    }

    /// Adds what is in the other.
    pub(crate) fn unite(&mut self, other: &Self) {
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine |= theirs;
        }
    }

    /// Takes away what is in the other.
    pub(crate) fn subtract(&mut self, other: &Self) {
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine &= !theirs;
        }
    }

    /// Turns the set into its complement.
    pub(crate) fn invert(&mut self) {
        for word in &mut self.words {
            *word = !*word;
        }
        self.trim();
    }

    /// The documents in the set, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().zip(0_u32..).flat_map(|(word, index)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                if left == 0 {
                    return None;
                }
                let bit = left.trailing_zeros();
                left &= left - 1;
                Some(index * 64 + bit)
            })
        })
    }

    /// How many bytes it occupies.
    #[must_use]
    pub(crate) fn weight(&self) -> usize {
        self.words.len() * 8
    }

    fn trim(&mut self) {
        let used = self.length % 64;
        if used != 0
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << used) - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn set(length: u32, docs: &BTreeSet<u32>) -> DocBitSet {
        let mut bits = DocBitSet::none(length);
        for doc in docs {
            bits.insert(*doc);
        }
        bits
    }

    proptest! {
        #[test]
        fn behaves_like_a_set_of_numbers(
            length in 0_u32..200,
            left in proptest::collection::btree_set(0_u32..220, 0..60),
            right in proptest::collection::btree_set(0_u32..220, 0..60),
        ) {
            let inside = |docs: &BTreeSet<u32>| -> BTreeSet<u32> {
                docs.iter().copied().filter(|doc| *doc < length).collect()
            };
            let (a, b) = (inside(&left), inside(&right));
            let mut both = set(length, &left);
            prop_assert_eq!(both.count(), a.len());
            both.intersect(&set(length, &right));
            prop_assert_eq!(both.iter().collect::<BTreeSet<_>>(), &a & &b);
            let mut either = set(length, &left);
            either.unite(&set(length, &right));
            prop_assert_eq!(either.iter().collect::<BTreeSet<_>>(), &a | &b);
            let mut without = set(length, &left);
            without.subtract(&set(length, &right));
            prop_assert_eq!(without.iter().collect::<BTreeSet<_>>(), &a - &b);
            let mut opposite = set(length, &left);
            opposite.invert();
            prop_assert_eq!(opposite.count(), length as usize - a.len());
            prop_assert!(a.iter().all(|doc| !opposite.contains(*doc)));
        }
    }

    #[test]
    fn all_is_no_more_than_its_length() {
        for length in [0, 1, 63, 64, 65] {
            assert_eq!(DocBitSet::all(length).count(), length as usize);
        }
    }
}
