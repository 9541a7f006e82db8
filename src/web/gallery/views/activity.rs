//! How a repository is looked after, as figures.

use serde_json::Value;

use crate::activity::metrics::RepositoryFacts;
use crate::model::Document;

use super::facts;
use super::figure::FigureView;
use super::format::{Moment, grouped};

/// What is known of the last 90 days in a repository.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ActivityNumbers {
    first_response_hours: Option<f64>,
    /// Unix seconds.
    last_human_response: Option<i64>,
    open_issues_growth: Option<i64>,
    merge_rate_percent: Option<i64>,
    new_contributors: Option<i64>,
    bus_factor: Option<i64>,
    /// Unix seconds; 0 if unknown.
    checked: i64,
}

impl ActivityNumbers {
    /// Those that a document carries.
    #[must_use]
    pub fn of_document(latest: &Document) -> Self {
        let number = |field| facts::number(latest, field);
        let hours = latest.facts.get("activity_first_response");
        Self {
            first_response_hours: hours.and_then(Value::as_f64),
            last_human_response: number("activity_last_human_response"),
            open_issues_growth: number("activity_open_issues_growth"),
            merge_rate_percent: number("activity_merge_rate"),
            new_contributors: number("activity_new_contributors"),
            bus_factor: number("activity_bus_factor"),
            checked: number("activity_checked").unwrap_or_default(),
        }
    }

    /// Figures; nothing where the repository is not followed, and only what is known.
    #[must_use]
    pub fn figures(&self, now: i64) -> Vec<FigureView> {
        let answered = self.last_human_response;
        let known = [
            (
                "First response",
                self.first_response_hours.map(hours_in_words),
                "median of 90 days",
            ),
            (
                "Last response by a person",
                answered.and_then(|at| Some(Moment::new(at, now)?.age)),
                "",
            ),
            (
                "Open issues",
                self.open_issues_growth.map(growth),
                "in 90 days",
            ),
            (
                "Pull requests merged",
                self.merge_rate_percent
                    .map(|percent| format!("{percent} %")),
                "of those closed in 90 days",
            ),
            (
                "New contributors",
                self.new_contributors.map(grouped),
                "in 90 days",
            ),
            (
                "Bus factor",
                self.bus_factor.map(grouped),
                "people make half of all contributions",
            ),
        ];
        let known = known.into_iter().filter(|(_, value, _)| value.is_some());
        known
            .map(|(label, value, word)| FigureView {
                kind: "activity",
                label,
                value,
                word: word.to_owned(),
                href: None,
                source: "issues on GitHub".to_owned(),
                checked: Moment::new(self.checked, now),
            })
            .collect()
    }
}

impl From<&RepositoryFacts> for ActivityNumbers {
    fn from(known: &RepositoryFacts) -> Self {
        Self {
            first_response_hours: known.first_response_hours,
            last_human_response: known.last_human_response,
            open_issues_growth: Some(known.open_issues_growth),
            merge_rate_percent: known.merge_rate_percent,
            new_contributors: Some(known.new_contributors),
            bus_factor: known.bus_factor,
            checked: known.checked,
        }
    }
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
