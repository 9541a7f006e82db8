//! Metrics in words, for people. No I/O.

const UNKNOWN: &str = "not known";

/// A time that something takes, in the unit that fits.
#[must_use]
pub fn age(seconds: i64) -> String {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    let (count, unit) = match seconds {
        ..HOUR => (seconds / MINUTE, "minute"),
        HOUR..172_800 => (rounded(seconds, HOUR), "hour"),
        _ => (rounded(seconds, DAY), "day"),
    };
    count_of(count, unit)
}

fn rounded(seconds: i64, unit: i64) -> i64 {
    seconds.saturating_add(unit / 2) / unit
}

/// A share.
pub(super) fn percent(share: i64) -> String {
    format!("{share} %")
}

/// What something says, or that it is not known.
pub(super) fn or_unknown<T>(value: Option<T>, say: impl Fn(T) -> String) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), say)
}

/// `1 issue`, `2 issues`.
pub(super) fn count_of(count: i64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A number with its sign.
pub(super) fn signed(number: i64) -> String {
    if number > 0 {
        format!("+{number}")
    } else {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn the_unit_fits() {
        for (seconds, words) in [
            (0, "0 minutes"),
            (60, "1 minute"),
            (3_599, "59 minutes"),
            (3_600, "1 hour"),
            (5_399, "1 hour"),
            (172_799, "48 hours"),
            (172_800, "2 days"),
            (491_400, "6 days"),
        ] {
            assert_eq!(age(seconds), words);
        }
    }
}
