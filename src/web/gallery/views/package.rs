//! The head of a package's pages: its figures, what it fits, and the way to the other pages.

use serde::Serialize;

use crate::model::{ActivityFacts, Document, RegistryKind};
use crate::web::gallery::address::{Address, PackagePart, ProfilePart};

use super::activity::activity_figures;
use super::banner::{Banner, banner};
use super::facets::needs_label;
use super::facts;
use super::figure::FigureView;
use super::format::{Moment, grouped, health_word, version_ranges};
use super::link::web_address;
use super::release::{LastReleaseFor, python_ranges};

/// Peer dependencies that the head shows.
const MOST_NEEDS: usize = 8;

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
    /// The same for other programs.
    pub other_installs: Vec<String>,
    /// What it asks its user to have: `@plone/volto ≥ 18`.
    pub needs: Vec<String>,
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
        let part = |part| Address::package(profile, &latest.full_name(), part).to_string();
        let mut installs = install_commands(shown, is_latest).into_iter();
        Self {
            name: shown.name.clone(),
            href: part(PackagePart::Latest),
            version: shown.version.clone(),
            uploaded: Moment::new(shown.upload_timestamp, now),
            summary: shown.summary.clone(),
            is_latest,
            install: installs.next().unwrap_or_default(),
            other_installs: installs.collect(),
            needs: shown
                .peer_versions
                .iter()
                .take(MOST_NEEDS)
                .map(|value| needs_label(value))
                .collect(),
            banner: banner(latest, shown, profile, now),
            has_figures: matches!(tab, CurrentTab::Readme | CurrentTab::None),
            figures: figures(latest, profile, now),
            frameworks: version_ranges(&shown.framework_versions),
            pythons: python_ranges(&shown.python_versions),
            requires_python: shown.requires_python.clone(),
            last_releases: Vec::new(),
            tabs: tabs(latest, profile, tab),
            compare: compare_href(profile, &latest.full_name()),
        }
    }
}

/// The commands that install a release; the latest one needs no version, and nobody is to install
/// what was made to do harm.
fn install_commands(shown: &Document, is_latest: bool) -> Vec<String> {
    if facts::is_true(shown, "is_malicious") {
        return Vec::new();
    }
    let Document { name, version, .. } = shown;
    if RegistryKind::Npm.is_named_by(&shown.registry) {
        let version = if is_latest {
            String::new()
        } else {
            format!("@{version}")
        };
        let commands = ["npm install", "pnpm add", "yarn add"].into_iter();
        return commands
            .map(|command| format!("{command} {name}{version}"))
            .collect();
    }
    let version = if is_latest {
        String::new()
    } else {
        format!("=={version}")
    };
    vec![format!("pip install {name}{version}")]
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
        href: Address::package(profile, &latest.full_name(), part).to_string(),
        is_current: tab == current,
    })
    .collect()
}

fn figures(latest: &Document, profile: &str, now: i64) -> Vec<FigureView> {
    let part = |part| Some(Address::package(profile, &latest.full_name(), part).to_string());
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
    let activity = ActivityFacts::of_document(latest);
    figures.extend(activity_figures(&activity, now));
    figures
}
