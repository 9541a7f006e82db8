//! What is known of how a package is maintained: its releases, its repository, its use, its
//! vulnerabilities. Pure; read out of the document for `maintenance`.

use serde_json::Value;

use super::breakdown::Text;
use super::context::{DAY, ScoringContext};
use super::document_facts::{boolean, integer, rounded_up};
use super::rules::Rules;
use crate::model::{Advisory, Document, RegistryKind, Severity};

/// Days of the release history.
const HISTORY: i64 = 3 * 365;

/// What was learned of activity longer ago, in days, says nothing about now.
const ACTIVITY_AGE: i64 = 30;

/// What is known of how a package is maintained; `None` where it is not known.
pub(super) struct MaintenanceFacts {
    pub(super) readme_words: i64,
    pub(super) days_since_release: Option<i64>,
    pub(super) recent_releases: Option<i64>,
    pub(super) days_since_push: Option<i64>,
    /// How many are open, and how many there are.
    pub(super) issues: Option<(i64, i64)>,
    /// Median hours, rounded up.
    pub(super) first_response_hours: Option<i64>,
    pub(super) bus_factor: Option<i64>,
    pub(super) stars: Option<i64>,
    /// Percent of the collection's packages with fewer.
    pub(super) downloads: Option<u32>,
    pub(super) vulnerabilities: Option<Vulnerabilities>,
    pub(super) is_stable: bool,
    pub(super) is_mature: bool,
    pub(super) abandonment: Abandonment,
    /// The registry that the package comes from, whose words are used.
    pub(super) registry: RegistryKind,
    /// Whether the latest release was made to do harm.
    pub(super) is_malicious: bool,
}

/// The signs that nobody maintains the package any more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Abandonment {
    pub(super) is_inactive: bool,
    pub(super) is_archived: bool,
    pub(super) is_yanked: bool,
}

impl Abandonment {
    const NONE: Self = Self {
        is_inactive: false,
        is_archived: false,
        is_yanked: false,
    };
}

/// The vulnerabilities of the latest release that were not withdrawn.
#[derive(Default)]
pub(super) struct Vulnerabilities {
    pub(super) ids: Vec<String>,
    /// `None` where it is not known.
    pub(super) severities: Vec<Option<Severity>>,
}

impl MaintenanceFacts {
    pub(super) fn new(
        document: &Document,
        context: &ScoringContext<'_>,
        readme_words: i64,
    ) -> Self {
        let days_since = |time: i64| context.now.saturating_sub(time).max(0) / DAY;
        let has_classifier = |name: &str| {
            document
                .classifiers
                .iter()
                .any(|classifier| classifier == name)
        };
        let is_mature = has_classifier("Development Status :: 6 - Mature");
        let postfix = document.version_postfix.as_str();
        let registry = RegistryKind::named(&document.registry).unwrap_or_default();
        let is_final = match registry {
            RegistryKind::PyPi => postfix.is_empty() || postfix.starts_with("post"),
            RegistryKind::Npm => postfix.is_empty(),
        };
        let open = integer(document, "github_open_issues");
        let issues = open.zip(integer(document, "github_closed_issues"));
        let releases = context.releases.iter();
        let is_followed = integer(document, "activity_checked")
            .is_some_and(|checked| days_since(checked) <= ACTIVITY_AGE);
        Self {
            readme_words,
            days_since_release: (document.upload_timestamp > 0)
                .then(|| days_since(document.upload_timestamp)),
            recent_releases: (!context.releases.is_empty()).then(|| {
                let recent = releases
                    .filter(|time| days_since(**time) <= HISTORY)
                    .count();
                i64::try_from(recent).unwrap_or(i64::MAX)
            }),
            days_since_push: integer(document, "github_pushed").map(days_since),
            issues: issues.map(|(open, closed)| {
                let all = open.max(0).saturating_add(closed.max(0));
                (open.max(0), all)
            }),
            first_response_hours: rounded_up(document, "activity_first_response")
                .filter(|_| is_followed),
            bus_factor: integer(document, "activity_bus_factor").filter(|_| is_followed),
            stars: integer(document, "github_stars"),
            downloads: integer(document, "download_last_month")
                .zip(context.downloads)
                .and_then(|(downloads, all)| all.rank(downloads)),
            vulnerabilities: read_vulnerabilities(document),
            is_stable: is_mature
                || has_classifier("Development Status :: 5 - Production/Stable")
                || (document.version_major > 0 && is_final),
            is_mature,
            abandonment: Abandonment {
                is_inactive: has_classifier("Development Status :: 7 - Inactive"),
                is_archived: boolean(document, "github_archived").unwrap_or_default(),
                is_yanked: document.yanked,
            },
            registry,
            is_malicious: is_malicious(document),
        }
    }

    /// Open issues, in percent of all.
    pub(super) fn open_issue_percent(&self) -> Option<i64> {
        let (open, all) = self.issues?;
        Some(
            open.saturating_mul(100)
                .checked_div(all)
                .unwrap_or_default(),
        )
    }

    /// Whether the package is done: stable, documented and in use, with few open issues.
    pub(super) fn is_finished(&self, rules: &Rules) -> bool {
        let finished = &rules.finished;
        let is_in_use = self.stars.is_some_and(|stars| stars >= finished.stars)
            || self
                .downloads
                .is_some_and(|rank| rank >= finished.downloads);
        let has_few_issues = self
            .open_issue_percent()
            .map_or(self.is_mature, |open| open <= finished.open_issues);
        let is_maintained = self.abandonment == Abandonment::NONE;
        let is_safe = self
            .vulnerabilities
            .as_ref()
            .is_none_or(|known| known.ids.is_empty());
        let is_documented = self.readme_words >= finished.words;
        self.is_stable && is_documented && is_in_use && has_few_issues && is_maintained && is_safe
    }
}

/// Whether a release is known to be made to do harm.
pub(super) fn is_malicious(document: &Document) -> bool {
    boolean(document, "is_malicious").unwrap_or_default()
}

/// `None` where nobody has looked.
fn read_vulnerabilities(document: &Document) -> Option<Vulnerabilities> {
    let has_any = boolean(document, "has_vulnerabilities")?;
    let mut known = Vulnerabilities::default();
    if !has_any {
        return Some(known);
    }
    let entries = document
        .facts
        .get("vulnerabilities")
        .and_then(Value::as_array);
    let stands = |entry: &&Value| entry.get("withdrawn").is_none_or(Value::is_null);
    for entry in entries.into_iter().flatten().filter(stands) {
        let id = entry
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or("without id");
        // Malice is no vulnerability among others.
        if Advisory::read(entry).is_some_and(|advisory| advisory.is_malware()) {
            continue;
        }
        known.ids.push(id.to_owned());
        let severity = entry.get("severity").and_then(Value::as_str);
        known.severities.push(severity.and_then(Severity::read));
    }
    if known.ids.is_empty() && !is_malicious(document) {
        known.ids.push("without id".to_owned());
        known.severities.push(None);
    }
    Some(known)
}

impl Vulnerabilities {
    /// Why they cost points, and what the maintainer can do.
    pub(super) fn reason_and_advice(&self, registry: RegistryKind) -> (Text, Text) {
        let count = self.ids.len();
        let shown = self.ids[..count.min(3)].join(", ");
        let more = if count > 3 { " and more" } else { "" };
        let noun = if count == 1 {
            "vulnerability"
        } else {
            "vulnerabilities"
        };
        let reason = format!("{count} known {noun} in the latest release");
        let withdraw = match registry {
            RegistryKind::PyPi => "yank",
            RegistryKind::Npm => "deprecate",
        };
        let advice =
            format!("publish a release without {shown}{more}, and {withdraw} those that have it");
        (reason.into(), advice.into())
    }
}
