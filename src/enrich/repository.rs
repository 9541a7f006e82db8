//! Which repositories a package names, best first.
//!
//! Pure: reads the addresses of documents and asks nobody whether they still lead anywhere. The
//! GitHub run calls [`candidates`] with the releases of a package and tries one slug after the
//! other; what lies on other forges is told apart, so that it can be counted and, one day, asked.
//! How a single address is read stands in [`address`].

mod address;

use std::collections::HashSet;

pub use address::{Address, Forge, Repository, read_address};

use crate::model::{Document, RepositorySlug};

/// Candidates of a package. An honest one has two or three over all its releases.
const MOST_CANDIDATES: usize = 20;

/// Labels by what they promise, best first, in the normal form of [`normal_label`].
const LABELS: [&[&str]; 9] = [
    &["repository", "repo", "gitrepository", "sourcerepository"],
    &["source"],
    &["sourcecode", "sources"],
    &["code"],
    &["github", "githubrepository", "githubrepo", "githubproject"],
    &[
        "git",
        "vcs",
        "scm",
        "gitlab",
        "codeberg",
        "bitbucket",
        "development",
    ],
    &["homepage", "home", "website", "project"],
    &[
        "issues",
        "issue",
        "issuetracker",
        "bugs",
        "bugtracker",
        "bugreports",
        "tracker",
        "report",
    ],
    &[
        "changelog",
        "changes",
        "releasenotes",
        "history",
        "whatsnew",
        "download",
    ],
];
/// Labels of addresses that often lead to somebody else's repository.
const LAST: [&str; 8] = [
    "sponsor",
    "sponsors",
    "funding",
    "donate",
    "donation",
    "donations",
    "author",
    "organization",
];

/// A repository that a package names, and under which label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Where it is.
    pub repository: Repository,
    /// The label as written, or the name of the field: `home_page`.
    pub label: String,
}

impl Candidate {
    /// The slug, if the repository is on GitHub.
    #[must_use]
    pub fn github(&self) -> Option<&RepositorySlug> {
        match &self.repository {
            Repository::GitHub(slug) => Some(slug),
            Repository::Elsewhere { .. } => None,
        }
    }
}

/// What the addresses of a package say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidates {
    /// Best first, each repository once.
    pub repositories: Vec<Candidate>,
    /// The first address on GitHub that leads to no repository, without its host: `sponsors/plone`.
    pub malformed: Option<String>,
}

/// The repositories that `releases` name, in their order: give the newest release first.
#[must_use]
pub fn candidates<'d>(releases: impl IntoIterator<Item = &'d Document>) -> Candidates {
    let mut found = Candidates::default();
    let mut seen = HashSet::new();
    for (label, address) in releases.into_iter().flat_map(ranked_addresses) {
        match read_address(address) {
            Address::Repository(repository) => {
                if found.repositories.len() < MOST_CANDIDATES && seen.insert(repository.clone()) {
                    let label = label.to_owned();
                    found.repositories.push(Candidate { repository, label });
                }
            }
            Address::Malformed(identifier) => {
                found.malformed.get_or_insert(identifier);
            }
            Address::Other => {}
        }
    }
    found
}

/// Label and address of all that may lead to the repository of one release, best label first.
fn ranked_addresses(document: &Document) -> Vec<(&str, &str)> {
    let fields = [
        ("home_page", &document.home_page),
        ("bugtrack_url", &document.bugtrack_url),
        ("download_url", &document.download_url),
        ("docs_url", &document.docs_url),
    ];
    let labelled = document
        .project_urls
        .iter()
        .map(|(label, address)| (label.as_str(), address));
    let mut ranked: Vec<(usize, &str, &str)> = labelled
        .chain(fields)
        .filter(|(_, address)| !address.is_empty())
        .map(|(label, address)| (rank(label), label, address.as_str()))
        .collect();
    ranked.sort_by_key(|(rank, ..)| *rank);
    ranked
        .into_iter()
        .map(|(_, label, address)| (label, address))
        .collect()
}

/// The place of a label in the order of trust; unknown ones stand before those of [`LAST`].
fn rank(label: &str) -> usize {
    let label = match label {
        "bugtrack_url" => "issues".to_owned(),
        "download_url" => "download".to_owned(),
        _ => normal_label(label),
    };
    let known = LABELS
        .iter()
        .position(|labels| labels.contains(&label.as_str()));
    known.unwrap_or(LABELS.len() + usize::from(LAST.contains(&label.as_str())))
}

/// Lower case without blanks and punctuation, as labels are compared (PEP 753).
pub(super) fn normal_label(label: &str) -> String {
    let letters = label
        .chars()
        .filter(|character| character.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::{Candidates, candidates};
    use crate::model::Document;

    fn document(home_page: &str, links: &[(&str, &str)]) -> Document {
        let links = links
            .iter()
            .map(|(label, address)| ((*label).to_owned(), (*address).to_owned()));
        Document {
            home_page: home_page.to_owned(),
            project_urls: links.collect(),
            ..Document::default()
        }
    }

    fn shown(found: &Candidates) -> Vec<String> {
        let shown = found.repositories.iter();
        shown
            .map(|one| format!("{} {}", one.label, one.repository.url()))
            .collect()
    }

    #[test]
    fn the_best_label_comes_first() {
        let document = document(
            "https://github.com/a/site",
            &[
                ("Bug Tracker", "https://github.com/a/issues-here/issues"),
                ("Source Code", "https://github.com/a/code"),
                ("SOURCE", "git@github.com:a/source.git"),
                (
                    "Repository",
                    "https://gitlab.com/group/sub/repo/-/tree/main",
                ),
                ("Sponsor", "https://github.com/sponsors/a"),
                ("Funding", "https://github.com/other/fund"),
                ("Example", "https://github.com/a/example"),
            ],
        );
        let found = candidates([&document]);
        assert_eq!(
            shown(&found),
            [
                "Repository https://gitlab.com/group/sub/repo",
                "SOURCE https://github.com/a/source",
                "Source Code https://github.com/a/code",
                "home_page https://github.com/a/site",
                "Bug Tracker https://github.com/a/issues-here",
                "Example https://github.com/a/example",
                "Funding https://github.com/other/fund",
            ]
        );
        assert_eq!(
            found.repositories.first().and_then(|best| best.github()),
            None
        );
        assert_eq!(found.malformed.as_deref(), Some("sponsors/a"));
    }

    #[test]
    fn older_releases_follow_without_what_is_known_already() {
        let newest = document("https://github.com/Fresh/home", &[]);
        let older = document(
            "",
            &[
                (
                    "Homepage",
                    "http://www.github.com/fresh/HOME/tree/main#readme",
                ),
                ("Source", "https://github.com/old/home"),
            ],
        );
        assert_eq!(
            shown(&candidates([&newest, &older])),
            [
                "home_page https://github.com/Fresh/home",
                "Source https://github.com/old/home",
            ]
        );
    }

    #[test]
    fn a_package_may_name_none_or_far_too_many() {
        assert_eq!(
            candidates([&document("https://example.org", &[])]),
            Candidates::default()
        );
        let links: Vec<(String, String)> = (0..200)
            .map(|number| (number.to_string(), format!("https://github.com/a/{number}")))
            .collect();
        let links: Vec<(&str, &str)> = links
            .iter()
            .map(|(label, address)| (label.as_str(), address.as_str()))
            .collect();
        assert_eq!(candidates([&document("", &links)]).repositories.len(), 20);
    }
}
