//! The start page: the profiles as cards.

use serde::Serialize;

use crate::catalog::{PackageQuery, Sort};
use crate::web::gallery::address::Address;
use crate::web::gallery::page::{CachePolicy, Page, PageError};
use crate::web::gallery::site::{Gallery, GalleryProfile, Head, Visitor};
use crate::web::gallery::views::format::packages;
use crate::web::gallery::views::hit::HitView;
use crate::web::gallery::views::json_ld;

#[derive(Serialize)]
struct StartView {
    cards: Vec<Card>,
}

/// A profile on the start page.
#[derive(Serialize)]
struct Card {
    title: String,
    href: String,
    description: String,
    packages: String,
    /// The newest release.
    newest: Option<HitView>,
}

pub(super) async fn render_start(gallery: &Gallery, visitor: &Visitor) -> Result<Page, PageError> {
    let profiles = gallery.present_profiles().await?;
    if let [only] = profiles.as_slice() {
        return Err(PageError::Canonical {
            to: Address::list(&only.key).to_string(),
        });
    }
    let cards = profiles
        .iter()
        .map(|profile| fetch_card(profile, visitor.now));
    let cards = futures::future::try_join_all(cards).await?;
    let title = Gallery::title(&profiles);
    let base = gallery.base_url(visitor);
    let search = profiles.first().map(|profile| {
        format!(
            "{base}{}?q={{search_term_string}}",
            Address::list(&profile.key)
        )
    });
    let head = Head {
        description: "Packages of several ecosystems, to search, filter and compare.".to_owned(),
        canonical: Address::Start.to_string(),
        is_indexed: !profiles.is_empty(),
        json_ld: search
            .map(|search| json_ld::embed(json_ld::site(&title, &base, &search)))
            .unwrap_or_default(),
        ..Head::default()
    };
    let body = gallery
        .render("start.html", visitor, None, head, StartView { cards })
        .await?;
    Ok(Page::html(body, CachePolicy::List))
}

async fn fetch_card(profile: &GalleryProfile, now: i64) -> Result<Card, PageError> {
    let query = PackageQuery {
        sort: Some(Sort::Updated),
        per_page: 1,
        ..PackageQuery::default()
    };
    let results = profile.search(&query).await?;
    Ok(Card {
        title: profile.title.clone(),
        href: Address::list(&profile.key).to_string(),
        description: profile.description.clone(),
        packages: packages(results.found),
        newest: results
            .hits
            .first()
            .map(|hit| HitView::new(hit, &profile.key, None, now)),
    })
}
