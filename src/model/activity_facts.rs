//! How a repository was looked after in the last 90 days, as its packages' documents say.

use jiff::Timestamp;
use serde_json::Value;

use super::document::Document;

/// What is known; nothing where the repository is not followed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ActivityFacts {
    /// The median, in hours.
    pub first_response: Option<f64>,
    /// By a person who did not ask, however long ago; Unix seconds.
    pub last_human_response: Option<i64>,
    /// Opened less closed.
    pub open_issues_growth: Option<i64>,
    /// Of the pull requests closed, in percent.
    pub merge_rate: Option<i64>,
    pub contributors: Option<i64>,
    pub new_contributors: Option<i64>,
    /// People who make half of all contributions.
    pub bus_factor: Option<i64>,
    /// When this was found out; Unix seconds.
    pub checked: Option<i64>,
}

impl ActivityFacts {
    /// The fields of a document that tables show, in their order.
    pub const COLUMNS: [&'static str; 7] = [
        "activity_first_response",
        "activity_last_human_response",
        "activity_open_issues_growth",
        "activity_merge_rate",
        "activity_contributors",
        "activity_new_contributors",
        "activity_bus_factor",
    ];

    /// What a document carries.
    #[must_use]
    pub fn of_document(document: &Document) -> Self {
        let fact = |field: &str| document.facts.get(field);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole numbers with a point"
        )]
        let whole = |field: &str| {
            let value = fact(field)?;
            value
                .as_i64()
                .or_else(|| value.as_f64().map(|number| number as i64))
        };
        Self {
            first_response: fact("activity_first_response").and_then(Value::as_f64),
            last_human_response: whole("activity_last_human_response"),
            open_issues_growth: whole("activity_open_issues_growth"),
            merge_rate: whole("activity_merge_rate"),
            contributors: whole("activity_contributors"),
            new_contributors: whole("activity_new_contributors"),
            bus_factor: whole("activity_bus_factor"),
            checked: whole("activity_checked"),
        }
    }

    /// The cells below [`Self::COLUMNS`]; empty for what is not known.
    #[must_use]
    pub fn cells(&self) -> [String; Self::COLUMNS.len()] {
        let number = |number: Option<i64>| number.map(|one| one.to_string()).unwrap_or_default();
        let response = self.first_response.map(|hours| hours.to_string());
        let answered = self.last_human_response.filter(|seconds| *seconds > 0);
        let answered = answered.and_then(|seconds| Timestamp::from_second(seconds).ok());
        [
            response.unwrap_or_default(),
            answered
                .map(|moment| moment.to_string())
                .unwrap_or_default(),
            number(self.open_issues_growth),
            number(self.merge_rate),
            number(self.contributors),
            number(self.new_contributors),
            number(self.bus_factor),
        ]
    }
}
