//! What packages carry of the activity in their repository.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::fetch::{complete_ids, fetch_metrics};
use super::measures::Measures;
use super::period::MetricsPeriod;
use super::repositories::KnownRepository;
use super::statements::{self, Grouping, Population};
use crate::database::{Database, DatabaseError, Statement, Value};

/// The days that facts are about.
pub const FACT_DAYS: u32 = 90;

/// What GitHub has not been asked about for longer says nothing about the last days.
const MAX_AGE: Duration = Duration::from_hours(7 * 24);

/// What is known of the last 90 days in a repository.
#[derive(Debug, Clone, PartialEq)]
pub struct RepositoryFacts {
    /// Median, rounded to a tenth.
    pub first_response_hours: Option<f64>,
    /// Ever, in Unix seconds.
    pub last_human_response: Option<i64>,
    pub merge_rate_percent: Option<i64>,
    pub open_issues_growth: i64,
    pub contributors: i64,
    pub new_contributors: i64,
    pub bus_factor: Option<i64>,
    /// When GitHub was last asked, in Unix seconds.
    pub checked: i64,
}

/// Reads the facts of those of the repositories that are known well enough, by their ids.
pub async fn fetch_facts(
    database: &Database,
    repositories: &[KnownRepository],
    now: Timestamp,
) -> Result<HashMap<i64, RepositoryFacts>, DatabaseError> {
    let known: Vec<KnownRepository> = repositories
        .iter()
        .filter(|one| one.is_complete && one.checked_at.is_some_and(|at| is_fresh(at, now)))
        .cloned()
        .collect();
    let ids = complete_ids(&known);
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let period = MetricsPeriod::days_before(now, FACT_DAYS);
    let (grouping, population) = (Grouping::Repository, Population::People);
    let groups = fetch_metrics(database, &known, period, grouping, population).await?;
    let text = statements::last_responses(database.dialect());
    let last = Statement::new(text, vec![Value::from(json!(ids))]);
    let mut last_responses = HashMap::new();
    for row in database.query(last).await? {
        let at = row.optional_time("last_at")?;
        last_responses.insert(row.integer("repository_id")?, at.map(Timestamp::as_second));
    }
    let facts = known.iter().zip(groups).filter_map(|(repository, group)| {
        let measures = group.measures?;
        let last_human_response = last_responses.get(&repository.id).copied().flatten();
        let checked = repository.checked_at?.as_second();
        let facts = facts_of(&measures, last_human_response, checked);
        Some((repository.id, facts))
    });
    Ok(facts.collect())
}

fn is_fresh(checked: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(checked);
    age.is_negative() || age.unsigned_abs() <= MAX_AGE
}

fn facts_of(
    measures: &Measures,
    last_human_response: Option<i64>,
    checked: i64,
) -> RepositoryFacts {
    let counts = &measures.counts;
    // The answers to what was not read may be anything.
    let is_read = counts.unread * 10 <= counts.opened();
    let response = measures.time_to_first_response.filter(|_| is_read);
    RepositoryFacts {
        first_response_hours: response
            .map(|spread| (spread.median_seconds as f64 / 360.0).round() / 10.0),
        last_human_response,
        merge_rate_percent: measures.merge_rate_percent,
        open_issues_growth: counts.issues_opened - counts.issues_closed,
        contributors: measures.contributors,
        new_contributors: measures.new_contributors,
        bus_factor: measures.bus_factor,
        checked,
    }
}
