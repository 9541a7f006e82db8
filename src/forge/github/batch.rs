//! The number of repositories per query: halved if GitHub says that a query was too expensive, then
//! slowly increased again. Pure.

/// The size of the next query.
#[derive(Debug, Clone, Copy)]
pub(super) struct BatchSize {
    now: usize,
    most: usize,
}

impl BatchSize {
    pub(super) fn new(most: usize) -> Self {
        Self {
            now: most.max(1),
            most: most.max(1),
        }
    }

    pub(super) fn now(self) -> usize {
        self.now
    }

    /// Call this if a query for `asked` repositories was too expensive.
    pub(super) fn shrink(&mut self, asked: usize) {
        self.now = self.now.min(asked / 2).max(1);
    }

    /// Call this if a query for `asked` repositories was answered.
    pub(super) fn grow(&mut self, asked: usize) {
        // A smaller query, for the rest of a list, says nothing about larger ones.
        if asked >= self.now {
            self.now = (self.now + self.now.div_ceil(4)).min(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BatchSize;

    #[test]
    fn it_halves_down_to_one_and_grows_back_slowly() {
        let mut size = BatchSize::new(50);
        let mut seen = Vec::new();
        for _ in 0..7 {
            seen.push(size.now());
            size.shrink(size.now());
        }
        assert_eq!(seen, [50, 25, 12, 6, 3, 1, 1]);
        size.grow(1);
        size.grow(1);
        assert_eq!(size.now(), 2, "a smaller query proves nothing");
        for _ in 0..20 {
            size.grow(size.now());
        }
        assert_eq!(size.now(), 50);
        size.shrink(4);
        assert_eq!(
            size.now(),
            2,
            "half of what was asked, not of what was allowed"
        );
    }
}
