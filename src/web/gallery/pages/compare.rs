//! Up to four packages side by side.

use std::sync::Arc;

use serde::Serialize;
use url::form_urlencoded;

use crate::catalog::{MOST_COMPARED, PackageQuery};
use crate::model::{ActivityFacts, Document, RegistryKind};
use crate::web::gallery::address::{Address, PackagePart};
use crate::web::gallery::page::{CachePolicy, Page, PageError};
use crate::web::gallery::parameters::add_compared;
use crate::web::gallery::site::{Gallery, GalleryProfile, Head, Visitor};
use crate::web::gallery::views::activity::activity_rows;
use crate::web::gallery::views::facets::needs_label;
use crate::web::gallery::views::facts;
use crate::web::gallery::views::format::{
    Moment, first_line, grouped, health_word, version_ranges,
};
use crate::web::gallery::views::link::{Link, registry_name};
use crate::web::gallery::views::pages::{comparison_href, list_href};
use crate::web::gallery::views::release::python_ranges;

#[derive(Serialize)]
struct CompareView {
    packages: Vec<Column>,
    rows: Vec<ComparedRow>,
    /// Names that no package has, with the search for each.
    unknown: Vec<Link>,
    can_add: bool,
    /// Packages that a comparison has room for.
    most: usize,
    form: String,
}

#[derive(Serialize)]
struct Column {
    name: String,
    href: String,
    /// The comparison without it.
    remove_href: String,
}

#[derive(Serialize)]
struct ComparedRow {
    label: &'static str,
    /// One for each package; empty if it is not known.
    values: Vec<String>,
}

pub(super) async fn render_compare(
    gallery: &Gallery,
    profile: &Arc<GalleryProfile>,
    query_string: &str,
    visitor: &Visitor,
) -> Result<Page, PageError> {
    let mut names: Vec<String> = Vec::new();
    let mut asked: Vec<String> = Vec::new();
    for (parameter, value) in form_urlencoded::parse(query_string.as_bytes()) {
        if parameter == "p" {
            add_compared(&mut names, &value);
            asked.push(value.into_owned());
        }
    }
    let found = names.iter().map(|name| profile.catalog.fetch_package(name));
    let found = futures::future::try_join_all(found).await?;
    // One address for all spellings, and none that names more than are shown.
    let spelled = names
        .iter()
        .zip(&found)
        .map(|(name, document)| match document {
            Some(document) => document.full_name().into_owned(),
            None => name.clone(),
        });
    let spelled: Vec<String> = spelled.collect();
    if spelled != asked {
        return Err(PageError::Canonical {
            to: comparison_href(&profile.key, &spelled),
        });
    }
    let unknown = names
        .iter()
        .zip(&found)
        .filter(|(_, document)| document.is_none())
        .map(|(name, _)| Link {
            text: name.clone(),
            href: list_href(
                &profile.key,
                &PackageQuery {
                    words: name.clone(),
                    ..PackageQuery::default()
                },
            ),
            is_foreign: false,
        })
        .collect();
    let documents: Vec<Document> = found.into_iter().flatten().collect();
    let href = |names: &[&str]| comparison_href(&profile.key, names);
    let full: Vec<String> = documents
        .iter()
        .map(|document| document.full_name().into_owned())
        .collect();
    let all: Vec<&str> = full.iter().map(String::as_str).collect();
    let packages = documents.iter().map(|document| Column {
        name: document.name.clone(),
        href: Address::package(&profile.key, &document.full_name(), PackagePart::Latest)
            .to_string(),
        remove_href: href(
            &all.iter()
                .copied()
                .filter(|name| *name != document.full_name())
                .collect::<Vec<_>>(),
        ),
    });
    let view = CompareView {
        packages: packages.collect(),
        rows: rows(&documents, visitor.now),
        unknown,
        can_add: documents.len() < MOST_COMPARED,
        most: MOST_COMPARED,
        form: href(&[]),
    };
    let title = if all.is_empty() {
        "Compare packages".to_owned()
    } else {
        format!("Compare {}", all.join(", "))
    };
    let head = Head {
        title,
        description: format!("{} packages side by side.", profile.title),
        canonical: href(&all),
        ..Head::default()
    };
    let body = gallery
        .render("compare.html", visitor, Some(profile), head, view)
        .await?;
    Ok(Page::html(body, CachePolicy::Package))
}

/// The rows in which at least one package has something to show.
fn rows(documents: &[Document], now: i64) -> Vec<ComparedRow> {
    let rows = [
        rows_of_releases(documents, now),
        rows_of_use(documents),
        rows_of_metadata(documents),
        rows_of_care(documents, now),
        rows_of_activity(documents, now),
    ];
    rows.into_iter()
        .flatten()
        .filter(|row| row.values.iter().any(|value| !value.is_empty()))
        .collect()
}

fn row(
    documents: &[Document],
    label: &'static str,
    value: impl Fn(&Document) -> String,
) -> ComparedRow {
    ComparedRow {
        label,
        values: documents.iter().map(value).collect(),
    }
}

fn number(document: &Document, field: &str) -> String {
    facts::number(document, field)
        .map(grouped)
        .unwrap_or_default()
}

fn age(seconds: Option<i64>, now: i64) -> String {
    let moment = Moment::new(seconds.unwrap_or_default(), now);
    moment
        .map(|moment| format!("{} ({})", moment.date, moment.age))
        .unwrap_or_default()
}

fn is_npm(document: &Document) -> bool {
    RegistryKind::Npm.is_named_by(&document.registry)
}

fn rows_of_releases(documents: &[Document], now: i64) -> Vec<ComparedRow> {
    let is_any_npm = documents.iter().any(is_npm);
    let row = |label, value: &dyn Fn(&Document) -> String| row(documents, label, value);
    vec![
        row("Summary", &|one| one.summary.clone()),
        row("Registry", &|one| {
            let name = if is_any_npm { registry_name(one) } else { "" };
            name.to_owned()
        }),
        row("Latest release", &|one| one.version.clone()),
        row("Released", &|one| age(Some(one.upload_timestamp), now)),
        row("First release", &|one| age(one.first_upload, now)),
        row("Releases", &|one| {
            one.release_count
                .map(|count| grouped(count.into()))
                .unwrap_or_default()
        }),
        row("Status", &|one| one.status.clone().unwrap_or_default()),
    ]
}

fn rows_of_use(documents: &[Document]) -> Vec<ComparedRow> {
    let row = |label, value: &dyn Fn(&Document) -> String| row(documents, label, value);
    vec![
        row("Health", &|one| match facts::number(one, "health_score") {
            Some(score) => format!("{score} of 100, {}", health_word(score)),
            None => String::new(),
        }),
        row("Downloads last month", &|one| {
            number(one, "download_last_month")
        }),
        row("Stars", &|one| number(one, "github_stars")),
        row("Dependents here", &|one| number(one, "dependents")),
    ]
}

fn rows_of_metadata(documents: &[Document]) -> Vec<ComparedRow> {
    let row = |label, value: &dyn Fn(&Document) -> String| row(documents, label, value);
    vec![
        row("Frameworks", &|one| {
            version_ranges(&one.framework_versions).join("; ")
        }),
        row("Needs", &|one| {
            let needs = one.peer_versions.iter().map(|value| needs_label(value));
            needs.collect::<Vec<String>>().join("; ")
        }),
        row("Python", &|one| {
            python_ranges(&one.python_versions).join("; ")
        }),
        row("License", &|one| {
            if one.license_spdx.is_empty() {
                one.license
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .chars()
                    .take(60)
                    .collect()
            } else {
                one.license_spdx.clone()
            }
        }),
        row("Requirements", &|one| one.requires_names.join(", ")),
    ]
}

/// How the repositories are looked after, where that is known.
fn rows_of_activity(documents: &[Document], now: i64) -> Vec<ComparedRow> {
    let facts = documents.iter().map(ActivityFacts::of_document);
    let told: Vec<_> = facts.map(|facts| activity_rows(&facts, now)).collect();
    let labels = activity_rows(&ActivityFacts::default(), now).into_iter();
    let rows = labels.enumerate().map(|(at, (label, _))| ComparedRow {
        label,
        values: told
            .iter()
            .filter_map(|rows| Some(rows.get(at)?.1.clone()))
            .collect(),
    });
    rows.collect()
}

fn rows_of_care(documents: &[Document], now: i64) -> Vec<ComparedRow> {
    let is_any_yanked = documents.iter().any(|one| one.yanked);
    let yanked = if documents.iter().any(is_npm) {
        "Yanked or deprecated"
    } else {
        "Yanked"
    };
    let yes = |is_so: bool| if is_so { "yes" } else { "" }.to_owned();
    let row = |label, value: &dyn Fn(&Document) -> String| row(documents, label, value);
    vec![
        row("Last push", &|one| {
            age(facts::number(one, "github_pushed"), now)
        }),
        row("Open issues", &|one| number(one, "github_open_issues")),
        row("Provenance", &|one| match one.provenance {
            Some(true) => "attested".to_owned(),
            Some(false) => "none".to_owned(),
            None => String::new(),
        }),
        row("Malicious", &|one| yes(facts::is_true(one, "is_malicious"))),
        row(
            yanked,
            &|one| match (one.yanked, first_line(&one.yanked_reason)) {
                (false, _) if !is_any_yanked => String::new(),
                (false, _) => "no".to_owned(),
                (true, reason) if reason.is_empty() => "yes".to_owned(),
                (true, reason) => format!("yes: {reason}"),
            },
        ),
        row("Archived", &|one| {
            yes(facts::is_true(one, "github_archived"))
        }),
        row("Known vulnerabilities", &|one| match one
            .facts
            .get("has_vulnerabilities")
            .and_then(serde_json::Value::as_bool)
        {
            Some(true) => facts::list(one, "vulnerabilities")
                .count()
                .max(1)
                .to_string(),
            Some(false) => "none".to_owned(),
            None => String::new(),
        }),
        row("Maintainers", &|one| one.maintainers.join(", ")),
    ]
}
