//! Syncs a developer: the account, its repositories with their stargazers, followers, those whom it
//! follows, and what it has starred.
//!
//! An interrupted sync goes on where it was: what was read since its beginning is not read again.

use jiff::Timestamp;

use super::accounts::{FetchedAccount, refresh_account};
use super::entries::AccountDetails;
use super::error::DiscoveryError;
use super::lists::{List, ListKey, ListState};
use super::passes::{ListRequest, PassEnd, is_refused, read_list, refuse_list};
use super::report::DiscoveryReport;
use super::session::DiscoverySession;
use crate::database::{Statement, Transaction};

/// Repositories that are read from the database at once.
const CHUNK: usize = 500;

/// Syncs a developer who is in the map.
pub(super) async fn sync_developer(
    session: &DiscoverySession,
    id: i64,
    depth: i64,
    report: &mut DiscoveryReport,
) -> Result<(), DiscoveryError> {
    let all = ListKey {
        of: id,
        list: List::All,
    };
    let before = all.fetch(session).await?;
    let resumed = before.pass_began.filter(|_| before.next_page.is_some());
    let began = resumed.unwrap_or_else(|| session.github.now());
    let open = ListState {
        next_page: Some(1),
        pass_began: Some(began),
        ..before
    };
    session
        .commit(Transaction::new().and(all.keep(&open)))
        .await?;
    let refreshed = refresh_account(session, id, depth, report).await;
    let details = match report.check(&format!("account {id}"), refreshed)? {
        Some(FetchedAccount::Present(details, _)) => details,
        Some(FetchedAccount::Gone) => return Ok(()),
        None => return end(session, all, open).await,
        Some(FetchedAccount::Refused { why }) => {
            report.add_problem(
                &format!("account {id}"),
                format!("GitHub refuses it: {why}"),
            );
            return end(session, all, open).await;
        }
    };
    let name = details.account.login.clone();
    let synced = sync_lists(session, &details, depth + 1, resumed, report).await;
    let is_there = report.check(&name, synced)?;
    if is_there == Some(PassEnd::Gone) {
        // It has disappeared meanwhile, or asked for it by its id alone GitHub says why not.
        let fetched = refresh_account(session, id, depth, report).await?;
        if fetched == FetchedAccount::Gone {
            return Ok(());
        }
        let why = "GitHub shows the account, and not its lists".to_owned();
        report.add_problem(&name, why);
    } else if is_there.is_some() {
        report.developers += 1;
    }
    end(session, all, open).await
}

async fn end(
    session: &DiscoverySession,
    all: ListKey,
    open: ListState,
) -> Result<(), DiscoveryError> {
    let now = session.github.now();
    let closed = ListState {
        next_page: None,
        pass_began: None,
        pass: open.pass + 1,
        read_at: Some(now),
        ..open
    };
    let text = "UPDATE developers SET synced_at = $2 WHERE github_id = $1";
    let synced = Statement::new(text, vec![all.of.into(), now.into()]);
    let work = Transaction::new().and(all.keep(&closed)).and(synced);
    session.commit(work).await?;
    Ok(())
}

async fn sync_lists(
    session: &DiscoverySession,
    details: &AccountDetails,
    depth: i64,
    since: Option<Timestamp>,
    report: &mut DiscoveryReport,
) -> Result<PassEnd, DiscoveryError> {
    let of = details.account.id;
    // Organisations and bots star nothing.
    let is_person = details
        .account
        .kind
        .as_deref()
        .is_none_or(|kind| kind == "User");
    let starred = (!is_person).then_some(0);
    for (list, counted) in [
        (List::Repositories, details.public_repos),
        (List::Followers, details.followers),
        (List::Following, details.following),
        (List::Starred, starred),
    ] {
        let request = ListRequest {
            key: ListKey { of, list },
            counted,
            depth,
            since,
        };
        if read_list(session, request, report).await? == PassEnd::Gone {
            return Ok(PassEnd::Gone);
        }
    }
    sync_owned(session, of, depth, since, report).await?;
    Ok(PassEnd::Read)
}

/// The stargazers of all repositories of an owner; and the contributors, where they were read before.
async fn sync_owned(
    session: &DiscoverySession,
    owner: i64,
    depth: i64,
    since: Option<Timestamp>,
    report: &mut DiscoveryReport,
) -> Result<(), DiscoveryError> {
    let text = "SELECT github_id, stargazers_count, EXISTS (
                    SELECT 1 FROM discovery_lists AS lists
                    WHERE lists.subject = 'repository' AND lists.list = 'contributors'
                        AND lists.subject_id = discovered_repositories.github_id
                ) AS with_contributors
                FROM discovered_repositories
                WHERE owner_github_id = $1 AND state = 'present' AND github_id > $2
                ORDER BY github_id LIMIT $3";
    let most = i64::try_from(CHUNK).unwrap_or(i64::MAX);
    let mut last = 0;
    // What GitHub refuses for one repository, it refuses for all of the same owner.
    let mut refused = false;
    loop {
        let values = vec![owner.into(), last.into(), most.into()];
        let rows = session.database.query(Statement::new(text, values)).await?;
        for row in &rows {
            last = row.integer("github_id")?;
            let request = |list: List, counted| ListRequest {
                key: ListKey { of: last, list },
                counted,
                depth,
                since,
            };
            let stars = row.integer("stargazers_count")?;
            let stargazers = request(List::Stargazers, Some(stars));
            if refused && stars > 0 {
                let state = stargazers.key.fetch(session).await?;
                if !is_refused(session, &state) {
                    let why = "GitHub has refused it for another repository of the same owner";
                    refuse_list(session, stargazers.key, why, report).await?;
                }
            } else if read_list(session, stargazers, report).await? == PassEnd::Refused {
                refused = true;
            }
            if row.boolean("with_contributors")? {
                read_list(session, request(List::Contributors, None), report).await?;
            }
        }
        if rows.len() < CHUNK {
            return Ok(());
        }
    }
}
