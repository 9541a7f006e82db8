//! Help, and the pages that the operator wrote.

use serde::Serialize;

use crate::catalog::RankingWeights;
use crate::enrich::health::Description;
use crate::web::gallery::address::Address;
use crate::web::gallery::page::{CachePolicy, Missing, Page, PageError};
use crate::web::gallery::site::{Gallery, Head, Visitor};
use crate::web::gallery::views::format::health_word;

#[derive(Serialize)]
struct TextView {
    heading: String,
    html: String,
}

#[derive(Serialize)]
struct HelpView {
    images: bool,
    health: Description,
    /// The bands of scores with what they mean.
    bands: Vec<(&'static str, &'static str)>,
    ranking: RankingWeights,
}

pub(super) async fn render_help(gallery: &Gallery, visitor: &Visitor) -> Result<Page, PageError> {
    let head = Head {
        title: "Help".to_owned(),
        description: "How to search, and where the numbers come from.".to_owned(),
        canonical: Address::Help.to_string(),
        is_indexed: true,
        ..Head::default()
    };
    let health = gallery.settings.health_rules.describe();
    let word = |band: &str| {
        let least = band.split('-').next().and_then(|least| least.parse().ok());
        health_word(least.unwrap_or_default())
    };
    let view = HelpView {
        images: gallery.settings.has_images(),
        bands: health
            .bands
            .iter()
            .map(|band| (*band, word(band)))
            .collect(),
        ranking: RankingWeights::current(),
        health,
    };
    let present = gallery.fetch_profiles_at_hand().await;
    let body = gallery.render_among(&present, "help.html", visitor, None, head, view)?;
    Ok(Page::html(body, CachePolicy::Package))
}

pub(super) async fn render_own_page(
    gallery: &Gallery,
    name: &str,
    visitor: &Visitor,
) -> Result<Page, PageError> {
    let page = gallery.own_files.page(name);
    let page = page.ok_or(PageError::NotFound(Missing::Address))?;
    let head = Head {
        title: page.title.clone(),
        canonical: Address::OwnPage(name.to_owned()).to_string(),
        is_indexed: true,
        ..Head::default()
    };
    let view = TextView {
        heading: page.title.clone(),
        html: page.html.clone(),
    };
    let present = gallery.fetch_profiles_at_hand().await;
    let body = gallery.render_among(&present, "text.html", visitor, None, head, view)?;
    Ok(Page::html(body, CachePolicy::Package))
}
