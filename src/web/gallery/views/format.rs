//! Numbers, dates and versions as people read them.

use jiff::Timestamp;
use serde::Serialize;

const DAY: i64 = 86_400;

/// A moment, for a `<time>` element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// As in `2026-03-09T12:00:00Z`.
    pub iso: String,
    /// As in `9 March 2026`.
    pub date: String,
    /// As in `3 months ago`.
    pub age: String,
}

impl Moment {
    /// The moment `seconds` after 1970; `None` for 0 and for what is not a date.
    #[must_use]
    pub fn new(seconds: i64, now: i64) -> Option<Self> {
        let timestamp = Timestamp::from_second(seconds)
            .ok()
            .filter(|_| seconds > 0)?;
        Some(Self {
            iso: timestamp.to_string(),
            date: timestamp.strftime("%-d %B %Y").to_string(),
            age: age(seconds, now),
        })
    }
}

/// How long ago that was, in days, months or years.
#[must_use]
pub fn age(seconds: i64, now: i64) -> String {
    let days = now.saturating_sub(seconds).div_euclid(DAY);
    let ago = |count: i64, unit: &str| {
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {unit}{plural} ago")
    };
    match days {
        i64::MIN..=0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        2..=59 => ago(days, "day"),
        60..=729 => ago(days * 12 / 365, "month"),
        _ => ago(days / 365, "year"),
    }
}

/// A number with commas between thousands: `12,345`.
#[must_use]
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many packages that is: `1 package`, `1,200 packages`.
#[must_use]
pub fn packages(count: u64) -> String {
    match count {
        1 => "1 package".to_owned(),
        count => format!(
            "{} packages",
            grouped(i64::try_from(count).unwrap_or(i64::MAX))
        ),
    }
}

/// A number in few characters: `950`, `12k`, `3.4M`.
#[must_use]
pub fn short(number: i64) -> String {
    match number {
        ..1_000 => number.to_string(),
        1_000..10_000 => tenths(number, 1_000, "k"),
        10_000..1_000_000 => format!("{}k", number / 1_000),
        1_000_000..10_000_000 => tenths(number, 1_000_000, "M"),
        _ => format!("{}M", number / 1_000_000),
    }
}

fn tenths(number: i64, unit: i64, sign: &str) -> String {
    let tenths = number / (unit / 10);
    match tenths % 10 {
        0 => format!("{}{sign}", tenths / 10),
        rest => format!("{}.{rest}{sign}", tenths / 10),
    }
}

/// Major and minor number.
type Number = (u32, Option<u32>);

/// Versions such as `Plone 5.2`, `Plone 6.0`, `Plone 6.1` in few words: `Plone 5.2, 6.0–6.1`. Only
/// versions that follow each other directly are joined, so nothing is claimed that is not there.
#[must_use]
pub fn version_ranges(versions: &[String]) -> Vec<String> {
    let mut families: Vec<(&str, Vec<Number>)> = Vec::new();
    let mut others: Vec<String> = Vec::new();
    for version in versions {
        let (family, number) = version.rsplit_once(' ').unwrap_or(("", version));
        let Some(number) = read_number(number) else {
            others.push(version.clone());
            continue;
        };
        match families.iter_mut().find(|(name, _)| *name == family) {
            Some((_, numbers)) => numbers.push(number),
            None => families.push((family, vec![number])),
        }
    }
    let ranges = families.into_iter().map(|(family, numbers)| {
        let numbers = join_numbers(numbers);
        if family.is_empty() {
            numbers
        } else {
            format!("{family} {numbers}")
        }
    });
    ranges.chain(others).collect()
}

fn read_number(text: &str) -> Option<Number> {
    match text.split_once('.') {
        Some((major, minor)) => Some((major.parse().ok()?, Some(minor.parse().ok()?))),
        None => Some((text.parse().ok()?, None)),
    }
}

fn join_numbers(mut numbers: Vec<Number>) -> String {
    numbers.sort_unstable();
    numbers.dedup();
    // `Plone 6` next to `Plone 6.1` says nothing more.
    let has_minor: Vec<u32> = numbers
        .iter()
        .filter_map(|(major, minor)| minor.map(|_| *major))
        .collect();
    numbers.retain(|(major, minor)| minor.is_some() || !has_minor.contains(major));
    let mut runs: Vec<(Number, Number)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if follows(*last, number) => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let write = |(major, minor): Number| match minor {
        Some(minor) => format!("{major}.{minor}"),
        None => major.to_string(),
    };
    let runs: Vec<String> = runs
        .into_iter()
        .map(|(first, last)| {
            if first == last {
                write(first)
            } else {
                format!("{}–{}", write(first), write(last))
            }
        })
        .collect();
    runs.join(", ")
}

fn follows(last: Number, next: Number) -> bool {
    match (last, next) {
        ((major, Some(minor)), (next_major, Some(next_minor))) => {
            major == next_major && next_minor == minor.saturating_add(1)
        }
        ((major, None), (next_major, None)) => next_major == major.saturating_add(1),
        _ => false,
    }
}

/// The first line that says something, of at most a hundred characters.
#[must_use]
pub fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    let line = line.unwrap_or_default();
    match line.char_indices().nth(100) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}

/// A text as a sentence begins.
#[must_use]
pub fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// What a health score means, in a word.
#[must_use]
pub fn health_word(score: i64) -> &'static str {
    match score {
        80.. => "very good",
        60..80 => "good",
        40..60 => "fair",
        20..40 => "weak",
        _ => "poor",
    }
}

/// As in `12 kB`.
#[must_use]
pub fn file_size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::{Moment, age, grouped, short, version_ranges};

    #[test]
    fn ages_are_rounded_down() {
        let days = |days: i64| age(0, days * 86_400 + 1);
        for (count, text) in [
            (0, "today"),
            (1, "yesterday"),
            (59, "59 days ago"),
            (60, "1 month ago"),
            (364, "11 months ago"),
            (365, "12 months ago"),
            (729, "23 months ago"),
            (730, "2 years ago"),
        ] {
            assert_eq!(days(count), text, "{count}");
        }
        assert_eq!(age(10, 0), "today");
        assert_eq!(age(i64::MIN, i64::MAX), "292471208677 years ago");
    }

    #[test]
    fn moments_are_dates_or_nothing() {
        let moment = Moment::new(1_773_057_600, 1_773_057_600);
        let moment = moment.map(|moment| (moment.iso, moment.date));
        let expected = ("2026-03-09T12:00:00Z".to_owned(), "9 March 2026".to_owned());
        assert_eq!(moment, Some(expected));
        assert_eq!(Moment::new(0, 1), None);
        assert_eq!(Moment::new(i64::MAX, 1), None);
    }

    #[test]
    fn numbers_are_readable() {
        for (number, long, brief) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1_000, "1,000", "1k"),
            (1_250, "1,250", "1.2k"),
            (12_345, "12,345", "12k"),
            (3_456_789, "3,456,789", "3.4M"),
            (-1_234, "-1,234", "-1234"),
        ] {
            assert_eq!(
                (grouped(number), short(number)),
                (long.to_owned(), brief.to_owned())
            );
        }
    }

    #[test]
    fn versions_are_joined_where_nothing_lies_between() {
        let ranges = |versions: &[&str]| {
            let versions: Vec<String> =
                versions.iter().map(|&version| version.to_owned()).collect();
            version_ranges(&versions).join("; ")
        };
        assert_eq!(
            ranges(&["Plone 6.1", "Plone 5.2", "Plone 6.0"]),
            "Plone 5.2, 6.0–6.1"
        );
        assert_eq!(ranges(&["Plone 6", "Plone 6.0", "Plone 4"]), "Plone 4, 6.0");
        assert_eq!(ranges(&["3.10", "3.9", "3.11", "3.13"]), "3.9–3.11, 3.13");
        assert_eq!(ranges(&["Django CMS", "3"]), "3; Django CMS");
        assert_eq!(ranges(&[]), "");
    }
}
