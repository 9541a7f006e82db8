//! The health score, taken apart for the people who can raise it.

use serde::Serialize;
use serde_json::Value;

use crate::model::Document;

use super::facts;
use super::format::{Moment, capitalised, health_word};

/// The categories in the order in which they are shown, with their headings.
const CATEGORIES: [(&str, &str); 6] = [
    ("recency", "Releases"),
    ("documentation", "Documentation"),
    ("metadata", "Metadata"),
    ("activity", "Activity"),
    ("popularity", "Popularity"),
    ("security", "Security"),
];
/// The heading of what the older rules count apart.
const GITHUB: &str = "GitHub";
/// Bonuses of the older rules, which count them apart.
const GITHUB_BONUSES: [(&str, &str); 3] = [
    ("github_stars_bonus", "stars on GitHub"),
    ("github_activity_bonus", "activity on GitHub"),
    ("github_issue_bonus", "few open issues on GitHub"),
];

/// The health of a package.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct HealthView {
    pub score: i64,
    pub word: &'static str,
    pub calculated: Option<Moment>,
    /// Points of all categories, and how many could be had.
    pub points: i64,
    pub max_points: i64,
    pub categories: Vec<CategoryView>,
    /// Points taken from the whole score.
    pub penalties: Vec<LossView>,
    /// Everything that could be better, the most expensive first.
    pub to_do: Vec<LossView>,
    /// Parts that are not counted, because nothing is known about them.
    pub unknown: Vec<String>,
}

/// One category of the score.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CategoryView {
    pub name: &'static str,
    /// For links to it.
    pub id: String,
    pub points: i64,
    pub max_points: i64,
    /// Of the width of the bar, 0 to 100.
    pub percent: i64,
    /// Where its facts come from, and when they were read there.
    pub source: &'static str,
    pub checked: Option<Moment>,
    pub passed: Vec<PassedView>,
    pub lost: Vec<LossView>,
}

/// Points that were given.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PassedView {
    pub reason: String,
    /// `None` where the rules count them elsewhere.
    pub points: Option<i64>,
}

/// Points that were not given.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LossView {
    pub reason: String,
    /// `None` where the rules do not say.
    pub points: Option<i64>,
    /// What a maintainer can do; may be empty.
    pub advice: String,
}

impl HealthView {
    /// `None` if no score was computed.
    #[must_use]
    pub fn new(document: &Document, now: i64) -> Option<Self> {
        let score = facts::number(document, "health_score")?;
        let calculated = facts::number(document, "health_score_last_calculated");
        let mut view = Self {
            score,
            word: health_word(score),
            calculated: Moment::new(calculated.unwrap_or_default(), now),
            ..Self::default()
        };
        let empty = Value::Null;
        let breakdown = document
            .facts
            .get("health_score_breakdown")
            .unwrap_or(&empty);
        for (key, name) in CATEGORIES {
            if let Some(category) = breakdown.get(key).filter(|category| category.is_object()) {
                view.categories.push(read_category(name, category));
            }
        }
        view.categories.extend(read_github_bonuses(breakdown));
        for category in &mut view.categories {
            let (source, read) = source_of(category.name, document);
            category.source = source;
            category.checked = Moment::new(read, now);
        }
        view.points = view.categories.iter().map(|category| category.points).sum();
        view.max_points = view
            .categories
            .iter()
            .map(|category| category.max_points)
            .sum();
        view.penalties = losses(breakdown, "penalties");
        view.unknown = members(breakdown, "unknown")
            .filter_map(Value::as_str)
            .map(describe_unknown)
            .collect();
        let lost = view.categories.iter().flat_map(|category| &category.lost);
        view.to_do = lost.chain(&view.penalties).cloned().collect();
        view.to_do
            .sort_by_key(|loss| std::cmp::Reverse(loss.points));
        Some(view)
    }
}

/// Where the facts of a category come from, and when they were read there, in Unix seconds; 0 if that
/// is not known.
fn source_of(name: &str, document: &Document) -> (&'static str, i64) {
    let number = |field| facts::number(document, field).unwrap_or_default();
    let github = ("From GitHub", number("github_checked"));
    let followed = ("From issues on GitHub", number("activity_checked"));
    match name {
        "Security" => ("Advisories looked up", number("vulnerabilities_checked")),
        "Activity" if followed.1 > github.1 => followed,
        "Activity" | GITHUB => github,
        "Popularity" => match ("Downloads counted", number("download_updated")) {
            (_, 0) => github,
            downloads => downloads,
        },
        _ => ("From the release of", document.upload_timestamp),
    }
}

fn read_category(name: &'static str, category: &Value) -> CategoryView {
    let number = |key| {
        category
            .get(key)
            .and_then(Value::as_i64)
            .unwrap_or_default()
    };
    let (points, max_points) = (number("points"), number("max_points"));
    let mut lost = losses(category, "lost");
    if lost.is_empty() {
        // The older rules name problems without their price.
        lost = members(category, "problems")
            .filter_map(Value::as_str)
            .map(|problem| LossView {
                reason: capitalised(problem),
                ..LossView::default()
            })
            .collect();
    }
    let passed = members(category, "bonuses").map(|bonus| match bonus {
        Value::String(reason) => PassedView {
            reason: capitalised(reason),
            points: None,
        },
        bonus => PassedView {
            reason: capitalised(facts::member(bonus, "reason")),
            points: bonus.get("points").and_then(Value::as_i64),
        },
    });
    CategoryView {
        name,
        id: name.to_lowercase(),
        points,
        max_points,
        percent: percent(points, max_points),
        passed: passed.filter(|bonus| !bonus.reason.is_empty()).collect(),
        lost,
        ..CategoryView::default()
    }
}

/// The category that the older rules do not make of their bonuses; `None` without any.
fn read_github_bonuses(breakdown: &Value) -> Option<CategoryView> {
    let passed: Vec<PassedView> = GITHUB_BONUSES
        .iter()
        .filter_map(|(key, reason)| {
            Some(PassedView {
                reason: capitalised(reason),
                points: Some(breakdown.get(key)?.as_i64()?),
            })
        })
        .collect();
    let points = passed.iter().filter_map(|bonus| bonus.points).sum();
    (!passed.is_empty()).then_some(CategoryView {
        name: GITHUB,
        id: "github".to_owned(),
        points,
        max_points: 30,
        percent: percent(points, 30),
        passed,
        ..CategoryView::default()
    })
}

fn losses(value: &Value, key: &str) -> Vec<LossView> {
    members(value, key)
        .map(|loss| LossView {
            reason: capitalised(facts::member(loss, "reason")),
            points: loss.get("points").and_then(Value::as_i64),
            advice: facts::member(loss, "advice").to_owned(),
        })
        .collect()
}

fn members<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn percent(points: i64, max_points: i64) -> i64 {
    points
        .saturating_mul(100)
        .checked_div(max_points)
        .unwrap_or_default()
        .clamp(0, 100)
}

/// `popularity.downloads` in words.
fn describe_unknown(part: &str) -> String {
    part.rsplit('.').next().unwrap_or(part).replace('_', " ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::HealthView;
    use crate::model::Document;

    const NOW: i64 = 2_000_000_000;

    fn view(facts: &serde_json::Value) -> Option<HealthView> {
        let facts = facts.as_object().cloned().unwrap_or_default();
        let document = Document {
            facts,
            upload_timestamp: NOW - 10 * 86_400,
            ..Document::default()
        };
        HealthView::new(&document, NOW)
    }

    #[test]
    fn the_to_do_list_begins_with_what_costs_most() -> anyhow::Result<()> {
        let view = view(&json!({
            "health_score": 71,
            "health_score_breakdown": {
                "recency": {"points": 20, "max_points": 25, "bonuses": [{"reason": "recent", "points": 20}],
                    "problems": ["few"], "lost": [{"reason": "few", "points": 5, "advice": "release"}]},
                "documentation": {"points": 8, "max_points": 20, "lost": [
                    {"reason": "no documentation", "points": 12, "advice": "give one"}]},
                "penalties": [{"reason": "archived", "points": 10, "advice": "name a successor"}],
                "unknown": ["popularity.downloads"],
            },
        }));
        let view = view.ok_or_else(|| anyhow::anyhow!("there is a score"))?;
        let points: Vec<_> = view.to_do.iter().filter_map(|loss| loss.points).collect();
        assert_eq!(points, [12, 10, 5]);
        assert_eq!(view.unknown, ["downloads"]);
        assert_eq!(view.categories.first().map(|one| one.percent), Some(80));
        Ok(())
    }

    #[test]
    fn the_older_form_and_odd_values_are_shown_as_far_as_they_go() -> anyhow::Result<()> {
        let view = view(&json!({
            "health_score": 50.0,
            "health_score_breakdown": {
                "recency": {"points": 40, "max_points": 40, "bonuses": ["fresh"], "problems": ["none"]},
                "metadata": {"points": 99, "max_points": 0, "bonuses": [1, {}], "problems": "no list"},
                "documentation": [],
                "github_stars_bonus": 7,
            },
        }));
        let view = view.ok_or_else(|| anyhow::anyhow!("there is a score"))?;
        let names: Vec<_> = view
            .categories
            .iter()
            .map(|category| category.name)
            .collect();
        assert_eq!(names, ["Releases", "Metadata", "GitHub"]);
        assert_eq!(view.to_do.len(), 1);
        Ok(())
    }

    #[test]
    fn each_category_says_how_old_its_facts_are() -> anyhow::Result<()> {
        let day = 86_400;
        let part = json!({"points": 1, "max_points": 2});
        let facts = json!({
            "health_score": 50, "github_checked": NOW - 2 * day, "activity_checked": NOW - 3 * day,
            "vulnerabilities_checked": NOW - 4 * day, "download_updated": NOW - 5 * day,
            "health_score_breakdown": {
                "recency": part, "activity": part, "popularity": part, "security": part,
                "github_stars_bonus": 7,
            },
        });
        let ages = |facts: &serde_json::Value| -> anyhow::Result<Vec<String>> {
            let view = view(facts).ok_or_else(|| anyhow::anyhow!("there is a score"))?;
            let shown = view.categories.into_iter();
            let shown =
                shown.map(|one| format!("{} {:?}", one.source, one.checked.map(|at| at.age)));
            Ok(shown.collect())
        };
        assert_eq!(
            ages(&facts)?,
            [
                "From the release of Some(\"10 days ago\")",
                "From GitHub Some(\"2 days ago\")",
                "Downloads counted Some(\"5 days ago\")",
                "Advisories looked up Some(\"4 days ago\")",
                "From GitHub Some(\"2 days ago\")",
            ]
        );
        let mut followed = facts.clone();
        followed["activity_checked"] = json!(NOW);
        followed["download_updated"] = json!(null);
        let ages = ages(&followed)?;
        assert_eq!(ages[1], "From issues on GitHub Some(\"today\")");
        assert_eq!(ages[2], "From GitHub Some(\"2 days ago\")");
        Ok(())
    }

    #[test]
    fn without_a_score_there_is_nothing_to_show() {
        assert_eq!(view(&json!({"health_score": "high"})), None);
    }
}
