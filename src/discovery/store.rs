//! What is stored of accounts, repositories and relations, as statements. No I/O.
//!
//! No statement brings back who asked to be forgotten meanwhile, and no relation is stored without both
//! of its sides.

use jiff::Timestamp;

use super::entries::{Account, AccountDetails, Repository};
use super::keys::{developer_key, repository_key};
use crate::database::{Statement, Transaction, Value};

const FREE_LOGIN: &str = "UPDATE developers SET login = NULL WHERE login = $2 AND github_id <> $1";

const ADD_ACCOUNT: &str = "INSERT INTO developers
        (id, github_id, node_id, login, type, avatar_url, html_url, depth, first_seen)
    SELECT $2, $1, $3, $4, $5, $6, $7, $8, $9
    WHERE NOT EXISTS (SELECT 1 FROM forgotten WHERE forgotten.github_id = $1)
    ON CONFLICT (github_id) DO UPDATE SET
        node_id = excluded.node_id, login = excluded.login, type = excluded.type,
        avatar_url = excluded.avatar_url, html_url = excluded.html_url, state = 'present',
        depth = CASE WHEN excluded.depth < developers.depth
            THEN excluded.depth ELSE developers.depth END";

const SET_DETAILS: &str = "UPDATE developers SET
        name = $2, location = $3, bio = $4, company = $5, created_at = $6, updated_at = $7,
        followers_count = COALESCE($8, followers_count),
        following_count = COALESCE($9, following_count),
        public_gists = COALESCE($10, public_gists),
        public_repos = COALESCE($11, public_repos), raw = $12, read_at = $13
    WHERE github_id = $1";

const SET_EMAIL: &str = "UPDATE developers SET email = $2 WHERE github_id = $1";
const SET_STARRED: &str = "UPDATE developers SET starred_count = $2 WHERE github_id = $1";

const ADD_REPOSITORY: &str = "INSERT INTO discovered_repositories
        (id, github_id, node_id, owner_github_id, name, full_name, description, homepage, language,
         created_at, updated_at, pushed_at, has_downloads, has_issues, has_pages, has_projects,
         has_wiki, private, archived, disabled, fork, stargazers_count, subscribers_count,
         watchers_count, forks_count, open_issues_count, raw, first_seen, read_at)
    SELECT $3, $1, $4, $2, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
        $21, $22, $23, $24, $25, $26, $27, $28, $28
    WHERE EXISTS (SELECT 1 FROM developers WHERE developers.github_id = $2)
    ON CONFLICT (github_id) DO UPDATE SET
        node_id = excluded.node_id, owner_github_id = excluded.owner_github_id,
        name = excluded.name, full_name = excluded.full_name,
        description = excluded.description, homepage = excluded.homepage,
        language = excluded.language, created_at = excluded.created_at,
        updated_at = excluded.updated_at, pushed_at = excluded.pushed_at,
        has_downloads = excluded.has_downloads, has_issues = excluded.has_issues,
        has_pages = excluded.has_pages, has_projects = excluded.has_projects,
        has_wiki = excluded.has_wiki, private = excluded.private, archived = excluded.archived,
        disabled = excluded.disabled, fork = excluded.fork,
        stargazers_count = excluded.stargazers_count,
        subscribers_count =
            COALESCE(excluded.subscribers_count, discovered_repositories.subscribers_count),
        watchers_count = excluded.watchers_count, forks_count = excluded.forks_count,
        open_issues_count = excluded.open_issues_count, raw = excluded.raw, state = 'present',
        read_at = excluded.read_at";

const ADD_FOLLOW: &str = "INSERT INTO follows (follower_id, followed_id, first_seen, {pass})
    SELECT $1, $2, $3, $4
    WHERE EXISTS (SELECT 1 FROM developers WHERE developers.github_id = $1)
        AND EXISTS (SELECT 1 FROM developers WHERE developers.github_id = $2)
    ON CONFLICT (follower_id, followed_id) DO UPDATE SET {pass} = excluded.{pass}";

const ADD_STAR: &str = "INSERT INTO stars
        (developer_id, repository_id, starred_at, first_seen, {pass})
    SELECT $1, $2, $3, $4, $5
    WHERE EXISTS (SELECT 1 FROM developers WHERE developers.github_id = $1)
        AND EXISTS (SELECT 1 FROM discovered_repositories
            WHERE discovered_repositories.github_id = $2)
    ON CONFLICT (developer_id, repository_id) DO UPDATE SET {pass} = excluded.{pass},
        starred_at = COALESCE(excluded.starred_at, stars.starred_at)";

const ADD_CONTRIBUTOR: &str = "INSERT INTO repository_contributors
        (developer_id, repository_id, contributions, first_seen, pass)
    SELECT $1, $2, $3, $4, $5
    WHERE EXISTS (SELECT 1 FROM developers WHERE developers.github_id = $1)
        AND EXISTS (SELECT 1 FROM discovered_repositories
            WHERE discovered_repositories.github_id = $2)
    ON CONFLICT (repository_id, developer_id) DO UPDATE SET
        contributions = excluded.contributions, pass = excluded.pass";

/// What ends when an account is gone, by its id.
const ACCOUNT_ENDS: [&str; 8] = [
    "DELETE FROM follows WHERE follower_id = $1",
    "DELETE FROM follows WHERE followed_id = $1",
    "DELETE FROM stars WHERE developer_id = $1",
    "DELETE FROM repository_contributors WHERE developer_id = $1",
    "DELETE FROM stars WHERE repository_id IN
        (SELECT github_id FROM discovered_repositories WHERE owner_github_id = $1)",
    "DELETE FROM repository_contributors WHERE repository_id IN
        (SELECT github_id FROM discovered_repositories WHERE owner_github_id = $1)",
    "DELETE FROM discovery_lists WHERE subject = 'repository' AND subject_id IN
        (SELECT github_id FROM discovered_repositories WHERE owner_github_id = $1)",
    "DELETE FROM discovery_lists WHERE subject = 'developer' AND subject_id = $1",
];

/// What ends when a repository is gone, by its id.
const REPOSITORY_ENDS: [&str; 3] = [
    "DELETE FROM stars WHERE repository_id = $1",
    "DELETE FROM repository_contributors WHERE repository_id = $1",
    "DELETE FROM discovery_lists WHERE subject = 'repository' AND subject_id = $1",
];

/// Which list shows a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// That of the follower, or of who has starred.
    Giving,
    /// That of the one who is followed, or of the repository.
    Given,
}

/// Adds accounts as lists show them, or brings them up to date.
pub(super) fn add_accounts(
    work: Transaction,
    accounts: &[Account],
    depth: i64,
    at: Timestamp,
) -> Transaction {
    let logins = accounts.iter();
    let logins = logins.map(|one| vec![one.id.into(), one.login.as_str().into()]);
    let rows = accounts.iter().map(|one| -> Vec<Value> {
        vec![
            one.id.into(),
            developer_key(one.id).into(),
            one.node_id.clone().into(),
            one.login.as_str().into(),
            one.kind.clone().into(),
            one.avatar_url.clone().into(),
            one.html_url.clone().into(),
            depth.into(),
            at.into(),
        ]
    });
    work.and(Statement::for_each(FREE_LOGIN, logins.collect()))
        .and(Statement::for_each(ADD_ACCOUNT, rows.collect()))
}

/// Adds what an account's page says to an account that is stored.
pub(super) fn set_details(
    work: Transaction,
    details: &[AccountDetails],
    at: Timestamp,
) -> Transaction {
    let rows = details.iter().map(|one| -> Vec<Value> {
        vec![
            one.account.id.into(),
            one.name.clone().into(),
            one.location.clone().into(),
            one.bio.clone().into(),
            one.company.clone().into(),
            one.created_at.into(),
            one.updated_at.into(),
            one.followers.into(),
            one.following.into(),
            one.public_gists.into(),
            one.public_repos.into(),
            one.raw.clone().into(),
            at.into(),
        ]
    });
    let emails = details.iter().filter(|one| one.tells_email);
    let emails = emails.map(|one| vec![one.account.id.into(), one.email.clone().into()]);
    let starred = details
        .iter()
        .filter_map(|one| Some(vec![one.account.id.into(), one.starred?.into()]));
    work.and(Statement::for_each(SET_DETAILS, rows.collect()))
        .and(Statement::for_each(SET_EMAIL, emails.collect()))
        .and(Statement::for_each(SET_STARRED, starred.collect()))
}

/// How many stars an account has given.
pub(super) fn set_starred(id: i64, count: i64) -> Statement {
    Statement::new(SET_STARRED, vec![id.into(), count.into()])
}

/// Adds repositories whose owners are stored, or brings them up to date.
pub(super) fn add_repositories(
    work: Transaction,
    repositories: &[Repository],
    at: Timestamp,
) -> Transaction {
    let rows = repositories.iter().map(|one| -> Vec<Value> {
        vec![
            one.id.into(),
            one.owner.id.into(),
            repository_key(one.id).into(),
            one.node_id.clone().into(),
            one.slug.name().into(),
            one.slug.to_string().into(),
            one.text("description").into(),
            one.text("homepage").into(),
            one.text("language").into(),
            one.time("created_at").into(),
            one.time("updated_at").into(),
            one.time("pushed_at").into(),
            one.flag("has_downloads").into(),
            one.flag("has_issues").into(),
            one.flag("has_pages").into(),
            one.flag("has_projects").into(),
            one.flag("has_wiki").into(),
            one.flag("private").into(),
            one.flag("archived").into(),
            one.flag("disabled").into(),
            one.flag("fork").into(),
            one.stargazers.into(),
            one.subscribers.into(),
            one.count("watchers_count").into(),
            one.count("forks_count").into(),
            one.count("open_issues_count").into(),
            one.raw().into(),
            at.into(),
        ]
    });
    work.and(Statement::for_each(ADD_REPOSITORY, rows.collect()))
}

/// Adds follows, of which a pass of the list of one side has told.
pub(super) fn add_follows(pairs: &[(i64, i64)], side: Side, pass: i64, at: Timestamp) -> Statement {
    let column = match side {
        Side::Giving => "follower_pass",
        Side::Given => "followed_pass",
    };
    let rows = pairs
        .iter()
        .map(|(person, whom)| vec![(*person).into(), (*whom).into(), at.into(), pass.into()]);
    Statement::for_each(ADD_FOLLOW.replace("{pass}", column), rows.collect())
}

/// A star, and when it was given.
pub(super) struct Star {
    pub(super) developer: i64,
    pub(super) repository: i64,
    pub(super) at: Option<Timestamp>,
}

/// Adds stars, of which a pass of the list of one side has told.
pub(super) fn add_stars(stars: &[Star], side: Side, pass: i64, at: Timestamp) -> Statement {
    let column = match side {
        Side::Giving => "developer_pass",
        Side::Given => "repository_pass",
    };
    let rows = stars.iter().map(|star| {
        vec![
            star.developer.into(),
            star.repository.into(),
            star.at.into(),
            at.into(),
            pass.into(),
        ]
    });
    Statement::for_each(ADD_STAR.replace("{pass}", column), rows.collect())
}

/// Adds contributors and how much they have contributed.
pub(super) fn add_contributors(
    repository: i64,
    contributors: &[(i64, i64)],
    pass: i64,
    at: Timestamp,
) -> Statement {
    let rows = contributors.iter().map(|(developer, contributions)| {
        vec![
            (*developer).into(),
            repository.into(),
            (*contributions).into(),
            at.into(),
            pass.into(),
        ]
    });
    Statement::for_each(ADD_CONTRIBUTOR, rows.collect())
}

/// An account is gone, with everything that it had.
pub(super) fn mark_account_gone(id: i64, at: Timestamp) -> Transaction {
    let repositories = "UPDATE discovered_repositories SET state = 'gone', read_at = $2
                        WHERE owner_github_id = $1";
    let account = "UPDATE developers SET state = 'gone', read_at = $2, synced_at = $2
                   WHERE github_id = $1";
    end_account(Transaction::new(), id)
        .and(Statement::new(repositories, vec![id.into(), at.into()]))
        .and(Statement::new(account, vec![id.into(), at.into()]))
}

/// Removes an account, with everything that it had.
pub(super) fn remove_account(work: Transaction, id: i64) -> Transaction {
    let mut work = end_account(work, id);
    for text in [
        "DELETE FROM discovered_repositories WHERE owner_github_id = $1",
        "DELETE FROM developers WHERE github_id = $1",
    ] {
        work = work.and(Statement::new(text, vec![id.into()]));
    }
    work
}

fn end_account(mut work: Transaction, id: i64) -> Transaction {
    for text in ACCOUNT_ENDS {
        work = work.and(Statement::new(text, vec![id.into()]));
    }
    work
}

/// A repository is gone, or GitHub refuses access to it.
pub(super) fn mark_repository(id: i64, state: &'static str, at: Timestamp) -> Transaction {
    let mut work = Transaction::new();
    for text in REPOSITORY_ENDS {
        work = work.and(Statement::new(text, vec![id.into()]));
    }
    let text = "UPDATE discovered_repositories SET state = $2, read_at = $3 WHERE github_id = $1";
    work.and(Statement::new(
        text,
        vec![id.into(), state.into(), at.into()],
    ))
}
