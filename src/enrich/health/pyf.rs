//! The rule set of `pyf.aggregator`: its constants, its categories, its form. Pure.
//!
//! What looks odd here is intended: the maximum of the documentation that can be exceeded, words
//! counted on HTML, names that count and addresses that do not. The other rule set does better.

use std::sync::LazyLock;

use regex::Regex;

use super::bands::band;
use super::breakdown::{Bonus, Breakdown, Category, Health, PyfBreakdown};
use super::context::DAY;
use super::document_facts::number;
use super::screenshot::has_screenshot;
use crate::model::Document;

/// The fields that are read.
pub(super) const FIELDS: &[&str] = &[
    "author",
    "classifiers",
    "description",
    "docs_url",
    "first_chapter",
    "github_open_issues",
    "github_stars",
    "github_updated",
    "is_malicious",
    "keywords",
    "license",
    "main_content",
    "maintainer",
    "package_url",
    "project_urls",
    "registry",
    "upload_timestamp",
];

pub(super) fn calculate(document: &Document, now: i64) -> Health {
    let mut breakdown = PyfBreakdown {
        recency: recency(document.upload_timestamp, now),
        documentation: documentation(document),
        metadata: metadata(document),
        ..PyfBreakdown::default()
    };
    add_github(document, now, &mut breakdown);
    let points = breakdown.recency.points
        + breakdown.documentation.points
        + breakdown.metadata.points
        + breakdown.github_bonus_total;
    let score = points.min(100);
    Health {
        score,
        band: band(score),
        breakdown: Breakdown::Pyf(Box::new(breakdown)),
        calculated: now,
        health_problems_documentation: Vec::new(),
        health_problems_metadata: Vec::new(),
        health_problems_recency: Vec::new(),
    }
}

fn recency(upload_timestamp: i64, now: i64) -> Category {
    let (points, problem) = if upload_timestamp == 0 {
        (0, "no release timestamp")
    } else {
        match now.saturating_sub(upload_timestamp).div_euclid(DAY) {
            ..180 => (40, ""),
            180..365 => (30, "last release over 6 months ago"),
            365..730 => (20, "last release over 1 year ago"),
            730..1095 => (10, "last release over 2 years ago"),
            1095..1825 => (5, "last release over 3 years ago"),
            _ => (0, "last release over 5 years ago"),
        }
    };
    let mut recency = category(points, 40);
    recency
        .problems
        .extend((!problem.is_empty()).then(|| problem.into()));
    recency
}

fn category(points: u32, max_points: u32) -> Category {
    Category {
        points,
        max_points,
        ..Category::default()
    }
}

fn documentation(document: &Document) -> Category {
    let mut documentation = category(0, 18);
    let mut add = |reason: &'static str, points| {
        documentation.points += points;
        documentation.bonuses.push(Bonus::Points {
            reason: reason.into(),
            points,
        });
    };
    let has_docs_url = is_meaningful(&document.docs_url, document);
    if has_docs_url {
        add("has dedicated docs URL", 4);
    }
    let has_project_url = document.project_urls.iter().any(|(label, address)| {
        let lowered = label.to_lowercase();
        // `docs` and `homepage` among them.
        let is_known = ["documentation", "docs", "home"]
            .iter()
            .any(|word| lowered.contains(word));
        is_known && is_meaningful(address, document)
    });
    if has_project_url {
        add("has documentation project URL", 3);
    }
    if has_screenshot(&document.description) {
        add("has meaningful screenshots", 5);
    }
    if document.description.chars().nth(150).is_some() {
        documentation.points += 18;
    } else {
        documentation
            .problems
            .push("description too short (<150 chars)".into());
    }
    let words = document.first_chapter.split_whitespace().count()
        + document.main_content.split_whitespace().count();
    if words < 500 && !has_docs_url && !has_project_url {
        documentation.problems.push(
            "not enough documentation (extend README to 500+ words or add documentation link)"
                .into(),
        );
    }
    documentation
}

/// Whether an address is neither the page of a package at the registry nor a bare repository.
fn is_meaningful(address: &str, document: &Document) -> bool {
    static REPOSITORY: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^https?://(www\.)?(github|gitlab)\.(com|io)/[^/]+/[^/]+/?(#.*)?$").ok()
    });
    const PAGES: &str = "/project/";
    let at_registry = document
        .package_url
        .find(PAGES)
        .and_then(|at| document.package_url.get(..at + PAGES.len()));
    !address.is_empty()
        && !at_registry.is_some_and(|pages| address.contains(pages))
        && !REPOSITORY
            .as_ref()
            .is_some_and(|repository| repository.is_match(address))
}

fn metadata(document: &Document) -> Category {
    let mut metadata = category(0, 30);
    let few = if document.registry == "npm" {
        (document.keywords.len() < 3).then_some("fewer than 3 keywords")
    } else {
        (document.classifiers.len() < 3).then_some("fewer than 3 classifiers")
    };
    let is_anonymous = document.maintainer.is_empty() && document.author.is_empty();
    let no_license = document.license.is_empty().then_some("no license");
    if is_anonymous {
        metadata
            .problems
            .extend(["no maintainer info".into(), "no author info".into()]);
    }
    metadata
        .problems
        .extend(no_license.into_iter().chain(few).map(Into::into));
    let given = [!is_anonymous, no_license.is_none(), few.is_none()];
    metadata.points = given.into_iter().map(|given| 10 * u32::from(given)).sum();
    metadata
}

fn add_github(document: &Document, now: i64, breakdown: &mut PyfBreakdown) {
    let stars = number(document, "github_stars");
    breakdown.github_stars_bonus = match stars.unwrap_or_default() {
        1000.0.. => 10,
        500.0.. => 7,
        100.0.. => 5,
        50.0.. => 3,
        10.0.. => 1,
        _ => 0,
    };
    if let Some(updated) = number(document, "github_updated").filter(|updated| *updated != 0.0) {
        breakdown.github_activity_bonus = match (now as f64 - updated) / DAY as f64 {
            ..30.0 => 10,
            ..90.0 => 7,
            ..180.0 => 5,
            ..365.0 => 3,
            _ => 0,
        };
        let problem = match breakdown.github_activity_bonus {
            0 => Some("no GitHub activity in 1+ year"),
            3 => Some("limited GitHub activity (6+ months)"),
            _ => None,
        };
        breakdown.recency.problems.extend(problem.map(Into::into));
    }
    let open_issues = number(document, "github_open_issues");
    if let (Some(open_issues), Some(stars)) = (open_issues, stars.filter(|stars| *stars > 0.0)) {
        breakdown.github_issue_bonus = match open_issues / stars {
            ..0.1 => 10,
            ..0.3 => 7,
            ..0.5 => 5,
            ..1.0 => 3,
            _ => 0,
        };
        if breakdown.github_issue_bonus >= 5 {
            breakdown
                .metadata
                .bonuses
                .push(Bonus::Remark("good issue management".into()));
        }
    }
    breakdown.github_bonus_total = breakdown.github_stars_bonus
        + breakdown.github_activity_bonus
        + breakdown.github_issue_bonus;
}
