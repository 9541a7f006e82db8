//! Issues and pull requests, which GitHub lists together.

use jiff::Timestamp;
use serde_json::Value as Json;

use super::{Columns, Kind, Person, RepositoryIdentity, integer, text, time, values_of};
use crate::database::Value;

const ISSUE: [(&str, Kind); 29] = [
    ("id", Kind::Integer),
    ("active_lock_reason", Kind::Text),
    ("assignee", Kind::Json),
    ("assignees", Kind::List),
    ("author_association", Kind::Text),
    ("body", Kind::Text),
    ("closed_at", Kind::Time),
    ("comments", Kind::Integer),
    ("comments_url", Kind::Text),
    ("created_at", Kind::Time),
    ("events_url", Kind::Text),
    ("html_url", Kind::Text),
    ("labels", Kind::List),
    ("labels_url", Kind::Text),
    ("locked", Kind::Boolean),
    ("milestone", Kind::Json),
    ("node_id", Kind::Text),
    ("number", Kind::Integer),
    ("performed_via_github_app", Kind::App),
    ("reactions", Kind::Json),
    ("repository_url", Kind::Text),
    ("score", Kind::Real),
    ("state", Kind::Text),
    ("state_reason", Kind::Text),
    ("timeline_url", Kind::Text),
    ("title", Kind::Text),
    ("updated_at", Kind::Time),
    ("url", Kind::Text),
    ("user", Kind::Json),
];

/// Those of issues, and two more.
const PULL_REQUEST: [(&str, Kind); 31] = {
    let mut columns = [("draft", Kind::Boolean); 31];
    let mut at = 0;
    while at < ISSUE.len() {
        columns[at] = ISSUE[at];
        at += 1;
    }
    columns[30] = ("pull_request", Kind::Json);
    columns
};

/// Stands for a number that cannot be read; GitHub's begin at 1.
const NO_NUMBER: i64 = 0;

/// What we add to GitHub's keys.
const OWN_OF_ISSUES: [&str; 6] = ["org", "repo", "username", "repository_id", "user_id", "raw"];
const OWN_OF_PULL_REQUESTS: [&str; 8] = [
    "org",
    "repo",
    "username",
    "repository_id",
    "user_id",
    "raw",
    "merged",
    "merged_at",
];

/// The columns of a row of issues, or of pull requests.
pub(in crate::activity) fn issue_columns(is_pull_request: bool) -> Vec<&'static str> {
    let (columns, own): (&Columns, &[&str]) = if is_pull_request {
        (&PULL_REQUEST, &OWN_OF_PULL_REQUESTS)
    } else {
        (&ISSUE, &OWN_OF_ISSUES)
    };
    let columns = columns.iter().map(|(name, _)| *name);
    columns.chain(own.iter().copied()).collect()
}

/// An issue or pull request.
#[derive(Debug, Clone)]
pub(in crate::activity) struct IssueRow {
    pub(in crate::activity) id: i64,
    /// Without one, the row is kept, and nothing can be asked about it.
    pub(in crate::activity) number: Option<i64>,
    pub(in crate::activity) is_pull_request: bool,
    pub(in crate::activity) updated_at: Option<Timestamp>,
    /// In the order of its columns.
    pub(in crate::activity) values: Vec<Value>,
    pub(in crate::activity) people: Vec<Person>,
}

impl IssueRow {
    /// `None` without an id.
    pub(in crate::activity) fn read(item: &Json, place: &RepositoryIdentity) -> Option<Self> {
        let id = integer(item, "id")?;
        let number = integer(item, "number");
        let pull = item.get("pull_request").filter(|pull| !pull.is_null());
        let columns: &Columns = if pull.is_some() {
            &PULL_REQUEST
        } else {
            &ISSUE
        };
        let author = item.get("user");
        let mut values = values_of(item, columns);
        if number.is_none()
            && let Some(place) = columns.iter().position(|(name, _)| *name == "number")
        {
            values[place] = NO_NUMBER.into();
        }
        values.extend([
            place.org.as_str().into(),
            place.repo.as_str().into(),
            author
                .and_then(|user| text(user, "login"))
                .map(str::to_owned)
                .into(),
            place.id.into(),
            author.and_then(|user| integer(user, "id")).into(),
            item.clone().into(),
        ]);
        if let Some(pull) = pull {
            // Without the key, GitHub does not say.
            let merged_at = pull.get("merged_at");
            values.push(merged_at.map(|at| !at.is_null()).into());
            values.push(time(merged_at).into());
        }
        let assignees = item.get("assignees").and_then(Json::as_array);
        let people = author.into_iter().chain(assignees.into_iter().flatten());
        Some(Self {
            id,
            number,
            is_pull_request: pull.is_some(),
            updated_at: time(item.get("updated_at")),
            values,
            people: people.filter_map(Person::read).collect(),
        })
    }
}
