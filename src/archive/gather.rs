//! Gathers everything of one kind within a time, or nothing.
//!
//! A search gives a thousand results at most, so a time with more is divided. A search that GitHub has
//! given up, or whose pages hold fewer results than it has counted, is repeated, and in the end refused.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::error::ArchiveError;
use super::item::{Item, ItemKind, is_private};
use super::session::ArchiveSession;
use crate::forge::github::{Authored, AuthoredKind, MOST_RESULTS, PAGE_SIZE, Reading, SearchPage};

/// How often a search is repeated that was not whole.
const REPEATS: u32 = 2;
/// Further pages of comments of one review.
const MOST_PAGES: u32 = 100;

/// What is gathered of whom, from the first to the last second.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span<'a> {
    pub(super) login: &'a str,
    pub(super) times: (Timestamp, Timestamp),
    pub(super) is_public: bool,
}

/// Items, and how many entries could not be read.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) items: Vec<Item>,
    pub(super) unreadable: u64,
}

impl Gathered {
    pub(super) fn add(&mut self, kind: ItemKind, entry: Value) {
        match Item::read(kind, entry) {
            Some(item) => self.items.push(item),
            None => self.unreadable += 1,
        }
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.items.extend(other.items);
        self.unreadable += other.unreadable;
    }
}

/// Gathers what can be searched for, and reviews.
pub(super) async fn gather(
    session: &ArchiveSession,
    span: Span<'_>,
) -> Result<Gathered, ArchiveError> {
    let mut gathered = Gathered::default();
    for (kind, item_kind) in [
        (AuthoredKind::Commits, ItemKind::Commit),
        (AuthoredKind::Issues, ItemKind::Issue),
        (AuthoredKind::PullRequests, ItemKind::PullRequest),
    ] {
        gathered.extend(search(session, span, kind, item_kind).await?);
    }
    gathered.extend(fetch_reviews(session, span).await?);
    Ok(gathered)
}

async fn search(
    session: &ArchiveSession,
    span: Span<'_>,
    kind: AuthoredKind,
    item_kind: ItemKind,
) -> Result<Gathered, ArchiveError> {
    let what = item_kind.plural();
    let mut gathered = Gathered::default();
    // The next one is the last.
    let mut open = vec![span.times];
    while let Some(times) = open.pop() {
        let wanted = Authored {
            kind,
            login: span.login,
            times,
            is_public: span.is_public,
        };
        if let Some(entries) = search_window(session, wanted, what).await? {
            for entry in entries {
                gathered.add(item_kind, entry);
            }
        } else {
            let (first, last) = halves(times).ok_or_else(|| ArchiveError::Unanswered {
                what,
                why: "one second has more than a search can show".to_owned(),
            })?;
            open.extend([last, first]);
        }
    }
    Ok(gathered)
}

/// All results; `None` if there are more than can be shown.
async fn search_window(
    session: &ArchiveSession,
    wanted: Authored<'_>,
    what: &'static str,
) -> Result<Option<Vec<Value>>, ArchiveError> {
    let mut repeats = 0;
    loop {
        let mut entries = Vec::new();
        let mut page = 1;
        let why = loop {
            session.check_stop()?;
            let reading = session.github.search_authored(wanted, page).await?;
            let SearchPage {
                total,
                items,
                is_incomplete,
            } = read(reading, what)?;
            if total > MOST_RESULTS {
                return Ok(None);
            }
            if is_incomplete {
                break "GitHub has given up its search";
            }
            let is_last = items.len() < PAGE_SIZE;
            entries.extend(items);
            if entries.len() as u64 == total {
                return Ok(Some(entries));
            }
            if is_last || entries.len() as u64 > total {
                break "its pages do not hold what it has counted";
            }
            page += 1;
        };
        if repeats == REPEATS {
            let why = why.to_owned();
            return Err(ArchiveError::Unanswered { what, why });
        }
        repeats += 1;
    }
}

/// First and last second.
type Times = (Timestamp, Timestamp);

/// The two halves of a time; `None` if it is a single second.
fn halves((from, to): Times) -> Option<(Times, Times)> {
    let seconds = to.as_second() - from.as_second();
    if seconds < 1 {
        return None;
    }
    let middle = from + SignedDuration::from_secs(seconds / 2);
    let after = middle + SignedDuration::from_secs(1);
    Some(((from, middle), (after, to)))
}

async fn fetch_reviews(session: &ArchiveSession, span: Span<'_>) -> Result<Gathered, ArchiveError> {
    let mut gathered = Gathered::default();
    let mut after: Option<String> = None;
    loop {
        session.check_stop()?;
        let github = &session.github;
        let reading = github.fetch_reviews(span.login, span.times, after.as_deref());
        let page = read(reading.await?, "reviews")?;
        for mut node in page.nodes {
            if let Some(review) = node.get_mut("pullRequestReview")
                && !(span.is_public && is_private(review))
            {
                add_comments(session, review).await?;
            }
            gathered.add(ItemKind::Review, node);
        }
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    if span.is_public {
        gathered.items.retain(|item| !item.is_private());
    }
    Ok(gathered)
}

/// Adds the comments of a review for which its page had no room.
async fn add_comments(session: &ArchiveSession, review: &mut Value) -> Result<(), ArchiveError> {
    const WHAT: &str = "the comments of a review";
    let id = review["id"].as_str().unwrap_or_default().to_owned();
    let comments = review.get_mut("comments").and_then(Value::as_object_mut);
    let Some(comments) = comments else {
        return Ok(());
    };
    let page = comments.remove("pageInfo").unwrap_or_default();
    let mut next = page["endCursor"].as_str().map(str::to_owned);
    next = next.filter(|_| page["hasNextPage"] == true);
    let mut pages = 0;
    while let Some(after) = next {
        session.check_stop()?;
        pages += 1;
        if pages > MOST_PAGES {
            let why = "its pages do not end".to_owned();
            return Err(ArchiveError::Unanswered { what: WHAT, why });
        }
        let reading = session.github.fetch_review_comments(&id, &after);
        let page = read(reading.await?, WHAT)?;
        if let Some(nodes) = comments.get_mut("nodes").and_then(Value::as_array_mut) {
            nodes.extend(page.nodes);
        }
        next = page.next;
    }
    Ok(())
}

/// What was read, or why nothing was.
pub(super) fn read<T>(reading: Reading<T>, what: &'static str) -> Result<T, ArchiveError> {
    let why = match reading {
        Reading::Read(read) => return Ok(read),
        Reading::Refused { why } | Reading::Broken { why } => why,
        Reading::Gone | Reading::Moved | Reading::Unchanged => "there is no such list".to_owned(),
    };
    Err(ArchiveError::Unanswered { what, why })
}
