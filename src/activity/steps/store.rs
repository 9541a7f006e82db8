//! Stores issues and pull requests as GitHub lists them.

use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::activity::error::ActivityError;
use crate::activity::rows::{IssueRow, Person, RepositoryIdentity, issue_columns};
use crate::activity::session::ActivitySession;
use crate::database::{Statement, Transaction, Value, columns_and_values};

static UPSERT_ISSUE: LazyLock<String> = LazyLock::new(|| upsert("issues", false));
static UPSERT_PULL_REQUEST: LazyLock<String> = LazyLock::new(|| upsert("pull_requests", true));

/// Inserts a row, or replaces an older one. An answer may arrive after a newer one, above all from
/// the search, whose index is behind.
fn upsert(table: &str, is_pull_request: bool) -> String {
    let columns = issue_columns(is_pull_request);
    let changes: Vec<String> = columns
        .iter()
        .filter(|name| **name != "id")
        .map(|name| match *name {
            // Only the search gives a score, and not every list says whether it is merged.
            "score" | "merged" | "merged_at" => {
                format!("{name} = COALESCE(excluded.{name}, {table}.{name})")
            }
            name => format!("\"{name}\" = excluded.\"{name}\""),
        })
        .collect();
    format!(
        "INSERT INTO {table} {}
         ON CONFLICT (id) DO UPDATE SET {}, deleted_at = NULL,
             timeline_due = {table}.timeline_due
                 OR {table}.updated_at IS DISTINCT FROM excluded.updated_at
         WHERE {table}.updated_at IS NULL OR excluded.updated_at >= {table}.updated_at",
        columns_and_values(columns.iter().copied()),
        changes.join(", ")
    )
}

/// The issues of a list. What is not readable as one is noted for the report.
pub(super) fn read_issues(
    session: &ActivitySession,
    items: &[Json],
    place: &RepositoryIdentity,
) -> Vec<IssueRow> {
    let mut rows = Vec::new();
    for item in items {
        let row = IssueRow::read(item, place);
        if row.as_ref().is_none_or(|row| row.number.is_none()) {
            session.note_unreadable(&place.to_string(), item);
        }
        rows.extend(row);
    }
    rows
}

/// Stores rows together with `further` statements, all or none; how many rows.
pub(super) async fn store_issues(
    session: &ActivitySession,
    rows: &[IssueRow],
    at: Timestamp,
    further: Vec<Statement>,
) -> Result<u64, ActivityError> {
    if rows.is_empty() && further.is_empty() {
        return Ok(0);
    }
    let of = |is_pull_request: bool| -> Vec<Vec<Value>> {
        let wanted = rows
            .iter()
            .filter(|row| row.is_pull_request == is_pull_request);
        wanted.map(|row| row.values.clone()).collect()
    };
    let people: Vec<Person> = rows.iter().flat_map(|row| row.people.clone()).collect();
    let mut work = Transaction::new()
        .and(Statement::for_each(UPSERT_ISSUE.as_str(), of(false)))
        .and(Statement::for_each(UPSERT_PULL_REQUEST.as_str(), of(true)));
    work = session.add_people(work, &people, at).await?;
    for statement in further {
        work = work.and(statement);
    }
    session.commit(work).await?;
    session.remember(&people);
    Ok(rows.len() as u64)
}
