//! Where a number stands among its like.

/// Numbers of all packages of a profile, such as their downloads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Percentiles {
    sorted: Vec<i64>,
}

impl FromIterator<i64> for Percentiles {
    fn from_iter<I: IntoIterator<Item = i64>>(numbers: I) -> Self {
        let mut sorted: Vec<i64> = numbers.into_iter().collect();
        sorted.sort_unstable();
        Self { sorted }
    }
}

impl Percentiles {
    /// How many percent of the others have less than `number`, 0 to 100; `number` is one of them.
    /// `None` where there are no others.
    #[must_use]
    pub fn rank(&self, number: i64) -> Option<u32> {
        let others = self
            .sorted
            .len()
            .checked_sub(1)
            .filter(|others| *others > 0)?;
        let less = self.sorted.partition_point(|other| *other < number);
        u32::try_from(less * 100 / others)
            .ok()
            .map(|rank| rank.min(100))
    }
}

#[cfg(test)]
mod tests {
    use super::Percentiles;

    #[test]
    fn ranks_lie_between_the_last_and_the_first() {
        let downloads: Percentiles = (1..=101).rev().collect();
        for (number, rank) in [(1, 0), (51, 50), (101, 100), (1_000, 100), (-5, 0)] {
            assert_eq!(downloads.rank(number), Some(rank), "{number}");
        }
    }

    #[test]
    fn whoever_has_nothing_is_above_nobody() {
        let downloads: Percentiles = [0, 0, 0, 7].into_iter().collect();
        assert_eq!(downloads.rank(0), Some(0));
        assert_eq!(downloads.rank(7), Some(100));
    }

    #[test]
    fn one_alone_has_no_rank() {
        assert_eq!(Percentiles::default().rank(1), None);
        assert_eq!([1].into_iter().collect::<Percentiles>().rank(1), None);
    }
}
