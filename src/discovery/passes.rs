//! Reads a list from its first to its last page, or on from where it was interrupted.
//!
//! What no page has shown has ended, if nothing has moved from one page to another meanwhile: the list
//! has one page, or GitHub's count and the first page, on which new entries appear, are as they were at
//! the beginning of the pass. Otherwise nothing is removed, and the next run reads the list again.

use jiff::Timestamp;
use serde_json::Value as Json;

use super::accounts::read_account;
use super::entries::{Account, Repository, count, time};
use super::error::DiscoveryError;
use super::lists::{List, ListKey, ListState, REFUSED, TOO_LONG};
use super::report::DiscoveryReport;
use super::repositories::{admit_repositories, read_repository, verify_unseen};
use super::session::DiscoverySession;
use super::store::{
    Side, Star, add_accounts, add_contributors, add_follows, add_repositories, add_stars,
    set_starred,
};
use crate::database::{Statement, Transaction};
use crate::forge::github::{AccountList, EntityTag, ListPage, PAGE_SIZE, Reading, RepositoryList};

/// A list that is to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct ListRequest {
    pub(super) key: ListKey,
    /// How many entries GitHub counts, if it does.
    pub(super) counted: Option<i64>,
    /// The depth of those who are found in it.
    pub(super) depth: i64,
    /// The beginning of an interrupted sync, in which the list may have been read.
    pub(super) since: Option<Timestamp>,
}

/// How the reading of a list has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PassEnd {
    Read,
    /// GitHub refuses it.
    Refused,
    /// There is no such account.
    Gone,
}

/// Reads a list as far as it has changed.
pub(super) async fn read_list(
    session: &DiscoverySession,
    request: ListRequest,
    report: &mut DiscoveryReport,
) -> Result<PassEnd, DiscoveryError> {
    let ListRequest { key, counted, .. } = request;
    let state = key.fetch(session).await?;
    let was_read = state.read_at.zip(request.since);
    if state.next_page.is_none() && was_read.is_some_and(|(at, since)| at >= since) {
        return Ok(end_of(&state));
    }
    if is_refused(session, &state) {
        report.add_withheld(key.list.name(), REFUSED);
        return Ok(PassEnd::Refused);
    }
    let stored = key.count_stored(session).await?;
    if counted == Some(0) && stored == 0 {
        return keep_empty(session, key, state).await;
    }
    if counted.is_some_and(|counted| counted.unsigned_abs() > session.settings.breadth) {
        return withhold(session, key, state, TOO_LONG, None, report).await;
    }
    let is_open = state.next_page.is_some();
    let is_as_before = !is_open && counted.is_none_or(|counted| counted - stored == state.gap);
    Pass {
        session,
        request,
        is_whole: state.next_page.is_none_or(|page| page == 1),
        state,
        entries: 0,
        is_as_before,
    }
    .run(report)
    .await
}

/// Notes that a list is refused without asking, as another one like it was.
pub(super) async fn refuse_list(
    session: &DiscoverySession,
    key: ListKey,
    why: &str,
    report: &mut DiscoveryReport,
) -> Result<(), DiscoveryError> {
    let state = key.fetch(session).await?;
    withhold(session, key, state, REFUSED, Some(why.to_owned()), report).await?;
    Ok(())
}

/// Whether a list was refused so lately that it is not asked for.
pub(super) fn is_refused(session: &DiscoverySession, state: &ListState) -> bool {
    let until = state
        .read_at
        .filter(|_| state.withheld.as_deref() == Some(REFUSED))
        .and_then(|at| at.checked_add(session.settings.refusal).ok());
    until.is_some_and(|until| until > session.github.now())
}

fn end_of(state: &ListState) -> PassEnd {
    match state.withheld.as_deref() {
        Some(REFUSED) => PassEnd::Refused,
        _ => PassEnd::Read,
    }
}

/// GitHub counts nobody, and nobody is stored: there is nothing to ask for.
async fn keep_empty(
    session: &DiscoverySession,
    key: ListKey,
    state: ListState,
) -> Result<PassEnd, DiscoveryError> {
    let empty = ListState {
        pass: state.pass,
        read_at: Some(session.github.now()),
        counted: Some(0),
        ..ListState::default()
    };
    session
        .commit(Transaction::new().and(key.keep(&empty)))
        .await?;
    Ok(PassEnd::Read)
}

async fn withhold(
    session: &DiscoverySession,
    key: ListKey,
    state: ListState,
    why: &'static str,
    reason: Option<String>,
    report: &mut DiscoveryReport,
) -> Result<PassEnd, DiscoveryError> {
    let withheld = ListState {
        next_page: None,
        pass_began: None,
        read_at: Some(session.github.now()),
        etag: None,
        withheld: Some(why.to_owned()),
        reason,
        ..state
    };
    session
        .commit(Transaction::new().and(key.keep(&withheld)))
        .await?;
    report.add_withheld(key.list.name(), why);
    Ok(end_of(&withheld))
}

/// A pass at work.
struct Pass<'s> {
    session: &'s DiscoverySession,
    request: ListRequest,
    state: ListState,
    /// Whether it began with the first page, now.
    is_whole: bool,
    /// Entries that it has read.
    entries: u64,
    /// Whether GitHub's count and what is stored differ as they did at the end of the last pass.
    is_as_before: bool,
}

impl Pass<'_> {
    async fn run(mut self, report: &mut DiscoveryReport) -> Result<PassEnd, DiscoveryError> {
        let (session, key) = (self.session, self.request.key);
        let mut page = self.state.next_page.unwrap_or(1);
        loop {
            session.check_stop()?;
            let known = self.state.etag.clone();
            let tag = known.as_ref().filter(|_| page == 1 && self.is_as_before);
            let listed = match self.fetch(page, tag).await? {
                Reading::Read(listed) => listed,
                Reading::Unchanged => {
                    let read_at = Some(session.github.now());
                    let unchanged = ListState {
                        read_at,
                        ..self.state
                    };
                    let work = Transaction::new().and(key.keep(&unchanged));
                    session.commit(work).await?;
                    return Ok(PassEnd::Read);
                }
                Reading::Gone | Reading::Moved if key.list == List::Stargazers => {
                    let why = "GitHub shows no such list".to_owned();
                    return self.refuse(why, report).await;
                }
                Reading::Gone | Reading::Moved => return Ok(PassEnd::Gone),
                Reading::Refused { why } => return self.refuse(why, report).await,
                Reading::Broken { why } => return Err(self.unanswered(why)),
            };
            let is_counted = self.request.counted.is_some_and(|counted| counted > 0);
            if page == 1 && listed.items.is_empty() && is_counted && key.list == List::Stargazers {
                let why = "GitHub shows an empty list".to_owned();
                return self.refuse(why, report).await;
            }
            let is_last = !listed.has_next || listed.items.is_empty();
            if self.is_too_long(page, &listed, is_last) {
                return withhold(session, key, self.state, TOO_LONG, None, report).await;
            }
            self.begin(page, &listed);
            self.entries += listed.items.len() as u64;
            // A pass whose end is not noted begins again.
            self.state.next_page = Some(if is_last { 1 } else { page + 1 });
            let work = self.store(&listed, report).await?;
            session.commit(work.and(key.keep(&self.state))).await?;
            if is_last {
                let is_calm = page == 1 || self.is_calm().await?;
                return self.end(listed.at, is_calm, report).await;
            }
            page += 1;
        }
    }

    async fn fetch(
        &self,
        page: u32,
        tag: Option<&EntityTag>,
    ) -> Result<Reading<ListPage>, DiscoveryError> {
        let (github, of) = (&self.session.github, self.request.key.of);
        let of_account = match self.request.key.list {
            List::Followers => AccountList::Followers,
            List::Following => AccountList::Following,
            List::Starred => AccountList::Starred,
            List::Repositories | List::All => AccountList::Repositories,
            List::Stargazers => {
                let list = RepositoryList::Stargazers;
                return Ok(github.fetch_repository_list(of, list, page, tag).await?);
            }
            List::Contributors => {
                let list = RepositoryList::Contributors;
                return Ok(github.fetch_repository_list(of, list, page, tag).await?);
            }
        };
        Ok(github.fetch_account_list(of, of_account, page, tag).await?)
    }

    fn unanswered(&self, why: String) -> DiscoveryError {
        DiscoveryError::Unanswered {
            what: format!("the list of {}", self.request.key.list.name()),
            why,
        }
    }

    async fn refuse(
        self,
        why: String,
        report: &mut DiscoveryReport,
    ) -> Result<PassEnd, DiscoveryError> {
        let key = self.request.key;
        withhold(self.session, key, self.state, REFUSED, Some(why), report).await
    }

    /// Whether there are more entries than may be read: the first page may say how many there are.
    fn is_too_long(&self, page: u32, listed: &ListPage, is_last: bool) -> bool {
        let full = |pages: u32| u64::from(pages) * PAGE_SIZE as u64;
        let least = match listed.last_page {
            _ if is_last => full(page - 1) + listed.items.len() as u64,
            // At least one is on the last page.
            Some(last) => full(last.saturating_sub(1)) + 1,
            None => full(page) + 1,
        };
        least > self.session.settings.breadth
    }

    /// Notes what counts as the beginning of a pass.
    fn begin(&mut self, page: u32, listed: &ListPage) {
        if page > 1 {
            return;
        }
        self.state = ListState {
            pass: self.state.pass + 1,
            pass_began: Some(listed.at),
            etag: listed.etag.clone(),
            counted: self.request.counted,
            gap: self.state.gap,
            read_at: self.state.read_at,
            ..ListState::default()
        };
    }

    /// What a page tells, as statements.
    async fn store(
        &self,
        listed: &ListPage,
        report: &mut DiscoveryReport,
    ) -> Result<Transaction, DiscoveryError> {
        let ListRequest { key, depth, .. } = self.request;
        let (of, pass, at) = (key.of, self.state.pass, listed.at);
        if matches!(key.list, List::Starred | List::Repositories | List::All) {
            return self.store_repositories(listed, report).await;
        }
        let wrapped = |item: &Json| match item.get("user") {
            Some(user) => Account::read(user),
            None => Account::read(item),
        };
        let read: Vec<Account> = listed.items.iter().filter_map(wrapped).collect();
        let admitted = self.session.admit(read).await?;
        self.session.note_new(admitted.new);
        report.new_developers += admitted.new;
        let accounts = admitted.accounts;
        let work = add_accounts(Transaction::new(), &accounts, depth, at);
        let is_admitted = |id: i64| accounts.iter().any(|account| account.id == id);
        Ok(match key.list {
            List::Followers => {
                let pairs: Vec<(i64, i64)> = accounts.iter().map(|one| (one.id, of)).collect();
                work.and(add_follows(&pairs, Side::Given, pass, at))
            }
            List::Following => {
                let pairs: Vec<(i64, i64)> = accounts.iter().map(|one| (of, one.id)).collect();
                work.and(add_follows(&pairs, Side::Giving, pass, at))
            }
            List::Stargazers => {
                let stars: Vec<Star> = listed
                    .items
                    .iter()
                    .filter_map(|item| {
                        Some(Star {
                            developer: wrapped(item)?.id,
                            repository: of,
                            at: time(item, "starred_at"),
                        })
                    })
                    .filter(|star| is_admitted(star.developer))
                    .collect();
                work.and(add_stars(&stars, Side::Given, pass, at))
            }
            _ => {
                let contributors: Vec<(i64, i64)> = listed
                    .items
                    .iter()
                    .filter_map(|item| {
                        Some((Account::read(item)?.id, count(&item["contributions"])))
                    })
                    .filter(|(developer, _)| is_admitted(*developer))
                    .collect();
                work.and(add_contributors(of, &contributors, pass, at))
            }
        })
    }

    async fn store_repositories(
        &self,
        listed: &ListPage,
        report: &mut DiscoveryReport,
    ) -> Result<Transaction, DiscoveryError> {
        let ListRequest { key, depth, .. } = self.request;
        let (of, pass, at) = (key.of, self.state.pass, listed.at);
        let starred = |item: &Json| {
            (
                item.get("repo").unwrap_or(item).clone(),
                time(item, "starred_at"),
            )
        };
        let read: Vec<(Repository, Option<Timestamp>)> = listed
            .items
            .iter()
            .filter_map(|item| {
                let (repository, at) = starred(item);
                Some((Repository::read(&repository)?, at))
            })
            .collect();
        let times: Vec<(i64, Option<Timestamp>)> =
            read.iter().map(|(one, at)| (one.id, *at)).collect();
        let read = read.into_iter().map(|(one, _)| one).collect();
        let (work, repositories) =
            admit_repositories(self.session, read, depth, at, report).await?;
        let work = add_repositories(work, &repositories, at);
        if key.list == List::Starred {
            let stars: Vec<Star> = times
                .into_iter()
                .filter(|(id, _)| repositories.iter().any(|one| one.id == *id))
                .map(|(repository, at)| Star {
                    developer: of,
                    repository,
                    at,
                })
                .collect();
            return Ok(work.and(add_stars(&stars, Side::Giving, pass, at)));
        }
        let text = "UPDATE discovered_repositories SET owner_pass = $2 WHERE github_id = $1";
        let rows = repositories.iter();
        let rows = rows.map(|one| vec![one.id.into(), pass.into()]).collect();
        Ok(work.and(Statement::for_each(text, rows)))
    }

    /// Whether nothing has moved since the pass began.
    async fn is_calm(&self) -> Result<bool, DiscoveryError> {
        let key = self.request.key;
        let Some(tag) = self.state.etag.as_ref() else {
            return Ok(self.is_whole);
        };
        if self.request.counted.is_none() && !self.is_whole {
            return Ok(false);
        }
        if !matches!(self.fetch(1, Some(tag)).await?, Reading::Unchanged) {
            return Ok(false);
        }
        let counted = match key.list {
            List::Stargazers => {
                let read = read_repository(self.session, key.of).await?;
                read.map(|repository| repository.stargazers)
            }
            List::Starred | List::Contributors => return Ok(true),
            _ => {
                let read = read_account(self.session, key.of).await?;
                read.and_then(|details| match key.list {
                    List::Followers => details.followers,
                    List::Following => details.following,
                    _ => details.public_repos,
                })
            }
        };
        Ok(counted.is_some() && counted == self.state.counted)
    }

    /// Ends a pass; what it has not shown has ended if nothing has moved.
    async fn end(
        mut self,
        at: Timestamp,
        is_calm: bool,
        report: &mut DiscoveryReport,
    ) -> Result<PassEnd, DiscoveryError> {
        let (session, key) = (self.session, self.request.key);
        if is_calm && key.list == List::Repositories {
            verify_unseen(session, key.of, self.state.pass, self.request.depth, report).await?;
        }
        let is_single = self.is_whole && self.entries <= PAGE_SIZE as u64;
        // A longer list may have changed without a change of its first page, unless GitHub counts it.
        // Repositories change without a change of their number.
        let is_told = self.state.counted.is_some() && key.list != List::Repositories;
        if !is_calm || !(is_single || is_told) {
            self.state.etag = None;
        }
        self.state.next_page = None;
        self.state.pass_began = None;
        self.state.read_at = Some(at);
        let removal = key.end_unseen(self.state.pass).filter(|_| is_calm);
        let removes = removal.is_some();
        let mut work = match removal {
            Some(removal) => Transaction::new().and(removal),
            None => Transaction::new(),
        };
        work = work.and(key.keep(&self.state));
        if let Some(counted) = self.state.counted.filter(|_| is_calm) {
            work = work.and(key.keep_gap(counted));
        }
        if key.list == List::Starred && self.is_whole {
            let count = i64::try_from(self.entries).unwrap_or(i64::MAX);
            work = work.and(set_starred(key.of, count));
        }
        let changed = session.commit(work).await?;
        if removes {
            report.ended += changed.first().copied().unwrap_or(0);
        }
        Ok(PassEnd::Read)
    }
}
