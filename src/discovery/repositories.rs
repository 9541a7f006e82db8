//! Reads and stores repositories, with their owners.

use jiff::Timestamp;

use super::entries::{Account, Repository};
use super::error::DiscoveryError;
use super::report::DiscoveryReport;
use super::session::DiscoverySession;
use super::store::{add_accounts, add_repositories, mark_repository};
use crate::database::{Statement, Transaction};
use crate::forge::github::{Document, Reading};
use crate::model::RepositorySlug;

/// What became of a repository.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FetchedRepository {
    Present(Box<Repository>, Timestamp),
    Gone,
    /// GitHub refuses access to it.
    Refused {
        why: String,
    },
}

/// Leaves out repositories whose owners may not be stored; the owners as statements.
pub(super) async fn admit_repositories(
    session: &DiscoverySession,
    mut repositories: Vec<Repository>,
    depth: i64,
    at: Timestamp,
    report: &mut DiscoveryReport,
) -> Result<(Transaction, Vec<Repository>), DiscoveryError> {
    let mut owners: Vec<Account> = repositories.iter().map(|one| one.owner.clone()).collect();
    owners.sort_by_key(|owner| owner.id);
    owners.dedup_by_key(|owner| owner.id);
    let admitted = session.admit(owners).await?;
    repositories.retain(|one| {
        let mut accounts = admitted.accounts.iter();
        accounts.any(|owner| owner.id == one.owner.id)
    });
    session.note_new(admitted.new);
    report.new_developers += admitted.new;
    report.new_repositories += count_new(session, &repositories).await?;
    let work = add_accounts(Transaction::new(), &admitted.accounts, depth, at);
    Ok((work, repositories))
}

async fn count_new(
    session: &DiscoverySession,
    repositories: &[Repository],
) -> Result<u64, DiscoveryError> {
    let ids: Vec<i64> = repositories.iter().map(|one| one.id).collect();
    let text = format!(
        "SELECT COUNT(*) AS stored FROM discovered_repositories WHERE github_id IN {}",
        session.database.dialect().integers("$1")
    );
    let values = vec![serde_json::Value::from(ids).into()];
    let rows = session.database.query(Statement::new(text, values)).await?;
    let stored = rows.first().map_or(Ok(0), |row| row.integer("stored"))?;
    let new = repositories.len() as u64;
    Ok(new.saturating_sub(stored.unsigned_abs()))
}

/// Reads a repository and stores nothing; `None` if it is gone or refused.
pub(super) async fn read_repository(
    session: &DiscoverySession,
    id: i64,
) -> Result<Option<Repository>, DiscoveryError> {
    let reading = session.github.fetch_repository(id).await?;
    let fetched = check_reading(&format!("the repository {id}"), reading)?;
    Ok(match fetched {
        FetchedRepository::Present(repository, _) => Some(*repository),
        FetchedRepository::Gone | FetchedRepository::Refused { .. } => None,
    })
}

/// Reads a repository by its name, and stores it.
pub(super) async fn read_named(
    session: &DiscoverySession,
    slug: &RepositorySlug,
    depth: i64,
    report: &mut DiscoveryReport,
) -> Result<Repository, DiscoveryError> {
    if session.is_login_forgotten(slug.owner()).await? {
        let login = slug.owner().to_owned();
        return Err(DiscoveryError::Forgotten { login });
    }
    let what = format!("repository {slug}");
    let reading = session.github.fetch_repository_named(slug).await?;
    match check_reading(&what, reading)? {
        FetchedRepository::Present(repository, at) => {
            let owner = repository.owner.login.clone();
            let stored = store_one(session, *repository, depth, at, report).await?;
            stored.ok_or(DiscoveryError::Forgotten { login: owner })
        }
        FetchedRepository::Gone => Err(DiscoveryError::Unknown { what }),
        FetchedRepository::Refused { why } => Err(DiscoveryError::Unanswered { what, why }),
    }
}

/// Asks what became of an owner's repositories that a whole pass has not shown, and stores it.
pub(super) async fn verify_unseen(
    session: &DiscoverySession,
    owner: i64,
    pass: i64,
    depth: i64,
    report: &mut DiscoveryReport,
) -> Result<(), DiscoveryError> {
    let text = "SELECT github_id FROM discovered_repositories
                WHERE owner_github_id = $1 AND state <> 'gone'
                    AND owner_pass IS DISTINCT FROM $2
                ORDER BY github_id";
    let values = vec![owner.into(), pass.into()];
    let rows = session.database.query(Statement::new(text, values)).await?;
    for row in rows {
        session.check_stop()?;
        let id = row.integer("github_id")?;
        let reading = session.github.fetch_repository(id).await?;
        match check_reading(&format!("the repository {id}"), reading)? {
            FetchedRepository::Present(repository, at) => {
                let stored = store_one(session, *repository, depth, at, report).await?;
                if stored.is_none() {
                    // Its new owner asked to be forgotten, or there is no room.
                    let gone = mark_repository(id, "gone", at);
                    session.commit(gone).await?;
                }
            }
            FetchedRepository::Gone => {
                let now = session.github.now();
                session.commit(mark_repository(id, "gone", now)).await?;
                report.gone += 1;
            }
            FetchedRepository::Refused { .. } => {
                let now = session.github.now();
                session.commit(mark_repository(id, "blocked", now)).await?;
            }
        }
    }
    Ok(())
}

/// Stores a repository and its owner; `None` if the owner may not be stored.
async fn store_one(
    session: &DiscoverySession,
    repository: Repository,
    depth: i64,
    at: Timestamp,
    report: &mut DiscoveryReport,
) -> Result<Option<Repository>, DiscoveryError> {
    let (work, repositories) =
        admit_repositories(session, vec![repository], depth, at, report).await?;
    session
        .commit(add_repositories(work, &repositories, at))
        .await?;
    Ok(repositories.into_iter().next())
}

fn check_reading(
    what: &str,
    reading: Reading<Document>,
) -> Result<FetchedRepository, DiscoveryError> {
    let unanswered = |why: &str| DiscoveryError::Unanswered {
        what: what.to_owned(),
        why: why.to_owned(),
    };
    match reading {
        Reading::Read(document) => match Repository::read(&document.value) {
            Some(repository) => Ok(FetchedRepository::Present(
                Box::new(repository),
                document.at,
            )),
            None => Err(unanswered("the response is not a repository")),
        },
        Reading::Gone => Ok(FetchedRepository::Gone),
        Reading::Refused { why } => Ok(FetchedRepository::Refused { why }),
        Reading::Broken { why } => Err(unanswered(&why)),
        Reading::Moved | Reading::Unchanged => Err(unanswered("there is no answer")),
    }
}
