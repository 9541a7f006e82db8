//! One function for each place of the gallery: fetch, view, template.

mod compare;
mod files;
pub(super) mod list;
mod matrix;
mod own;
mod package;
mod person;
mod problem;
mod repository;
mod start;

use super::address::{Address, PackagePart, ProfilePart};
use super::page::{CachePolicy, Page, PageError};
use super::site::{Gallery, Visitor};

pub(super) use problem::{FailedRequest, problem};

/// Makes the page at an address.
pub(super) async fn page(
    gallery: &Gallery,
    address: &Address,
    query_string: &str,
    visitor: &Visitor,
) -> Result<Page, PageError> {
    if let Some(key) = address.profile_key()
        && gallery.profile(key).is_err()
        && let Ok(profile) = gallery.profile(&key.to_ascii_lowercase())
    {
        return Err(PageError::moved(&address.clone().in_profile(&profile.key)));
    }
    match address {
        Address::Start => start::render_start(gallery, visitor).await,
        Address::Help => own::render_help(gallery, visitor).await,
        Address::OwnPage(name) => own::render_own_page(gallery, name, visitor).await,
        Address::Asset(name) => files::asset(gallery, name),
        Address::Favicon => Ok(gallery.assets.icon.page(CachePolicy::Package)),
        Address::Robots => Ok(files::robots(gallery, visitor)),
        Address::SitemapIndex => files::sitemap_index(gallery, visitor).await,
        Address::Profile { profile, part } => {
            let profile = gallery.profile(profile)?;
            match part {
                ProfilePart::List => {
                    list::render_list(gallery, &profile, query_string, visitor).await
                }
                ProfilePart::Matrix => matrix::render_matrix(gallery, &profile, visitor).await,
                ProfilePart::Compare => {
                    compare::render_compare(gallery, &profile, query_string, visitor).await
                }
                ProfilePart::OpenSearch => files::opensearch(gallery, &profile, visitor),
                ProfilePart::Suggest => {
                    files::suggest(gallery, &profile, query_string, visitor).await
                }
                ProfilePart::Sitemap => files::kept_sitemap(gallery, &profile, visitor).await,
                ProfilePart::Csv => files::kept_csv(gallery, &profile, query_string, visitor).await,
                ProfilePart::Feed(format) => {
                    super::feed::list_feed(gallery, &profile, *format, query_string, visitor).await
                }
            }
        }
        Address::Repository {
            profile,
            owner,
            name,
        } => {
            let profile = gallery.profile(profile)?;
            Box::pin(repository::render_repository(
                gallery, &profile, owner, name, visitor,
            ))
            .await
        }
        Address::Person { profile, login } => {
            let profile = gallery.profile(profile)?;
            Box::pin(person::render_person(gallery, &profile, login, visitor)).await
        }
        Address::Package {
            profile,
            name,
            part,
        } => {
            let profile = gallery.profile(profile)?;
            if let PackagePart::Feed(format) = part {
                return super::feed::package_feed(
                    gallery,
                    &profile,
                    name,
                    *format,
                    query_string,
                    visitor,
                )
                .await;
            }
            Box::pin(package::render_package(
                gallery,
                &profile,
                name,
                part,
                query_string,
                visitor,
            ))
            .await
        }
    }
}
