//! A repository: its numbers, its packages in the profile, and who works there.

use serde::Serialize;
use serde_json::Value;

use crate::activity::metrics::RepositoryFacts;
use crate::catalog::PackageSummary;
use crate::model::{ActivityFacts, Document, Forgotten, RepositorySlug, contributor_login};
use crate::web::gallery::address::Address;
use crate::web::people::{RepositoryContributor, RepositoryRecord};

use super::activity::{activity_figures, of_repository};
use super::facts;
use super::figure::FigureView;
use super::format::{Moment, grouped};
use super::hit::HitView;
use super::link::Link;

/// Contributors that the page shows.
const MOST_CONTRIBUTORS: usize = 50;

/// The page of a repository.
#[derive(Debug, Clone, Serialize)]
pub struct RepositoryView {
    /// `owner/name`
    pub name: String,
    pub description: String,
    /// On GitHub.
    pub href: String,
    /// None where nobody knows whether the owner may be shown.
    pub owner: Option<Link>,
    pub is_archived: bool,
    pub figures: Vec<FigureView>,
    pub packages: Vec<HitView>,
    /// Packages beyond those shown.
    pub more_packages: usize,
    pub contributors: Vec<ContributorView>,
    /// Where the contributors come from, and when.
    pub contributors_checked: Option<Moment>,
}

/// Somebody with commits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContributorView {
    pub login: String,
    pub href: String,
    /// In words; empty if unknown.
    pub commits: String,
}

/// What the page is made of.
#[derive(Debug)]
pub struct RepositoryParts<'a> {
    pub slug: &'a RepositorySlug,
    pub profile: &'a str,
    /// Names of all its packages.
    pub packages: usize,
    pub summaries: &'a [PackageSummary],
    /// The latest releases of some of them.
    pub documents: &'a [Document],
    pub record: Option<&'a RepositoryRecord>,
    pub facts: Option<&'a RepositoryFacts>,
    pub contributors: &'a [RepositoryContributor],
    /// None if nobody may be shown.
    pub forgotten: Option<&'a Forgotten>,
    pub now: i64,
}

impl RepositoryView {
    #[must_use]
    pub fn new(parts: &RepositoryParts<'_>) -> Self {
        let RepositoryParts { profile, now, .. } = *parts;
        let checked = |document: &&Document| facts::number(document, "github_checked");
        // The same repository, asked about for each of its packages.
        let newest = parts.documents.iter().max_by_key(checked);
        Self {
            name: parts.slug.to_string(),
            description: parts
                .record
                .and_then(|record| record.description.clone())
                .unwrap_or_default(),
            href: format!("https://github.com/{}", parts.slug),
            owner: parts.forgotten.map(|_| Link {
                text: parts.slug.owner().to_owned(),
                href: Address::person(profile, parts.slug.owner()).to_string(),
                is_foreign: false,
            }),
            is_archived: match parts.record {
                Some(record) => record.is_archived,
                None => newest.is_some_and(|one| facts::is_true(one, "github_archived")),
            },
            figures: figures(parts, newest),
            packages: parts
                .summaries
                .iter()
                .map(|package| HitView::of_package(package, profile, now))
                .collect(),
            more_packages: parts.packages.saturating_sub(parts.summaries.len()),
            contributors: contributors(parts, newest),
            contributors_checked: if parts.contributors.is_empty() {
                let at = newest.and_then(|one| facts::number(one, "github_checked"));
                Moment::new(at.unwrap_or_default(), now)
            } else {
                let read = parts.record.and_then(|record| record.read);
                Moment::new(read.map_or(0, jiff::Timestamp::as_second), now)
            },
        }
    }
}

fn figures(parts: &RepositoryParts<'_>, newest: Option<&Document>) -> Vec<FigureView> {
    let number = |field| newest.and_then(|one| facts::number(one, field));
    let now = parts.now;
    let (values, checked) = match parts.record.and_then(|record| Some((record, record.read?))) {
        Some((record, read)) => (
            [
                Some(record.stars),
                Some(record.forks),
                record.watchers,
                Some(record.open_issues),
            ],
            read.as_second(),
        ),
        None => (
            [
                number("github_stars"),
                number("github_forks"),
                number("github_watchers"),
                // Elsewhere GitHub counts both as one.
                number("github_open_issues")
                    .map(|issues| issues + number("github_open_pull_requests").unwrap_or_default()),
            ],
            number("github_checked").unwrap_or_default(),
        ),
    };
    let labels = [
        ("stars", "Stars"),
        ("dependents", "Forks"),
        ("info", "Watchers"),
        ("activity", "Open issues and pull requests"),
    ];
    let mut figures: Vec<FigureView> = labels
        .into_iter()
        .zip(values)
        .filter(|(_, value)| value.is_some())
        .map(|((kind, label), value)| FigureView {
            kind,
            label,
            value: value.map(grouped),
            word: String::new(),
            href: None,
            source: "GitHub".to_owned(),
            checked: Moment::new(checked, now),
        })
        .collect();
    let pushed = parts.record.and_then(|record| record.pushed);
    let pushed = pushed.map(jiff::Timestamp::as_second);
    let pushed = pushed
        .or_else(|| number("github_pushed"))
        .unwrap_or_default();
    figures.extend(Moment::new(pushed, now).map(|moment| FigureView {
        kind: "health",
        label: "Last push",
        value: Some(moment.age),
        word: String::new(),
        href: None,
        source: "GitHub".to_owned(),
        checked: Moment::new(checked, now),
    }));
    let activity = match (parts.facts, newest) {
        (Some(known), _) => of_repository(known),
        (None, Some(document)) => ActivityFacts::of_document(document),
        (None, None) => ActivityFacts::default(),
    };
    figures.extend(activity_figures(&activity, now));
    figures
}

/// Who has committed, without those who asked to be forgotten: from the map, or else from a document.
fn contributors(parts: &RepositoryParts<'_>, newest: Option<&Document>) -> Vec<ContributorView> {
    let Some(forgotten) = parts.forgotten else {
        return Vec::new();
    };
    let known: Vec<(&str, Option<i64>)> = if parts.contributors.is_empty() {
        let listed = newest.map(|one| facts::list(one, "contributors"));
        listed
            .into_iter()
            .flatten()
            .filter_map(|one| {
                let commits = one.get("contributions").and_then(Value::as_i64);
                Some((contributor_login(one)?, commits))
            })
            .collect()
    } else {
        parts
            .contributors
            .iter()
            .filter(|one| !forgotten.has_id(one.github_id))
            .map(|one| (one.login.as_str(), Some(one.commits)))
            .collect()
    };
    known
        .into_iter()
        .filter(|(login, _)| !forgotten.has_login(login))
        .take(MOST_CONTRIBUTORS)
        .map(|(login, commits)| ContributorView {
            login: login.to_owned(),
            href: Address::person(parts.profile, login).to_string(),
            commits: commits.map(commits_in_words).unwrap_or_default(),
        })
        .collect()
}

/// As in `1,234 commits`.
#[must_use]
pub fn commits_in_words(commits: i64) -> String {
    let plural = if commits == 1 { "" } else { "s" };
    format!("{} commit{plural}", grouped(commits))
}
