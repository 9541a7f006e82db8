//! The repositories of an organisation.

use serde_json::Value as Json;

use super::identity::read_identity;
use crate::activity::error::ActivityError;
use crate::activity::session::{ActivitySession, keep_tag};
use crate::database::{Statement, Transaction};
use crate::forge::github::{ListPage, PAGE_SIZE, Reading};
use crate::model::RepositorySlug;

const LIST: &str = "repositories";

/// Lists the repositories of an organisation that we may see; none, if there is no such organisation.
/// A list that is the same as before costs nothing.
pub async fn list_repositories(
    session: &ActivitySession,
    organisation: &str,
) -> Result<Vec<RepositorySlug>, ActivityError> {
    let scope = format!("organisation:{}", organisation.to_lowercase());
    if let Some(stored) = fetch_unchanged(session, organisation, &scope).await? {
        return Ok(stored);
    }
    let mut pages: Vec<ListPage> = Vec::new();
    loop {
        session.check_stop()?;
        let page = u32::try_from(pages.len() + 1).unwrap_or(u32::MAX);
        let answer = session.github.fetch_repositories(organisation, page, None);
        match answer.await? {
            Reading::Read(listed) => {
                let is_last = listed.items.len() < PAGE_SIZE;
                pages.push(listed);
                if is_last {
                    break;
                }
            }
            Reading::Gone | Reading::Moved | Reading::Unchanged => return Ok(Vec::new()),
            Reading::Refused { why } | Reading::Broken { why } => {
                return Err(ActivityError::Unanswered {
                    what: format!("the repositories of {organisation}"),
                    why,
                });
            }
        }
    }
    let items = pages.iter().flat_map(|page| &page.items);
    let mut found: Vec<RepositorySlug> = Vec::new();
    for item in items {
        match slug_of_item(item) {
            Some(slug) => found.push(slug),
            None => session.note_unreadable(organisation, item),
        }
    }
    keep_list(session, &scope, &pages, &found).await?;
    Ok(found)
}

fn slug_of_item(item: &Json) -> Option<RepositorySlug> {
    let identity = read_identity(item)?;
    RepositorySlug::new(&identity.org, &identity.repo)
}

/// The list of the last time, if every page is as it was.
async fn fetch_unchanged(
    session: &ActivitySession,
    organisation: &str,
    scope: &str,
) -> Result<Option<Vec<RepositorySlug>>, ActivityError> {
    let text = "SELECT detail FROM sync_marks WHERE scope = $1 AND kind = $2";
    let values = vec![scope.into(), LIST.into()];
    let rows = session.database.query(Statement::new(text, values)).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let detail = row.json("detail")?;
    let names = detail.as_array().into_iter().flatten();
    let names = names.filter_map(|name| name.as_str()?.parse().ok());
    let mut page = 1;
    loop {
        session.check_stop()?;
        let Some((tag, entries)) = session.fetch_tag(scope, LIST, page).await? else {
            return Ok(None);
        };
        let answer = session
            .github
            .fetch_repositories(organisation, page, Some(&tag));
        if answer.await? != Reading::Unchanged {
            return Ok(None);
        }
        if entries < PAGE_SIZE {
            return Ok(Some(names.collect()));
        }
        page += 1;
    }
}

async fn keep_list(
    session: &ActivitySession,
    scope: &str,
    pages: &[ListPage],
    found: &[RepositorySlug],
) -> Result<(), ActivityError> {
    let at = pages
        .last()
        .map_or_else(|| session.github.now(), |page| page.at);
    let names: Vec<Json> = found.iter().map(|slug| slug.to_string().into()).collect();
    let mut work = Transaction::new().and(Statement::new(
        "INSERT INTO sync_marks (scope, kind, done_until, detail, updated_at)
         VALUES ($1, $2, $3, $4, $3)
         ON CONFLICT (scope, kind) DO UPDATE SET done_until = excluded.done_until,
             detail = excluded.detail, updated_at = excluded.updated_at",
        vec![
            scope.into(),
            LIST.into(),
            at.into(),
            Json::from(names).into(),
        ],
    ));
    for (number, page) in (1_u32..).zip(pages) {
        let tag = page.etag.as_ref();
        work = work.and(keep_tag(scope, LIST, number, tag, page.items.len()));
    }
    session.commit(work).await?;
    Ok(())
}
