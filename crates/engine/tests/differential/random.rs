//! Numbers out of a seed: the same seed makes the same numbers.

/// A small generator of numbers.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// From 0 to before `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % end.max(1)
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// The first ones far more often.
    pub(crate) fn pick_common<'t>(&mut self, from: &'t [String]) -> &'t str {
        let mut end = from.len();
        for _ in 0..3 {
            end = self.below(end) + 1;
        }
        &from[end - 1]
    }

    /// Picks `count` different ones, in any order.
    pub(crate) fn several<T: Clone>(&mut self, count: usize, from: &[T]) -> Vec<T> {
        let mut from = from.to_vec();
        let mut picked = Vec::new();
        while picked.len() < count && !from.is_empty() {
            picked.push(from.swap_remove(self.below(from.len())));
        }
        picked
    }
}
