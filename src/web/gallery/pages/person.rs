//! The page of somebody who stands behind packages of the profile.
//!
//! People who asked to be forgotten have none; while it is not known who they are, nobody has one.

use std::sync::Arc;

use anyhow::anyhow;
use jiff::Timestamp;

use crate::catalog::{MOST_SUMMARIES, Role};
use crate::model::{Forgotten, RegistryKind, RepositorySlug};
use crate::web::gallery::address::Address;
use crate::web::gallery::page::{CachePolicy, Missing, Page, PageError};
use crate::web::gallery::site::{Gallery, GalleryProfile, Head, Visitor};
use crate::web::gallery::views::person::{PersonParts, PersonView};

pub(super) async fn render_person(
    gallery: &Gallery,
    profile: &Arc<GalleryProfile>,
    login: &str,
    visitor: &Visitor,
) -> Result<Page, PageError> {
    let nothing = || PageError::NotFound(Missing::Address);
    let people = &gallery.people;
    let forgotten = people.fetch_forgotten().await.ok_or_else(|| {
        PageError::Unavailable(anyhow!("nobody knows now who asked to be forgotten"))
    })?;
    if forgotten.has_login(login) {
        return Err(nothing());
    }
    let index = gallery.fetch_people_index(profile).await?;
    let spelling = index.spelling(login).unwrap_or(login);
    if spelling != login {
        return Err(PageError::moved(&Address::person(&profile.key, spelling)));
    }
    // Without the database, documents say enough.
    let record = people.fetch_person(login).await.ok().flatten();
    if let Some(record) = &record
        && forgotten.has_id(record.github_id)
    {
        return Err(nothing());
    }
    let name = record.as_ref().and_then(|record| record.name.as_deref());
    let mut parts = index.parts_of(login, name);
    for part in &mut parts {
        part.roles
            .retain(|role| !is_concealed(&forgotten, *role, login, name));
    }
    parts.retain(|part| !part.roles.is_empty());
    let is_in_profile = |slug: &RepositorySlug| index.packages_of(slug).is_some();
    let names: Vec<&str> = parts.iter().map(|part| part.package.as_str()).collect();
    let names = names.get(..MOST_SUMMARIES).unwrap_or(&names);
    let now = Timestamp::from_second(visitor.now).unwrap_or_default();
    let contributions = async {
        let id = record.as_ref()?.github_id;
        people.fetch_contributions(id).await.ok()
    };
    let (contributions, activity, summaries) = tokio::join!(
        contributions,
        people.fetch_activity_of(login, is_in_profile, now),
        profile.catalog.fetch_summaries(names),
    );
    let mut contributions = contributions.unwrap_or_default();
    contributions.retain(|one| {
        one.repository
            .parse()
            .is_ok_and(|slug| is_in_profile(&slug))
    });
    // A name in the metadata makes nobody known.
    let has_part = parts.iter().flat_map(|part| &part.roles);
    let has_part = has_part.into_iter().any(|role| *role != Role::Author);
    if !has_part && contributions.is_empty() {
        return Err(nothing());
    }
    let view = PersonView::new(&PersonParts {
        login,
        profile: &profile.key,
        index: &index,
        parts: &parts,
        summaries: &summaries?,
        record: record.as_ref(),
        forgotten: &forgotten,
        contributions: &contributions,
        activity: activity.ok().flatten().as_ref(),
        now: visitor.now,
    });
    let head = Head {
        title: view.login.clone(),
        description: format!("What {} does in {} packages", view.login, profile.title),
        canonical: Address::person(&profile.key, login).to_string(),
        // Search engines need no list of people.
        is_indexed: false,
        ..Head::default()
    };
    let body = gallery
        .render("person.html", visitor, Some(profile), head, view)
        .await?;
    Ok(Page::html(body, CachePolicy::List))
}

/// Whether somebody asked that this is not said of them. Elsewhere the name is that of somebody else.
fn is_concealed(forgotten: &Forgotten, role: Role, login: &str, name: Option<&str>) -> bool {
    let has_author = |name| forgotten.has_author(RegistryKind::PyPi, name);
    match role {
        Role::Maintainer => forgotten.has_account(RegistryKind::PyPi, login),
        Role::NpmMaintainer => forgotten.has_account(RegistryKind::Npm, login),
        Role::Author => has_author(login) || name.is_some_and(has_author),
        // By the login, which has a page.
        Role::Owner | Role::Contributor => false,
    }
}
