//! The page of a repository that packages of the profile are in.

use std::sync::Arc;

use jiff::Timestamp;

use crate::catalog::{MOST_COMPARED, MOST_SUMMARIES};
use crate::model::RepositorySlug;
use crate::web::gallery::address::Address;
use crate::web::gallery::page::{CachePolicy, Missing, Page, PageError};
use crate::web::gallery::site::{Gallery, GalleryProfile, Head, Visitor};
use crate::web::gallery::views::repository::{RepositoryParts, RepositoryView};

pub(super) async fn render_repository(
    gallery: &Gallery,
    profile: &Arc<GalleryProfile>,
    owner: &str,
    name: &str,
    visitor: &Visitor,
) -> Result<Page, PageError> {
    let nothing = || PageError::NotFound(Missing::Address);
    let slug = RepositorySlug::new(owner, name).ok_or_else(nothing)?;
    let index = gallery.fetch_people_index(profile).await?;
    let (slug, packages) = index.packages_of(&slug).ok_or_else(nothing)?;
    let people = &gallery.people;
    let forgotten = people.fetch_forgotten().await;
    if let Some(forgotten) = &forgotten
        && forgotten.has_login(slug.owner())
    {
        return Err(nothing());
    }
    let address = Address::repository(&profile.key, slug);
    if (slug.owner(), slug.name()) != (owner, name) {
        return Err(PageError::moved(&address));
    }
    let now = Timestamp::from_second(visitor.now).unwrap_or_default();
    let shown = packages.get(..MOST_SUMMARIES).unwrap_or(&packages);
    let first = packages.get(..MOST_COMPARED).unwrap_or(&packages);
    let (record, facts, summaries, documents) = tokio::join!(
        people.fetch_repository(slug),
        people.fetch_facts(slug, now),
        profile.catalog.fetch_summaries(shown),
        profile.catalog.fetch_many(first),
    );
    // Without the database, documents say enough.
    let (record, facts) = (record.ok().flatten(), facts.ok().flatten());
    let contributors = match (&forgotten, &record) {
        (Some(forgotten), Some(record)) if forgotten.has_id(record.owner_github_id) => {
            return Err(nothing());
        }
        (Some(_), Some(record)) => people.fetch_contributors(record.github_id).await,
        _ => Ok(Vec::new()),
    };
    let contributors = contributors.unwrap_or_default();
    let view = RepositoryView::new(&RepositoryParts {
        slug,
        profile: &profile.key,
        packages: packages.len(),
        summaries: &summaries?,
        documents: &documents?,
        record: record.as_ref(),
        facts: facts.as_ref(),
        contributors: &contributors,
        forgotten: forgotten.as_deref(),
        now: visitor.now,
    });
    let head = Head {
        title: view.name.clone(),
        description: format!("{} packages in the repository {}", profile.title, view.name),
        canonical: address.to_string(),
        is_indexed: true,
        ..Head::default()
    };
    let body = gallery
        .render("repository.html", visitor, Some(profile), head, view)
        .await?;
    Ok(Page::html(body, CachePolicy::List))
}
