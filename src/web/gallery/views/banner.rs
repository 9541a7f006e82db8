//! The one thing to know about a release before it is installed: a vulnerability, a yank, an archive.

use serde::Serialize;
use serde_json::Value;

use crate::model::Document;
use crate::web::gallery::address::{Address, PackagePart};

use super::facts::{self, member};
use super::link::{Link, web_address};
use super::release::is_prerelease;

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

/// The most serious of what there is to know.
#[must_use]
pub fn banner(latest: &Document, shown: &Document, profile: &str) -> Option<Banner> {
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
        return Some(vulnerable(shown, advisories, to_latest));
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

fn vulnerable(shown: &Document, advisories: Vec<AdvisoryView>, link: Option<Link>) -> Banner {
    let fixed_in = facts::text(shown, "fixed_in");
    Banner {
        level: "danger",
        title: match advisories.len() {
            0 | 1 => "This release has a known vulnerability.".to_owned(),
            count => format!("This release has {count} known vulnerabilities."),
        },
        text: if fixed_in.is_empty() {
            "No release is known that fixes it.".to_owned()
        } else {
            format!("Fixed in {fixed_in}.")
        },
        link,
        advisories,
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::banner;
    use crate::model::Document;

    fn release(version: &str, facts: &serde_json::Value) -> Document {
        Document {
            name: "plone.api".to_owned(),
            version: version.to_owned(),
            facts: facts.as_object().cloned().unwrap_or_default(),
            ..Document::default()
        }
    }

    #[test]
    fn the_banner_says_the_most_serious_thing() {
        let fine = release("2.0", &json!({}));
        assert_eq!(banner(&fine, &fine, "plone"), None);
        let mut bad = release(
            "1.0",
            &json!({"github_archived": true, "has_vulnerabilities": true,
            "vulnerabilities": [{"id": "GHSA-1"}, {"id": "GHSA-2"}]}),
        );
        bad.yanked = true;
        let title = |shown: &Document| banner(&fine, shown, "plone").map(|banner| banner.title);
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
        let archived = release("2.0", &json!({"github_archived": true}));
        assert_eq!(
            banner(&archived, &archived, "plone").map(|banner| banner.level),
            Some("warning")
        );
    }
}
