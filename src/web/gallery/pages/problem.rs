//! Pages about what did not work: each says what happened, and leads on.

use axum::http::StatusCode;
use serde::Serialize;

use crate::catalog::PackageQuery;
use crate::web::gallery::address::{Address, PackagePart};
use crate::web::gallery::page::{Missing, PageError};
use crate::web::gallery::parameters::read_query;
use crate::web::gallery::site::{Gallery, GalleryProfile, Head, Visitor};
use crate::web::gallery::views::hit::HitView;
use crate::web::gallery::views::link::Link;
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

/// Makes a page about a problem; with the profile of its address, it keeps the search form.
pub(in crate::web::gallery) async fn problem(
    gallery: &Gallery,
    error: PageError,
    profile: Option<&str>,
    query_string: &str,
    visitor: &Visitor,
) -> (StatusCode, String) {
    let status = error.status();
    let mut words = read_query(query_string)
        .map(|read| read.query.words)
        .unwrap_or_default();
    let profile = profile.and_then(|key| gallery.profile(key).ok());
    let view = match error {
        PageError::NotFound(missing) => {
            if let Missing::Package { name, .. } | Missing::Release { name, .. } = &missing {
                words.clone_from(name);
            }
            missing_view(gallery, profile.as_deref(), &missing, visitor).await
        }
        PageError::BadRequest(reason) => ProblemView {
            heading: "This search cannot be done".to_owned(),
            text: reason,
            ..ProblemView::default()
        },
        PageError::Unavailable(error) => {
            tracing::warn!("a page could not be made: {error}");
            ProblemView {
                heading: "The search is not available right now".to_owned(),
                text: "Nothing is lost. Please try again in a moment.".to_owned(),
                ..ProblemView::default()
            }
        }
        PageError::Busy => ProblemView {
            heading: "Too many people are looking right now".to_owned(),
            text: "Please try again in a moment.".to_owned(),
            ..ProblemView::default()
        },
        PageError::Broken(error) => {
            tracing::error!("a page could not be made: {error:#}");
            broken_view()
        }
        PageError::Moved { .. } => broken_view(),
    };
    let head = Head {
        title: view.heading.clone(),
        canonical: Address::Start.to_string(),
        words,
        ..Head::default()
    };
    let rendered = gallery
        .render("problem.html", visitor, profile.as_deref(), head, &view)
        .await;
    let body = rendered.unwrap_or_else(|error| {
        tracing::error!("the page about a problem could not be made: {error:?}");
        format!("<!doctype html><title>{status}</title><h1>{status}</h1>")
    });
    (status, body)
}

fn broken_view() -> ProblemView {
    ProblemView {
        heading: "This page could not be made".to_owned(),
        text: "That is a mistake of this gallery, not yours. Its log says more.".to_owned(),
        ..ProblemView::default()
    }
}

async fn missing_view(
    gallery: &Gallery,
    profile: Option<&GalleryProfile>,
    missing: &Missing,
    visitor: &Visitor,
) -> ProblemView {
    match (missing, profile) {
        (Missing::Package { name, .. }, Some(profile)) => ProblemView {
            heading: format!("There is no package “{name}” here"),
            text: format!(
                "Packages are listed here if their classifiers say that they belong to {}.",
                profile.title
            ),
            links: find_elsewhere(gallery, profile, name).await,
            hits: find_similar_names(profile, name, visitor.now).await,
            ..ProblemView::default()
        },
        (Missing::Release { name, version, .. }, Some(profile)) => {
            let found = profile.catalog.list_releases(name, 1).await;
            let releases = found.map(|found| found.releases).unwrap_or_default();
            ProblemView {
                heading: format!("{name} has no release {version}"),
                text: "These are its releases.".to_owned(),
                links: vec![Link {
                    text: format!("Latest release of {name}"),
                    href: Address::package(&profile.key, name, PackagePart::Latest).to_string(),
                    is_foreign: false,
                }],
                releases: releases
                    .iter()
                    .map(|release| ReleaseView::new(release, &profile.key, visitor.now))
                    .collect(),
                ..ProblemView::default()
            }
        }
        _ => ProblemView {
            heading: "There is nothing at this address".to_owned(),
            text: "It may have a typing mistake, or belong to something that was removed."
                .to_owned(),
            ..ProblemView::default()
        },
    }
}

/// The package in other profiles. A page about a problem is shown even if they cannot be asked.
async fn find_elsewhere(gallery: &Gallery, profile: &GalleryProfile, name: &str) -> Vec<Link> {
    let profiles = gallery.present_profiles().await;
    let mut links = Vec::new();
    for other in profiles.iter().filter(|other| other.key != profile.key) {
        if let Ok(Some(found)) = other.catalog.fetch_package(name).await {
            links.push(Link {
                text: format!("{} in {}", found.name, other.title),
                href: Address::package(&other.key, &found.name, PackagePart::Latest).to_string(),
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
    let results = profile.catalog.search(&query).await.unwrap_or_default();
    results
        .hits
        .iter()
        .map(|hit| HitView::new(hit, &profile.key, None, now))
        .collect()
}
