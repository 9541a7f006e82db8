//! Many things at once, by their names.

use std::collections::BTreeMap;

use axum::response::Response;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::asked::ApiRequest;
use super::body::read_json;
use super::format::Format;
use super::lists::rules;
use super::packages::summary;
use super::problem::Problem;
use super::profiles::Profiles;
use super::resources::{DEVELOPERS, REPOSITORIES};
use super::respond;
use super::rows::RowView;
use crate::database::Value;
use crate::model::{PackageKey, PackageName, ProjectName, RegistryKind};
use crate::records::{Question, Resource};

/// Names in one request.
pub(super) const MOST: usize = 100;
/// Bytes of the longest name.
const LONGEST_NAME: usize = 300;

/// What somebody looks for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LookupRequest {
    profile: Option<String>,
    /// Names of packages.
    packages: Vec<String>,
    /// The same as package URLs: `pkg:pypi/plone.api`, `pkg:npm/%40plone/volto`, also with a version.
    purls: Vec<String>,
    /// As `owner/name`.
    repositories: Vec<String>,
    /// Logins.
    developers: Vec<String>,
}

impl LookupRequest {
    fn check(&self) -> Result<(), Problem> {
        let all = [
            &self.packages,
            &self.purls,
            &self.repositories,
            &self.developers,
        ];
        let count: usize = all.iter().map(|names| names.len()).sum();
        if count > MOST {
            let detail = format!("{count} names are too many; send up to {MOST} in one request");
            return Err(Problem::bad_request(detail));
        }
        let is_sound = |name: &String| name.len() <= LONGEST_NAME && !name.contains('\0');
        if !all.into_iter().flatten().all(is_sound) {
            return Err(Problem::bad_request(
                "a name is longer than any name is, or contains NUL",
            ));
        }
        Ok(())
    }
}

/// Answers each name with what it names, or null.
pub(super) async fn look_up(
    asked: &ApiRequest<'_>,
    profiles: &Profiles,
    body: axum::body::Body,
) -> Result<Response, Problem> {
    Format::of(asked.headers(), &[Format::Json])?;
    asked.takes_no_parameters()?;
    let request: LookupRequest = read_json(asked.headers(), body).await?;
    request.check()?;
    let purls: Vec<(&str, Option<String>)> = request
        .purls
        .iter()
        .map(|purl| (purl.as_str(), name_of_purl(purl)))
        .collect();
    let given = request.packages.iter().map(String::as_str);
    let by_purl = purls.iter().filter_map(|(_, name)| name.as_deref());
    let names: Vec<&str> = given.clone().chain(by_purl).collect();
    let packages = find_packages(asked, profiles, request.profile.as_deref(), &names).await?;
    let package = |name: &str| find(&packages, &PackageName::read(name));
    let answer = json!({
        "packages": answers(given.map(|name| (name, package(name).cloned()))),
        "purls": answers(purls.iter().map(|(purl, name)| {
            (*purl, name.as_deref().and_then(package).cloned())
        })),
        "repositories": find_rows(asked, &REPOSITORIES, "full_name", &request.repositories).await?,
        "developers": find_rows(asked, &DEVELOPERS, "login", &request.developers).await?,
    });
    Ok(respond::done(axum::http::StatusCode::OK, &answer))
}

fn answers<'n>(found: impl Iterator<Item = (&'n str, Option<Json>)>) -> Json {
    found
        .map(|(name, found)| json!({"name": name, "found": found}))
        .collect()
}

/// The package that a name means; without a registry, that of `PyPI` comes first.
fn find<'p>(packages: &'p BTreeMap<PackageKey, Json>, name: &PackageName) -> Option<&'p Json> {
    let mut packages = packages.iter();
    packages
        .find(|(key, _)| name.is(key))
        .map(|(_, package)| package)
}

/// The packages with these names.
async fn find_packages(
    asked: &ApiRequest<'_>,
    profiles: &Profiles,
    profile: Option<&str>,
    names: &[&str],
) -> Result<BTreeMap<PackageKey, Json>, Problem> {
    if names.is_empty() && profile.is_none() {
        return Ok(BTreeMap::new());
    }
    let catalog = &profiles.named(profile)?.catalog;
    let base = asked.base_url();
    let found = catalog.find_summaries(names).await?;
    let found = found.into_iter().filter_map(|package| {
        let key = package.key()?;
        let package = serde_json::to_value(package).unwrap_or_default();
        Some((key, Json::Object(summary(&base, package))))
    });
    Ok(found.collect())
}

/// The full name of the package that a package URL names.
fn name_of_purl(purl: &str) -> Option<String> {
    let (kind, rest) = purl.strip_prefix("pkg:")?.split_once('/')?;
    let mut kinds = RegistryKind::ALL.into_iter();
    let registry = kinds.find(|known| kind.eq_ignore_ascii_case(known.as_str()))?;
    let name = rest.split(['@', '?', '#']).next()?;
    let name = percent_decode_str(name).decode_utf8().ok()?;
    let is_plain = |name: &str| !name.contains('/') && ProjectName::read(name).is_some();
    let is_name = match (registry, name.strip_prefix('@')) {
        (RegistryKind::Npm, Some(scoped)) => {
            let parts = scoped.split_once('/');
            parts.is_some_and(|(scope, name)| is_plain(scope) && is_plain(name))
        }
        _ => is_plain(&name),
    };
    is_name.then(|| PackageName::full(&name, registry.as_str()).into_owned())
}

/// The rows with these names.
async fn find_rows(
    asked: &ApiRequest<'_>,
    resource: &Resource,
    column: &str,
    names: &[String],
) -> Result<Json, Problem> {
    if names.is_empty() {
        return Ok(json!([]));
    }
    let column = resource
        .column(column)
        .ok_or_else(|| Problem::not_found("there is no such column"))?;
    let values: Vec<Value> = names.iter().map(|name| name.as_str().into()).collect();
    let question = Question::with_one_of(resource, rules(asked.shows_personal()), column, values);
    let rows = asked.records().await?.fetch(resource, &question).await?;
    let columns = question.columns();
    let found = names.iter().map(|name| {
        let mut rows = rows.iter();
        let row = rows.find(|row| row.value(column.name) == &Value::Text(name.clone()));
        let view = row.map(|row| RowView { columns, row });
        (
            name.as_str(),
            view.map(|view| serde_json::to_value(view).unwrap_or_default()),
        )
    });
    Ok(answers(found))
}

#[cfg(test)]
mod tests {
    use super::name_of_purl;

    #[test]
    fn a_package_url_names_a_package() {
        for (purl, name) in [
            ("pkg:pypi/plone.api", Some("plone.api")),
            ("pkg:PyPI/plone.api@2.0?x=y#z", Some("plone.api")),
            ("pkg:npm/react", Some("npm:react")),
            ("pkg:npm/%40plone/volto@18.0.0", Some("@plone/volto")),
            ("pkg:npm/%40plone", None),
            ("pkg:npm/a/b", None),
            ("pkg:cargo/serde", None),
            ("pkg:pypi/", None),
            ("pkg:pypi/a/b", None),
            ("plone.api", None),
        ] {
            assert_eq!(name_of_purl(purl).as_deref(), name, "{purl}");
        }
    }
}
