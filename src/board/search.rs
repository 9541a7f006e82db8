//! Searches at GitHub: several at once, page by page, each until it is whole.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde_json::Value as Json;

use super::content::{self, Content, Overflow, read_content};
use super::error::BoardError;
use super::lanes::{Lane, Place};
use super::rules::Scopes;
use super::session::{BoardSession, MOST_ATTEMPTS};
use crate::forge::github::{BoardAnswer, BoardReply, BoardRequest, SearchKind, SearchPart};

/// Searches in one request.
const MOST_LANES: usize = 3;
/// Entries of a page: the most that GitHub allows, and fewer where each brings its comments.
const ISSUES: usize = 100;
const DISCUSSIONS: usize = 25;
/// Readings of a search whose results change meanwhile.
const MOST_READINGS: u32 = 3;
/// Pages of labels, or of comments, of a single entry.
const MOST_PAGES: usize = 1_000;

/// What belongs on the board, by id.
#[derive(Debug, Clone, Default)]
pub(super) struct Contents {
    pub(super) by_id: BTreeMap<String, Content>,
    /// Why something may be missing.
    pub(super) incomplete: Vec<String>,
    /// How many of these the activity database has told of.
    pub(super) stored: u64,
}

impl Contents {
    /// Adds those of others that are not there yet.
    pub(super) fn extend(&mut self, others: Self) {
        for (id, content) in others.by_id {
            self.by_id.entry(id).or_insert(content);
        }
        self.incomplete.extend(others.incomplete);
        self.stored += others.stored;
    }
}

/// How much is asked for at once; it shrinks when that is too much.
#[derive(Debug)]
pub(super) struct Appetite {
    lanes: usize,
    issues: usize,
    discussions: usize,
}

impl Appetite {
    /// For searches with many results.
    pub(super) const LARGE: Self = Self {
        lanes: MOST_LANES,
        issues: ISSUES,
        discussions: DISCUSSIONS,
    };
    /// For searches of what has changed lately.
    pub(super) const SMALL: Self = Self {
        lanes: 10,
        issues: 30,
        discussions: DISCUSSIONS,
    };

    fn size(&self, kind: SearchKind) -> usize {
        match kind {
            SearchKind::Issues => self.issues,
            SearchKind::Discussions => self.discussions,
        }
    }

    /// Whether less can be asked for.
    fn shrink(&mut self, asked: &[SearchPart]) -> bool {
        if asked.len() > 1 {
            self.lanes = asked.len() / 2;
            return true;
        }
        let size = match asked.first().map(|part| part.kind) {
            Some(SearchKind::Discussions) => &mut self.discussions,
            _ => &mut self.issues,
        };
        let could = *size > 1;
        *size = (*size / 2).max(1);
        could
    }
}

/// Reads everything that searches find.
pub(super) async fn search(
    session: &BoardSession,
    scopes: &Scopes,
    lanes: Vec<Lane>,
    mut appetite: Appetite,
) -> Result<Contents, BoardError> {
    let now = session.github.now();
    let mut queue: VecDeque<Lane> = lanes.into();
    let mut contents = Contents::default();
    let mut attempt = 0;
    while !queue.is_empty() {
        session.check_stop()?;
        let lanes: Vec<Lane> = queue.drain(..queue.len().min(appetite.lanes)).collect();
        let parts: Vec<SearchPart> = lanes.iter().map(|lane| part(lane, &appetite)).collect();
        let request = BoardRequest::searches(&parts);
        let answer = match session.github.ask_board(&request, attempt).await? {
            BoardReply::Answered(answer) => answer,
            BoardReply::Unanswered { why } => {
                if !appetite.shrink(&parts) {
                    attempt += 1;
                }
                if attempt >= MOST_ATTEMPTS {
                    let what = parts.first().map(|part| part.query.clone());
                    let what = format!("the search {}", what.unwrap_or_default());
                    return Err(BoardError::Unanswered { what, why });
                }
                session
                    .log
                    .note(&format!("a search is too much ({why}); asking for less"));
                give_back(&mut queue, lanes);
                continue;
            }
        };
        let mut left = Vec::new();
        let mut has_answer = false;
        for (number, mut lane) in lanes.into_iter().enumerate() {
            let page = take_page(&mut lane, &answer, &format!("s{number}"), &appetite);
            has_answer |= !matches!(page, Page::Unreached);
            if page.is_last(&lane) {
                session.log.note(&format!(
                    "the search {} has {} results",
                    lane.query(),
                    lane.found.len()
                ));
                finish(session, scopes, &lane, &mut contents).await?;
            }
            left.extend(go_on(lane, &page, now, &mut contents.incomplete));
        }
        attempt = if has_answer { 0 } else { attempt + 1 };
        if !has_answer {
            appetite.shrink(&parts);
            if attempt >= MOST_ATTEMPTS * 4 {
                return Err(BoardError::Unanswered {
                    what: "the searches".to_owned(),
                    why: "they are too expensive".to_owned(),
                });
            }
        }
        give_back(&mut queue, left);
    }
    Ok(contents)
}

fn part(lane: &Lane, appetite: &Appetite) -> SearchPart {
    SearchPart {
        kind: lane.kind,
        query: lane.query(),
        first: appetite.size(lane.kind),
        after: lane.after.clone(),
    }
}

/// Puts lanes back where they came from.
fn give_back(queue: &mut VecDeque<Lane>, lanes: Vec<Lane>) {
    for lane in lanes.into_iter().rev() {
        queue.push_front(lane);
    }
}

/// What a page means for its search.
enum Page {
    More,
    Whole,
    /// More results than can be read.
    TooMany(u64),
    /// The last page is read, and there are fewer than GitHub counts.
    Short(u64),
    /// GitHub has stopped before this one.
    Unreached,
    Failed(String),
}

impl Page {
    /// Whether no more is read of this search.
    fn is_last(&self, lane: &Lane) -> bool {
        match self {
            Self::Whole => true,
            Self::Short(_) => lane.readings + 1 >= MOST_READINGS,
            _ => false,
        }
    }
}

/// What is left of a search after a page, and why something may be missing.
fn go_on(mut lane: Lane, page: &Page, now: Timestamp, incomplete: &mut Vec<String>) -> Vec<Lane> {
    let query = lane.query();
    match page {
        Page::More | Page::Unreached => return vec![lane],
        Page::Whole => {}
        Page::TooMany(total) => match lane.split(now) {
            Some(halves) => return halves.into(),
            None => incomplete.push(format!(
                "the search {query} has {total} results within one second"
            )),
        },
        Page::Short(total) if page.is_last(&lane) => {
            let found = lane.found.len();
            incomplete.push(format!(
                "the search {query} shows {found} of {total} results"
            ));
        }
        Page::Short(_) => {
            lane.restart();
            return vec![lane];
        }
        Page::Failed(why) => incomplete.push(format!("the search {query} fails: {why}")),
    }
    Vec::new()
}

fn take_page(lane: &mut Lane, answer: &BoardAnswer, alias: &str, appetite: &Appetite) -> Page {
    let page = answer.get(alias);
    let Some(nodes) = page["nodes"].as_array() else {
        return match answer.problem_of(alias) {
            Some(problem) if !problem.is_limit => Page::Failed(problem.message.clone()),
            _ => Page::Unreached,
        };
    };
    let total = page["total"].as_u64().unwrap_or(0);
    if !Lane::fits(total) {
        return Page::TooMany(total);
    }
    // The place of an entry of which a part is missing.
    let broken: Vec<&str> = answer
        .errors
        .iter()
        .filter_map(|error| match error.path.as_slice() {
            [first, nodes, place, ..] if first == alias && nodes == "nodes" => Some(place.as_str()),
            _ => None,
        })
        .collect();
    for (place, node) in nodes.iter().enumerate() {
        let id = node["id"].as_str();
        match id {
            Some(id) if !broken.contains(&place.to_string().as_str()) => {
                lane.found.insert(id.to_owned(), node.clone());
            }
            _ => lane.unreadable += 1,
        }
    }
    lane.after = match lane.pages.next(page, appetite.size(lane.kind)) {
        Ok(after) => after,
        Err(why) => return Page::Failed(why.to_owned()),
    };
    if lane.after.is_some() {
        return Page::More;
    }
    if (lane.found.len() as u64) < total || lane.unreadable > 0 {
        return Page::Short(total);
    }
    Page::Whole
}

/// Reads what the pages had no room for, and takes everything that the board wants.
async fn finish(
    session: &BoardSession,
    scopes: &Scopes,
    lane: &Lane,
    contents: &mut Contents,
) -> Result<(), BoardError> {
    let is_exception = matches!(lane.place, Place::Exception(..));
    for node in lane.found.values() {
        let Some((mut content, overflow)) = read_content(node) else {
            contents
                .incomplete
                .push(format!("an entry cannot be read: {}", node["url"]));
            continue;
        };
        if scopes.excludes(&content.repository) && !is_exception {
            continue;
        }
        if !contents.by_id.contains_key(&content.id) {
            read_rest(session, &mut content, overflow).await?;
            contents.by_id.insert(content.id.clone(), content);
        }
    }
    Ok(())
}

/// Reads what an answer had no room for.
pub(super) async fn read_rest(
    session: &BoardSession,
    content: &mut Content,
    overflow: Overflow,
) -> Result<(), BoardError> {
    let Overflow {
        mut labels,
        mut threads,
    } = overflow;
    let what = content.name();
    for _ in 0..MOST_PAGES {
        let Some(cursor) = labels else { break };
        let request = BoardRequest::labels(&content.id, &cursor);
        let answer = session
            .ask(&format!("the labels of {what}"), &request)
            .await?;
        let page = whole(&answer, "labels", &what)?;
        labels = content::add_labels(content, page);
    }
    for _ in 0..MOST_PAGES {
        let Some(cursor) = threads else { break };
        let request = BoardRequest::threads(&content.id, &cursor);
        let answer = session
            .ask(&format!("the comments of {what}"), &request)
            .await?;
        let page = whole(&answer, "comments", &what)?;
        threads = content::add_threads(content, page);
    }
    Ok(())
}

/// A list of a node, of which nothing is missing.
fn whole<'a>(answer: &'a BoardAnswer, list: &str, what: &str) -> Result<&'a Json, BoardError> {
    let page = &answer.get("node")[list];
    match answer.errors.first() {
        None if page["nodes"].is_array() => Ok(page),
        error => Err(BoardError::Unanswered {
            what: format!("the {list} of {what}"),
            why: error.map_or("there is no list".to_owned(), |error| error.message.clone()),
        }),
    }
}
