//! Metrics by repository, by week, or of everything together.

use std::collections::BTreeMap;

use serde_json::json;

use super::measures::{Counts, Group, Measures, Spread};
use super::period::MetricsPeriod;
use super::repositories::KnownRepository;
use super::statements::{self, Grouping, Population};
use crate::database::{Database, DatabaseError, Row, Statement, Value};

/// Reads the metrics of these repositories. Those whose issues are not all known count in nothing;
/// by repository, they are listed without measures. A group of everything has no name, and is missing
/// if nothing is known.
pub async fn fetch_metrics(
    database: &Database,
    repositories: &[KnownRepository],
    period: MetricsPeriod,
    grouping: Grouping,
    population: Population,
) -> Result<Vec<Group>, DatabaseError> {
    let ids = complete_ids(repositories);
    let mut by_name = if ids.is_empty() {
        BTreeMap::new()
    } else {
        fetch_measures(database, &ids, period, grouping, population).await?
    };
    let mut take = |key: &str| {
        let mut measures = by_name.remove(key).unwrap_or_default();
        measures
            .counts
            .settle_open(!matches!(grouping, Grouping::Time(_)));
        measures.complete();
        measures
    };
    let group = |name: String, measures: Option<Measures>| Group { name, measures };
    let groups = match grouping {
        Grouping::Repository => repositories
            .iter()
            .map(|one| {
                let measures = one.is_complete.then(|| take(&one.id.to_string()));
                group(one.name.clone(), measures)
            })
            .collect(),
        _ if ids.is_empty() => Vec::new(),
        Grouping::Time(span) => {
            let spans = period.spans(span).into_iter();
            spans
                .map(|name| {
                    let measures = take(&name);
                    group(name, Some(measures))
                })
                .collect()
        }
        Grouping::Everything => vec![group(String::new(), Some(take("")))],
    };
    Ok(groups)
}

/// The ids of the repositories whose issues are all known.
pub(super) fn complete_ids(repositories: &[KnownRepository]) -> Vec<i64> {
    let complete = repositories.iter().filter(|one| one.is_complete);
    complete.map(|one| one.id).collect()
}

/// The values of a statement about a period and repositories.
pub(super) fn bind_values(period: MetricsPeriod, ids: &[i64]) -> Vec<Value> {
    vec![
        period.since.into(),
        period.until.into(),
        Value::from(json!(ids)),
    ]
}

async fn fetch_measures(
    database: &Database,
    ids: &[i64],
    period: MetricsPeriod,
    grouping: Grouping,
    population: Population,
) -> Result<BTreeMap<String, Measures>, DatabaseError> {
    let mut found: BTreeMap<String, Measures> = BTreeMap::new();
    let query = async |text: String| {
        let statement = Statement::new(text, bind_values(period, ids));
        database.query(statement).await
    };
    let dialect = database.dialect();
    for row in query(statements::counts(grouping, population, dialect)).await? {
        found.entry(row.text("group_name")?).or_default().counts = counts_of(&row)?;
    }
    for row in query(statements::spreads(grouping, population, dialect)).await? {
        let measures = found.entry(row.text("group_name")?).or_default();
        let spread = spread_of(&row, 0)?;
        match row.text("measure")?.as_str() {
            "response" => measures.time_to_first_response = spread,
            "close" => measures.time_to_close = spread,
            "merge" => measures.time_to_merge = spread,
            _ => measures.open_age = spread_of(&row, period.until.as_second())?,
        }
    }
    for row in query(statements::contributors(grouping, population, dialect)).await? {
        let measures = found.entry(row.text("group_name")?).or_default();
        measures.contributors = row.integer("contributors")?;
        measures.new_contributors = row.integer("newcomers")?;
        measures.returning_contributors = measures.contributors - measures.new_contributors;
        measures.bus_factor = Some(row.integer("bus_factor")?);
    }
    Ok(found)
}

fn counts_of(row: &Row) -> Result<Counts, DatabaseError> {
    Ok(Counts {
        issues_opened: row.integer("issues_opened")?,
        issues_closed: row.integer("issues_closed")?,
        pull_requests_opened: row.integer("pull_requests_opened")?,
        pull_requests_closed: row.integer("pull_requests_closed")?,
        pull_requests_merged: row.integer("pull_requests_merged")?,
        first_responses_by_members: row.integer("by_members")?,
        first_responses_by_others: row.integer("by_others")?,
        unanswered: row.integer("unanswered")?,
        unread: row.integer("unread")?,
        open_issues: row.optional_integer("open_issues")?,
        open_pull_requests: row.optional_integer("open_pull_requests")?,
    })
}

/// The values of a row, and `offset` added to each.
fn spread_of(row: &Row, offset: i64) -> Result<Option<Spread>, DatabaseError> {
    let median = row.optional_integer("median")?;
    let percentile_90 = row.optional_integer("percentile_90")?;
    let count = row.integer("total")?;
    Ok(median
        .zip(percentile_90)
        .map(|(median, percentile_90)| Spread {
            count,
            median_seconds: median + offset,
            percentile_90_seconds: percentile_90 + offset,
        }))
}
