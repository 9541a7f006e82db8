//! Who took part in a period, and how.

use jiff::Timestamp;
use serde::Serialize;

use super::fetch::{bind_values, complete_ids};
use super::period::MetricsPeriod;
use super::repositories::KnownRepository;
use super::statements::{self, Population};
use crate::database::{Database, DatabaseError, Row, Statement};

/// What somebody has contributed within the period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonMetrics {
    /// GitHub's id.
    pub id: i64,
    /// `None` if somebody else has it now.
    pub login: Option<String>,
    /// Whether an organisation that is followed lists the person as a member now.
    pub is_member: bool,
    /// Whether the first contribution ever is within the period.
    pub is_new: bool,
    /// The first one ever, and the last one until the end of the period.
    pub first_contribution: Timestamp,
    pub last_contribution: Timestamp,
    /// Everything below, but for merged pull requests.
    pub contributions: i64,
    pub issues_opened: i64,
    pub pull_requests_opened: i64,
    /// Own pull requests that were merged.
    pub pull_requests_merged: i64,
    pub comments: i64,
    pub reviews: i64,
    /// Issues and pull requests that the person has closed or merged.
    pub closings: i64,
}

/// Reads everybody who took part in these repositories, the most active first. Repositories whose
/// issues are not all known count in nothing.
pub async fn fetch_persons(
    database: &Database,
    repositories: &[KnownRepository],
    period: MetricsPeriod,
    population: Population,
) -> Result<Vec<PersonMetrics>, DatabaseError> {
    let ids = complete_ids(repositories);
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let text = statements::persons(population, database.dialect());
    let rows = database.query(Statement::new(text, bind_values(period, &ids)));
    let rows = rows.await?;
    rows.iter().map(|row| person_of(row, period)).collect()
}

/// What one person did in a period, whether a bot or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonActivity {
    /// In how many repositories.
    pub repositories: i64,
    pub last: Timestamp,
    pub issues_opened: i64,
    pub pull_requests_opened: i64,
    pub comments: i64,
    pub reviews: i64,
    /// Issues and pull requests that the person has closed or merged.
    pub closings: i64,
}

/// Reads what the person with this id of GitHub's did in these repositories; `None` if that is
/// nothing. Repositories whose issues are not all known count in nothing.
pub async fn fetch_person_activity(
    database: &Database,
    person: i64,
    repositories: &[KnownRepository],
    period: MetricsPeriod,
) -> Result<Option<PersonActivity>, DatabaseError> {
    let ids = complete_ids(repositories);
    if ids.is_empty() {
        return Ok(None);
    }
    let mut values = bind_values(period, &ids);
    values.push(person.into());
    let text = statements::one_person(database.dialect());
    let rows = database.query(Statement::new(text, values)).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let Some(last) = row.optional_time("last_at")? else {
        return Ok(None);
    };
    Ok(Some(PersonActivity {
        repositories: row.integer("repositories")?,
        last,
        issues_opened: row.integer("issues")?,
        pull_requests_opened: row.integer("pull_requests")?,
        comments: row.integer("comments")?,
        reviews: row.integer("reviews")?,
        closings: row.integer("closings")?,
    }))
}

fn person_of(row: &Row, period: MetricsPeriod) -> Result<PersonMetrics, DatabaseError> {
    let first_contribution = row.time("first_at")?;
    Ok(PersonMetrics {
        id: row.integer("user_id")?,
        login: row.optional_text("login")?,
        is_member: row.boolean("is_member")?,
        is_new: first_contribution >= period.since,
        first_contribution,
        last_contribution: row.time("last_at")?,
        contributions: row.integer("contributions")?,
        issues_opened: row.integer("issues")?,
        pull_requests_opened: row.integer("pull_requests")?,
        pull_requests_merged: row.integer("merged")?,
        comments: row.integer("comments")?,
        reviews: row.integer("reviews")?,
        closings: row.integer("closings")?,
    })
}
