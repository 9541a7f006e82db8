//! The fields of a document that come from GitHub. Pure.

use serde_json::{Map, Value, json};

use super::cache::CachedContributors;
use crate::enrich::packages::Package;
use crate::forge::github::{OptionalField, Repository};
use crate::model::repository::{Address, Repository as AddressedRepository, read_address};
use crate::model::{FactGroup, RepositorySlug};

/// A value of a repository; `None` where GitHub did not say.
type Read = fn(&Repository) -> Option<Value>;

/// The fields of documents: the name, what an answer may leave out of it, and the value.
const FIELDS: [(&str, Option<OptionalField>, Read); 14] = [
    ("github_stars", None, |it| Some(json!(it.stars))),
    ("github_forks", None, |it| Some(json!(it.forks))),
    ("github_updated", None, |it| Some(json!(it.updated as f64))),
    ("github_archived", None, |it| Some(json!(it.archived))),
    ("github_url", None, |it| Some(json!(it.url))),
    ("github_watchers", Some(OptionalField::Watchers), |it| {
        Some(json!(it.watchers))
    }),
    ("github_pushed", Some(OptionalField::Pushed), |it| {
        Some(json!(it.pushed))
    }),
    ("github_license", Some(OptionalField::License), |it| {
        Some(json!(it.license))
    }),
    ("github_topics", Some(OptionalField::Topics), |it| {
        Some(json!(it.topics))
    }),
    ("github_language", Some(OptionalField::Language), |it| {
        Some(json!(it.language))
    }),
    ("github_release", Some(OptionalField::Release), |it| {
        Some(json!(it.release))
    }),
    ("github_open_issues", None, |it| {
        it.open_issues.map(Value::from)
    }),
    ("github_closed_issues", None, |it| {
        it.closed_issues.map(Value::from)
    }),
    ("github_open_pull_requests", None, |it| {
        it.open_pull_requests.map(Value::from)
    }),
];

/// The fields of every document of a package. Null removes a value that is no longer true; what
/// GitHub did not tell is left out, and stays as it is.
pub(super) fn fields(
    repository: &Repository,
    contributors: Option<&CachedContributors>,
    learned: i64,
) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("github_checked".to_owned(), json!(learned));
    for (name, optional, read) in FIELDS {
        let is_unanswered = optional.is_some_and(|it| repository.unanswered.contains(&it));
        if let Some(value) = read(repository).filter(|_| !is_unanswered) {
            fields.insert(name.to_owned(), value);
        }
    }
    let people = match contributors {
        Some(known) if !known.people.is_empty() => Some(json!(known.people)),
        Some(known) if known.is_listed => Some(Value::Null),
        _ => None,
    };
    fields.extend(people.map(|people| ("contributors".to_owned(), people)));
    fields
}

/// Whether documents of the package carry what another repository than these has told.
pub(super) fn carries_other_repository(package: &Package, own: &[&RepositorySlug]) -> bool {
    let slugs = package.releases.iter().filter_map(|release| {
        let url = release.carried.get("github_url")?.as_str()?;
        match read_address(url) {
            Address::Repository {
                repository: AddressedRepository::GitHub(slug),
                ..
            } => Some(slug),
            _ => None,
        }
    });
    slugs.into_iter().any(|slug| !own.contains(&&slug))
}

/// Fields that remove everything that GitHub has told.
pub(super) fn cleared_fields() -> Map<String, Value> {
    let fields = FactGroup::GITHUB.fields.iter();
    fields
        .map(|field| ((*field).to_owned(), Value::Null))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{FIELDS, FactGroup};

    #[test]
    fn every_field_is_one_of_githubs_and_has_one_source() {
        let mut names: Vec<&str> = FIELDS.iter().map(|(name, ..)| *name).collect();
        names.extend(["contributors", "github_checked"]);
        names.sort_unstable();
        let mut expected = FactGroup::GITHUB.fields.to_vec();
        expected.sort_unstable();
        assert_eq!(names, expected);
    }
}
