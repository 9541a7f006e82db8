//! The search for issues and discussions: one scope per query, an index that lags behind, at most a
//! thousand results.

use apollo_compiler::resolvers::{FieldError, ResolveInfo, ResolvedValue};
use apollo_compiler::response::JsonValue;

use super::nodes::{discussion_node, issue_node};
use super::objects::{Shown, page};
use crate::github::json_object::field_error;
use crate::github::state::GitHubState;

/// The most results that can be paged through.
const MOST_RESULTS: usize = 1_000;
/// Characters of a query.
const LONGEST_QUERY: usize = 256;

/// What is compared with a query.
struct Entry<'e> {
    slug: &'e str,
    kind: Option<&'e str>,
    is_open: bool,
    created: u64,
    updated: u64,
    closed: Option<u64>,
}

/// A query that GitHub refuses.
#[derive(Debug, thiserror::Error)]
enum QueryError {
    #[error("{0} is not understood")]
    Word(String),
    #[error("there has to be one scope")]
    Scopes,
}

#[derive(Default)]
struct Query {
    organisation: Option<String>,
    repository: Option<String>,
    without: Vec<String>,
    kind: Option<String>,
    is_open: bool,
    not_closed_before: Option<u64>,
    created: Option<(u64, u64)>,
    updated: Option<(u64, u64)>,
}

impl Query {
    fn parse(text: &str) -> Result<Self, QueryError> {
        let mut query = Self::default();
        for word in text.split_whitespace() {
            let Some((name, value)) = word.split_once(':') else {
                return Err(QueryError::Word(word.to_owned()));
            };
            let value = value.trim_matches('"').to_lowercase();
            match name {
                "org" => query.organisation = Some(value),
                "repo" => query.repository = Some(value),
                "-repo" => query.without.push(value),
                "type" => query.kind = Some(value),
                "is" if value == "open" => query.is_open = true,
                "-closed" => query.not_closed_before = range(&value).map(|(_, end)| end + 1),
                "created" => query.created = range(&value),
                "updated" => query.updated = range(&value),
                _ => return Err(QueryError::Word(word.to_owned())),
            }
        }
        // What several scopes mean is not documented any more.
        if query.organisation.is_some() == query.repository.is_some() {
            return Err(QueryError::Scopes);
        }
        Ok(query)
    }

    fn holds(&self, entry: &Entry<'_>) -> bool {
        let slug = entry.slug.to_lowercase();
        let owner = slug.split('/').next().unwrap_or_default();
        let within = |range: Option<(u64, u64)>, time: u64| {
            range.is_none_or(|(from, to)| (from..=to).contains(&time))
        };
        self.organisation.as_deref().is_none_or(|one| one == owner)
            && self.repository.as_deref().is_none_or(|one| one == slug)
            && !self.without.contains(&slug)
            && self.kind.as_deref().is_none_or(|kind| {
                entry
                    .kind
                    .is_some_and(|known| known.eq_ignore_ascii_case(kind))
            })
            && (!self.is_open || entry.is_open)
            && self
                .not_closed_before
                .is_none_or(|time| entry.closed.is_none_or(|closed| closed >= time))
            && within(self.created, entry.created)
            && within(self.updated, entry.updated)
    }
}

/// The seconds that a condition names, both included.
fn range(text: &str) -> Option<(u64, u64)> {
    let time = |text: &str| {
        let text = if text.len() == 10 {
            format!("{text}T00:00:00Z")
        } else {
            text.to_uppercase()
        };
        let time: jiff::Timestamp = text.parse().ok()?;
        u64::try_from(time.as_second()).ok()
    };
    if let Some(from) = text.strip_prefix(">=") {
        return Some((time(from)?, u64::MAX));
    }
    if let Some(to) = text.strip_prefix("<=") {
        return Some((0, time(to)?));
    }
    if let Some(to) = text.strip_prefix('<') {
        return Some((0, time(to)?.saturating_sub(1)));
    }
    let (from, to) = text.split_once("..")?;
    Some((time(from)?, time(to)?))
}

pub(super) fn search<'r>(
    state: &'r GitHubState,
    info: &ResolveInfo<'_>,
) -> Result<ResolvedValue<'r>, FieldError> {
    let text = |name: &str| {
        let value = info.arguments().get(name).and_then(JsonValue::as_str);
        value.unwrap_or_default().to_owned()
    };
    let (asked, kind) = (text("query"), text("type"));
    if asked.is_empty() || asked.chars().count() > LONGEST_QUERY {
        return Err(field_error("INVALID", "the query is empty or too long"));
    }
    let query = Query::parse(&asked).map_err(|error| field_error("INVALID", &error.to_string()))?;
    let scope = query.organisation.as_ref().or(query.repository.as_ref());
    if scope.is_some_and(|scope| state.board.broken_scopes.contains(scope)) {
        let message = "Something went wrong while executing your query.";
        return Err(field_error("", message));
    }
    let found = match kind.as_str() {
        "DISCUSSION" => discussions(state, &query),
        _ => issues(state, &query),
    };
    let total = found.len();
    let lost = found.len().saturating_sub(state.board.lost_results);
    let readable = &found[..lost.min(MOST_RESULTS)];
    let after = text("after");
    let begin: usize = after
        .strip_prefix('c')
        .and_then(|cursor| cursor.parse().ok())
        .unwrap_or(0)
        .min(readable.len());
    let first = info.arguments().get("first").and_then(JsonValue::as_u64);
    let first = usize::try_from(first.unwrap_or(0)).unwrap_or(0);
    let end = (begin + first).min(readable.len());
    let nodes = readable[begin..end].iter().map(|find| find(state));
    let next = (end < readable.len()).then(|| format!("c{end}"));
    let next = next.or_else(|| state.board.repeats_pages.then(|| "c0".to_owned()));
    Ok(page(
        "SearchResultItemConnection",
        total,
        nodes.collect(),
        next.as_deref(),
        &["issueCount", "discussionCount"],
    ))
}

type Found<'s> = Box<dyn Fn(&GitHubState) -> Shown + 's>;

fn issues<'s>(state: &'s GitHubState, query: &Query) -> Vec<Found<'s>> {
    let mut found: Vec<(u64, Found<'s>)> = Vec::new();
    for (repository, issue) in state.activity.searchable() {
        let Some(stored) = state.by_id(repository) else {
            continue;
        };
        let entry = Entry {
            slug: &stored.slug,
            kind: issue.kind.as_deref(),
            is_open: issue.is_open,
            created: issue.created,
            updated: issue.updated,
            closed: issue.closed,
        };
        let is_hidden = state.board.hidden.contains(&(repository, issue.number));
        if query.holds(&entry) && stored.repository.refused.is_none() && !is_hidden {
            let slug = stored.slug.as_str();
            let show =
                move |state: &GitHubState| Shown::Node(Box::new(issue_node(state, slug, issue)));
            found.push((issue.id % 97, Box::new(show)));
        }
    }
    // In an order that says nothing.
    found.sort_by_key(|(order, _)| *order);
    found.into_iter().map(|(_, found)| found).collect()
}

fn discussions<'s>(state: &'s GitHubState, query: &Query) -> Vec<Found<'s>> {
    let all = state.board.discussions.values();
    let wanted = all.filter(|discussion| {
        let Some(stored) = state.by_id(discussion.repository) else {
            return false;
        };
        query.kind.is_none()
            && query.holds(&Entry {
                slug: &stored.slug,
                kind: None,
                is_open: discussion.closed.is_none(),
                created: discussion.created,
                updated: discussion.updated,
                closed: discussion.closed,
            })
    });
    wanted
        .map(|discussion| {
            let show = move |state: &GitHubState| {
                Shown::Node(Box::new(discussion_node(state, discussion)))
            };
            let show: Found<'s> = Box::new(show);
            show
        })
        .collect()
}
