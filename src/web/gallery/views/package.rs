//! The page of a package, field by field.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::model::{Document, ProjectName};
use crate::web::gallery::address::{Address, PackagePart, ProfilePart};
use crate::web::gallery::parameters::write_query;

use crate::catalog::{Facet, FacetFilter, PackageQuery};

use super::facts::{self, member};
use super::format::{Moment, grouped, health_word, version_ranges};
use super::release::{LastReleaseFor, is_prerelease, python_ranges};

/// Entries that a list on the page shows.
const MOST_PEOPLE: usize = 10;
const MOST_CONTRIBUTORS: usize = 5;
const MOST_REQUIREMENTS: usize = 100;
const MOST_FILES: usize = 50;

/// What every page of a package shows: the head, its figures and the way to the other pages.
#[derive(Debug, Clone, Serialize)]
pub struct PackageView {
    pub name: String,
    pub href: String,
    pub version: String,
    pub uploaded: Option<Moment>,
    pub summary: String,
    pub is_latest: bool,
    /// The command that installs this release.
    pub install: String,
    pub banner: Option<Banner>,
    pub figures: Vec<FigureView>,
    pub frameworks: Vec<String>,
    pub pythons: Vec<String>,
    pub requires_python: String,
    /// What only older releases support.
    pub last_releases: Vec<LastReleaseFor>,
    pub tabs: Vec<Tab>,
    /// The comparison that begins with this package.
    pub compare: String,
}

/// The one thing to know before anything else.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Banner {
    /// `danger`, `warning` or `info`.
    pub level: &'static str,
    pub title: String,
    pub text: String,
    pub link: Option<Link>,
    /// The advisories of a vulnerable release.
    pub advisories: Vec<AdvisoryView>,
}

/// A known vulnerability.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdvisoryView {
    pub id: String,
    pub href: String,
    pub summary: String,
    pub severity: String,
    pub fixed_in: Vec<String>,
}

/// A number with its meaning, source and age.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FigureView {
    pub kind: &'static str,
    pub label: &'static str,
    /// `None` if it is not known.
    pub value: Option<String>,
    /// A word beside the number; may be empty.
    pub word: String,
    pub href: Option<String>,
    pub source: String,
    pub checked: Option<Moment>,
}

/// One of the package's pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tab {
    pub label: String,
    pub href: String,
    pub is_current: bool,
}

/// A link; `is_foreign` where it leaves the gallery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    pub text: String,
    pub href: String,
    pub is_foreign: bool,
}

/// The facts beside the README.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AsideView {
    pub links: Vec<Link>,
    pub maintainers: Vec<Link>,
    pub author: String,
    pub contributors: Vec<Link>,
    pub license: String,
    pub license_spdx: String,
    pub requirements: Vec<Requirement>,
    /// Requirements of extras, folded.
    pub extra_requirements: Vec<Requirement>,
    pub keywords: Vec<Link>,
    pub classifiers: Vec<String>,
    /// What GitHub knows, as label and value.
    pub repository: Vec<(&'static str, String)>,
    pub repository_checked: Option<Moment>,
    pub files: Vec<FileView>,
    pub purl: String,
}

/// Something that the release requires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// As written.
    pub text: String,
    /// The search for the package in this gallery.
    pub href: Option<String>,
}

/// A file of the release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileView {
    pub name: String,
    pub href: String,
    pub kind: String,
    /// As in `12 kB`.
    pub size: String,
}

/// Which of the package's pages is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CurrentTab {
    Readme,
    Releases,
    Changelog,
    Health,
    Dependents,
    None,
}

impl PackageView {
    /// `latest` is the package's latest release, `shown` the one that the page is about.
    #[must_use]
    pub fn new(
        latest: &Document,
        shown: &Document,
        profile: &str,
        tab: CurrentTab,
        now: i64,
    ) -> Self {
        let is_latest = latest.version == shown.version;
        let part = |part| Address::package(profile, &latest.name, part).to_string();
        let install = if is_latest {
            format!("pip install {}", shown.name)
        } else {
            format!("pip install {}=={}", shown.name, shown.version)
        };
        Self {
            name: shown.name.clone(),
            href: part(PackagePart::Latest),
            version: shown.version.clone(),
            uploaded: Moment::new(shown.upload_timestamp, now),
            summary: shown.summary.clone(),
            is_latest,
            install,
            banner: banner(latest, shown, profile),
            figures: figures(latest, profile, now),
            frameworks: version_ranges(&shown.framework_versions),
            pythons: python_ranges(&shown.python_versions),
            requires_python: shown.requires_python.clone(),
            last_releases: Vec::new(),
            tabs: tabs(latest, profile, tab),
            compare: compare_href(profile, &latest.name),
        }
    }
}

/// A comparison that another package can be added to.
fn compare_href(profile: &str, name: &str) -> String {
    let parameters = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("p", name)
        .finish();
    let address = Address::profile(profile, ProfilePart::Compare);
    format!("{address}?{parameters}")
}

fn tabs(latest: &Document, profile: &str, current: CurrentTab) -> Vec<Tab> {
    let releases = match latest.release_count {
        Some(count) => format!("Releases ({})", grouped(count.into())),
        None => "Releases".to_owned(),
    };
    let dependents = match facts::number(latest, "dependents") {
        Some(count) => format!("Dependents ({})", grouped(count)),
        None => "Dependents".to_owned(),
    };
    [
        (CurrentTab::Readme, "README".to_owned(), PackagePart::Latest),
        (CurrentTab::Releases, releases, PackagePart::Releases),
        (
            CurrentTab::Changelog,
            "Changelog".to_owned(),
            PackagePart::Changelog,
        ),
        (CurrentTab::Health, "Health".to_owned(), PackagePart::Health),
        (CurrentTab::Dependents, dependents, PackagePart::Dependents),
    ]
    .into_iter()
    .map(|(tab, label, part)| Tab {
        label,
        href: Address::package(profile, &latest.name, part).to_string(),
        is_current: tab == current,
    })
    .collect()
}

/// The most serious of what there is to know.
fn banner(latest: &Document, shown: &Document, profile: &str) -> Option<Banner> {
    let advisories: Vec<AdvisoryView> = facts::list(shown, "vulnerabilities")
        .map(AdvisoryView::new)
        .filter(|advisory| !advisory.id.is_empty())
        .collect();
    let latest_link = Link {
        text: format!("Go to {} {}", latest.name, latest.version),
        href: Address::package(profile, &latest.name, PackagePart::Latest).to_string(),
        is_foreign: false,
    };
    let is_latest = latest.version == shown.version;
    let to_latest = (!is_latest).then(|| latest_link.clone());
    let banner = |level, title: &str, text: String, link| {
        Some(Banner {
            level,
            title: title.to_owned(),
            text,
            link,
            advisories: Vec::new(),
        })
    };
    let status = facts_status(shown);
    if !advisories.is_empty() || facts::is_true(shown, "has_vulnerabilities") {
        let fixed_in = facts::text(shown, "fixed_in");
        let text = if fixed_in.is_empty() {
            "No release is known that fixes it.".to_owned()
        } else {
            format!("Fixed in {fixed_in}.")
        };
        let title = match advisories.len() {
            0 | 1 => "This release has a known vulnerability.".to_owned(),
            count => format!("This release has {count} known vulnerabilities."),
        };
        return Some(Banner {
            level: "danger",
            title,
            text,
            link: to_latest,
            advisories,
        });
    }
    if status == "quarantined" {
        return banner(
            "danger",
            "The registry has quarantined this project.",
            "Do not install it before you know why.".to_owned(),
            None,
        );
    }
    if shown.yanked {
        let reason = shown.yanked_reason.trim();
        let text = if reason.is_empty() {
            "Its maintainers gave no reason.".to_owned()
        } else {
            format!("The reason given: {reason}")
        };
        return banner("danger", "This release was yanked.", text, to_latest);
    }
    if !is_latest {
        return banner(
            "info",
            "This is not the latest release.",
            format!("The latest is {}.", latest.version),
            Some(latest_link),
        );
    }
    if status == "deprecated" {
        return banner(
            "warning",
            "This project is deprecated.",
            "Its maintainers advise against using it.".to_owned(),
            None,
        );
    }
    if facts::is_true(latest, "github_archived") || status == "archived" {
        return banner(
            "warning",
            "This project is archived.",
            "It is read-only: expect no fixes.".to_owned(),
            None,
        );
    }
    if status == "inactive" {
        return banner(
            "warning",
            "This project is inactive.",
            "So says its own classifier `Development Status :: 7 - Inactive`.".to_owned(),
            None,
        );
    }
    if is_prerelease(shown) {
        return banner(
            "info",
            "This is a pre-release.",
            format!(
                "There is no final release yet; `pip install` needs `--pre` or `=={}`.",
                shown.version
            ),
            None,
        );
    }
    None
}

/// The project's status, from the document's field or its classifier.
fn facts_status(document: &Document) -> &str {
    let inactive = "Development Status :: 7 - Inactive";
    match document.status.as_deref() {
        Some(status) => status,
        None if document.classifiers.iter().any(|one| one == inactive) => "inactive",
        None => "",
    }
}

impl AdvisoryView {
    fn new(advisory: &Value) -> Self {
        let fixed = advisory.get("fixed_in").and_then(Value::as_array);
        let fixed = fixed.into_iter().flatten().filter_map(Value::as_str);
        Self {
            id: member(advisory, "id").to_owned(),
            href: web_address(member(advisory, "link")).unwrap_or_default(),
            summary: member(advisory, "summary").to_owned(),
            severity: member(advisory, "severity").to_owned(),
            fixed_in: fixed.map(str::to_owned).collect(),
        }
    }
}

fn figures(latest: &Document, profile: &str, now: i64) -> Vec<FigureView> {
    let part = |part| Some(Address::package(profile, &latest.name, part).to_string());
    let moment = |field| Moment::new(facts::number(latest, field).unwrap_or_default(), now);
    let number = |field| facts::number(latest, field);
    let score = number("health_score");
    vec![
        FigureView {
            kind: "health",
            label: "Health",
            value: score.map(|score| score.to_string()),
            word: score.map(health_word).unwrap_or_default().to_owned(),
            href: part(PackagePart::Health),
            source: "computed here".to_owned(),
            checked: moment("health_score_last_calculated"),
        },
        FigureView {
            kind: "downloads",
            label: "Downloads last month",
            value: number("download_last_month").map(grouped),
            word: String::new(),
            href: None,
            source: facts::text(latest, "download_source").to_owned(),
            checked: moment("download_updated"),
        },
        FigureView {
            kind: "stars",
            label: "Stars",
            value: number("github_stars").map(grouped),
            word: String::new(),
            href: web_address(facts::text(latest, "github_url")),
            source: "GitHub".to_owned(),
            checked: moment("github_checked"),
        },
        FigureView {
            kind: "dependents",
            label: "Dependents here",
            value: number("dependents").map(grouped),
            word: String::new(),
            href: part(PackagePart::Dependents),
            source: "counted here".to_owned(),
            checked: None,
        },
    ]
}

impl AsideView {
    #[must_use]
    pub fn new(shown: &Document, latest: &Document, profile: &str, now: i64) -> Self {
        let filtered = |facet, value: &str| filtered_list(profile, facet, value);
        let (requirements, extra_requirements) = requirements(shown, profile);
        Self {
            links: links(shown, latest),
            maintainers: shown
                .maintainers
                .iter()
                .take(MOST_PEOPLE)
                .map(|name| filtered(Facet::Maintainer, name))
                .collect(),
            author: author(shown),
            contributors: facts::list(latest, "contributors")
                .take(MOST_CONTRIBUTORS)
                .filter_map(contributor)
                .collect(),
            license: first_line(&shown.license),
            license_spdx: shown.license_spdx.clone(),
            requirements,
            extra_requirements,
            keywords: shown
                .keywords
                .iter()
                .map(|keyword| filtered(Facet::Keyword, keyword))
                .collect(),
            classifiers: shown.classifiers.clone(),
            repository: repository(latest, now),
            repository_checked: Moment::new(
                facts::number(latest, "github_checked").unwrap_or_default(),
                now,
            ),
            files: shown
                .urls
                .iter()
                .take(MOST_FILES)
                .map(FileView::new)
                .collect(),
            purl: format!(
                "pkg:pypi/{}@{}",
                ProjectName::new(&shown.name).as_str(),
                shown.version
            ),
        }
    }
}

/// The list of everything with this value.
#[must_use]
pub fn filtered_list(profile: &str, facet: Facet, value: &str) -> Link {
    let query = PackageQuery {
        filters: vec![FacetFilter {
            facet,
            value: value.to_owned(),
            excluded: false,
        }],
        ..PackageQuery::default()
    };
    Link {
        text: value.to_owned(),
        href: format!("{}?{}", Address::list(profile), write_query(&query)),
        is_foreign: false,
    }
}

/// An address that a page may link to, with its scheme; `None` for everything else.
#[must_use]
pub fn web_address(address: &str) -> Option<String> {
    let address = address.trim();
    if address.is_empty() || address.chars().any(char::is_control) {
        return None;
    }
    let has_scheme = ["https://", "http://"].iter().any(|scheme| {
        address
            .get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    let address = if has_scheme {
        address.to_owned()
    } else {
        format!("https://{address}")
    };
    let url = url::Url::parse(&address).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| host.contains('.'));
    // Names and passwords in an address are there to deceive.
    (is_web && url.username().is_empty() && url.password().is_none()).then(|| url.to_string())
}

fn links(shown: &Document, latest: &Document) -> Vec<Link> {
    let mut seen = BTreeSet::new();
    let own = [
        ("Documentation", shown.docs_url.as_str()),
        ("Repository", facts::text(latest, "github_url")),
        ("Home page", &shown.home_page),
        ("Issues", &shown.bugtrack_url),
    ];
    let labelled = shown
        .project_urls
        .iter()
        .map(|(label, address)| (label.as_str(), address.as_str()));
    let registry = [("PyPI", shown.package_url.as_str())];
    labelled
        .chain(own)
        .chain(registry)
        .filter_map(|(label, address)| Some((label, web_address(address)?)))
        .filter(|(_, address)| seen.insert(address.trim_end_matches('/').to_owned()))
        .map(|(text, href)| Link {
            text: text.to_owned(),
            href,
            is_foreign: true,
        })
        .collect()
}

fn author(document: &Document) -> String {
    let name = first_line(&document.author);
    if !name.is_empty() {
        return name;
    }
    // `Name <address>`, without the address.
    let text = document.author_email.split('<').next().unwrap_or_default();
    let text = text.trim().trim_matches('"');
    if text.contains('@') {
        String::new()
    } else {
        first_line(text)
    }
}

fn contributor(contributor: &Value) -> Option<Link> {
    let name = ["username", "login", "name"]
        .iter()
        .map(|key| member(contributor, key))
        .find(|name| !name.is_empty())?;
    let href = web_address(&format!("https://github.com/{name}"))?;
    Some(Link {
        text: name.to_owned(),
        href,
        is_foreign: true,
    })
}

/// The requirements of every installation, and those of extras.
fn requirements(document: &Document, profile: &str) -> (Vec<Requirement>, Vec<Requirement>) {
    let is_required = |name: &str| {
        let name = ProjectName::new(name);
        document
            .requires_names
            .iter()
            .any(|one| one == name.as_str())
    };
    let read = |text: &String| {
        let name = requirement_name(text);
        let href = Address::package(profile, name, PackagePart::Latest).to_string();
        Requirement {
            text: text.clone(),
            href: (!name.is_empty()).then_some(href),
        }
    };
    let (own, extra): (Vec<&String>, Vec<&String>) = document
        .requires_dist
        .iter()
        .take(MOST_REQUIREMENTS)
        .partition(|text| is_required(requirement_name(text)) && !is_extra(text));
    (
        own.into_iter().map(read).collect(),
        extra.into_iter().map(read).collect(),
    )
}

fn is_extra(requirement: &str) -> bool {
    let marker = requirement.split_once(';').map_or("", |(_, marker)| marker);
    marker.contains("extra")
}

/// The name at the beginning of a requirement.
fn requirement_name(requirement: &str) -> &str {
    let text = requirement.trim_start();
    let is_name = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    let end = text
        .find(|character| !is_name(character))
        .unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn repository(latest: &Document, now: i64) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    let mut add = |label, value: String| {
        if !value.is_empty() {
            rows.push((label, value));
        }
    };
    let number = |field| {
        facts::number(latest, field)
            .map(grouped)
            .unwrap_or_default()
    };
    let moment = |field| {
        let moment = Moment::new(facts::number(latest, field).unwrap_or_default(), now);
        moment.map(|moment| moment.age).unwrap_or_default()
    };
    add(
        "Language",
        facts::text(latest, "github_language").to_owned(),
    );
    let topics: Vec<&str> = facts::list(latest, "github_topics")
        .filter_map(Value::as_str)
        .collect();
    add("Topics", topics.join(", "));
    add("Forks", number("github_forks"));
    add("Open issues", number("github_open_issues"));
    add("Closed issues", number("github_closed_issues"));
    add("Open pull requests", number("github_open_pull_requests"));
    add("Last push", moment("github_pushed"));
    add(
        "Release on GitHub",
        facts::text(latest, "github_release").to_owned(),
    );
    rows
}

impl FileView {
    fn new(file: &serde_json::Map<String, Value>) -> Self {
        let text = |key| file.get(key).and_then(Value::as_str).unwrap_or_default();
        let kind = match text("packagetype") {
            "bdist_wheel" => "wheel",
            "sdist" => "source",
            other => other,
        };
        let size = file.get("size").and_then(Value::as_i64);
        Self {
            name: text("filename").to_owned(),
            href: web_address(text("url")).unwrap_or_default(),
            kind: kind.to_owned(),
            size: size.map(file_size).unwrap_or_default(),
        }
    }
}

fn file_size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    let line = line.unwrap_or_default();
    match line.char_indices().nth(100) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{CurrentTab, PackageView, requirement_name, web_address};
    use crate::model::Document;

    fn release(version: &str, facts: serde_json::Value) -> Document {
        Document {
            name: "plone.api".to_owned(),
            version: version.to_owned(),
            facts: facts.as_object().cloned().unwrap_or_default(),
            ..Document::default()
        }
    }

    fn banner(latest: &Document, shown: &Document) -> Option<(&'static str, String)> {
        let view = PackageView::new(latest, shown, "plone", CurrentTab::Readme, 1);
        view.banner.map(|banner| (banner.level, banner.title))
    }

    #[test]
    fn the_banner_says_the_most_serious_thing() {
        let fine = release("2.0", json!({}));
        assert_eq!(banner(&fine, &fine), None);
        let mut bad = release(
            "1.0",
            json!({"github_archived": true, "has_vulnerabilities": true,
            "vulnerabilities": [{"id": "GHSA-1"}, {"id": "GHSA-2"}]}),
        );
        bad.yanked = true;
        let title = |shown: &Document| banner(&fine, shown).map(|(_, title)| title);
        assert_eq!(
            title(&bad).as_deref(),
            Some("This release has 2 known vulnerabilities.")
        );
        bad.facts.clear();
        assert_eq!(title(&bad).as_deref(), Some("This release was yanked."));
        bad.yanked = false;
        assert_eq!(
            title(&bad).as_deref(),
            Some("This is not the latest release.")
        );
        let archived = release("2.0", json!({"github_archived": true}));
        assert_eq!(
            banner(&archived, &archived).map(|(level, _)| level),
            Some("warning")
        );
    }

    #[test]
    fn only_addresses_of_the_web_are_linked() {
        for (address, linked) in [
            (
                "https://example.org/a?b=c",
                Some("https://example.org/a?b=c"),
            ),
            ("www.example.org", Some("https://www.example.org/")),
            ("example.org:8080", Some("https://example.org:8080/")),
            ("HTTP://Example.org", Some("http://example.org/")),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("https://user:password@example.org", None),
            ("//", None),
            ("", None),
            ("https://example.org/\n", Some("https://example.org/")),
            ("mailto:a@example.org", None),
        ] {
            assert_eq!(web_address(address).as_deref(), linked, "{address}");
        }
    }

    #[test]
    fn requirements_begin_with_a_name() {
        for (text, name) in [
            ("plone.api[test]>=1.8; python_version<'3'", "plone.api"),
            (" Foo_Bar (>=1)", "Foo_Bar"),
            ("x@https://example.org", "x"),
            ("", ""),
        ] {
            assert_eq!(requirement_name(text), name);
        }
    }
}
