//! The head of a package's pages: its figures, what it fits, and the way to the other pages.

use serde::Serialize;
use serde_json::Value;

use crate::model::Document;
use crate::web::gallery::address::{Address, PackagePart, ProfilePart};

use super::banner::{Banner, banner};
use super::facts;
use super::format::{Moment, grouped, health_word, version_ranges};
use super::link::web_address;
use super::release::{LastReleaseFor, python_ranges};

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
    /// Whether figures and versions are shown: on the page with the README.
    pub has_figures: bool,
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
            banner: banner(latest, shown, profile, now),
            has_figures: matches!(tab, CurrentTab::Readme | CurrentTab::None),
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

fn figures(latest: &Document, profile: &str, now: i64) -> Vec<FigureView> {
    let part = |part| Some(Address::package(profile, &latest.name, part).to_string());
    let moment = |field| Moment::new(facts::number(latest, field).unwrap_or_default(), now);
    let number = |field| facts::number(latest, field);
    let score = number("health_score");
    let mut figures = vec![
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
            label: "Dependents",
            value: number("dependents").map(grouped),
            word: String::new(),
            href: part(PackagePart::Dependents),
            source: "in this gallery".to_owned(),
            checked: None,
        },
    ];
    figures.extend(activity_figures(latest, now));
    figures
}

/// How the repository is looked after: nothing where it is not followed, and only what is known.
fn activity_figures(latest: &Document, now: i64) -> Vec<FigureView> {
    let number = |field| facts::number(latest, field);
    let hours = latest.facts.get("activity_first_response");
    let answered = number("activity_last_human_response");
    let known = [
        (
            "First response",
            hours.and_then(Value::as_f64).map(hours_in_words),
            "median of 90 days",
        ),
        (
            "Last response by a person",
            answered.and_then(|at| Some(Moment::new(at, now)?.age)),
            "",
        ),
        (
            "Open issues",
            number("activity_open_issues_growth").map(growth),
            "in 90 days",
        ),
        (
            "Pull requests merged",
            number("activity_merge_rate").map(|percent| format!("{percent} %")),
            "of those closed in 90 days",
        ),
        (
            "New contributors",
            number("activity_new_contributors").map(grouped),
            "in 90 days",
        ),
        (
            "Bus factor",
            number("activity_bus_factor").map(grouped),
            "people make half of all contributions",
        ),
    ];
    let checked = number("activity_checked").unwrap_or_default();
    let known = known.into_iter().filter(|(_, value, _)| value.is_some());
    known
        .map(|(label, value, word)| FigureView {
            kind: "activity",
            label,
            value,
            word: word.to_owned(),
            href: None,
            source: "issues on GitHub".to_owned(),
            checked: Moment::new(checked, now),
        })
        .collect()
}

/// A time in the unit that fits.
fn hours_in_words(hours: f64) -> String {
    match hours {
        ..1.0 => "under 1 hour".to_owned(),
        1.0..72.0 => format!("{hours:.0} hours"),
        _ => format!("{} days", grouped(hours_as_days(hours))),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast from a float keeps within bounds"
)]
fn hours_as_days(hours: f64) -> i64 {
    (hours / 24.0) as i64
}

/// A difference with its sign.
fn growth(number: i64) -> String {
    if number > 0 {
        format!("+{}", grouped(number))
    } else {
        grouped(number).replace('-', "−")
    }
}
