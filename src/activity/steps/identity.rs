//! Follows a repository through renames, and notices when it is gone, private or blocked.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::activity::error::ActivityError;
use crate::activity::rows::{RepositoryIdentity, integer, text};
use crate::activity::session::{ActivitySession, keep_tag};
use crate::database::{Row, Statement, Transaction};
use crate::forge::github::{Document, Reading};
use crate::model::RepositorySlug;

const LIST: &str = "identity";

/// The mark of a name that is not the present one of a repository.
const NAME: &str = "name";

/// How long a redirect, or that there is nothing, is believed without asking again.
const REMEMBERED: Duration = Duration::from_hours(24);

/// What became of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    Present(RepositoryIdentity),
    /// Gone, or private; nobody outside can tell.
    Gone,
    /// Access is refused.
    Blocked {
        why: String,
    },
}

/// Looks up what a repository is called now, and follows a rename in all tables.
///
/// A former name redirects, which costs a request each time; so for a day after it did, GitHub is
/// asked for the present name instead.
pub async fn follow_identity(
    session: &ActivitySession,
    slug: &RepositorySlug,
) -> Result<Identity, ActivityError> {
    if let Some(present) = fetch_present_name(session, slug).await? {
        let identity = look_up(session, &present).await?;
        // Gone under its present name: the former one may be somebody else's by now.
        if matches!(identity, Identity::Present(_)) {
            return Ok(identity);
        }
    }
    look_up(session, slug).await
}

async fn look_up(
    session: &ActivitySession,
    slug: &RepositorySlug,
) -> Result<Identity, ActivityError> {
    let scope = scope_of(slug);
    let known = fetch_known(session, slug).await?;
    let tag = match &known {
        Some(_) => session.fetch_tag(&scope, LIST, 0).await?,
        None => None,
    };
    let tag = tag.map(|(tag, _)| tag);
    match session.github.fetch_identity(slug, tag.as_ref()).await? {
        Reading::Unchanged => known
            .map(Identity::Present)
            .ok_or_else(|| unanswered(slug, "\"not modified\" without a question")),
        Reading::Read(document) => {
            let found = read_identity(&document.value)
                .ok_or_else(|| unanswered(slug, "the answer has no id or no name"))?;
            let is_former = !is_name_of(slug, &found);
            let tag = document.etag.as_ref().filter(|_| !is_former);
            let name = if is_former {
                remember(session, &scope, json!({ "id": found.id })).await?
            } else {
                forget(&scope)
            };
            let tag = keep_tag(&scope, LIST, 0, tag, 0);
            let work = Transaction::new().and(tag).and(name);
            store_identity(session, &found, &document, work).await?;
            Ok(Identity::Present(found))
        }
        Reading::Gone | Reading::Moved => {
            set_state(session, slug, "gone", &scope).await?;
            Ok(Identity::Gone)
        }
        Reading::Refused { why } => {
            set_state(session, slug, "blocked", &scope).await?;
            Ok(Identity::Blocked { why })
        }
        Reading::Broken { why } => Err(unanswered(slug, &why)),
    }
}

fn scope_of(slug: &RepositorySlug) -> String {
    format!("repository:{}", slug.key())
}

fn is_name_of(slug: &RepositorySlug, identity: &RepositoryIdentity) -> bool {
    slug.owner().eq_ignore_ascii_case(&identity.org)
        && slug.name().eq_ignore_ascii_case(&identity.repo)
}

/// What is remembered of a name for a day, as long as it is not the present name of a repository: the
/// `id` of the one that it leads to, or the `state` of what it belonged to. The clock is the
/// database's, which is the same for all hosts.
async fn fetch_remembered(
    session: &ActivitySession,
    slug: &RepositorySlug,
) -> Result<Json, ActivityError> {
    let text = "SELECT detail, updated_at FROM sync_marks WHERE scope = $1 AND kind = $2";
    let values = vec![scope_of(slug).into(), NAME.into()];
    let rows = session.database.query(Statement::new(text, values)).await?;
    let Some(row) = rows.first() else {
        return Ok(Json::Null);
    };
    let age = session
        .database
        .fetch_now()
        .await?
        .duration_since(row.time("updated_at")?);
    Ok(if age.unsigned_abs() < REMEMBERED {
        row.json("detail")?
    } else {
        Json::Null
    })
}

async fn remember(
    session: &ActivitySession,
    scope: &str,
    detail: Json,
) -> Result<Statement, ActivityError> {
    let at = session.database.fetch_now().await?;
    Ok(Statement::new(
        "INSERT INTO sync_marks (scope, kind, detail, updated_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (scope, kind) DO UPDATE SET detail = excluded.detail,
             updated_at = excluded.updated_at",
        vec![scope.into(), NAME.into(), detail.into(), at.into()],
    ))
}

fn forget(scope: &str) -> Statement {
    let text = "DELETE FROM sync_marks WHERE scope = $1 AND kind = $2";
    Statement::new(text, vec![scope.into(), NAME.into()])
}

/// Whether GitHub has said within a day that there is nothing of this name, or that it does not show
/// it.
pub(in crate::activity) async fn fetch_known_gone(
    session: &ActivitySession,
    slug: &RepositorySlug,
) -> Result<bool, ActivityError> {
    let remembered = fetch_remembered(session, slug).await?;
    Ok(remembered["state"].is_string())
}

/// The present name of the repository that a former name has led to within a day.
async fn fetch_present_name(
    session: &ActivitySession,
    slug: &RepositorySlug,
) -> Result<Option<RepositorySlug>, ActivityError> {
    let Some(id) = fetch_remembered(session, slug).await?["id"].as_i64() else {
        return Ok(None);
    };
    let text = "SELECT id, org, repo FROM repositories WHERE id = $1 AND state = 'present'";
    let known = Statement::new(text, vec![id.into()]);
    let rows = session.database.query(known).await?;
    let identity = rows.first().map(identity_of).transpose()?;
    Ok(identity.and_then(|identity| RepositorySlug::new(&identity.org, &identity.repo)))
}

fn unanswered(slug: &RepositorySlug, why: &str) -> ActivityError {
    ActivityError::Unanswered {
        what: format!("the repository {slug}"),
        why: why.to_owned(),
    }
}

pub(super) fn read_identity(value: &Json) -> Option<RepositoryIdentity> {
    let (org, repo) = text(value, "full_name")?.split_once('/')?;
    Some(RepositoryIdentity {
        id: integer(value, "id")?,
        org: org.to_owned(),
        repo: repo.to_owned(),
    })
}

fn identity_of(row: &Row) -> Result<RepositoryIdentity, ActivityError> {
    Ok(RepositoryIdentity {
        id: row.integer("id")?,
        org: row.text("org")?,
        repo: row.text("repo")?,
    })
}

/// The repository that has this name, as far as we know.
pub(super) async fn fetch_known(
    session: &ActivitySession,
    slug: &RepositorySlug,
) -> Result<Option<RepositoryIdentity>, ActivityError> {
    let text = "SELECT id, org, repo FROM repositories
                WHERE LOWER(org) = $1 AND LOWER(repo) = $2 AND state = 'present'
                ORDER BY checked_at DESC LIMIT 1";
    let values = vec![
        slug.owner().to_lowercase().into(),
        slug.name().to_lowercase().into(),
    ];
    let rows = session.database.query(Statement::new(text, values)).await?;
    rows.first().map(identity_of).transpose()
}

async fn store_identity(
    session: &ActivitySession,
    found: &RepositoryIdentity,
    document: &Document,
    mut work: Transaction,
) -> Result<(), ActivityError> {
    let known = Statement::new(
        "SELECT id, org, repo FROM repositories WHERE id = $1",
        vec![found.id.into()],
    );
    let rows = session.database.query(known).await?;
    let before = rows.first().map(identity_of).transpose()?;
    let at = document.at;
    let name = || {
        vec![
            found.id.into(),
            found.org.as_str().into(),
            found.repo.as_str().into(),
        ]
    };
    if let Some(before) = before.filter(|before| before != found) {
        work = work.and(Statement::new(
            "INSERT INTO repository_names (org, repo, repository_id, until)
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            vec![
                before.org.into(),
                before.repo.into(),
                found.id.into(),
                at.into(),
            ],
        ));
        for text in [
            "UPDATE issues SET org = $2, repo = $3 WHERE repository_id = $1",
            "UPDATE pull_requests SET org = $2, repo = $3 WHERE repository_id = $1",
            "UPDATE events SET org = $2, repo = $3 WHERE repository_id = $1",
        ] {
            work = work.and(Statement::new(text, name()));
        }
    }
    // Somebody else had the name before: GitHub gives it to one at a time.
    work = work.and(Statement::new(
        "UPDATE repositories SET state = 'gone', state_since = $4
         WHERE org = $2 AND repo = $3 AND id <> $1 AND state = 'present'",
        [name(), vec![at.into()]].concat(),
    ));
    let mut values = name();
    values.extend([
        text(&document.value, "node_id").map(str::to_owned).into(),
        at.into(),
        document.value.clone().into(),
    ]);
    work = work.and(Statement::new(
        "INSERT INTO repositories (id, org, repo, node_id, state, state_since, checked_at, raw)
         VALUES ($1, $2, $3, $4, 'present', $5, $5, $6)
         ON CONFLICT (id) DO UPDATE SET org = excluded.org, repo = excluded.repo,
             node_id = excluded.node_id, raw = excluded.raw, checked_at = excluded.checked_at,
             state_since = CASE WHEN repositories.state = 'present'
                 THEN repositories.state_since ELSE excluded.state_since END,
             state = 'present'",
        values,
    ));
    session.commit(work).await?;
    Ok(())
}

async fn set_state(
    session: &ActivitySession,
    slug: &RepositorySlug,
    state: &'static str,
    scope: &str,
) -> Result<(), ActivityError> {
    let at = session.github.now();
    let text = "UPDATE repositories SET state = $3, state_since = $4
                WHERE LOWER(org) = $1 AND LOWER(repo) = $2 AND state <> $3";
    let values = vec![
        slug.owner().to_lowercase().into(),
        slug.name().to_lowercase().into(),
        state.into(),
        at.into(),
    ];
    let work = Transaction::new()
        .and(Statement::new(text, values))
        .and(keep_tag(scope, LIST, 0, None, 0))
        .and(remember(session, scope, json!({ "state": state })).await?);
    session.commit(work).await?;
    Ok(())
}
