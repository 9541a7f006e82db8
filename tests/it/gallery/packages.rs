//! Packages that galleries of tests show.

use std::sync::LazyLock;

use pyfa::model::{Document, VersionScheme};
use pyfa::transform::{
    framework_versions, joined_names, python_versions, requires_names, version_fields,
};
use serde_json::{Value, json};

pub(crate) const DAY: i64 = 86_400;

/// Now, in Unix seconds: pages say how long ago things were.
pub(crate) static NOW: LazyLock<i64> = LazyLock::new(|| jiff::Timestamp::now().as_second());

/// A release that is the latest of its package, ten days old, of which nothing more is known.
pub(crate) fn release(name: &str, version: &str) -> Document {
    let id = Document::id_of(name, version);
    let fields = version_fields(VersionScheme::Pep440, version);
    Document {
        identifier: id.clone(),
        id,
        name: name.to_owned(),
        name_sortable: name.to_owned(),
        name_joined: joined_names(name, &[]),
        registry: "pypi".to_owned(),
        version: version.to_owned(),
        version_raw: version.to_owned(),
        version_major: fields.major,
        version_minor: fields.minor,
        version_bugfix: fields.bugfix,
        version_postfix: fields.postfix,
        version_sortable: fields.sortable,
        version_order: fields.order,
        is_latest: true,
        upload_timestamp: *NOW - 10 * DAY,
        ..Document::default()
    }
}

/// One that is not the latest.
pub(crate) fn former(name: &str, version: &str, days: i64) -> Document {
    Document {
        is_latest: false,
        upload_timestamp: *NOW - days * DAY,
        ..release(name, version)
    }
}

/// The document with facts of enrichers.
pub(crate) fn with(mut document: Document, facts: &Value) -> Document {
    for (name, value) in facts.as_object().into_iter().flatten() {
        document.facts.insert(name.clone(), value.clone());
    }
    document
}

/// A release of which everything is known.
pub(crate) fn rich(name: &str, version: &str) -> Document {
    let classifiers: Vec<String> = [
        "Development Status :: 5 - Production/Stable",
        "Framework :: Plone",
        "Framework :: Plone :: 6.0",
        "Framework :: Plone :: 6.1",
        "Framework :: Plone :: Addon",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
    ]
    .map(str::to_owned)
    .to_vec();
    let requires = vec![
        "plone.api>=2".to_owned(),
        "pytest; extra == \"test\"".to_owned(),
    ];
    let page = format!("https://pypi.org/project/{name}/");
    let document = Document {
        name_joined: joined_names(name, &classifiers),
        framework_versions: framework_versions(&classifiers),
        python_versions: python_versions(&classifiers),
        requires_names: requires_names(&requires),
        requires_dist: requires,
        classifiers,
        status: Some("stable".to_owned()),
        release_count: Some(3),
        first_upload: Some(*NOW - 900 * DAY),
        summary: format!("Everything about {name}"),
        description: "<h2 id=\"user-content-use\">Use</h2><p>It <em>works</em>.</p><h3>Images</h3>\
                      <p><img src=\"https://example.org/a.png\" alt=\"A view\"></p><h3>More</h3>\
                      <p><a href=\"https://example.org/more\" rel=\"nofollow\">more</a></p>"
            .to_owned(),
        description_content_type: "text/markdown".to_owned(),
        changelog: format!("<h2>Changelog</h2><h3>{version} (today)</h3><ul><li>Mended</li></ul>"),
        author: "Ada Example".to_owned(),
        maintainers: vec!["ada".to_owned(), "ben".to_owned()],
        license: "MIT".to_owned(),
        license_spdx: "MIT".to_owned(),
        keywords: vec!["forms".to_owned(), "mail".to_owned()],
        requires_python: ">=3.12".to_owned(),
        home_page: "https://example.org".to_owned(),
        docs_url: "https://docs.example.org".to_owned(),
        project_urls: [("Issues".to_owned(), "https://example.org/issues".to_owned())].into(),
        package_url: page.clone(),
        project_url: page.clone(),
        release_url: format!("{page}{version}/"),
        urls: vec![
            json!({"filename": format!("{name}-{version}.tar.gz"), "packagetype": "sdist",
                "size": 12_345, "url": "https://files.example.org/a.tar.gz"})
            .as_object()
            .cloned()
            .unwrap_or_default(),
        ],
        ..release(name, version)
    };
    with(document, &facts(name))
}

fn facts(name: &str) -> Value {
    let checked = *NOW - 2 * DAY;
    json!({
        "github_url": format!("https://github.com/example/{name}"),
        "github_stars": 1_234, "github_forks": 12, "github_open_issues": 3,
        "github_closed_issues": 40, "github_open_pull_requests": 1,
        "github_archived": false, "github_language": "Python", "github_topics": ["forms"],
        "github_pushed": checked, "github_checked": checked, "github_release": "v1",
        "contributors": [{"username": "ada", "contributions": 7}],
        "download_last_month": 56_789, "download_source": "pypistats", "download_updated": checked,
        "has_vulnerabilities": false, "vulnerabilities_checked": checked,
        "health_score": 81, "health_band": "80-100", "health_score_last_calculated": checked,
        "health_score_breakdown": {
            "recency": {"points": 25, "max_points": 25, "bonuses": [{"reason": "released this month", "points": 25}]},
            "documentation": {"points": 8, "max_points": 20, "lost": [
                {"reason": "no changelog", "points": 12, "advice": "keep one"}]},
            "penalties": [{"reason": "no tests", "points": 2, "advice": "write some"}],
            "unknown": ["popularity.downloads"],
        },
        "dependents": 2, "search_rank": 500,
    })
}
