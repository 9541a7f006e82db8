//! Finds a package's own repository among the addresses in its metadata.
//!
//! The transform (relative links of a README), the GitHub enricher and the health score all use
//! this result. Pure: it does not check whether an address still exists. A link is judged by its
//! whole label, in the normal form of PEP 753. Links for funding, a code of conduct, changes or
//! with an unknown label may point to another project's repository, so they are never used: no
//! repository is better than a wrong one.
//!
//! [`address`] parses a single address.

mod address;

pub use address::{Address, Forge, Repository, read_address};

use address::is_name;

use super::{Document, RepositorySlug};

/// Labels that stand for the package's own repository, best first, in the form of [`normal_label`].
const LABELS: [&[&str]; 9] = [
    &[
        "repository",
        "repo",
        "gitrepository",
        "sourcerepository",
        "coderepository",
    ],
    &["source"],
    &["sourcecode", "sources"],
    &["code"],
    &[
        "github",
        "githubrepository",
        "githubrepo",
        "githubproject",
        "githubhomepage",
        "githubpage",
        "sourcegithub",
        "sourceongithub",
    ],
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
    &["download"],
];

/// The most names of a package's folder; deeper ones are ignored.
const DEEPEST_FOLDER: usize = 20;

/// A repository that a package's metadata gives as its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRepository {
    pub repository: Repository,
    /// The package's folder in the repository, separated by `/`; empty for its root.
    pub folder: String,
    /// The label as written, or the name of the metadata field, such as `home_page`.
    pub label: String,
}

/// The result of the search for a package's repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnRepository {
    /// The repository with the best label, of the newest release that has one.
    pub named: Option<NamedRepository>,
    /// The path of the first address on GitHub that has a suitable label but is not a repository,
    /// such as `sponsors/plone`.
    pub malformed: Option<String>,
}

impl OwnRepository {
    /// The slug, if the repository is on GitHub.
    #[must_use]
    pub fn github(&self) -> Option<&RepositorySlug> {
        match &self.named.as_ref()?.repository {
            Repository::GitHub(slug) => Some(slug),
            Repository::Elsewhere { .. } => None,
        }
    }
}

/// The repository of a package, from its `releases`, newest first.
///
/// If that repository turns out not to exist, no other address is used instead.
#[must_use]
pub fn own_repository<'d>(releases: impl IntoIterator<Item = &'d Document>) -> OwnRepository {
    let mut own = OwnRepository::default();
    for (label, address, directory) in releases.into_iter().flat_map(ranked_addresses) {
        match read_address(address) {
            Address::Repository { repository, folder } => {
                own.named = Some(NamedRepository {
                    folder: stated_folder(directory).unwrap_or(folder),
                    repository,
                    label: label.to_owned(),
                });
                break;
            }
            Address::Malformed(identifier) => {
                own.malformed.get_or_insert(identifier);
            }
            Address::Other => {}
        }
    }
    own
}

/// A folder of a repository as npm packages state it (`./packages/volto/`), its names joined by
/// `/`; `None` if it is the root or no path within the repository.
fn stated_folder(directory: &str) -> Option<String> {
    let names = directory
        .split('/')
        .filter(|name| !matches!(*name, "" | "."));
    let names: Vec<&str> = names.take(DEEPEST_FOLDER + 1).collect();
    let is_sound = |name: &&str| is_name(name.strip_prefix('@').unwrap_or(name));
    let is_path = (1..=DEEPEST_FOLDER).contains(&names.len()) && names.iter().all(is_sound);
    is_path.then(|| names.join("/"))
}

/// Labels and addresses of one release that may be its repository, best label first, each with the
/// folder that is stated for it.
fn ranked_addresses(document: &Document) -> Vec<(&str, &str, &str)> {
    let fields = [
        ("home_page", &document.home_page),
        ("bugtrack_url", &document.bugtrack_url),
        ("download_url", &document.download_url),
    ];
    let labelled = document
        .project_urls
        .iter()
        .map(|(label, address)| (label.as_str(), address));
    let mut ranked: Vec<(usize, &str, &str)> = labelled
        .chain(fields)
        .filter_map(|(label, address)| Some((rank(label)?, label, address.as_str())))
        .collect();
    ranked.sort_by_key(|(rank, ..)| *rank);
    let by_rank = ranked
        .into_iter()
        .map(|(_, label, address)| (label, address, ""));
    // Packages of a monorepo share their home page, so a field that is about nothing else is first.
    let (repository, directory) = (&document.repository_url, &document.repository_directory);
    [("repository_url", repository.as_str(), directory.as_str())]
        .into_iter()
        .chain(by_rank)
        .collect()
}

/// The index of a label in [`LABELS`]; `None` if it does not stand for a repository.
fn rank(label: &str) -> Option<usize> {
    let normal = match label {
        "bugtrack_url" => "issues".to_owned(),
        "download_url" => "download".to_owned(),
        _ => normal_label(label),
    };
    LABELS
        .iter()
        .position(|labels| labels.contains(&normal.as_str()))
}

/// The form in which labels are compared (PEP 753): lower case, without white space and
/// punctuation.
#[must_use]
pub(crate) fn normal_label(label: &str) -> String {
    let letters = label
        .chars()
        .filter(|character| character.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::{OwnRepository, own_repository};
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

    fn shown(own: &OwnRepository) -> Option<String> {
        let named = own.named.as_ref()?;
        let url = named.repository.url();
        Some(
            format!("{} {url} {}", named.label, named.folder)
                .trim_end()
                .to_owned(),
        )
    }

    #[test]
    fn the_best_label_counts() {
        let mut links = vec![
            (
                "Repository",
                "https://gitlab.com/group/sub/repo/-/tree/main",
            ),
            ("SOURCE", "git@github.com:a/source.git"),
            ("Source Code", "github.com/a/code"),
            ("GitHub: repo", "https://github.com/a/labelled"),
            ("Bug Tracker", "https://github.com/a/issues-here/issues"),
            ("Download", "https://github.com/a/download/archive/1.0.zip"),
        ];
        let expected = [
            "Repository https://gitlab.com/group/sub/repo",
            "SOURCE https://github.com/a/source",
            "Source Code https://github.com/a/code",
            "GitHub: repo https://github.com/a/labelled",
            "home_page https://github.com/a/site",
            "Bug Tracker https://github.com/a/issues-here",
            "Download https://github.com/a/download",
        ];
        for (position, expected) in expected.iter().enumerate() {
            let home_page = if position < 5 {
                "https://github.com/a/site"
            } else {
                ""
            };
            let own = own_repository([&document(home_page, &links)]);
            assert_eq!(shown(&own).as_deref(), Some(*expected));
            if position != 4 {
                links.remove(0);
            }
        }
    }

    #[test]
    fn a_link_for_something_else_is_never_used() {
        for (label, address) in [
            ("Funding", "https://github.com/other/fund"),
            ("Sponsor", "https://github.com/sponsors/a"),
            (
                "Code of Conduct",
                "https://github.com/foundation/conduct/blob/main/README.md",
            ),
            ("Code style", "https://github.com/formatters/blackish"),
            ("Resources", "https://github.com/lists/awesome"),
            ("CI", "https://github.com/famous/actions/actions"),
            ("Template", "https://github.com/famous/template"),
            (
                "Changes",
                "https://github.com/bot/uploader/blob/main/changes/x.md",
            ),
            ("Release notes", "https://github.com/bot/uploader"),
            ("Organization", "https://github.com/famous/org"),
            (
                "Source of inspiration",
                "https://github.com/famous/inspiration",
            ),
            ("Forked from", "https://github.com/famous/upstream"),
            ("Documentation", "https://github.com/famous/docs"),
            ("", "https://github.com/famous/nameless"),
        ] {
            let links = [(label, address)];
            assert_eq!(
                own_repository([&document("https://acme.example", &links)]),
                OwnRepository::default(),
                "{label}"
            );
        }
        let links = [("Repository", "https://github.com/sponsors/a")];
        let own = own_repository([&document("https://github.com/a/b", &links)]);
        assert_eq!(own.malformed.as_deref(), Some("sponsors/a"));
        assert_eq!(
            shown(&own).as_deref(),
            Some("home_page https://github.com/a/b")
        );
    }

    #[test]
    fn the_newest_release_that_names_one_counts() {
        let newest = document("https://example.org", &[]);
        let middle = document("https://github.com/a/home", &[]);
        let oldest = document("", &[("Repository", "https://github.com/a/old")]);
        let own = own_repository([&newest, &middle, &oldest]);
        assert_eq!(
            shown(&own).as_deref(),
            Some("home_page https://github.com/a/home")
        );
    }

    #[test]
    fn a_package_may_have_a_folder_of_its_own() {
        for (address, folder) in [
            ("https://github.com/a/b", ""),
            ("https://github.com/a/b/tree/main", ""),
            (
                "https://github.com/a/b/tree/main/packages/widget/",
                "packages/widget",
            ),
            (
                "https://github.com/a/b/blob/main/packages/widget/README.md",
                "packages/widget",
            ),
            ("https://github.com/a/b/blob/main/README.md", ""),
            ("https://github.com/a/b/tree/main/packages/../x", ""),
            ("https://github.com/a/b/tree/main/p%20q", ""),
            ("https://github.com/a/b/issues/1/x", ""),
            (
                "https://gitlab.com/g/s/b/-/tree/main/packages/widget",
                "packages/widget",
            ),
            ("https://gitlab.com/g/b/tree/main/widget", "widget"),
            ("https://bitbucket.org/a/b/src/main/widget", "widget"),
            ("https://codeberg.org/a/b/src/branch/main/widget", "widget"),
        ] {
            let own = own_repository([&document("", &[("Source", address)])]);
            let named = own.named.map(|named| named.folder);
            assert_eq!(named.as_deref(), Some(folder), "{address}");
        }
    }

    #[test]
    fn a_stated_repository_counts_before_all_others() {
        for (address, directory, expected) in [
            (
                "git+https://github.com/plone/volto.git",
                "packages/volto",
                "repository_url https://github.com/plone/volto packages/volto",
            ),
            (
                "github:plone/volto",
                "./packages/@plone/types/",
                "repository_url https://github.com/plone/volto packages/@plone/types",
            ),
            (
                "https://github.com/plone/volto/tree/main/packages/a",
                "",
                "repository_url https://github.com/plone/volto packages/a",
            ),
            (
                "https://github.com/plone/volto",
                "../../etc",
                "repository_url https://github.com/plone/volto",
            ),
            ("", "packages/volto", "home_page https://github.com/a/site"),
        ] {
            let document = Document {
                repository_url: address.to_owned(),
                repository_directory: directory.to_owned(),
                ..document("https://github.com/a/site", &[])
            };
            let own = own_repository([&document]);
            assert_eq!(
                shown(&own).as_deref(),
                Some(expected),
                "{address} {directory}"
            );
        }
        for directory in ["/", "a\"><b>", "a/%2e%2e", "a\u{0}b", &"a/".repeat(30)] {
            assert_eq!(super::stated_folder(directory), None, "{directory}");
        }
    }
}
