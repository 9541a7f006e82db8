//! How a package is kept: releases, pushes, issues, use, vulnerabilities; and what costs points
//! of the whole score.

use serde_json::Value;

use super::weighted::WeightedBreakdown;
use super::{DAY, Penalty, Rules, Surroundings, Text, truth, whole};
use crate::model::{Document, Severity};

/// Days of `release_history`.
const HISTORY: i64 = 3 * 365;
/// Why what depends on dates is not held against a package.
const FINISHED: &str = "finished: stable, documented, in use and with few open issues";

/// What is known of a package's upkeep; `None` where it is not.
pub(super) struct Known {
    /// Of the README.
    pub(super) words: i64,
    days_since_release: Option<i64>,
    releases_of_late: Option<i64>,
    days_since_push: Option<i64>,
    /// Open ones, all.
    issues: Option<(i64, i64)>,
    stars: Option<i64>,
    /// Percent of the profile's packages with fewer.
    downloads: Option<u32>,
    vulnerabilities: Option<Vulnerabilities>,
    is_stable: bool,
    is_mature: bool,
    given_up: GivenUp,
}

/// What says that nobody looks after the package any more.
#[derive(Clone, Copy, PartialEq, Eq)]
struct GivenUp {
    is_inactive: bool,
    is_archived: bool,
    is_yanked: bool,
}

impl GivenUp {
    const NOT: Self = Self {
        is_inactive: false,
        is_archived: false,
        is_yanked: false,
    };
}

/// Those of the latest release that stand.
#[derive(Default)]
struct Vulnerabilities {
    ids: Vec<String>,
    /// `None` where nobody says.
    severities: Vec<Option<Severity>>,
}

impl Known {
    pub(super) fn of(document: &Document, surroundings: &Surroundings<'_>, words: i64) -> Self {
        let days_since = |time: i64| surroundings.now.saturating_sub(time).max(0) / DAY;
        let has_classifier = |name: &str| {
            document
                .classifiers
                .iter()
                .any(|classifier| classifier == name)
        };
        let is_mature = has_classifier("Development Status :: 6 - Mature");
        let postfix = document.version_postfix.as_str();
        let is_final = postfix.is_empty() || postfix.starts_with("post");
        let open = whole(document, "github_open_issues");
        let issues = open.zip(whole(document, "github_closed_issues"));
        let releases = surroundings.releases.iter();
        Self {
            words,
            days_since_release: (document.upload_timestamp > 0)
                .then(|| days_since(document.upload_timestamp)),
            releases_of_late: (!surroundings.releases.is_empty()).then(|| {
                let of_late = releases
                    .filter(|time| days_since(**time) <= HISTORY)
                    .count();
                i64::try_from(of_late).unwrap_or(i64::MAX)
            }),
            days_since_push: whole(document, "github_pushed").map(days_since),
            issues: issues.map(|(open, closed)| {
                let open = open.max(0);
                (open, open.saturating_add(closed.max(0)))
            }),
            stars: whole(document, "github_stars"),
            downloads: whole(document, "download_last_month")
                .zip(surroundings.downloads)
                .and_then(|(downloads, all)| all.rank(downloads)),
            vulnerabilities: vulnerabilities(document),
            is_stable: is_mature
                || has_classifier("Development Status :: 5 - Production/Stable")
                || (document.version_major > 0 && is_final),
            is_mature,
            given_up: GivenUp {
                is_inactive: has_classifier("Development Status :: 7 - Inactive"),
                is_archived: truth(document, "github_archived").unwrap_or_default(),
                is_yanked: document.yanked,
            },
        }
    }

    /// Open issues in percent of all.
    fn open_issues(&self) -> Option<i64> {
        let (open, all) = self.issues?;
        Some(
            open.saturating_mul(100)
                .checked_div(all)
                .unwrap_or_default(),
        )
    }

    fn is_finished(&self, rules: &Rules) -> bool {
        let finished = &rules.finished;
        let is_in_use = self.stars.is_some_and(|stars| stars >= finished.stars)
            || self
                .downloads
                .is_some_and(|rank| rank >= finished.downloads);
        let has_few_issues = self
            .open_issues()
            .map_or(self.is_mature, |open| open <= finished.open_issues);
        let is_kept = self.given_up == GivenUp::NOT;
        let is_safe = self
            .vulnerabilities
            .as_ref()
            .is_none_or(|known| known.ids.is_empty());
        let is_documented = self.words >= finished.words;
        self.is_stable && is_documented && is_in_use && has_few_issues && is_kept && is_safe
    }
}

/// `None` where nobody has looked.
fn vulnerabilities(document: &Document) -> Option<Vulnerabilities> {
    let has_any = truth(document, "has_vulnerabilities")?;
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
        known.ids.push(id.to_owned());
        let severity = entry.get("severity").and_then(Value::as_str);
        known.severities.push(severity.and_then(Severity::read));
    }
    if known.ids.is_empty() {
        known.ids.push("without id".to_owned());
        known.severities.push(None);
    }
    Some(known)
}

/// Fills all that depends on time and on others, and the penalties.
pub(super) fn judge(rules: &Rules, known: &Known, breakdown: &mut WeightedBreakdown) {
    let finished = known.is_finished(rules).then_some(rules.finished.percent);
    judge_recency(rules, known, finished, breakdown);
    judge_activity(rules, known, finished, breakdown);
    judge_popularity(rules, known, breakdown);
    judge_security(rules, known, breakdown);
    breakdown.penalties = penalties(rules, known);
}

/// A part that time takes points from, unless the package is finished.
fn with_time(percent: u32, finished: Option<u32>, reason: String) -> (u32, String) {
    match finished {
        Some(least) if least > percent => (least, format!("{reason}; {FINISHED}")),
        _ => (percent, reason),
    }
}

fn judge_recency(
    rules: &Rules,
    known: &Known,
    finished: Option<u32>,
    breakdown: &mut WeightedBreakdown,
) {
    let part = &rules.recency.latest_release;
    let (percent, reason) = match known.days_since_release {
        Some(days) => with_time(
            part.percent(days),
            finished,
            format!("last release {} ago", age(days)),
        ),
        None => (0, "no release timestamp".to_owned()),
    };
    let advice =
        "publish a release, if only to confirm that the package works with today's versions";
    breakdown.recency.add(part.points, percent, reason, advice);
    let part = &rules.recency.release_history;
    let Some(releases) = known.releases_of_late else {
        breakdown.unknown.push("recency.release_history");
        return;
    };
    let noun = if releases == 1 { "release" } else { "releases" };
    let reason = format!("{releases} {noun} in the last 3 years");
    let (percent, reason) = with_time(part.percent(releases), finished, reason);
    breakdown.recency.add(
        part.points,
        percent,
        reason,
        "release what is done in small steps",
    );
}

fn judge_activity(
    rules: &Rules,
    known: &Known,
    finished: Option<u32>,
    breakdown: &mut WeightedBreakdown,
) {
    let part = &rules.activity.pushed;
    if let Some(days) = known.days_since_push {
        let reason = format!("last push {} ago", age(days));
        let (percent, reason) = with_time(part.percent(days), finished, reason);
        let advice = "answer pull requests and push, or look for a new maintainer";
        breakdown.activity.add(part.points, percent, reason, advice);
    } else {
        breakdown.unknown.push("activity.pushed");
    }
    let part = &rules.activity.issues;
    if let (Some(percent), Some((open, all))) = (known.open_issues(), known.issues) {
        let reason = format!("{open} of {all} issues are open");
        let advice = "answer open issues, and close those that are solved";
        breakdown
            .activity
            .add(part.points, part.percent(percent), reason, advice);
    } else {
        breakdown.unknown.push("activity.issues");
    }
}

fn judge_popularity(rules: &Rules, known: &Known, breakdown: &mut WeightedBreakdown) {
    let advice =
        "tell people about the package, and ask for a place in the framework's documentation";
    let part = &rules.popularity.stars;
    if let Some(stars) = known.stars {
        let noun = if stars == 1 { "star" } else { "stars" };
        let reason = format!("{stars} {noun} on GitHub");
        breakdown
            .popularity
            .add(part.points, part.percent(stars), reason, advice);
    } else {
        breakdown.unknown.push("popularity.stars");
    }
    let part = &rules.popularity.downloads;
    if let Some(rank) = known.downloads {
        let reason = format!("more downloads than {rank} % of the profile's packages");
        breakdown
            .popularity
            .add(part.points, part.percent(rank.into()), reason, advice);
    } else {
        breakdown.unknown.push("popularity.downloads");
    }
}

fn judge_security(rules: &Rules, known: &Known, breakdown: &mut WeightedBreakdown) {
    let points = rules.security.no_vulnerabilities;
    match &known.vulnerabilities {
        None => breakdown.unknown.push("security.no_vulnerabilities"),
        Some(known) if known.ids.is_empty() => {
            breakdown
                .security
                .add(points, 100, "no known vulnerability", "");
        }
        Some(known) => {
            let (reason, advice) = known.told();
            breakdown.security.add(points, 0, reason, advice);
        }
    }
}

impl Vulnerabilities {
    /// Reason and advice.
    fn told(&self) -> (Text, Text) {
        let (count, shown) = (self.ids.len(), self.ids.iter().take(3));
        let shown = shown.map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if count > 3 { " and more" } else { "" };
        let noun = if count == 1 {
            "vulnerability"
        } else {
            "vulnerabilities"
        };
        let reason = format!("{count} known {noun} in the latest release");
        let advice =
            format!("publish a release without {shown}{more}, and yank those that have it");
        (reason.into(), advice.into())
    }
}

fn penalties(rules: &Rules, known: &Known) -> Vec<Penalty> {
    let rules = &rules.penalties;
    let mut penalties = Vec::new();
    let mut take = |points: u32, reason: Text, advice: Text| {
        if points > 0 {
            penalties.push(Penalty {
                reason,
                points,
                advice,
            });
        }
    };
    if known.given_up.is_archived {
        let advice = "unarchive the repository, or name a successor in the README";
        take(
            rules.archived,
            "the repository is archived".into(),
            advice.into(),
        );
    }
    if known.given_up.is_yanked {
        let advice = "publish a release that can be used";
        take(
            rules.yanked,
            "the latest release is yanked".into(),
            advice.into(),
        );
    }
    if known.given_up.is_inactive {
        let advice =
            "change the classifier `Development Status :: 7 - Inactive`, or name a successor";
        take(
            rules.inactive,
            "its owners call it inactive".into(),
            advice.into(),
        );
    }
    if let Some(vulnerabilities) = known
        .vulnerabilities
        .as_ref()
        .filter(|all| !all.ids.is_empty())
    {
        let by_severity = &rules.vulnerability;
        let points = vulnerabilities
            .severities
            .iter()
            .map(|severity| match severity {
                None => by_severity.unknown,
                Some(Severity::Low) => by_severity.low,
                Some(Severity::Medium) => by_severity.medium,
                Some(Severity::High) => by_severity.high,
                Some(Severity::Critical) => by_severity.critical,
            });
        let points = points.max().unwrap_or_default();
        let (reason, advice) = vulnerabilities.told();
        take(points, reason, advice);
    }
    penalties
}

/// Days in words, rounded down.
fn age(days: i64) -> String {
    let (count, unit) = match days {
        ..60 => (days, "day"),
        60..730 => (days / 30, "month"),
        _ => (days / 365, "year"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
