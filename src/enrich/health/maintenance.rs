//! How a package is maintained: releases, pushes, issues, use and vulnerabilities, and what costs
//! points of the whole score. Pure; called by `weighted`.

use super::breakdown::{Penalty, Text, WeightedBreakdown};
use super::maintenance_facts::MaintenanceFacts;
use super::rules::Rules;
use crate::model::{RegistryKind, Severity};

/// Why nothing else counts.
const MALICIOUS: &str = "the latest release is malicious";
const REMOVE: &str = "remove the release from the registry, and find out how it came there";
/// Why time takes no points from a package.
const FINISHED: &str = "finished: stable, documented, in use and with few open issues";

/// Fills in everything that depends on time and on other people, and the penalties.
pub(super) fn judge(rules: &Rules, facts: &MaintenanceFacts, breakdown: &mut WeightedBreakdown) {
    let finished = facts.is_finished(rules).then_some(rules.finished.percent);
    judge_recency(rules, facts, finished, breakdown);
    judge_activity(rules, facts, finished, breakdown);
    judge_care(rules, facts, breakdown);
    judge_popularity(rules, facts, breakdown);
    judge_security(rules, facts, breakdown);
    breakdown.penalties = penalties(rules, facts);
}

/// A part from which time takes points, with its reason: a finished package keeps most of them.
fn unless_finished(percent: u32, finished: Option<u32>, reason: String) -> (u32, String) {
    match finished {
        Some(least) if least > percent => (least, format!("{reason}; {FINISHED}")),
        _ => (percent, reason),
    }
}

fn judge_recency(
    rules: &Rules,
    facts: &MaintenanceFacts,
    finished: Option<u32>,
    breakdown: &mut WeightedBreakdown,
) {
    let weights = &rules.recency;
    let latest = &weights.latest_release;
    let (percent, reason) = match facts.days_since_release {
        Some(days) => {
            let reason = format!("last release {} ago", age(days));
            unless_finished(latest.percent(days), finished, reason)
        }
        None => (0, "no release timestamp".to_owned()),
    };
    let advice =
        "publish a release, if only to confirm that the package works with today's versions";
    breakdown
        .recency
        .add(latest.points, percent, reason, advice);
    if let Some(releases) = facts.recent_releases {
        let history = &weights.release_history;
        let noun = if releases == 1 { "release" } else { "releases" };
        let reason = format!("{releases} {noun} in the last 3 years");
        let (percent, reason) = unless_finished(history.percent(releases), finished, reason);
        let advice = "release what is done in small steps";
        breakdown
            .recency
            .add(history.points, percent, reason, advice);
    } else {
        breakdown.unknown.push("recency.release_history");
    }
}

fn judge_activity(
    rules: &Rules,
    facts: &MaintenanceFacts,
    finished: Option<u32>,
    breakdown: &mut WeightedBreakdown,
) {
    let pushed = &rules.activity.pushed;
    if let Some(days) = facts.days_since_push {
        let reason = format!("last push {} ago", age(days));
        let (percent, reason) = unless_finished(pushed.percent(days), finished, reason);
        let advice = "answer pull requests and push, or look for a new maintainer";
        breakdown
            .activity
            .add(pushed.points, percent, reason, advice);
    } else {
        breakdown.unknown.push("activity.pushed");
    }
    let issues = &rules.activity.issues;
    if let (Some(percent), Some((open, all))) = (facts.open_issue_percent(), facts.issues) {
        let reason = format!("{open} of {all} issues are open");
        let advice = "answer open issues, and close those that are solved";
        breakdown
            .activity
            .add(issues.points, issues.percent(percent), reason, advice);
    } else {
        breakdown.unknown.push("activity.issues");
    }
}

/// Adds to activity what a database of activity knows. What it does not know is not named: most
/// collections have none.
fn judge_care(rules: &Rules, facts: &MaintenanceFacts, breakdown: &mut WeightedBreakdown) {
    let Some(care) = &rules.care else {
        return;
    };
    if let Some(hours) = facts.first_response_hours {
        let response = &care.first_response;
        let time = match hours {
            ..=1 => "an hour".to_owned(),
            2..72 => format!("{hours} hours"),
            _ => age(hours / 24),
        };
        let reason = format!("half of what people open is answered within {time}");
        let advice = "answer new issues and pull requests, if only to say when there will be time";
        breakdown
            .activity
            .add(response.points, response.percent(hours), reason, advice);
    }
    if let Some(people) = facts.bus_factor {
        let factor = &care.bus_factor;
        let reason = match people {
            1 => "one person makes half of all contributions".to_owned(),
            _ => format!("{people} people make half of all contributions"),
        };
        let advice = "invite others to review and to maintain";
        breakdown
            .activity
            .add(factor.points, factor.percent(people), reason, advice);
    }
}

fn judge_popularity(rules: &Rules, facts: &MaintenanceFacts, breakdown: &mut WeightedBreakdown) {
    let advice =
        "tell people about the package, and ask for a place in the framework's documentation";
    let weights = &rules.popularity;
    if let Some(stars) = facts.stars {
        let noun = if stars == 1 { "star" } else { "stars" };
        let reason = format!("{stars} {noun} on GitHub");
        breakdown.popularity.add(
            weights.stars.points,
            weights.stars.percent(stars),
            reason,
            advice,
        );
    } else {
        breakdown.unknown.push("popularity.stars");
    }
    if let Some(rank) = facts.downloads {
        let reason = format!("more downloads than {rank} % of the profile's packages");
        let downloads = &weights.downloads;
        breakdown.popularity.add(
            downloads.points,
            downloads.percent(rank.into()),
            reason,
            advice,
        );
    } else {
        breakdown.unknown.push("popularity.downloads");
    }
}

fn judge_security(rules: &Rules, facts: &MaintenanceFacts, breakdown: &mut WeightedBreakdown) {
    let points = rules.security.no_vulnerabilities;
    if facts.is_malicious {
        breakdown.security.add(points, 0, MALICIOUS, REMOVE);
        return;
    }
    match &facts.vulnerabilities {
        None => breakdown.unknown.push("security.no_vulnerabilities"),
        Some(vulnerabilities) if vulnerabilities.ids.is_empty() => {
            breakdown
                .security
                .add(points, 100, "no known vulnerability", "");
        }
        Some(vulnerabilities) => {
            let (reason, advice) = vulnerabilities.reason_and_advice(facts.registry);
            breakdown.security.add(points, 0, reason, advice);
        }
    }
}

fn penalties(rules: &Rules, facts: &MaintenanceFacts) -> Vec<Penalty> {
    let weights = &rules.penalties;
    let mut penalties = Vec::new();
    let mut penalise = |points: u32, reason: Text, advice: Text| {
        if points > 0 {
            penalties.push(Penalty {
                reason,
                points,
                advice,
            });
        }
    };
    if facts.is_malicious {
        // Nothing else can be said for it.
        penalise(100, MALICIOUS.into(), REMOVE.into());
    }
    if facts.abandonment.is_archived {
        let advice = "unarchive the repository, or name a successor in the README";
        penalise(
            weights.archived,
            "the repository is archived".into(),
            advice.into(),
        );
    }
    if facts.abandonment.is_yanked {
        let (reason, advice) = match facts.registry {
            RegistryKind::PyPi => (
                "the latest release is yanked",
                "publish a release that can be used",
            ),
            RegistryKind::Npm => (
                "the latest version is deprecated",
                "publish a version that can be used, or name a successor in the deprecation",
            ),
        };
        penalise(weights.yanked, reason.into(), advice.into());
    }
    if facts.abandonment.is_inactive {
        let advice =
            "change the classifier `Development Status :: 7 - Inactive`, or name a successor";
        penalise(
            weights.inactive,
            "its owners call it inactive".into(),
            advice.into(),
        );
    }
    if let Some(vulnerabilities) = facts
        .vulnerabilities
        .as_ref()
        .filter(|all| !all.ids.is_empty())
    {
        let by_severity = &weights.vulnerability;
        let by_entry = vulnerabilities
            .severities
            .iter()
            .map(|severity| match severity {
                None => by_severity.unknown,
                Some(Severity::Low) => by_severity.low,
                Some(Severity::Medium) => by_severity.medium,
                Some(Severity::High) => by_severity.high,
                Some(Severity::Critical) => by_severity.critical,
            });
        let points = by_entry.max().unwrap_or_default();
        let (reason, advice) = vulnerabilities.reason_and_advice(facts.registry);
        penalise(points, reason, advice);
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
