//! How a repository is looked after, as figures.

use crate::activity::metrics::RepositoryFacts;
use crate::model::ActivityFacts;

use super::figure::FigureView;
use super::format::{Moment, grouped};

/// A number in words.
struct Told {
    label: &'static str,
    /// `None` if it is not known.
    value: Option<String>,
    /// What it is a number of; may be empty.
    word: &'static str,
}

/// Figures; nothing where the repository is not followed, and only what is known.
#[must_use]
pub fn activity_figures(facts: &ActivityFacts, now: i64) -> Vec<FigureView> {
    let known = tell(facts, now).into_iter();
    let known = known.filter(|told| told.value.is_some());
    known
        .map(|told| FigureView {
            kind: "activity",
            label: told.label,
            value: told.value,
            word: told.word.to_owned(),
            href: None,
            source: "issues on GitHub".to_owned(),
            checked: Moment::new(facts.checked.unwrap_or_default(), now),
        })
        .collect()
}

/// The same with a label for each, for tables; empty for what is not known.
#[must_use]
pub fn activity_rows(facts: &ActivityFacts, now: i64) -> Vec<(&'static str, String)> {
    let told = tell(facts, now).into_iter();
    told.map(|told| {
        let value = told.value.map(|value| format!("{value} {}", told.word));
        (told.label, value.unwrap_or_default().trim().to_owned())
    })
    .collect()
}

/// What the metrics of a repository say.
#[must_use]
pub fn of_repository(known: &RepositoryFacts) -> ActivityFacts {
    ActivityFacts {
        first_response: known.first_response_hours,
        last_human_response: known.last_human_response,
        open_issues_growth: Some(known.open_issues_growth),
        merge_rate: known.merge_rate_percent,
        contributors: Some(known.contributors),
        new_contributors: Some(known.new_contributors),
        bus_factor: known.bus_factor,
        checked: Some(known.checked),
    }
}

fn tell(facts: &ActivityFacts, now: i64) -> [Told; 6] {
    let told = |label, value, word| Told { label, value, word };
    let answered = facts.last_human_response;
    let answered = answered.and_then(|at| Some(Moment::new(at, now)?.age));
    let merged = facts.merge_rate.map(|percent| format!("{percent} %"));
    [
        told(
            "First response",
            facts.first_response.map(hours_in_words),
            "median of 90 days",
        ),
        told("Last response by a person", answered, ""),
        told(
            "Change of open issues",
            facts.open_issues_growth.map(growth),
            "in 90 days",
        ),
        told("Pull requests merged", merged, "of those closed in 90 days"),
        told(
            "New contributors",
            facts.new_contributors.map(grouped),
            "in 90 days",
        ),
        told(
            "Bus factor",
            facts.bus_factor.map(grouped),
            "people make half of all contributions",
        ),
    ]
}

/// A time in the unit that fits.
fn hours_in_words(hours: f64) -> String {
    match hours {
        ..1.0 => "under 1 hour".to_owned(),
        1.0..72.0 => format!("{hours:.0} hours"),
        _ => format!("{} days", grouped(hours_as_days(hours))),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast from a float keeps within bounds"
)]
fn hours_as_days(hours: f64) -> i64 {
    (hours / 24.0) as i64
}

/// A difference with its sign.
fn growth(number: i64) -> String {
    if number > 0 {
        format!("+{}", grouped(number))
    } else {
        grouped(number).replace('-', "−")
    }
}
