//! What is no page: assets, robots, sitemaps, `OpenSearch`, suggestions, tables.

use std::sync::Arc;

use serde::Serialize;
use serde_json::json;

use crate::catalog::{HitContent, PackageQuery, PackageSummary, Sort};
use crate::model::{ActivityFacts, PACKAGE_COLUMNS, spreadsheet_cell};
use crate::search::SearchError;
use crate::web::gallery::address::{Address, PackagePart, ProfilePart};
use crate::web::gallery::page::{CachePolicy, Missing, Page, PageError};
use crate::web::gallery::parameters::read_query;
use crate::web::gallery::plain_text::shown;
use crate::web::gallery::site::{Gallery, GalleryProfile, Visitor};
use crate::web::gallery::views::format::Moment;

/// Packages per request.
const PER_REQUEST: u32 = 250;
/// Addresses that a sitemap may hold.
const MOST_ADDRESSES: usize = 50_000;
/// Packages that a table may hold.
const MOST_ROWS: usize = 10_000;
/// Suggestions while typing.
const MOST_SUGGESTIONS: u32 = 8;
/// Characters of an `OpenSearch` short name.
const LONGEST_SHORT_NAME: usize = 16;

pub(super) fn asset(gallery: &Gallery, name: &str) -> Result<Page, PageError> {
    if let Some(asset) = gallery.assets.find(name) {
        return Ok(asset.page(CachePolicy::Immutable));
    }
    let own = gallery.own_files.file(name);
    own.ok_or(PageError::NotFound(Missing::Address))
}

pub(super) fn robots(gallery: &Gallery, visitor: &Visitor) -> Page {
    let (base, path) = (gallery.base_url(visitor), gallery.base_path.as_str());
    // Lists have more addresses than anybody can read; their packages are in the sitemap.
    let text = format!(
        "User-agent: *\nDisallow: {path}/*?\nDisallow: {path}/*/-/compare\n\
         Disallow: {path}/*/-/suggest\nSitemap: {base}{}\n",
        Address::SitemapIndex
    );
    Page::file("text/plain; charset=utf-8", text, CachePolicy::Feed)
}

#[derive(Serialize)]
struct SitemapIndexView {
    addresses: Vec<String>,
}

pub(super) async fn sitemap_index(gallery: &Gallery, visitor: &Visitor) -> Result<Page, PageError> {
    let base = gallery.base_url(visitor);
    let profiles = gallery.present_profiles().await?;
    let addresses = profiles
        .iter()
        .map(|profile| {
            format!(
                "{base}{}",
                Address::profile(&profile.key, ProfilePart::Sitemap)
            )
        })
        .collect();
    let text = gallery
        .templates
        .render("sitemap_index.xml", SitemapIndexView { addresses })?;
    Ok(Page::file(
        "application/xml; charset=utf-8",
        text,
        CachePolicy::Feed,
    ))
}

#[derive(Serialize)]
struct SitemapView {
    list: String,
    packages: Vec<SitemapEntry>,
}

#[derive(Serialize)]
struct SitemapEntry {
    address: String,
    modified: Option<String>,
}

/// The sitemap of a profile, as long as it is the same.
pub(super) async fn kept_sitemap(
    gallery: &Gallery,
    profile: &Arc<GalleryProfile>,
    visitor: &Visitor,
) -> Result<Page, PageError> {
    let address = Address::profile(&profile.key, ProfilePart::Sitemap).to_string();
    let key = (address, gallery.base_url(visitor));
    let make = Box::pin(sitemap(gallery, profile, visitor));
    let state = profile.fetch_state().await?;
    gallery.files.get_or_make(key, state, make).await
}

/// The table of a list, as long as it is the same.
pub(super) async fn kept_csv(
    gallery: &Gallery,
    profile: &Arc<GalleryProfile>,
    query_string: &str,
    visitor: &Visitor,
) -> Result<Page, PageError> {
    let path = Address::profile(&profile.key, ProfilePart::Csv);
    let key = (format!("{path}?{query_string}"), String::new());
    let make = Box::pin(csv(profile, query_string, visitor));
    let state = profile.fetch_state().await?;
    gallery.files.get_or_make(key, state, make).await
}

async fn sitemap(
    gallery: &Gallery,
    profile: &Arc<GalleryProfile>,
    visitor: &Visitor,
) -> Result<Page, PageError> {
    let base = gallery.base_url(visitor);
    let all = read_all(profile, &PackageQuery::default(), MOST_ADDRESSES).await?;
    let packages = all.iter().map(|package| SitemapEntry {
        address: format!(
            "{base}{}",
            Address::package(&profile.key, &package.full_name(), PackagePart::Latest)
        ),
        modified: Moment::new(package.upload_timestamp, 0).map(|moment| moment.iso),
    });
    let view = SitemapView {
        list: format!("{base}{}", Address::list(&profile.key)),
        packages: packages.collect(),
    };
    let templates = Arc::clone(&gallery.templates);
    let rendering = move || templates.render("sitemap.xml", view);
    let text = gallery.workers.run(rendering).await??;
    Ok(Page::file(
        "application/xml; charset=utf-8",
        text,
        CachePolicy::Feed,
    ))
}

/// The packages of a list, all pages of it, in order of their names where it has no other.
async fn read_all(
    profile: &GalleryProfile,
    query: &PackageQuery,
    most: usize,
) -> Result<Vec<PackageSummary>, PageError> {
    let mut packages: Vec<PackageSummary> = Vec::new();
    let mut query = PackageQuery {
        per_page: PER_REQUEST,
        sort: query.sort.or(Some(Sort::Name)),
        facets: Vec::new(),
        page: 1,
        ..query.clone()
    };
    loop {
        let results = profile.search(&query).await?;
        packages.extend(results.hits.into_iter().map(|hit| hit.package));
        if query.page >= results.pages || packages.len() >= most {
            packages.truncate(most);
            return Ok(packages);
        }
        query.page += 1;
    }
}

#[derive(Serialize)]
struct OpenSearchView {
    short_name: String,
    description: String,
    search: String,
    /// None where no server answers.
    suggest: Option<String>,
    icon: String,
}

pub(super) fn opensearch(
    gallery: &Gallery,
    profile: &GalleryProfile,
    visitor: &Visitor,
) -> Result<Page, PageError> {
    let base = gallery.base_url(visitor);
    let view = OpenSearchView {
        short_name: profile.title.chars().take(LONGEST_SHORT_NAME).collect(),
        description: format!("Search {} packages", profile.title),
        search: format!("{base}{}?q={{searchTerms}}", Address::list(&profile.key)),
        suggest: gallery.frozen.is_none().then(|| {
            format!(
                "{base}{}?q={{searchTerms}}",
                Address::profile(&profile.key, ProfilePart::Suggest)
            )
        }),
        icon: format!("{base}{}", gallery.assets.icon.path()),
    };
    let text = gallery.templates.render("opensearch.xml", view)?;
    let content_type = "application/opensearchdescription+xml; charset=utf-8";
    Ok(Page::file(content_type, text, CachePolicy::Feed))
}

pub(super) async fn suggest(
    gallery: &Gallery,
    profile: &Arc<GalleryProfile>,
    query_string: &str,
    visitor: &Visitor,
) -> Result<Page, PageError> {
    let parameters = read_query(query_string)?;
    let words = parameters.query.words;
    let suggested = if words.is_empty() {
        Vec::new()
    } else {
        match profile.catalog.suggest(&words, MOST_SUGGESTIONS).await {
            Err(SearchError::NotFound { .. }) => Vec::new(),
            suggested => suggested?,
        }
    };
    let base = gallery.base_url(visitor);
    let names: Vec<&str> = suggested
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let summaries: Vec<&str> = suggested
        .iter()
        .map(|package| package.summary.as_str())
        .collect();
    let links: Vec<String> = suggested
        .iter()
        .map(|package| {
            let address = Address::package(&profile.key, &package.full_name(), PackagePart::Latest);
            format!("{base}{address}")
        })
        .collect();
    Ok(Page::json(
        "application/x-suggestions+json; charset=utf-8",
        json!([words, names, summaries, links]),
        CachePolicy::List,
    ))
}

async fn csv(
    profile: &Arc<GalleryProfile>,
    query_string: &str,
    visitor: &Visitor,
) -> Result<Page, PageError> {
    let parameters = read_query(query_string)?;
    let mut query = super::list::applied_defaults(&parameters.query, profile);
    // As the list, but for its best matches: they are an order of one page.
    query.sort = Some(query.effective_sort()).filter(|sort| *sort != Sort::Relevance);
    query.content = HitContent::WithActivity;
    let packages = read_all(profile, &query, MOST_ROWS).await?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let broken = |error: csv::Error| PageError::Broken(error.into());
    let columns = PACKAGE_COLUMNS.iter().chain(&ActivityFacts::COLUMNS);
    writer.write_record(columns).map_err(broken)?;
    for package in &packages {
        let cells = row(package, visitor.now).map(|cell| shown(&cell).into_owned());
        let cells = cells.into_iter().chain(package.activity().cells());
        writer.write_record(cells).map_err(broken)?;
    }
    let body = writer
        .into_inner()
        .map_err(|error| PageError::Broken(anyhow::anyhow!("{error}")))?;
    Ok(Page {
        content_type: "text/csv; charset=utf-8; header=present",
        body: body.into(),
        gzip: None,
        cache: CachePolicy::List,
        last_modified: None,
        file_name: Some(format!("{}-packages.csv", profile.key)),
    })
}

fn row(package: &PackageSummary, now: i64) -> [String; PACKAGE_COLUMNS.len()] {
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let released = Moment::new(package.upload_timestamp, now).map(|moment| moment.iso);
    [
        spreadsheet_cell(&package.name),
        spreadsheet_cell(&package.version),
        released.unwrap_or_default(),
        spreadsheet_cell(&package.summary),
        spreadsheet_cell(&package.license_spdx),
        spreadsheet_cell(&package.framework_versions.join(", ")),
        spreadsheet_cell(&package.python_versions.join(", ")),
        number(package.health_score),
        number(package.download_last_month),
        number(package.github_stars),
        number(package.dependents),
        spreadsheet_cell(package.status.as_deref().unwrap_or_default()),
    ]
}
