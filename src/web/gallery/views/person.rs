//! A person or an organisation: which packages of the profile they stand behind, and what they do in
//! its repositories. Knows no e-mail address.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::activity::metrics::PersonActivity;
use crate::catalog::{PackageSummary, Part, PeopleIndex, Role};
use crate::model::{Forgotten, RepositorySlug};
use crate::web::gallery::address::{Address, PackagePart};
use crate::web::people::{ACTIVITY_DAYS, Contribution, PersonRecord};

use super::figure::FigureView;
use super::format::{Moment, grouped};
use super::link::Link;
use super::repository::commits_in_words;

/// Repositories that the page shows.
const MOST_REPOSITORIES: usize = 100;

/// The page of a person.
#[derive(Debug, Clone, Serialize)]
pub struct PersonView {
    pub login: String,
    /// Empty if it is not known, or the same.
    pub name: String,
    pub is_organization: bool,
    /// Accounts of this name.
    pub accounts: Vec<Link>,
    pub figures: Vec<FigureView>,
    pub packages: Vec<PersonPackage>,
    /// Packages beyond those shown.
    pub more_packages: usize,
    pub repositories: Vec<PersonRepository>,
    /// What was done in issues and pull requests.
    pub activity: Vec<FigureView>,
    pub activity_days: u32,
}

/// A package, and what the person does for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonPackage {
    pub name: String,
    pub href: String,
    /// As in `maintainer, owner of the repository`.
    pub roles: String,
    pub version: String,
    pub uploaded: Option<Moment>,
}

/// A repository, and what the person does there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonRepository {
    pub name: String,
    pub href: String,
    pub part: String,
    /// Packages of the profile in it, in words.
    pub packages: String,
}

/// What the page is made of.
#[derive(Debug)]
pub struct PersonParts<'a> {
    pub login: &'a str,
    pub profile: &'a str,
    pub index: &'a PeopleIndex,
    pub parts: &'a [Part],
    pub summaries: &'a [PackageSummary],
    pub record: Option<&'a PersonRecord>,
    pub forgotten: &'a Forgotten,
    pub contributions: &'a [Contribution],
    pub activity: Option<&'a PersonActivity>,
    pub now: i64,
}

impl PersonView {
    #[must_use]
    pub fn new(parts: &PersonParts<'_>) -> Self {
        let PersonParts {
            login,
            profile,
            now,
            ..
        } = *parts;
        let name = parts.record.and_then(|record| record.name.clone());
        let repositories = list_repositories(parts);
        let packages = parts.summaries.iter().filter_map(|summary| {
            let part = parts
                .parts
                .iter()
                .find(|one| one.package == summary.full_name())?;
            Some(PersonPackage {
                name: summary.name.clone(),
                href: Address::package(profile, &summary.full_name(), PackagePart::Latest)
                    .to_string(),
                roles: roles_in_words(&part.roles),
                version: summary.version.clone(),
                uploaded: Moment::new(summary.upload_timestamp, now),
            })
        });
        Self {
            login: login.to_owned(),
            name: name
                .filter(|name| !name.eq_ignore_ascii_case(login))
                .unwrap_or_default(),
            is_organization: parts.record.is_some_and(|record| record.is_organization),
            accounts: accounts(parts),
            figures: figures(parts, repositories.len()),
            packages: packages.collect(),
            more_packages: parts.parts.len().saturating_sub(parts.summaries.len()),
            repositories: repositories.into_iter().take(MOST_REPOSITORIES).collect(),
            activity: parts.activity.map(activity_figures).unwrap_or_default(),
            activity_days: ACTIVITY_DAYS,
        }
    }
}

fn roles_in_words(roles: &[Role]) -> String {
    let words = roles.iter().map(|role| match role {
        Role::Maintainer => "maintainer on PyPI",
        Role::NpmMaintainer => "maintainer on npm",
        Role::Owner => "owner of the repository",
        Role::Author => "author",
        Role::Contributor => "contributor",
    });
    words.collect::<Vec<_>>().join(", ")
}

fn has_role(parts: &PersonParts<'_>, is_meant: impl Fn(Role) -> bool) -> bool {
    let mut roles = parts.parts.iter().flat_map(|part| &part.roles);
    roles.any(|role| is_meant(*role))
}

/// The accounts on GitHub and on the registry, where one is known to have this name.
fn accounts(parts: &PersonParts<'_>) -> Vec<Link> {
    let is_login = parts
        .login
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if !is_login {
        return Vec::new();
    }
    let on_github = parts.record.is_some()
        || has_role(parts, |role| {
            matches!(role, Role::Owner | Role::Contributor)
        });
    let on_registry = has_role(parts, |role| role == Role::Maintainer);
    let on_npm = has_role(parts, |role| role == Role::NpmMaintainer);
    let accounts = [
        (on_github, "GitHub", "https://github.com/"),
        (on_registry, "PyPI", "https://pypi.org/user/"),
        (on_npm, "npm", "https://www.npmjs.com/~"),
    ];
    accounts
        .into_iter()
        .filter(|(is_known, ..)| *is_known)
        .map(|(_, text, base)| Link {
            text: format!("{} on {text}", parts.login),
            href: format!("{base}{}", parts.login),
            is_foreign: true,
        })
        .collect()
}

fn figure(kind: &'static str, label: &'static str, value: String) -> FigureView {
    FigureView {
        kind,
        label,
        value: Some(value),
        word: String::new(),
        href: None,
        source: "in this gallery".to_owned(),
        checked: None,
    }
}

fn count(number: usize) -> String {
    grouped(i64::try_from(number).unwrap_or(i64::MAX))
}

fn figures(parts: &PersonParts<'_>, repositories: usize) -> Vec<FigureView> {
    let maintained = parts.parts.iter().filter(|part| {
        let mut roles = part.roles.iter();
        roles.any(|role| matches!(role, Role::Maintainer | Role::NpmMaintainer | Role::Owner))
    });
    let mut figures = vec![
        figure(
            "dependents",
            "Packages maintained",
            count(maintained.count()),
        ),
        figure("activity", "Repositories", count(repositories)),
    ];
    let counts = parts.record.and_then(|record| record.counts);
    if let Some((followers, repositories, read)) = counts {
        let on_github = |kind, label, number| FigureView {
            source: "on GitHub".to_owned(),
            checked: Moment::new(read.as_second(), parts.now),
            ..figure(kind, label, grouped(number))
        };
        figures.push(on_github("stars", "Followers", followers));
        figures.push(on_github("info", "Public repositories", repositories));
    }
    figures
}

/// Repositories of the profile in which the person has a part: those owned, then by commits.
fn list_repositories(parts: &PersonParts<'_>) -> Vec<PersonRepository> {
    // With its commits, if they are known.
    let mut found: BTreeMap<String, (RepositorySlug, Option<i64>)> = BTreeMap::new();
    for part in parts.parts {
        let is_there = part
            .roles
            .iter()
            .any(|role| matches!(role, Role::Owner | Role::Contributor));
        if let Some(slug) = parts.index.repository_of(&part.package)
            && is_there
        {
            let known = found.entry(slug.key());
            known.or_insert_with(|| (slug.clone(), None));
        }
    }
    for contribution in parts.contributions {
        let Ok(slug) = contribution.repository.parse::<RepositorySlug>() else {
            continue;
        };
        if let Some((slug, _)) = parts.index.packages_of(&slug) {
            let known = found.entry(slug.key());
            let (_, commits) = known.or_insert_with(|| (slug.clone(), None));
            *commits = Some(contribution.commits);
        }
    }
    let is_owned = |slug: &RepositorySlug| slug.owner().eq_ignore_ascii_case(parts.login);
    let mut found: Vec<(RepositorySlug, Option<i64>)> = found.into_values().collect();
    found.sort_by_key(|(slug, commits)| {
        (
            !is_owned(slug),
            std::cmp::Reverse(commits.unwrap_or_default()),
            slug.key(),
        )
    });
    found
        .into_iter()
        .filter(|(slug, _)| !parts.forgotten.has_login(slug.owner()))
        .filter_map(|(slug, commits)| {
            let (slug, packages) = parts.index.packages_of(&slug)?;
            let mut words = Vec::new();
            if is_owned(slug) {
                words.push("owner".to_owned());
            }
            match commits {
                Some(commits) => words.push(commits_in_words(commits)),
                None if !is_owned(slug) => words.push("contributor".to_owned()),
                None => {}
            }
            let plural = if packages.len() == 1 { "" } else { "s" };
            Some(PersonRepository {
                name: slug.to_string(),
                href: Address::repository(parts.profile, slug).to_string(),
                part: words.join(", "),
                packages: format!("{} package{plural}", count(packages.len())),
            })
        })
        .collect()
}

fn activity_figures(done: &PersonActivity) -> Vec<FigureView> {
    let known = [
        ("Issues opened", done.issues_opened),
        ("Pull requests opened", done.pull_requests_opened),
        ("Comments", done.comments),
        ("Reviews", done.reviews),
        ("Closed or merged", done.closings),
    ];
    known
        .into_iter()
        .map(|(label, number)| FigureView {
            source: "issues on GitHub".to_owned(),
            ..figure("activity", label, grouped(number))
        })
        .collect()
}
