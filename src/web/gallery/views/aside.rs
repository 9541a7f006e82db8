//! The facts next to the README: links, people, requirements, repository, files.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::catalog::{Facet, repository_of};
use crate::model::{Document, Forgotten, RegistryKind, contributor_login};
use crate::web::gallery::address::Address;

use super::facts;
use super::format::{Moment, file_size, first_line, grouped};
use super::link::{Link, Requirement, filtered_list, package_href, registry_name, web_address};
use super::npm::{NpmView, peer_names, purl, source_folder, twins};

/// Entries that a list on the page shows.
const MOST_PEOPLE: usize = 10;
const MOST_CONTRIBUTORS: usize = 5;
const MOST_REQUIREMENTS: usize = 100;
const MOST_KEYWORDS: usize = 100;
const MOST_CLASSIFIERS: usize = 200;
const MOST_LINKS: usize = 50;
const MOST_FILES: usize = 50;

/// The facts next to the README.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AsideView {
    pub links: Vec<Link>,
    pub maintainers: Vec<Link>,
    pub author: String,
    pub contributors: Vec<Link>,
    /// The repository's own page, if it is on GitHub.
    pub repository_page: Option<Link>,
    pub license: String,
    pub license_spdx: String,
    pub requirements: Vec<Requirement>,
    /// Requirements of extras, folded.
    pub extra_requirements: Vec<Requirement>,
    pub keywords: Vec<Link>,
    pub classifiers: Vec<String>,
    /// What GitHub knows, as label and value.
    pub repository: Vec<(&'static str, String)>,
    pub repository_checked: Option<Moment>,
    pub files: Vec<FileView>,
    pub purl: String,
    /// What only packages of npm have.
    pub npm: Option<NpmView>,
    /// Packages of other registries from the same place.
    pub twins: Vec<Link>,
}

/// A file of the release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileView {
    pub name: String,
    pub href: String,
    pub kind: String,
    /// As in `12 kB`.
    pub size: String,
}

impl AsideView {
    #[must_use]
    pub fn new(
        shown: &Document,
        latest: &Document,
        profile: &str,
        held: &BTreeMap<String, String>,
        forgotten: Option<&Forgotten>,
        now: i64,
    ) -> Self {
        let filtered = |facet, value: &str| filtered_list(profile, facet, value);
        let (requirements, extra_requirements) = requirements(shown, profile, held);
        Self {
            links: links(shown, latest),
            maintainers: shown
                .maintainers
                .iter()
                .take(MOST_PEOPLE)
                .map(|name| filtered(Facet::Maintainer, name))
                .collect(),
            author: author(shown),
            contributors: contributors(latest, profile, forgotten),
            repository_page: repository_page(latest, profile, forgotten),
            license: first_line(&shown.license),
            license_spdx: shown.license_spdx.clone(),
            requirements,
            extra_requirements,
            keywords: shown
                .keywords
                .iter()
                .take(MOST_KEYWORDS)
                .map(|keyword| filtered(Facet::Keyword, keyword))
                .collect(),
            classifiers: shown
                .classifiers
                .iter()
                .take(MOST_CLASSIFIERS)
                .cloned()
                .collect(),
            repository: repository(latest, now),
            repository_checked: Moment::new(
                facts::number(latest, "github_checked").unwrap_or_default(),
                now,
            ),
            files: shown
                .urls
                .iter()
                .take(MOST_FILES)
                .map(FileView::new)
                .collect(),
            purl: purl(shown),
            npm: NpmView::new(shown, latest, profile, held),
            twins: twins(&latest.facts, profile),
        }
    }
}

fn links(shown: &Document, latest: &Document) -> Vec<Link> {
    let mut seen = BTreeSet::new();
    let folder = source_folder(shown).unwrap_or_default();
    let own = [
        ("Documentation", shown.docs_url.as_str()),
        ("Source", &folder),
        ("Repository", facts::text(latest, "github_url")),
        ("Home page", &shown.home_page),
        ("Issues", &shown.bugtrack_url),
    ];
    let labelled = shown
        .project_urls
        .iter()
        .map(|(label, address)| (label.as_str(), address.as_str()));
    let registry = [(registry_name(shown), shown.package_url.as_str())];
    labelled
        .chain(own)
        .chain(registry)
        .filter_map(|(label, address)| Some((label, web_address(address)?)))
        .filter(|(_, address)| seen.insert(address.trim_end_matches('/').to_owned()))
        .map(|(text, href)| Link {
            text: text.to_owned(),
            href,
            is_foreign: true,
        })
        .take(MOST_LINKS)
        .collect()
}

fn author(document: &Document) -> String {
    let name = first_line(&document.author);
    if !name.is_empty() {
        return name;
    }
    // `Name <address>`, without the address.
    let text = document.author_email.split('<').next().unwrap_or_default();
    let text = text.trim().trim_matches('"');
    if text.contains('@') {
        String::new()
    } else {
        first_line(text)
    }
}

/// Those with the most commits, without those who asked to be forgotten.
fn contributors(latest: &Document, profile: &str, forgotten: Option<&Forgotten>) -> Vec<Link> {
    let Some(forgotten) = forgotten else {
        return Vec::new();
    };
    let listed = facts::list(latest, "contributors").filter_map(contributor_login);
    let shown = listed.filter(|login| !forgotten.has_login(login));
    let linked = shown.map(|login| Link {
        text: login.to_owned(),
        href: Address::person(profile, login).to_string(),
        is_foreign: false,
    });
    linked.take(MOST_CONTRIBUTORS).collect()
}

/// The repository's own page, unless its owner asked to be forgotten.
fn repository_page(
    latest: &Document,
    profile: &str,
    forgotten: Option<&Forgotten>,
) -> Option<Link> {
    let slug = repository_of(latest)?;
    let is_shown = forgotten.is_none_or(|list| !list.has_login(slug.owner()));
    is_shown.then(|| Link {
        text: slug.to_string(),
        href: Address::repository(profile, &slug).to_string(),
        is_foreign: false,
    })
}

/// The names of the packages that a page's list of requirements shows.
pub fn required_names(document: &Document) -> impl Iterator<Item = &str> {
    let registry = RegistryKind::named(&document.registry).unwrap_or_default();
    let shown = document.requires_dist.iter().take(MOST_REQUIREMENTS);
    let names = shown.map(move |text| requirement_name(registry, text));
    names.chain(peer_names(document))
}

/// The requirements of every installation, and those of extras. Those that the gallery holds are links;
/// `held` has their spellings by normalised name.
fn requirements(
    document: &Document,
    profile: &str,
    held: &BTreeMap<String, String>,
) -> (Vec<Requirement>, Vec<Requirement>) {
    let registry = RegistryKind::named(&document.registry).unwrap_or_default();
    let read = |text: &String| {
        let name = registry.project_name(requirement_name(registry, text));
        let href = held
            .get(name.as_str())
            .map(|name| package_href(profile, name, &document.registry));
        Requirement {
            text: requirement_text(registry, text),
            href,
        }
    };
    let shown = document.requires_dist.iter().take(MOST_REQUIREMENTS);
    let is_extra = |text: &&String| registry == RegistryKind::PyPi && is_extra(text);
    let (extra, own): (Vec<&String>, Vec<&String>) = shown.partition(is_extra);
    (
        own.into_iter().map(read).collect(),
        extra.into_iter().map(read).collect(),
    )
}

fn is_extra(requirement: &str) -> bool {
    let marker = requirement.split_once(';').map_or("", |(_, marker)| marker);
    marker.contains("extra")
}

/// `react ^18`, of `react@^18`; those of `PyPI` are shown as they are written.
fn requirement_text(registry: RegistryKind, requirement: &str) -> String {
    let name = requirement_name(registry, requirement);
    let range = requirement
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('@'));
    match range {
        Some(range) if registry == RegistryKind::Npm => format!("{name} {range}"),
        _ => requirement.to_owned(),
    }
}

/// The name at the beginning of a requirement.
fn requirement_name(registry: RegistryKind, requirement: &str) -> &str {
    if registry == RegistryKind::Npm {
        // The first sign may be that of a scope.
        let at = requirement.get(1..).and_then(|rest| rest.find('@'));
        let end = at.map_or(requirement.len(), |at| at + 1);
        return requirement.get(..end).unwrap_or_default();
    }
    let text = requirement.trim_start();
    let is_name = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    let end = text
        .find(|character| !is_name(character))
        .unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn repository(latest: &Document, now: i64) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    let mut add = |label, value: String| {
        if !value.is_empty() {
            rows.push((label, value));
        }
    };
    let number = |field| {
        facts::number(latest, field)
            .map(grouped)
            .unwrap_or_default()
    };
    let moment = |field| {
        let moment = Moment::new(facts::number(latest, field).unwrap_or_default(), now);
        moment.map(|moment| moment.age).unwrap_or_default()
    };
    add(
        "Language",
        facts::text(latest, "github_language").to_owned(),
    );
    let topics: Vec<&str> = facts::list(latest, "github_topics")
        .filter_map(Value::as_str)
        .collect();
    add("Topics", topics.join(", "));
    add("Forks", number("github_forks"));
    add("Open issues", number("github_open_issues"));
    add("Closed issues", number("github_closed_issues"));
    add("Open pull requests", number("github_open_pull_requests"));
    add("Last push", moment("github_pushed"));
    add(
        "Release on GitHub",
        facts::text(latest, "github_release").to_owned(),
    );
    rows
}

impl FileView {
    fn new(file: &serde_json::Map<String, Value>) -> Self {
        let text = |key| file.get(key).and_then(Value::as_str).unwrap_or_default();
        let kind = match text("packagetype") {
            "bdist_wheel" => "wheel",
            "sdist" => "source",
            other => other,
        };
        let size = file.get("size").and_then(Value::as_i64);
        Self {
            name: text("filename").to_owned(),
            href: web_address(text("url")).unwrap_or_default(),
            kind: kind.to_owned(),
            size: size.map(file_size).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RegistryKind, requirement_name, requirement_text};

    #[test]
    fn requirements_begin_with_a_name() {
        for (text, name) in [
            ("plone.api[test]>=1.8; python_version<'3'", "plone.api"),
            (" Foo_Bar (>=1)", "Foo_Bar"),
            ("x@https://example.org", "x"),
            ("", ""),
        ] {
            assert_eq!(requirement_name(RegistryKind::PyPi, text), name);
        }
        for (text, name, shown) in [
            ("@plone/types@^1.0.0", "@plone/types", "@plone/types ^1.0.0"),
            ("react@18", "react", "react 18"),
            ("a@npm:b@1", "a", "a npm:b@1"),
            ("@plone/types", "@plone/types", "@plone/types"),
            ("", "", ""),
        ] {
            assert_eq!(requirement_name(RegistryKind::Npm, text), name);
            assert_eq!(requirement_text(RegistryKind::Npm, text), shown);
        }
    }
}
