//! The three ways to read: some developers whose turn it is, one developer, one repository.

use super::accounts::{read_named, read_new_accounts, refresh_account, refresh_old_accounts};
use super::choice::choose;
use super::developers::sync_developer;
use super::error::DiscoveryError;
use super::lists::{List, ListKey};
use super::passes::{ListRequest, read_list};
use super::report::DiscoveryReport;
use super::repositories;
use super::session::DiscoverySession;
use super::status::is_empty;
use crate::database::{Statement, Transaction};
use crate::model::{RepositorySlug, is_login};

/// How many developers are chosen before any of them is synced.
const CHOSEN_AT_ONCE: usize = 100;

/// Syncs as many developers as the settings say. An empty map does nothing.
pub async fn discover(session: &DiscoverySession) -> Result<DiscoveryReport, DiscoveryError> {
    let mut report = DiscoveryReport {
        is_map_empty: is_empty(&session.database).await?,
        ..DiscoveryReport::default()
    };
    if !report.is_map_empty {
        refresh_old_accounts(session, &mut report).await?;
        let mut chosen = Vec::new();
        while chosen.len() < session.settings.count {
            let most = (session.settings.count - chosen.len()).min(CHOSEN_AT_ONCE);
            let next = choose(session, &chosen, most).await?;
            if next.is_empty() {
                break;
            }
            for one in &next {
                session.check_stop()?;
                sync_developer(session, one.id, one.depth, &mut report).await?;
            }
            chosen.extend(next);
        }
        read_new_accounts(session, &mut report).await?;
    }
    report.calls = session.github.statistics().calls.values().sum();
    Ok(report)
}

/// Syncs a developer by login. Somebody new becomes a seed.
pub async fn sync_user(
    session: &DiscoverySession,
    login: &str,
) -> Result<DiscoveryReport, DiscoveryError> {
    if !is_login(login) {
        let name = login.chars().take(80).collect();
        return Err(DiscoveryError::Login { name });
    }
    let mut report = DiscoveryReport::default();
    let details = read_named(session, login, 0, &mut report).await?;
    let text = "SELECT depth FROM developers WHERE github_id = $1";
    let values = vec![details.account.id.into()];
    let rows = session.database.query(Statement::new(text, values)).await?;
    if let Some(row) = rows.first() {
        let depth = row.integer("depth")?;
        sync_developer(session, details.account.id, depth, &mut report).await?;
        read_new_accounts(session, &mut report).await?;
    } else {
        let why = "the map is full; DISCOVERY_SIZE says how many developers it holds".to_owned();
        report.add_problem(login, why);
    }
    report.calls = session.github.statistics().calls.values().sum();
    Ok(report)
}

/// Syncs a repository by name, with its owner, stargazers and contributors.
pub async fn sync_repository(
    session: &DiscoverySession,
    slug: &RepositorySlug,
) -> Result<DiscoveryReport, DiscoveryError> {
    let mut report = DiscoveryReport::default();
    let repository = repositories::read_named(session, slug, 0, &mut report).await?;
    refresh_account(session, repository.owner.id, 0, &mut report).await?;
    let mut are_read = true;
    for (list, counted) in [
        (List::Stargazers, Some(repository.stargazers)),
        (List::Contributors, None),
    ] {
        let request = ListRequest {
            key: ListKey {
                of: repository.id,
                list,
            },
            counted,
            depth: 1,
            since: None,
        };
        let read = read_list(session, request, &mut report).await;
        are_read &= report.check(&slug.to_string(), read)?.is_some();
    }
    read_new_accounts(session, &mut report).await?;
    if are_read {
        let text = "UPDATE discovered_repositories SET synced_at = $2 WHERE github_id = $1";
        let values = vec![repository.id.into(), session.github.now().into()];
        let synced = Statement::new(text, values);
        session.commit(Transaction::new().and(synced)).await?;
        report.repositories = 1;
    }
    report.calls = session.github.statistics().calls.values().sum();
    Ok(report)
}
