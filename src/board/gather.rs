//! Reads everything that belongs on the board: from the activity database where it is fresh, else from
//! GitHub.
//!
//! What the database tells of a place counts only if it is whole: GitHub is asked what has changed
//! since, and how many entries there are. If the numbers differ, the place is read from GitHub. Always asked
//! for are discussions, types of issues, and thumbs up, which change nothing else of an issue. What is to
//! be removed because of the database is looked at once more, each by its id.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::content::{Content, read_content};
use super::error::BoardError;
use super::lanes::{Lane, Place, SearchConditions, searches};
use super::rules::{Board, Scopes, Source};
use super::search::{Appetite, Contents, read_rest, search};
use super::session::BoardSession;
use super::stored::{NotStored, StoredActivity, StoredPlace};
use crate::forge::github::{BoardRequest, MOST_IDS, SearchKind};

/// Entries in a request that is about single ones.
const BATCH: usize = 50;
/// Ids whose thumbs up are asked for in a request.
const VOTES: usize = 10 * MOST_IDS;
/// Searches that are counted in a request.
const COUNTS: usize = 20;

/// A place, and what the database tells of it.
struct Candidate {
    lane: Lane,
    stored: StoredPlace,
}

impl Candidate {
    /// What the database does not know.
    fn changes(&self, scopes: &Scopes, wanted: SearchConditions) -> Lane {
        let since = Some(self.stored.since);
        let wanted = SearchConditions { since, ..wanted };
        Lane::at(
            SearchKind::Issues,
            &self.lane.place,
            &scopes.exclude,
            wanted,
        )
    }

    /// What the database tells, and GitHub of what has changed since.
    fn merged(&self, changed: &Contents) -> BTreeMap<String, Content> {
        let mut merged = self.stored.by_id.clone();
        let of_place = |content: &Content| self.lane.place.holds(&content.repository);
        for (id, content) in &changed.by_id {
            if of_place(content) {
                merged.insert(id.clone(), content.clone());
            }
        }
        merged
    }
}

/// Reads everything that belongs on the board.
pub(super) async fn gather(
    session: &BoardSession,
    board: &Board,
    scopes: &Scopes,
) -> Result<Contents, BoardError> {
    let wanted = wanted_now(session, board, None);
    let lanes = searches(scopes, wanted);
    let Some(activity) = &session.activity else {
        return search(session, scopes, lanes, Appetite::LARGE).await;
    };
    let (mut live, mut candidates) = (Vec::new(), Vec::new());
    for lane in lanes {
        if lane.kind == SearchKind::Discussions || matches!(lane.place, Place::Exception(..)) {
            live.push(lane);
            continue;
        }
        match fetch_stored(activity, session, &lane, scopes, wanted).await {
            Ok(stored) => candidates.push(Candidate { lane, stored }),
            Err(why) => {
                let query = lane.query();
                session
                    .log
                    .note(&format!("{query} is read from GitHub: {why}"));
                live.push(lane);
            }
        }
    }
    let (mut contents, unfit) = check(session, board, scopes, wanted, candidates).await?;
    live.extend(unfit);
    contents.extend(search(session, scopes, live, Appetite::LARGE).await?);
    Ok(contents)
}

/// Reads everything that belongs on the board from GitHub, or what of it has changed since a time.
pub(super) async fn gather_live(
    session: &BoardSession,
    board: &Board,
    scopes: &Scopes,
    since: Option<Timestamp>,
) -> Result<Contents, BoardError> {
    let lanes = searches(scopes, wanted_now(session, board, since));
    search(session, scopes, lanes, Appetite::LARGE).await
}

fn wanted_now(session: &BoardSession, board: &Board, since: Option<Timestamp>) -> SearchConditions {
    SearchConditions {
        closed_days: board.closed_days,
        today: session.github.now().to_zoned(TimeZone::UTC).date(),
        since,
    }
}

async fn fetch_stored(
    activity: &StoredActivity,
    session: &BoardSession,
    lane: &Lane,
    scopes: &Scopes,
    wanted: SearchConditions,
) -> Result<StoredPlace, NotStored> {
    let now = session.github.now();
    let stored = activity
        .fetch_place(&lane.place, scopes, wanted, now)
        .await?;
    // Asking for one by one costs more than a search.
    if stored.unknown.len() > stored.by_id.len() {
        return Err(NotStored::Unread);
    }
    Ok(stored)
}

/// What of the candidates is whole, as it is now; and the searches of those that are not.
async fn check(
    session: &BoardSession,
    board: &Board,
    scopes: &Scopes,
    wanted: SearchConditions,
    mut candidates: Vec<Candidate>,
) -> Result<(Contents, Vec<Lane>), BoardError> {
    let mut contents = Contents::default();
    let (mut fit, mut unfit) = (Vec::new(), Vec::new());
    if candidates.is_empty() {
        return Ok((contents, unfit));
    }
    let queries = candidates.iter().map(|one| one.changes(scopes, wanted));
    let changed = search(session, scopes, queries.collect(), Appetite::SMALL).await?;
    for candidate in &mut candidates {
        add_unknown(session, &mut candidate.stored, &changed).await?;
    }
    let counts = fetch_counts(session, &candidates).await?;
    for (candidate, count) in candidates.into_iter().zip(counts) {
        let merged = candidate.merged(&changed);
        if count == Some(merged.len() as u64) && changed.incomplete.is_empty() {
            contents.by_id.extend(merged);
            fit.push(candidate.lane);
        } else {
            let (query, known) = (candidate.lane.query(), merged.len());
            session.log.note(&format!(
                "{query} is read from GitHub: the activity database has {known} entries, and GitHub {count:?}"
            ));
            unfit.push(candidate.lane);
        }
    }
    let needs_votes = board
        .fields
        .values()
        .any(|rule| rule.value == Source::Votes);
    let is_new = |id: &String| changed.by_id.contains_key(id);
    let old: Vec<String> = contents
        .by_id
        .keys()
        .filter(|id| !is_new(id))
        .cloned()
        .collect();
    contents.stored = old.len() as u64;
    if needs_votes && !add_votes(session, &old, &mut contents).await? {
        let why = "an entry of the activity database is not there any more";
        session
            .log
            .note(&format!("everything is read from GitHub: {why}"));
        fit.extend(unfit);
        return Ok((Contents::default(), fit));
    }
    Ok((contents, unfit))
}

/// Asks for those of which something is missing, unless they have changed since.
async fn add_unknown(
    session: &BoardSession,
    stored: &mut StoredPlace,
    changed: &Contents,
) -> Result<(), BoardError> {
    let unknown = std::mem::take(&mut stored.unknown).into_iter();
    let unknown = unknown.filter(|id| !changed.by_id.contains_key(id));
    let unknown: Vec<String> = unknown.collect();
    for content in fetch_entries(session, &unknown)
        .await?
        .into_values()
        .flatten()
    {
        stored.by_id.insert(content.id.clone(), content);
    }
    Ok(())
}

/// Some issues and pull requests by their ids, as they are now; `None` for those that are gone. Others
/// are missing if GitHub does not say what they are.
async fn fetch_entries(
    session: &BoardSession,
    ids: &[String],
) -> Result<BTreeMap<String, Option<Content>>, BoardError> {
    let mut found = BTreeMap::new();
    for some in ids.chunks(BATCH) {
        let answer = session
            .ask("some issues", &BoardRequest::entries(some))
            .await?;
        for (place, id) in some.iter().enumerate() {
            let node = &answer.get("nodes")[place];
            let path = ["nodes".to_owned(), place.to_string()];
            let mut errors = answer.errors.iter();
            let problem = errors.find(|error| error.path.starts_with(&path));
            match (problem, read_content(node)) {
                (None, Some((mut content, overflow))) => {
                    read_rest(session, &mut content, overflow).await?;
                    found.insert(id.clone(), Some(content));
                }
                (Some(problem), _) if problem.kind == "NOT_FOUND" => {
                    found.insert(id.clone(), None);
                }
                _ => {}
            }
        }
    }
    Ok(found)
}

/// How many entries GitHub finds for each; `None` where it does not say.
async fn fetch_counts(
    session: &BoardSession,
    candidates: &[Candidate],
) -> Result<Vec<Option<u64>>, BoardError> {
    let queries: Vec<String> = candidates.iter().map(|one| one.lane.query()).collect();
    let mut counts = Vec::new();
    for some in queries.chunks(COUNTS) {
        let answer = session
            .ask("the searches", &BoardRequest::counts(some))
            .await?;
        let aliases = (0..some.len()).map(|number| format!("s{number}"));
        counts.extend(aliases.map(|alias| answer.get(&alias)["total"].as_u64()));
    }
    Ok(counts)
}

/// Asks for the thumbs up of some; `false` if GitHub does not show all of them.
async fn add_votes(
    session: &BoardSession,
    ids: &[String],
    contents: &mut Contents,
) -> Result<bool, BoardError> {
    for some in ids.chunks(VOTES) {
        let answer = session.ask("thumbs up", &BoardRequest::votes(some)).await?;
        for (number, hundred) in some.chunks(MOST_IDS).enumerate() {
            let nodes = answer.get(&format!("v{number}"));
            for (place, id) in hundred.iter().enumerate() {
                let votes = nodes[place]["votes"]["totalCount"].as_i64();
                let (Some(votes), Some(content)) = (votes, contents.by_id.get_mut(id)) else {
                    return Ok(false);
                };
                content.votes = votes;
            }
        }
    }
    Ok(true)
}

/// Whether GitHub itself says of all of these issues and pull requests that they do not belong on the
/// board.
pub(super) async fn confirm_absence(
    session: &BoardSession,
    board: &Board,
    scopes: &Scopes,
    ids: &[String],
) -> Result<bool, BoardError> {
    let found = fetch_entries(session, ids).await?;
    let wanted = wanted_now(session, board, None);
    let belongs = |content: &Content| {
        let organisations = scopes
            .organisations
            .iter()
            .cloned()
            .map(Place::Organisation);
        let repositories = scopes.repositories.iter().cloned().map(Place::Repository);
        let mut places = organisations.chain(repositories);
        let is_there = places.any(|place| place.holds(&content.repository));
        let is_open = match (&content.closed_at, wanted.first_day()) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(at), Some(day)) => *at >= day.to_string(),
        };
        is_there && is_open && !scopes.excludes(&content.repository)
    };
    Ok(ids.iter().all(|id| match found.get(id) {
        Some(Some(content)) => !belongs(content),
        Some(None) => true,
        None => false,
    }))
}
