//! Metrics as tables for spreadsheets. No I/O.

use super::measures::{Group, Measures, Spread};
use super::persons::PersonMetrics;
use crate::model::spreadsheet_cell;

/// Behind the column with the name. New ones are added at the end.
const GROUP_COLUMNS: [&str; 29] = [
    "issues_opened",
    "issues_closed",
    "pull_requests_opened",
    "pull_requests_closed",
    "pull_requests_merged",
    "backlog_growth",
    "merge_rate_percent",
    "first_response_count",
    "first_response_median_seconds",
    "first_response_percentile_90_seconds",
    "first_responses_by_members",
    "first_responses_by_others",
    "unanswered",
    "unread",
    "close_count",
    "close_median_seconds",
    "close_percentile_90_seconds",
    "merge_count",
    "merge_median_seconds",
    "merge_percentile_90_seconds",
    "open_issues",
    "open_pull_requests",
    "open_age_count",
    "open_age_median_seconds",
    "open_age_percentile_90_seconds",
    "contributors",
    "new_contributors",
    "returning_contributors",
    "bus_factor",
];

const PERSON_COLUMNS: [&str; 13] = [
    "id",
    "login",
    "is_member",
    "is_new",
    "first_contribution",
    "last_contribution",
    "contributions",
    "issues_opened",
    "pull_requests_opened",
    "pull_requests_merged",
    "comments",
    "reviews",
    "closings",
];

/// A row for each group; empty cells for what is not known. The first column is called `name`.
pub fn groups_as_csv(name: &str, groups: &[Group]) -> csv::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(std::iter::once(name).chain(GROUP_COLUMNS))?;
    for group in groups {
        let cells = match &group.measures {
            Some(measures) => cells(measures),
            None => GROUP_COLUMNS.map(|_| String::new()),
        };
        let name = std::iter::once(spreadsheet_cell(&group.name));
        writer.write_record(name.chain(cells))?;
    }
    text_of(writer)
}

fn cells(measures: &Measures) -> [String; GROUP_COLUMNS.len()] {
    let counts = &measures.counts;
    let optional = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
    let count = |spread: Option<Spread>| spread.map_or(0, |spread| spread.count).to_string();
    // Nobody has counted what is open in a week.
    let open_count = |spread| match counts.open_issues {
        Some(_) => count(spread),
        None => String::new(),
    };
    let median = |spread: Option<Spread>| optional(spread.map(|spread| spread.median_seconds));
    let percentile_90 =
        |spread: Option<Spread>| optional(spread.map(|spread| spread.percentile_90_seconds));
    let (response, close) = (measures.time_to_first_response, measures.time_to_close);
    let (merge, open) = (measures.time_to_merge, measures.open_age);
    [
        counts.issues_opened.to_string(),
        counts.issues_closed.to_string(),
        counts.pull_requests_opened.to_string(),
        counts.pull_requests_closed.to_string(),
        counts.pull_requests_merged.to_string(),
        measures.backlog_growth.to_string(),
        optional(measures.merge_rate_percent),
        count(response),
        median(response),
        percentile_90(response),
        counts.first_responses_by_members.to_string(),
        counts.first_responses_by_others.to_string(),
        counts.unanswered.to_string(),
        counts.unread.to_string(),
        count(close),
        median(close),
        percentile_90(close),
        count(merge),
        median(merge),
        percentile_90(merge),
        optional(counts.open_issues),
        optional(counts.open_pull_requests),
        open_count(open),
        median(open),
        percentile_90(open),
        measures.contributors.to_string(),
        measures.new_contributors.to_string(),
        measures.returning_contributors.to_string(),
        optional(measures.bus_factor),
    ]
}

/// A row for each person.
pub fn persons_as_csv(persons: &[PersonMetrics]) -> csv::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(PERSON_COLUMNS)?;
    for person in persons {
        let yes_or_no = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
        let cells: [String; PERSON_COLUMNS.len()] = [
            person.id.to_string(),
            spreadsheet_cell(person.login.as_deref().unwrap_or_default()),
            yes_or_no(person.is_member),
            yes_or_no(person.is_new),
            person.first_contribution.to_string(),
            person.last_contribution.to_string(),
            person.contributions.to_string(),
            person.issues_opened.to_string(),
            person.pull_requests_opened.to_string(),
            person.pull_requests_merged.to_string(),
            person.comments.to_string(),
            person.reviews.to_string(),
            person.closings.to_string(),
        ];
        writer.write_record(cells)?;
    }
    text_of(writer)
}

fn text_of(writer: csv::Writer<Vec<u8>>) -> csv::Result<String> {
    let bytes = writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
