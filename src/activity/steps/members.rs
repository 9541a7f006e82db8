//! Members of organisations: who they are, since when they are not, and who came back.

use std::collections::BTreeSet;

use crate::activity::error::ActivityError;
use crate::activity::rows::{MEMBER_COLUMNS, Person, integer, member_values};
use crate::activity::session::{ActivitySession, keep_tag, set_mark};
use crate::database::{Statement, Transaction, Value, columns_and_values, set_to_excluded};
use crate::forge::github::{ListPage, PAGE_SIZE, Reading};

const LIST: &str = "members";

/// What was found out about an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Members {
    Unchanged,
    /// How many there are.
    Listed(u64),
    /// There is no such organisation.
    NoOrganisation,
    /// It shows nobody, although it had members: who is one is hidden, or we may not know any more.
    Hidden,
}

/// Reads who the members of an organisation are.
pub async fn follow_members(
    session: &ActivitySession,
    organisation: &str,
) -> Result<Members, ActivityError> {
    let scope = format!("organisation:{}", organisation.to_lowercase());
    if is_unchanged(session, organisation, &scope).await? {
        return Ok(Members::Unchanged);
    }
    let mut pages = Vec::new();
    loop {
        session.check_stop()?;
        let page = u32::try_from(pages.len() + 1).unwrap_or(u32::MAX);
        match session
            .github
            .fetch_members(organisation, page, None)
            .await?
        {
            Reading::Read(listed) => {
                let is_last = !listed.has_next && listed.items.len() < PAGE_SIZE;
                pages.push(listed);
                if is_last {
                    break;
                }
            }
            Reading::Gone | Reading::Moved | Reading::Unchanged => {
                return Ok(Members::NoOrganisation);
            }
            Reading::Refused { why } | Reading::Broken { why } => {
                return Err(ActivityError::Unanswered {
                    what: format!("the members of {organisation}"),
                    why,
                });
            }
        }
    }
    store_members(session, organisation, &scope, &pages).await
}

/// Whether every page is as it was.
async fn is_unchanged(
    session: &ActivitySession,
    organisation: &str,
    scope: &str,
) -> Result<bool, ActivityError> {
    let mut page = 1;
    loop {
        let Some((tag, entries)) = session.fetch_tag(scope, LIST, page).await? else {
            return Ok(false);
        };
        let answer = session.github.fetch_members(organisation, page, Some(&tag));
        if answer.await? != Reading::Unchanged {
            return Ok(false);
        }
        if entries < PAGE_SIZE {
            return Ok(true);
        }
        page += 1;
    }
}

/// Only a list that is complete says who is no member.
async fn store_members(
    session: &ActivitySession,
    organisation: &str,
    scope: &str,
    pages: &[ListPage],
) -> Result<Members, ActivityError> {
    let at = pages
        .last()
        .map_or_else(|| session.github.now(), |page| page.at);
    let items = pages.iter().flat_map(|page| &page.items);
    let mut ids = BTreeSet::new();
    let mut rows: Vec<Vec<Value>> = Vec::new();
    let mut people = Vec::new();
    for item in items {
        let Some((id, mut values)) = member_values(item, organisation) else {
            session.note_unreadable(organisation, item);
            // This member has not left.
            ids.extend(integer(item, "id"));
            continue;
        };
        ids.insert(id);
        values.push(at.into());
        rows.push(values);
        people.extend(Person::read(item));
    }
    let text = "SELECT id FROM members WHERE org = $1 AND NOT inactive";
    let known = session
        .database
        .query(Statement::new(text, vec![organisation.into()]))
        .await?;
    if ids.is_empty() && !known.is_empty() {
        return Ok(Members::Hidden);
    }
    let mut left: Vec<Vec<Value>> = Vec::new();
    for row in &known {
        let id = row.integer("id")?;
        if !ids.contains(&id) {
            left.push(vec![id.into(), organisation.into(), at.into()]);
        }
    }
    let count = rows.len() as u64;
    let mut work = Transaction::new()
        .and(Statement::for_each(upsert(), rows))
        .and(Statement::for_each(
            "UPDATE members SET inactive = TRUE, inactive_dt = $3 WHERE id = $1 AND org = $2",
            left,
        ))
        .and(set_mark(scope, LIST, at, at));
    for (number, page) in (1_u32..).zip(pages) {
        let tag = page.etag.as_ref();
        work = work.and(keep_tag(scope, LIST, number, tag, page.items.len()));
    }
    work = session.add_people(work, &people, at).await?;
    session.commit(work).await?;
    session.remember(&people);
    Ok(Members::Listed(count))
}

/// A member who comes back is active again, and keeps the date of the first time.
fn upsert() -> String {
    let columns = MEMBER_COLUMNS.iter().copied();
    let changed = columns
        .clone()
        .filter(|name| !matches!(*name, "id" | "org"));
    format!(
        "INSERT INTO members {}
         ON CONFLICT (id, org) DO UPDATE SET {}, inactive = FALSE, inactive_dt = NULL",
        columns_and_values(columns.chain(["inserted_dt"])),
        set_to_excluded(changed)
    )
}
