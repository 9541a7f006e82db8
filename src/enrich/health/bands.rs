//! The bands of scores, for facets and reports. Pure.

/// Lowest first; each is as wide as the others, and the last has one score more.
pub(super) const BANDS: [&str; 5] = ["0-19", "20-39", "40-59", "60-79", "80-100"];

/// The place in [`BANDS`] of a score.
pub(super) fn place(score: u32) -> usize {
    (score / 20).min(4) as usize
}

/// The band of a score.
pub(super) fn band(score: u32) -> &'static str {
    BANDS.get(place(score)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::band;

    #[test]
    fn every_score_is_in_the_band_that_names_it() {
        for score in 0..=100 {
            let bounds = band(score).split_once('-');
            let bounds = bounds.map(|(least, most)| (least.parse::<u32>(), most.parse::<u32>()));
            let Some((Ok(least), Ok(most))) = bounds else {
                panic!("{score}: {bounds:?}");
            };
            assert!((least..=most).contains(&score), "{score}");
        }
    }
}
