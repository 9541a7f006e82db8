//! Our rule set: README and metadata are judged here, everything else in `maintenance`. Pure.
//!
//! The score is the share of the points that could be had, in percent, less the penalties. A part
//! about which nothing is known is named and left out of both.

use url::Url;

use super::bands::band;
use super::breakdown::{Breakdown, Category, Health, WeightedBreakdown};
use super::context::ScoringContext;
use super::maintenance;
use super::maintenance_facts::MaintenanceFacts;
use super::rules::Rules;
use crate::model::repository::{normal_label, own_repository};
use crate::model::{Document, RegistryKind, is_given};

/// The fields that are read.
pub(super) const FIELDS: &[&str] = &[
    "activity_bus_factor",
    "activity_checked",
    "activity_first_response",
    "author",
    "author_email",
    "bugtrack_url",
    "changelog",
    "classifiers",
    "docs_url",
    "download_last_month",
    "download_url",
    "first_chapter",
    "github_archived",
    "github_closed_issues",
    "github_open_issues",
    "github_pushed",
    "github_stars",
    "github_url",
    "has_vulnerabilities",
    "home_page",
    "is_malicious",
    "keywords",
    "license",
    "license_expression",
    "license_spdx",
    "main_content",
    "maintainer",
    "maintainer_email",
    "package_url",
    "project_urls",
    "registry",
    "repository_url",
    "requires_python",
    "summary",
    "upload_timestamp",
    "version_major",
    "version_postfix",
    "vulnerabilities",
    "yanked",
];

/// Labels of documentation, in their normal form.
const DOCUMENTATION: [&str; 7] = [
    "documentation",
    "docs",
    "doc",
    "manual",
    "readthedocs",
    "userguide",
    "wiki",
];
/// Labels of a changelog, in their normal form.
const CHANGELOG: [&str; 6] = [
    "changelog",
    "changes",
    "history",
    "news",
    "releasenotes",
    "whatsnew",
];
/// Hosts where an address with fewer than three names is a repository or its owner.
const FORGES: [&str; 4] = ["bitbucket.org", "codeberg.org", "github.com", "gitlab.com"];

/// What maintainers can do, in the terms of their registry.
struct Words {
    documentation: &'static str,
    changelog: &'static str,
    license: &'static str,
    repository: &'static str,
}

impl Words {
    fn of(document: &Document) -> Self {
        if RegistryKind::Npm.is_named_by(&document.registry) {
            return Self {
                documentation: "give the address of the documentation as `homepage` in package.json",
                changelog: "add a changelog to the README",
                license: "give an SPDX expression such as `\"license\": \"MIT\"` in package.json",
                repository: "give the `repository` in package.json, with `directory` in a monorepo",
            };
        }
        Self {
            documentation: "add the address of the documentation to the project's URLs, labelled \
                            `Documentation`",
            changelog: "add a changelog to the README, or its address to the project's URLs",
            license: "give an SPDX expression such as `license = \"MIT\"` in the package's metadata",
            repository: "add the repository to the project's URLs, labelled `Source`",
        }
    }
}

pub(super) fn calculate(
    rules: &Rules,
    document: &Document,
    context: &ScoringContext<'_>,
) -> Health {
    let facts = MaintenanceFacts::new(document, context, readme_words(document));
    let mut breakdown = WeightedBreakdown {
        documentation: documentation(rules, document, facts.readme_words),
        metadata: metadata(rules, document),
        ..WeightedBreakdown::default()
    };
    maintenance::judge(rules, &facts, &mut breakdown);
    let score = breakdown.score();
    Health {
        score,
        band: band(score),
        calculated: context.now,
        health_problems_documentation: breakdown.documentation.problems.clone(),
        health_problems_metadata: breakdown.metadata.problems.clone(),
        health_problems_recency: breakdown.recency.problems.clone(),
        breakdown: Breakdown::Weighted(Box::new(breakdown)),
    }
}

/// Words of the README, without its changelog and markup.
fn readme_words(document: &Document) -> i64 {
    let count = |html: &str| {
        let text = pyfa_readme::strip_tags(html);
        let is_word = |word: &&str| word.contains(char::is_alphanumeric);
        text.split_whitespace().filter(is_word).count()
    };
    let summary = document.summary.split_whitespace().count();
    let all = count(&document.first_chapter) + count(&document.main_content);
    i64::try_from(all.saturating_sub(summary)).unwrap_or(i64::MAX)
}

fn documentation(rules: &Rules, document: &Document, words: i64) -> Category {
    let weights = &rules.documentation;
    let words_of = Words::of(document);
    let mut documentation = Category::default();
    documentation.add(
        weights.readme.points,
        weights.readme.percent(words),
        format!("the README has {words} words"),
        "say in the README what the package does, how to install it and how to use it",
    );
    documentation.add_if(
        has_documentation(document),
        weights.link,
        (
            "has an address of documentation",
            "no address of documentation",
        ),
        words_of.documentation,
    );
    let has_changelog =
        !document.changelog.is_empty() || addresses_labelled(document, &CHANGELOG).any(is_web);
    documentation.add_if(
        has_changelog,
        weights.changelog,
        ("has a changelog", "no changelog"),
        words_of.changelog,
    );
    documentation
}

/// The addresses under one of these labels.
fn addresses_labelled<'d>(
    document: &'d Document,
    labels: &'d [&str],
) -> impl Iterator<Item = &'d str> {
    let links = document.project_urls.iter();
    links
        .filter(|(label, _)| labels.contains(&normal_label(label).as_str()))
        .map(|(_, address)| address.as_str())
}

fn is_web(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

fn has_documentation(document: &Document) -> bool {
    let is_host_of_documentation = |address: &&str| {
        let url = Url::parse(address).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        host.starts_with("docs.")
            || [".readthedocs.io", ".readthedocs.org", ".github.io"]
                .iter()
                .any(|end| host.ends_with(end))
    };
    let others = document
        .project_urls
        .values()
        .chain([&document.home_page])
        .map(String::as_str);
    addresses_labelled(document, &DOCUMENTATION)
        .chain([document.docs_url.as_str()])
        .chain(others.filter(is_host_of_documentation))
        .any(is_documentation)
}

/// Whether an address can hold documentation: not a package's page at the registry, a repository
/// itself, or an organisation's page.
fn is_documentation(address: &str) -> bool {
    let Some(url) = Url::parse(address)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
    else {
        return false;
    };
    let full_host = url.host_str().unwrap_or_default();
    let host = full_host.strip_prefix("www.").unwrap_or(full_host);
    let names = url
        .path_segments()
        .into_iter()
        .flatten()
        .filter(|name| !name.is_empty())
        .count();
    let is_registry = host.starts_with("pypi.") || host == "npmjs.com";
    !is_registry && (names > 2 || !FORGES.contains(&host))
}

fn metadata(rules: &Rules, document: &Document) -> Category {
    let weights = &rules.metadata;
    let words_of = Words::of(document);
    let mut metadata = Category::default();
    let people = [
        &document.author,
        &document.author_email,
        &document.maintainer,
        &document.maintainer_email,
    ];
    metadata.add_if(
        people.into_iter().any(|text| is_given(text)),
        weights.people,
        (
            "names an author or maintainer",
            "no maintainer or author info",
        ),
        "name authors or maintainers in the package's metadata",
    );
    let licenses = [
        &document.license_spdx,
        &document.license_expression,
        &document.license,
    ];
    let has_license = licenses.into_iter().any(|text| is_given(text))
        || document
            .classifiers
            .iter()
            .any(|classifier| classifier.starts_with("License ::"));
    metadata.add_if(
        has_license,
        weights.license,
        ("has a license", "no license"),
        words_of.license,
    );
    let is_npm = RegistryKind::Npm.is_named_by(&document.registry);
    let (many, few, advice) = if is_npm {
        (
            "at least 3 keywords",
            "fewer than 3 keywords",
            "add keywords that people search for",
        )
    } else {
        (
            "at least 3 classifiers",
            "fewer than 3 classifiers",
            "add classifiers: the framework, its versions, the versions of Python",
        )
    };
    let topics = if is_npm {
        &document.keywords
    } else {
        &document.classifiers
    };
    metadata.add_if(topics.len() >= 3, weights.classifiers, (many, few), advice);
    if !is_npm {
        metadata.add_if(
            is_given(&document.requires_python),
            weights.requires_python,
            (
                "says which versions of Python it needs",
                "no required version of Python",
            ),
            "give `requires-python`, so that installers choose a release that fits",
        );
    }
    metadata.add_if(
        is_given(&document.summary),
        weights.summary,
        ("has a summary", "no summary"),
        "say in one line what the package is: `description` in the package's metadata",
    );
    let has_repository =
        document.facts.contains_key("github_url") || own_repository([document]).named.is_some();
    metadata.add_if(
        has_repository,
        weights.repository,
        ("names its repository", "no repository"),
        words_of.repository,
    );
    metadata
}
