//! A report for people: Markdown, and charts in files of their own. The same numbers give the same
//! bytes. No I/O.

use std::fmt::Write as _;

use super::chart::{Chart, Series};
use super::measures::{Group, Measures, Spread};
use super::period::{MetricsPeriod, TimeSpan};
use super::persons::PersonMetrics;
use super::statements::Population;
use super::words::{age, count_of, or_unknown, percent, signed};
use crate::model::markdown::{escape, escape_at_begin};

/// People in the table of contributors.
const MOST_PERSONS: usize = 50;

/// The columns of a table of groups; the first one is what they are.
pub const GROUP_HEADS: [&str; 13] = [
    "name",
    "opened",
    "closed",
    "growth",
    "merged",
    "first response",
    "to close",
    "to merge",
    "open",
    "open age",
    "contributors",
    "new",
    "bus factor",
];

/// The columns of a table of people.
pub const PERSON_HEADS: [&str; 9] = [
    "person",
    "contributions",
    "issues",
    "pull requests",
    "merged",
    "comments",
    "reviews",
    "closings",
    "remarks",
];

/// The cells of a group; times are medians.
#[must_use]
pub fn group_cells(group: &Group) -> [String; GROUP_HEADS.len()] {
    let Some(measures) = &group.measures else {
        let mut cells = GROUP_HEADS.map(|_| "not known".to_owned());
        cells[0].clone_from(&group.name);
        return cells;
    };
    let counts = &measures.counts;
    let dash = |cell: Option<String>| cell.unwrap_or_else(|| "–".to_owned());
    let median = |spread: Option<Spread>| dash(spread.map(|it| age(it.median_seconds)));
    let number = |number: Option<i64>| dash(number.map(|number| number.to_string()));
    [
        group.name.clone(),
        counts.opened().to_string(),
        counts.closed().to_string(),
        signed(measures.backlog_growth),
        dash(measures.merge_rate_percent.map(percent)),
        median(measures.time_to_first_response),
        median(measures.time_to_close),
        median(measures.time_to_merge),
        number(counts.open()),
        median(measures.open_age),
        measures.contributors.to_string(),
        measures.new_contributors.to_string(),
        number(measures.bus_factor),
    ]
}

/// The cells of a person.
#[must_use]
pub fn person_cells(person: &PersonMetrics) -> [String; PERSON_HEADS.len()] {
    let login = person.login.clone();
    let remark = match (person.is_member, person.is_new) {
        (true, true) => "member, new",
        (true, false) => "member",
        (false, true) => "new",
        (false, false) => "",
    };
    [
        login.unwrap_or_else(|| format!("user {}", person.id)),
        person.contributions.to_string(),
        person.issues_opened.to_string(),
        person.pull_requests_opened.to_string(),
        person.pull_requests_merged.to_string(),
        person.comments.to_string(),
        person.reviews.to_string(),
        person.closings.to_string(),
        remark.to_owned(),
    ]
}

/// A table, with numbers to the right of its first column.
fn table<const N: usize>(heads: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut text = format!(
        "\n| {} |\n|---|{}\n",
        heads.join(" | "),
        "--:|".repeat(N - 1)
    );
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| escape_at_begin(cell)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

/// What a report is about.
#[derive(Debug)]
pub struct Report {
    /// What its repositories have in common.
    pub title: String,
    pub period: MetricsPeriod,
    pub population: Population,
    /// All repositories as if they were one; `None` if nothing is known.
    pub overall: Option<Measures>,
    /// What bots did meanwhile; what people did, if the report is about bots.
    pub others: Option<Measures>,
    /// What the charts count in, and each of them.
    pub span: TimeSpan,
    pub spans: Vec<Group>,
    /// By repository, or by profile.
    pub groups: Vec<Group>,
    pub persons: Vec<PersonMetrics>,
    /// The heading of the first column of `groups`.
    pub grouped_by: &'static str,
}

/// A file of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    pub name: &'static str,
    pub text: String,
}

impl Report {
    /// The Markdown with its charts.
    #[must_use]
    pub fn files(&self) -> Vec<ReportFile> {
        let mut files = self.charts();
        let text = self.markdown(&files);
        files.insert(
            0,
            ReportFile {
                name: "metrics.md",
                text,
            },
        );
        files
    }

    /// The Markdown, which shows these charts.
    #[must_use]
    pub fn markdown(&self, charts: &[ReportFile]) -> String {
        let mut text = format!(
            "# Activity of {}\n\n{}\n",
            escape(&self.title),
            self.period.in_words()
        );
        match &self.overall {
            Some(overall) => text.push_str(&summary(overall, self.others())),
            None => text.push_str(
                "\nNothing is known: no list of issues was read yet; the daily sync reads it.\n",
            ),
        }
        for chart in charts {
            let _ = write!(text, "\n![{}]({})\n", self.title_of(chart.name), chart.name);
        }
        if !self.groups.is_empty() {
            text.push_str(&self.group_table());
        }
        if !self.persons.is_empty() {
            text.push_str(&self.person_table());
        }
        text
    }

    /// Who is not counted, and what they did.
    fn others(&self) -> (&'static str, String) {
        let who = match self.population {
            Population::People => "bots",
            Population::Bots => "people",
        };
        let did = or_unknown(self.others.as_ref(), |others| {
            format!(
                "{} and {} opened, which are not counted above",
                count_of(others.counts.issues_opened, "issue"),
                count_of(others.counts.pull_requests_opened, "pull request")
            )
        });
        (who, did)
    }

    fn charts(&self) -> Vec<ReportFile> {
        let Some(overall) = &self.overall else {
            return Vec::new();
        };
        let names: Vec<String> = self.spans.iter().map(|span| span.name.clone()).collect();
        let all: Vec<Measures> = self
            .spans
            .iter()
            .map(|span| span.measures.clone().unwrap_or_default())
            .collect();
        let at_end = format!("open at the end of the {}", self.span.name());
        let series = |name, value: &dyn Fn(&Measures) -> Option<i64>| Series {
            name,
            values: all.iter().map(value).collect(),
        };
        let chart = |name, series: Vec<Series<'_>>, say: fn(i64) -> String| ReportFile {
            name,
            text: Chart {
                title: &self.title_of(name),
                names: &names,
                series,
                say,
            }
            .svg(),
        };
        let opened = |of: &Measures| Some(of.counts.opened());
        let closed = |of: &Measures| Some(of.counts.closed());
        let median = |of: &Measures| of.time_to_first_response.map(|it| it.median_seconds);
        vec![
            chart(
                OPENED_AND_CLOSED,
                vec![series("opened", &opened), series("closed", &closed)],
                |value| value.to_string(),
            ),
            chart(
                BACKLOG,
                vec![Series {
                    name: &at_end,
                    values: backlog(overall, &all),
                }],
                |value| value.to_string(),
            ),
            chart(FIRST_RESPONSE, vec![series("median", &median)], short_age),
            chart(
                CONTRIBUTORS,
                vec![
                    series("new", &|of| Some(of.new_contributors)),
                    series("returning", &|of| Some(of.returning_contributors)),
                ],
                |value| value.to_string(),
            ),
        ]
    }

    /// What a chart shows.
    fn title_of(&self, chart: &str) -> String {
        let span = self.span.name();
        match chart {
            OPENED_AND_CLOSED => format!("Issues and pull requests opened and closed per {span}"),
            BACKLOG => "Open issues and pull requests".to_owned(),
            FIRST_RESPONSE => format!("Time to first response, by {span} of opening"),
            _ => format!("New and returning contributors per {span}"),
        }
    }

    fn group_table(&self) -> String {
        let mut heads = GROUP_HEADS;
        heads[0] = self.grouped_by;
        let rows = self.groups.iter().map(group_cells);
        format!("\n## By {}\n{}", self.grouped_by, table(heads, rows))
    }

    fn person_table(&self) -> String {
        let shown = self.persons.iter().take(MOST_PERSONS);
        let mut text = format!(
            "\n## By person\n{}",
            table(PERSON_HEADS, shown.map(person_cells))
        );
        let more = self.persons.len().saturating_sub(MOST_PERSONS);
        if more > 0 {
            let _ = writeln!(text, "\n… and {more} more");
        }
        text
    }
}

const OPENED_AND_CLOSED: &str = "opened-and-closed.svg";
const BACKLOG: &str = "backlog.svg";
const FIRST_RESPONSE: &str = "first-response.svg";
const CONTRIBUTORS: &str = "contributors.svg";

/// How many are open at the end of each span, counted back from the last one.
fn backlog(overall: &Measures, spans: &[Measures]) -> Vec<Option<i64>> {
    let mut open = overall.counts.open().unwrap_or_default();
    let mut values: Vec<Option<i64>> = spans
        .iter()
        .rev()
        .map(|span| {
            let at_end = open;
            open -= span.backlog_growth;
            Some(at_end)
        })
        .collect();
    values.reverse();
    values
}

/// An age that fits next to an axis.
fn short_age(seconds: i64) -> String {
    match seconds {
        ..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

fn summary(overall: &Measures, others: (&'static str, String)) -> String {
    let counts = &overall.counts;
    let spread = |spread: Option<Spread>| {
        or_unknown(spread, |spread| {
            format!(
                "{} (median), {} (90th percentile), of {}",
                age(spread.median_seconds),
                age(spread.percentile_90_seconds),
                spread.count
            )
        })
    };
    let open = |number: Option<i64>| number.unwrap_or_default();
    let lines = [
        (
            "issues",
            format!(
                "{} opened, {} closed, {} open at the end",
                counts.issues_opened,
                counts.issues_closed,
                open(counts.open_issues)
            ),
        ),
        (
            "pull requests",
            format!(
                "{} opened, {} closed, {} open at the end",
                counts.pull_requests_opened,
                counts.pull_requests_closed,
                open(counts.open_pull_requests)
            ),
        ),
        ("backlog growth", signed(overall.backlog_growth)),
        (
            "merge rate",
            or_unknown(overall.merge_rate_percent, percent),
        ),
        (
            "time to first response",
            spread(overall.time_to_first_response),
        ),
        (
            "first responses",
            format!(
                "{} by members, {} by others; {} open without one, {} not read yet",
                counts.first_responses_by_members,
                counts.first_responses_by_others,
                counts.unanswered,
                counts.unread
            ),
        ),
        ("time to close", spread(overall.time_to_close)),
        ("time to merge", spread(overall.time_to_merge)),
        ("open age", spread(overall.open_age)),
        (
            "contributors",
            format!(
                "{} new, {} returning",
                overall.new_contributors, overall.returning_contributors
            ),
        ),
        (
            "bus factor",
            or_unknown(overall.bus_factor, |number| number.to_string()),
        ),
        others,
    ];
    let mut text = "\n| metric | value |\n|---|---|\n".to_owned();
    for (name, value) in lines {
        let _ = writeln!(text, "| {name} | {value} |");
    }
    text
}
