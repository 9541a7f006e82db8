//! Stores issues and pull requests as GitHub lists them.

use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::activity::error::ActivityError;
use crate::activity::rows::{IssueRow, Person, RepositoryIdentity, issue_columns};
use crate::activity::session::Session;
use crate::database::{Statement, Transaction, Value};

static UPSERT_ISSUE: LazyLock<String> = LazyLock::new(|| upsert("issues", false));
static UPSERT_PULL_REQUEST: LazyLock<String> = LazyLock::new(|| upsert("pull_requests", true));

/// What was stored of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) rows: u64,
    /// Entries that are no issues.
    pub(super) strange: u64,
}

/// Inserts a row, or replaces an older one. An answer may arrive after a newer one, above all from
/// the search, whose index is behind.
fn upsert(table: &str, is_pull_request: bool) -> String {
    let columns = issue_columns(is_pull_request);
    let quoted: Vec<String> = columns.iter().map(|name| format!("\"{name}\"")).collect();
    let places: Vec<String> = (1..=columns.len()).map(|at| format!("${at}")).collect();
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
        "INSERT INTO {table} ({}) VALUES ({})
         ON CONFLICT (id) DO UPDATE SET {}, deleted_at = NULL,
             timeline_due = {table}.timeline_due
                 OR {table}.updated_at IS DISTINCT FROM excluded.updated_at
         WHERE {table}.updated_at IS NULL OR excluded.updated_at >= {table}.updated_at",
        quoted.join(", "),
        places.join(", "),
        changes.join(", ")
    )
}

/// The rows of a list, and how many entries are no issues.
pub(super) fn read_issues(items: &[Json], place: &RepositoryIdentity) -> (Vec<IssueRow>, u64) {
    let rows: Vec<IssueRow> = items
        .iter()
        .filter_map(|item| IssueRow::read(item, place))
        .collect();
    let strange = items.len().saturating_sub(rows.len()) as u64;
    (rows, strange)
}

/// Stores rows together with `further` statements, all or none.
pub(super) async fn store_issues(
    session: &Session,
    rows: &[IssueRow],
    at: Timestamp,
    further: Vec<Statement>,
) -> Result<Stored, ActivityError> {
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
    Ok(Stored {
        rows: rows.len() as u64,
        strange: 0,
    })
}
