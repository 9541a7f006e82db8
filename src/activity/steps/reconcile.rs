//! Compares what is stored with what the search says: what was created within a time, recently closed
//! ones, and which closed pull requests were not merged.
//!
//! The search gives at most 1,000 results, so a time with more is divided until the parts fit. Each
//! query names one repository.

use std::time::Duration;

use jiff::Timestamp;

use super::changes::slug_of;
use super::store::{read_issues, store_issues};
use crate::activity::error::ActivityError;
use crate::activity::rows::RepositoryIdentity;
use crate::activity::session::{ActivitySession, set_mark};
use crate::database::Transaction;
use crate::forge::github::{MOST_RESULTS, PAGE_SIZE, Reading, SearchPage};

/// What was compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Reconciled {
    /// Results.
    pub found: u64,
    /// Whether the search was cut short, by itself or because too much happened within one second.
    pub is_partial: bool,
}

/// Stores issues, or pull requests, that were created within a time.
pub async fn read_created(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    are_pull_requests: bool,
    since: Timestamp,
    until: Timestamp,
) -> Result<Reconciled, ActivityError> {
    let words = Words {
        kind: search_word(are_pull_requests),
        time: "created",
    };
    search_windows(session, repository, words, since, until).await
}

/// How many issues and pull requests were created within a time, as the search counts them.
pub async fn count_created(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    since: Timestamp,
    until: Timestamp,
) -> Result<u64, ActivityError> {
    let slug = slug_of(repository)?;
    let mut count = 0;
    for are_pull_requests in [false, true] {
        session.check_stop()?;
        let kind = search_word(are_pull_requests);
        let query = format!("repo:{slug} {kind} created:{since}..{until}");
        count += search(session, &query, 1).await?.total;
    }
    Ok(count)
}

/// Refreshes issues, or pull requests, that were closed within a time.
pub async fn refresh_closed(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    are_pull_requests: bool,
    since: Timestamp,
    until: Timestamp,
) -> Result<Reconciled, ActivityError> {
    let words = Words {
        kind: search_word(are_pull_requests),
        time: "closed",
    };
    search_windows(session, repository, words, since, until).await
}

fn search_word(are_pull_requests: bool) -> &'static str {
    if are_pull_requests {
        "is:pr"
    } else {
        "is:issue"
    }
}

/// Refreshes pull requests that were closed without being merged within a time.
pub async fn reconcile_unmerged(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    since: Timestamp,
    until: Timestamp,
) -> Result<Reconciled, ActivityError> {
    let words = Words {
        kind: "is:pr is:closed is:unmerged",
        time: "closed",
    };
    let reconciled = search_windows(session, repository, words, since, until).await?;
    if !reconciled.is_partial {
        let scope = format!("repository:{}", repository.id);
        let done = Transaction::new().and(set_mark(&scope, "unmerged", until, until));
        session.commit(done).await?;
    }
    Ok(reconciled)
}

/// What is searched for.
#[derive(Clone, Copy)]
struct Words {
    kind: &'static str,
    /// Which time lies in the window.
    time: &'static str,
}

async fn search_windows(
    session: &ActivitySession,
    repository: &RepositoryIdentity,
    words: Words,
    since: Timestamp,
    until: Timestamp,
) -> Result<Reconciled, ActivityError> {
    let slug = slug_of(repository)?;
    let (since, until) = (whole_seconds(since), whole_seconds(until));
    let mut reconciled = Reconciled::default();
    let mut windows = vec![(since, until)];
    while let Some((from, to)) = windows.pop() {
        let Words { kind, time } = words;
        let query = format!("repo:{slug} {kind} {time}:{from}..{to}");
        let mut page = 1;
        loop {
            session.check_stop()?;
            let results = search(session, &query, page).await?;
            if page == 1
                && results.total > MOST_RESULTS
                && let Some(middle) = middle(from, to)
            {
                windows.push((middle.0, to));
                windows.push((from, middle.1));
                break;
            }
            reconciled.is_partial |= results.is_incomplete || results.total > MOST_RESULTS;
            let rows = read_issues(session, &results.items, repository);
            reconciled.found += store_issues(session, &rows, until, Vec::new()).await?;
            let is_last = results.items.len() < PAGE_SIZE
                || u64::from(page) * PAGE_SIZE as u64 >= results.total.min(MOST_RESULTS);
            if is_last {
                break;
            }
            page += 1;
        }
    }
    Ok(reconciled)
}

/// The search knows no parts of seconds.
fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// The end of the first half and the beginning of the second; `None` if the time cannot be divided.
fn middle(from: Timestamp, to: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let length = to.as_second().saturating_sub(from.as_second());
    if length < 1 {
        return None;
    }
    let first_end = Timestamp::from_second(from.as_second() + length / 2).ok()?;
    Some((
        first_end.checked_add(Duration::from_secs(1)).ok()?,
        first_end,
    ))
}

async fn search(
    session: &ActivitySession,
    query: &str,
    page: u32,
) -> Result<SearchPage, ActivityError> {
    match session.github.search_issues(query, page).await? {
        Reading::Read(results) => Ok(results),
        Reading::Refused { why } | Reading::Broken { why } => Err(ActivityError::Unanswered {
            what: format!("the search for `{query}`"),
            why,
        }),
        _ => Err(ActivityError::Unanswered {
            what: format!("the search for `{query}`"),
            why: "there is no search".to_owned(),
        }),
    }
}
