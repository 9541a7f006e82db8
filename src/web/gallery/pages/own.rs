//! Help, and the pages that the operator wrote.

use serde::Serialize;

use crate::web::gallery::address::Address;
use crate::web::gallery::page::{CachePolicy, Missing, Page, PageError};
use crate::web::gallery::site::{Gallery, Head, Visitor};

#[derive(Serialize)]
struct TextView {
    heading: String,
    html: String,
}

#[derive(Serialize)]
struct HelpView {
    images: bool,
}

pub(super) async fn help(gallery: &Gallery, visitor: &Visitor) -> Result<Page, PageError> {
    let head = Head {
        title: "Help".to_owned(),
        description: "How to search, and where the numbers come from.".to_owned(),
        canonical: Address::Help.to_string(),
        is_indexed: true,
        ..Head::default()
    };
    let view = HelpView {
        images: gallery.settings.images,
    };
    let present = gallery.profiles_at_hand().await;
    let body = gallery.render_among(&present, "help.html", visitor, None, head, view)?;
    Ok(Page::html(body, CachePolicy::Package))
}

pub(super) async fn own_page(
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
    let present = gallery.profiles_at_hand().await;
    let body = gallery.render_among(&present, "text.html", visitor, None, head, view)?;
    Ok(Page::html(body, CachePolicy::Package))
}
