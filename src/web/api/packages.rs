//! Packages, their releases, and what depends on them: from the collections of profiles.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::stream::{self, StreamExt};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::address::PREFIX;
use super::asked::ApiRequest;
use super::format::Format;
use super::parameters::{Given, Parameter, ParameterKind};
use super::problem::Problem;
use super::profiles::Profiles;
use super::respond;
use super::rows::csv_line;
use crate::catalog::{
    Archived, Catalog, Facet, FacetFilter, PackageQuery, RELEASES_PER_PAGE, SearchResults, Sort,
    UpdatedWithin, requiring,
};
use crate::model::{Document, PackageName, spreadsheet_cell};

/// Packages on a page where nothing is said, and at most.
const PAGE_SIZE: u32 = 25;
const LARGEST_PAGE: u32 = 100;
/// The last page that may be asked for.
const LAST_PAGE: u32 = 100_000;
/// Packages that are in memory at the same time while a whole list is sent.
const AT_ONCE: u32 = 250;

pub(super) const PROFILE: Parameter = Parameter::new(
    "profile",
    ParameterKind::Text,
    "The key of the profile, as `/api/v1/profiles` lists it. It may be left out if there is only one.",
);
const PAGE: Parameter = Parameter::new(
    "page",
    ParameterKind::Whole {
        least: 1,
        most: LAST_PAGE,
    },
    "The number of the page.",
);
const SIZE: Parameter = Parameter::new(
    "page_size",
    ParameterKind::Whole {
        least: 1,
        most: LARGEST_PAGE,
    },
    "Packages on a page.",
);

/// What a list of packages can be asked.
pub(super) const SEARCH: &[Parameter] = &[
    PROFILE,
    Parameter::new("q", ParameterKind::Text, "Words to search for."),
    Parameter::new(
        "framework",
        ParameterKind::Texts,
        "A version of the framework, as `Plone 6.1`.",
    ),
    Parameter::new(
        "type",
        ParameterKind::Texts,
        "A kind of package, as `Theme`.",
    ),
    Parameter::new(
        "python",
        ParameterKind::Texts,
        "A version of Python, as `3.12`.",
    ),
    Parameter::new(
        "status",
        ParameterKind::Texts,
        "A development status, as `stable`.",
    ),
    Parameter::new(
        "license",
        ParameterKind::Texts,
        "A licence, as an SPDX expression.",
    ),
    Parameter::new(
        "health",
        ParameterKind::Texts,
        "A band of health scores, as `80-100`.",
    ),
    Parameter::new("keyword", ParameterKind::Texts, "A keyword."),
    Parameter::new("maintainer", ParameterKind::Texts, "A maintainer."),
    Parameter::new(
        "requires",
        ParameterKind::Texts,
        "A package that it requires.",
    ),
    Parameter::new(
        "registry",
        ParameterKind::Texts,
        "A registry: `pypi` or `npm`.",
    ),
    Parameter::new(
        "needs",
        ParameterKind::Texts,
        "A peer dependency with its lowest major version, as `@plone/volto 18`.",
    ),
    Parameter::new(
        "provenance",
        ParameterKind::Texts,
        "`yes` for what has an attestation of where it was built.",
    ),
    Parameter::new(
        "publisher",
        ParameterKind::Texts,
        "A service that published it without a stored token, as `github`.",
    ),
    Parameter::new(
        "twin",
        ParameterKind::Texts,
        "`yes` for what has a package on another registry.",
    ),
    Parameter::new(
        "updated",
        ParameterKind::Choice(&["30d", "6m", "1y", "2y"]),
        "Only what had a release of late.",
    ),
    Parameter::new(
        "secure",
        ParameterKind::Switch,
        "Only what has no known vulnerability.",
    ),
    Parameter::new(
        "archived",
        ParameterKind::Choice(&["yes", "no", "only"]),
        "Whether packages with an archived repository are among them.",
    ),
    Parameter::new(
        "ordering",
        ParameterKind::Choice(&[
            "relevance",
            "health",
            "downloads",
            "stars",
            "updated",
            "new",
            "name",
        ]),
        "The order.",
    ),
    PAGE,
    SIZE,
];

/// What one package can be asked.
pub(super) const ONE: &[Parameter] = &[PROFILE];
/// What pages of a package can be asked.
pub(super) const PAGED: &[Parameter] = &[PROFILE, PAGE, SIZE];
/// The same of its releases, whose pages have one size.
pub(super) const RELEASES: &[Parameter] = &[PROFILE, PAGE];

/// The fields of a package in a list.
pub(super) const FIELDS: [&str; 23] = [
    "name",
    "version",
    "summary",
    "upload_timestamp",
    "framework_versions",
    "python_versions",
    "keywords",
    "license_spdx",
    "yanked",
    "status",
    "first_upload",
    "has_vulnerabilities",
    "github_archived",
    "github_stars",
    "download_last_month",
    "health_score",
    "dependents",
    "search_rank",
    "url",
    "registry",
    "is_malicious",
    "peer_versions",
    "twins",
];

/// Parts of the README that are there for searching only, and the addresses of people.
const HIDDEN: [&str; 4] = ["title", "first_chapter", "main_content", "changelog"];
const PERSONAL: [&str; 2] = ["author_email", "maintainer_email"];

fn query_of(given: &Given) -> PackageQuery {
    let filters = Facet::ALL.into_iter().flat_map(|facet| {
        given.all(facet.name()).map(move |value| FacetFilter {
            facet,
            value: value.to_owned(),
            excluded: false,
        })
    });
    PackageQuery {
        words: given.get("q").unwrap_or_default().to_owned(),
        filters: filters.filter(|filter| !filter.value.is_empty()).collect(),
        updated: given.get("updated").and_then(UpdatedWithin::named),
        secure: given.is_on("secure"),
        archived: match given.get("archived") {
            Some("no") => Archived::Hidden,
            Some("only") => Archived::Only,
            _ => Archived::Included,
        },
        sort: given.get("ordering").and_then(Sort::named),
        page: given.whole("page").unwrap_or(1),
        per_page: given.whole("page_size").unwrap_or(PAGE_SIZE),
        ..PackageQuery::default()
    }
}

/// Lists packages: a page, or in other formats than JSON the whole list.
pub(super) async fn list(asked: &ApiRequest<'_>, profiles: &Profiles) -> Result<Response, Problem> {
    let format = Format::of(
        asked.headers(),
        &[Format::Json, Format::Csv, Format::JsonLines],
    )?;
    let given = Given::read(asked, SEARCH)?;
    let profile = profiles.choose(&given)?;
    let query = query_of(&given);
    let is_one_page = given.get("page").is_some() || given.get("page_size").is_some();
    if format == Format::Json {
        let results = profile.catalog.search(&query).await?;
        return page(asked, "packages", &query, &results);
    }
    if is_one_page {
        let results = profile.catalog.search(&query).await?;
        let body = table(format, query.page, &packages(asked, &results));
        return Ok(respond::whole(asked.headers(), format.content_type(), body));
    }
    let whole = PackageQuery {
        page: 1,
        per_page: AT_ONCE,
        ..query
    };
    let base = asked.base_url();
    let first = profile.catalog.search(&whole).await?;
    let pages = first.pages;
    let begin = Bytes::from(table(format, 1, &packages_at(&base, &first)));
    let catalog = profile.catalog.clone();
    let rest = stream::iter(2..=pages).then(move |page| {
        let (catalog, base) = (catalog.clone(), base.clone());
        let query = PackageQuery {
            page,
            ..whole.clone()
        };
        async move {
            let results = catalog.search(&query).await.inspect_err(|error| {
                tracing::warn!(%error, "a list was not sent to its end");
            })?;
            Ok::<_, crate::search::SearchError>(Bytes::from(table(
                format,
                page,
                &packages_at(&base, &results),
            )))
        }
    });
    let body = stream::once(async { Ok(begin) }).chain(rest);
    Ok(respond::streamed(
        format.content_type(),
        Body::from_stream(body),
    ))
}

/// Lists what requires a package.
pub(super) async fn dependents(
    asked: &ApiRequest<'_>,
    profiles: &Profiles,
    name: &str,
) -> Result<Response, Problem> {
    Format::of(asked.headers(), &[Format::Json])?;
    let given = Given::read(asked, PAGED)?;
    let catalog = &profiles.choose(&given)?.catalog;
    let package = fetch(catalog, name).await?;
    let query = PackageQuery {
        filters: requiring(&package),
        page: given.whole("page").unwrap_or(1),
        per_page: given.whole("page_size").unwrap_or(PAGE_SIZE),
        ..PackageQuery::default()
    };
    let results = catalog.search(&query).await?;
    let path = format!("packages/{}/dependents", encoded(name));
    page(asked, &path, &query, &results)
}

/// Shows the latest release of a package.
pub(super) async fn package(
    asked: &ApiRequest<'_>,
    profiles: &Profiles,
    name: &str,
) -> Result<Response, Problem> {
    Format::of(asked.headers(), &[Format::Json])?;
    let given = Given::read(asked, ONE)?;
    let package = fetch(&profiles.choose(&given)?.catalog, name).await?;
    Ok(respond::json(asked.headers(), &shown(asked, &package)))
}

/// Shows one release of a package.
pub(super) async fn release(
    asked: &ApiRequest<'_>,
    profiles: &Profiles,
    name: &str,
    version: &str,
) -> Result<Response, Problem> {
    Format::of(asked.headers(), &[Format::Json])?;
    let given = Given::read(asked, ONE)?;
    let catalog = &profiles.choose(&given)?.catalog;
    let release = catalog.fetch_release(name, version).await?;
    let release = release.ok_or_else(|| Problem::not_found("there is no such release"))?;
    Ok(respond::json(asked.headers(), &shown(asked, &release)))
}

/// Lists the releases of a package, the highest version first.
pub(super) async fn releases(
    asked: &ApiRequest<'_>,
    profiles: &Profiles,
    name: &str,
) -> Result<Response, Problem> {
    Format::of(asked.headers(), &[Format::Json])?;
    let given = Given::read(asked, RELEASES)?;
    let catalog = &profiles.choose(&given)?.catalog;
    let number = given.whole("page").unwrap_or(1);
    let found = catalog.list_releases(name, number).await?;
    if found.releases.is_empty() {
        return Err(Problem::not_found(if number > 1 {
            "there is no such page, or no such package"
        } else {
            "there is no such package"
        }));
    }
    let path = format!("packages/{}/releases", encoded(name));
    let has_next = u64::from(number) * u64::from(RELEASES_PER_PAGE) < found.found;
    let results: Vec<Value> = found
        .releases
        .iter()
        .map(|release| {
            json!({
                "name": release.name,
                "version": release.version,
                "upload_timestamp": release.upload_timestamp,
                "is_latest": release.is_latest,
                "yanked": release.yanked,
                "yanked_reason": release.yanked_reason,
                "requires_python": release.requires_python,
                "framework_versions": release.framework_versions,
                "python_versions": release.python_versions,
            })
        })
        .collect();
    let link = |page: u32| link_to(asked, &path, page);
    Ok(respond::json(
        asked.headers(),
        &json!({
            "count": found.found,
            "next": has_next.then(|| link(number + 1)),
            "previous": (number > 1).then(|| link(number - 1)),
            "results": results,
        }),
    ))
}

async fn fetch(catalog: &Catalog, name: &str) -> Result<Document, Problem> {
    let found = catalog.fetch_package(name).await?;
    found.ok_or_else(|| Problem::not_found("there is no such package"))
}

/// A document as others see it.
fn shown(asked: &ApiRequest<'_>, document: &Document) -> Value {
    let mut value = serde_json::to_value(document).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        let hidden = HIDDEN.iter();
        let personal = PERSONAL.iter().filter(|_| !asked.shows_personal());
        for field in hidden.chain(personal) {
            fields.remove(*field);
        }
    }
    value
}

fn page(
    asked: &ApiRequest<'_>,
    path: &str,
    query: &PackageQuery,
    results: &SearchResults,
) -> Result<Response, Problem> {
    if query.page > results.pages.max(1) {
        let detail = format!("the last page is {}", results.pages.max(1));
        return Err(Problem::not_found(detail));
    }
    let link = |page: u32| link_to(asked, path, page);
    Ok(respond::json(
        asked.headers(),
        &json!({
            "count": results.found,
            "next": (query.page < results.pages).then(|| link(query.page + 1)),
            "previous": (query.page > 1).then(|| link(query.page - 1)),
            "interpretation": results.interpretation,
            "results": packages(asked, results),
        }),
    ))
}

fn link_to(asked: &ApiRequest<'_>, path: &str, page: u32) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in asked.parameters().filter(|(name, _)| name != "page") {
        query.append_pair(&name, &value);
    }
    query.append_pair("page", &page.to_string());
    format!("{}{PREFIX}{path}?{}", asked.base_url(), query.finish())
}

fn packages(asked: &ApiRequest<'_>, results: &SearchResults) -> Vec<Map<String, Value>> {
    packages_at(&asked.base_url(), results)
}

/// The packages of a page, each with all fields.
fn packages_at(base: &str, results: &SearchResults) -> Vec<Map<String, Value>> {
    let packages = results.hits.iter().map(|hit| &hit.package);
    packages
        .map(|package| summary(base, serde_json::to_value(package).unwrap_or_default()))
        .collect()
}

/// A summary with all fields, and the address of the package.
pub(super) fn summary(base: &str, mut package: Value) -> Map<String, Value> {
    let text = |field: &str| package[field].as_str().unwrap_or_default();
    let name = PackageName::full(text("name"), text("registry"));
    let url = format!("{base}{PREFIX}packages/{}", encoded(&name));
    package["url"] = url.into();
    for list in ["peer_versions", "twins"] {
        if package[list].is_null() {
            package[list] = json!([]);
        }
    }
    let fields = FIELDS.iter();
    fields
        .map(|field| ((*field).to_owned(), package[*field].take()))
        .collect()
}

fn encoded(name: &str) -> String {
    form_urlencoded::byte_serialize(name.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// Packages, one a line; the first page has a head.
fn table(format: Format, page: u32, packages: &[Map<String, Value>]) -> Vec<u8> {
    let mut text = Vec::new();
    if format == Format::Csv && page == 1 {
        text.extend(csv_line(FIELDS.map(str::to_owned)));
    }
    for package in packages {
        if format == Format::Csv {
            text.extend(csv_line(FIELDS.map(|field| cell(&package[field]))));
        } else {
            // Writing to memory does not fail.
            let _ = serde_json::to_writer(&mut text, package);
            text.push(b'\n');
        }
    }
    text
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => spreadsheet_cell(text),
        Value::Array(values) => {
            let texts: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            spreadsheet_cell(&texts.join(", "))
        }
        other => other.to_string(),
    }
}
