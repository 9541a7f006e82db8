//! Pages about what did not work: each says what happened, and leads on.

use axum::http::StatusCode;
use serde::Serialize;

use crate::catalog::PackageQuery;
use crate::web::gallery::address::{Address, PackagePart};
use crate::web::gallery::page::{Missing, PageError};
use crate::web::gallery::parameters::typed_words;
use crate::web::gallery::patience::within;
use crate::web::gallery::site::{Gallery, GalleryProfile, Head, Visitor};
use crate::web::gallery::views::hit::HitView;
use crate::web::gallery::views::link::Link;
use crate::web::gallery::views::pages::releases_href;
use crate::web::gallery::views::release::ReleaseView;

/// Hits that a page about a missing package offers.
const MOST_HITS: u32 = 7;

#[derive(Default, Serialize)]
struct ProblemView {
    heading: String,
    text: String,
    links: Vec<Link>,
    hits: Vec<HitView>,
    releases: Vec<ReleaseView>,
}

/// What was asked for.
pub(in crate::web::gallery) struct FailedRequest<'a> {
    /// `None` if the path means nothing.
    pub(in crate::web::gallery) address: Option<&'a Address>,
    pub(in crate::web::gallery) query_string: &'a str,
}

/// Makes a page about a problem. It keeps what the visitor typed, and is shown even if the server
/// cannot be asked.
pub(in crate::web::gallery) async fn problem(
    gallery: &Gallery,
    error: PageError,
    asked: &FailedRequest<'_>,
    visitor: &Visitor,
) -> (StatusCode, String) {
    let status = error.status();
    let present = match &error {
        PageError::Unavailable(_) | PageError::Overloaded => gallery.last_present_profiles(),
        _ => gallery.fetch_profiles_at_hand().await,
    };
    let key = asked.address.and_then(Address::profile_key);
    let profile = match (key, present.as_slice()) {
        (Some(key), _) => gallery.profile(key).ok(),
        (None, [only]) => Some(only.clone()),
        _ => None,
    };
    let mut words = typed_words(asked.query_string);
    let view = match error {
        PageError::NotFound(missing) => {
            if let Missing::Package { name, .. } | Missing::Release { name, .. } = &missing {
                words.clone_from(name);
            }
            let mut view = missing_view(profile.as_deref(), &missing);
            if let Some(profile) = profile.as_deref() {
                let adding = add_ways_on(&mut view, gallery, profile, &missing, visitor);
                // Where nobody can be asked, there is no way on to show.
                let _ = within(gallery.settings.patience.page, adding).await;
            }
            view
        }
        PageError::BadRequest(reason) => ProblemView {
            heading: "This search cannot be done".to_owned(),
            text: reason,
            ..ProblemView::default()
        },
        PageError::Unavailable(error) => {
            tracing::warn!("a page could not be made: {error:#}");
            ProblemView {
                heading: "The search is not available right now".to_owned(),
                text: "Nothing is lost. Please try again in a moment.".to_owned(),
                links: asked
                    .address
                    .map(|address| again(address, asked))
                    .into_iter()
                    .collect(),
                ..ProblemView::default()
            }
        }
        PageError::Overloaded => ProblemView {
            heading: "The search is not available right now".to_owned(),
            text: "Too many visitors want to see something at this moment. Please try again."
                .to_owned(),
            links: asked
                .address
                .map(|address| again(address, asked))
                .into_iter()
                .collect(),
            ..ProblemView::default()
        },
        PageError::Broken(error) => {
            tracing::error!("a page could not be made: {error:#}");
            broken_view()
        }
        PageError::Moved { .. } | PageError::Canonical { .. } => broken_view(),
    };
    let head = Head {
        title: view.heading.clone(),
        canonical: Address::Start.to_string(),
        words,
        ..Head::default()
    };
    let profile = profile.as_deref();
    let rendered = gallery.render_among(&present, "problem.html", visitor, profile, head, &view);
    let body = rendered.unwrap_or_else(|error| {
        tracing::error!("the page about a problem could not be made: {error:?}");
        format!("<!doctype html><html lang=\"en\"><title>{status}</title><h1>{status}</h1></html>")
    });
    (status, body)
}

/// The same address, to be asked once more.
fn again(address: &Address, asked: &FailedRequest<'_>) -> Link {
    let question = if asked.query_string.is_empty() {
        ""
    } else {
        "?"
    };
    Link {
        text: "Try again".to_owned(),
        href: format!("{address}{question}{}", asked.query_string),
        is_foreign: false,
    }
}

fn nothing_here() -> ProblemView {
    ProblemView {
        heading: "There is nothing at this address".to_owned(),
        text: "It may have a typing mistake, or belong to something that was removed.".to_owned(),
        ..ProblemView::default()
    }
}

fn broken_view() -> ProblemView {
    ProblemView {
        heading: "This page could not be made".to_owned(),
        text: "That is a mistake of this gallery, not yours. Its log says more.".to_owned(),
        ..ProblemView::default()
    }
}

fn missing_view(profile: Option<&GalleryProfile>, missing: &Missing) -> ProblemView {
    match (missing, profile) {
        (Missing::Package { name, .. }, Some(profile)) => ProblemView {
            heading: format!("There is no package “{name}” here"),
            text: about_missing(name, profile),
            ..ProblemView::default()
        },
        (Missing::PageOfReleases { name }, Some(profile)) => ProblemView {
            heading: "There is no such page".to_owned(),
            text: format!("{name} has fewer releases."),
            links: vec![Link {
                text: format!("Releases of {name}"),
                href: releases_href(&profile.key, name, 1),
                is_foreign: false,
            }],
            ..ProblemView::default()
        },
        (Missing::Release { name, version, .. }, Some(profile)) => ProblemView {
            heading: format!("{name} has no release {version}"),
            text: "These are its releases.".to_owned(),
            links: vec![Link {
                text: format!("Latest release of {name}"),
                href: Address::package(&profile.key, name, PackagePart::Latest).to_string(),
                is_foreign: false,
            }],
            ..ProblemView::default()
        },
        _ => nothing_here(),
    }
}

/// Why a package may be missing, and how operators find out.
fn about_missing(name: &str, profile: &GalleryProfile) -> String {
    let reason = format!(
        "Packages are listed here if their classifiers or keywords say that they belong to {}.",
        profile.title
    );
    // Nothing that a command line would read otherwise.
    let is_plain = |one: char| one.is_ascii_alphanumeric() || "-_.@/".contains(one);
    if name.starts_with('-') || !name.chars().all(is_plain) {
        return reason;
    }
    format!(
        "{reason} `pyfa explain {name} -p {key}` tells the operator of this gallery why this one is not.",
        key = profile.key
    )
}

/// Searches for what may have been meant, in a place like any other page.
async fn add_ways_on(
    view: &mut ProblemView,
    gallery: &Gallery,
    profile: &GalleryProfile,
    missing: &Missing,
    visitor: &Visitor,
) -> Result<(), PageError> {
    match missing {
        Missing::Package { name } => {
            let _place = gallery.places.enter().await?;
            view.links = find_elsewhere(gallery, profile, name).await;
            view.hits = find_similar_names(profile, name, visitor.now).await;
        }
        Missing::Release { name, .. } => {
            let _place = gallery.places.enter().await?;
            let found = profile.catalog.list_releases(name, 1).await?;
            let releases = found.releases.iter();
            view.releases = releases
                .map(|release| ReleaseView::new(release, &profile.key, visitor.now))
                .collect();
        }
        Missing::Address | Missing::Profile | Missing::PageOfReleases { .. } => {}
    }
    Ok(())
}

/// The package in other profiles. A page about a problem is shown even if they cannot be asked.
async fn find_elsewhere(gallery: &Gallery, profile: &GalleryProfile, name: &str) -> Vec<Link> {
    let profiles = gallery.present_profiles().await.unwrap_or_default();
    let mut links = Vec::new();
    for other in profiles.iter().filter(|other| other.key != profile.key) {
        if let Ok(Some(found)) = other.catalog.fetch_package(name).await {
            links.push(Link {
                text: format!("{} in {}", found.name, other.title),
                href: Address::package(&other.key, &found.full_name(), PackagePart::Latest)
                    .to_string(),
                is_foreign: false,
            });
        }
    }
    links
}

async fn find_similar_names(profile: &GalleryProfile, name: &str, now: i64) -> Vec<HitView> {
    let query = PackageQuery {
        words: name.to_owned(),
        per_page: MOST_HITS,
        ..PackageQuery::default()
    };
    let results = profile.search(&query).await.unwrap_or_default();
    results
        .hits
        .iter()
        .map(|hit| HitView::new(hit, &profile.key, None, now))
        .collect()
}
