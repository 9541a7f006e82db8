//! The gallery: pages for people who look for a package.
//!
//! A request's path becomes an [`Address`], a function of `pages` fetches what is
//! shown there from the catalog, `views` turn it into plain data, a template into HTML, and `respond`
//! into an answer with its headers. Everything works without a script; with one, the list asks for the
//! part of itself that changes.
//!
//! Only GET and HEAD; nothing is stored about a visitor, and nobody but the search server is asked.
//! [`routes`] is called by `cli`.

pub mod address;
pub mod assets;
pub mod colors;
mod error;
mod feed;
mod frozen;
mod kept_files;
pub mod own_files;
pub mod page;
mod pages;
pub mod parameters;
mod patience;
mod plain_text;
mod readmes;
pub mod respond;
pub mod settings;
mod shared_cache;
mod site;
pub mod templates;
pub mod views;
mod visitor;
mod workers;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::response::Response;
use tower_http::compression::CompressionLayer;

pub use error::GalleryError;
pub use frozen::{FrozenGallery, PLACEHOLDER};
pub use patience::Timeouts;
pub use settings::{FooterLink, GallerySettings, ProfileAppearance, SettingError};

use address::{Address, AddressError};
use own_files::OwnFiles;
use page::{Missing, Page, PageError};
use site::{Gallery, Visitor};
use templates::Templates;

use crate::profile::Profile;
use crate::search;

/// The routes of a gallery of these profiles, whose collections `client` reads.
///
/// # Errors
///
/// [`GalleryError`] if a file or setting of the operator's cannot be used.
pub fn routes<'p>(
    settings: GallerySettings,
    profiles: impl IntoIterator<Item = &'p Profile>,
    client: &search::Client,
) -> Result<Router, GalleryError> {
    let profiles: Vec<&Profile> = profiles.into_iter().collect();
    settings.check(profiles.iter().map(|profile| profile.key.as_str()))?;
    let templates = Templates::load(settings.folder.as_deref())?;
    let own_files = OwnFiles::load(&settings)?;
    let gallery = Arc::new(Gallery::new(
        settings, templates, own_files, profiles, client,
    ));
    Ok(Router::new()
        .fallback(answer)
        .layer(CompressionLayer::new())
        .with_state(gallery))
}

async fn answer(State(gallery): State<Arc<Gallery>>, request: Request) -> Response {
    let method = request.method().clone();
    if method != Method::GET && method != Method::HEAD {
        return respond::method_not_allowed();
    }
    let visitor = visitor::read(&request, &gallery.settings);
    let path = request.uri().path();
    let address = Address::parse(path);
    let query_string = request.uri().query().unwrap_or_default();
    let page = match &address {
        Ok(address) => {
            let limit = gallery.settings.patience.of(address);
            let page = make_page(&gallery, address, query_string, &visitor);
            Box::pin(patience::within(limit, page)).await
        }
        Err(AddressError::TrailingSlash(address)) => Err(PageError::moved(address)),
        Err(AddressError::Unknown) => Err(PageError::NotFound(Missing::Address)),
    };
    let error = match (page, &address) {
        // There is one spelling of each path. What a proxy has decoded stays as it is.
        (Ok(_), Ok(address)) if path.contains('%') && address.to_string() != path => {
            PageError::moved(address)
        }
        (Ok(page), address) => {
            let key = address.as_ref().ok().and_then(Address::profile_key);
            let page = page.below(&gallery.base_path);
            return respond::success(page, &visitor, gallery.settings.images_of(key));
        }
        (Err(error), _) => error,
    };
    let error = match error {
        PageError::Moved { to } => {
            // The same thing elsewhere takes the same parameters.
            let question = if query_string.is_empty() { "" } else { "?" };
            return respond::redirect(&format!("{to}{question}{query_string}"), true);
        }
        PageError::Canonical { to } => return respond::redirect(&to, false),
        error => error,
    };
    let asked = pages::FailedRequest {
        address: address.as_ref().ok(),
        query_string,
    };
    let (status, body) = pages::problem(&gallery, error, &asked, &visitor).await;
    respond::problem(status, gallery.base_path.in_page(&body).into_owned())
}

async fn make_page(
    gallery: &Gallery,
    address: &Address,
    query_string: &str,
    visitor: &Visitor,
) -> Result<Page, PageError> {
    let is_known = |key: &str| gallery.profile(key).is_ok();
    let places = if !patience::needs_search(address) || !address.profile_key().is_none_or(is_known)
    {
        None
    } else if patience::is_file(address) {
        Some(&gallery.file_places)
    } else {
        Some(&gallery.places)
    };
    // A crowd waits here, with nothing in memory but its requests.
    let _place = match places {
        Some(places) => Some(places.enter().await?),
        None => None,
    };
    let mut attempts = 1;
    loop {
        let page = pages::page(gallery, address, query_string, visitor).await;
        if !patience::may_succeed(&page, attempts) {
            return page;
        }
        attempts += 1;
        tokio::time::sleep(patience::PAUSE).await;
    }
}
