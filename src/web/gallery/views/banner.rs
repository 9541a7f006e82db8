//! What to know about a release before it is installed: a vulnerability, a yank, an archive.

use serde::Serialize;
use serde_json::Value;

use crate::model::{Advisory, Document, RegistryKind};
use crate::web::gallery::address::{Address, PackagePart};

use super::facts::{self, member};
use super::format::{Moment, first_line};
use super::link::{Link, web_address};
use super::release::is_prerelease;

/// What to know before anything else: the most serious thing in full, the others in a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Banner {
    /// `danger`, `warning` or `info`.
    pub level: &'static str,
    pub title: String,
    pub text: String,
    pub link: Option<Link>,
    /// What else there is, a sentence each, the more serious first.
    pub also: Vec<String>,
    /// The advisories of a vulnerable release.
    pub advisories: Vec<AdvisoryView>,
    /// When advisories were last looked for, of a vulnerable release.
    pub checked: Option<Moment>,
}

/// One thing to know about a release.
struct Warning {
    level: &'static str,
    title: String,
    text: String,
    /// The same where something else is more serious.
    brief: String,
}

/// A known vulnerability.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdvisoryView {
    pub id: String,
    pub href: String,
    pub summary: String,
    pub severity: String,
    pub fixed_in: Vec<String>,
    /// Whether the release was made to do harm.
    pub is_malware: bool,
}

/// What there is to know, the most serious first; `None` if there is nothing.
#[must_use]
pub fn banner(latest: &Document, shown: &Document, profile: &str, now: i64) -> Option<Banner> {
    let advisories: Vec<AdvisoryView> = facts::list(shown, "vulnerabilities")
        .map(AdvisoryView::new)
        .filter(|advisory| !advisory.id.is_empty())
        .collect();
    let is_malicious = facts::is_true(shown, "is_malicious");
    let others = advisories.iter().filter(|one| !one.is_malware).count();
    let is_vulnerable = others > 0 || facts::is_true(shown, "has_vulnerabilities") && !is_malicious;
    let is_npm = RegistryKind::Npm.is_named_by(&shown.registry);
    let checked = facts::number(shown, "vulnerabilities_checked");
    let checked = checked.filter(|_| is_vulnerable || is_malicious);
    let is_latest = latest.version == shown.version;
    let status = facts_status(shown);
    let is_archived = facts::is_true(latest, "github_archived") || status == "archived";
    let mut warnings = [
        is_malicious.then(malicious),
        (status == "quarantined").then(quarantined),
        is_vulnerable.then(|| vulnerable(shown, others)),
        (shown.yanked && !is_npm).then(|| yanked(shown)),
        (shown.yanked && is_npm).then(|| deprecated_version(shown)),
        (!is_latest).then(|| not_latest(latest)),
        (status == "deprecated").then(deprecated),
        is_archived.then(archived),
        (status == "inactive").then(inactive),
        is_prerelease(shown).then(|| prerelease(shown)),
    ]
    .into_iter()
    .flatten();
    let first = warnings.next()?;
    Some(Banner {
        level: first.level,
        title: first.title,
        text: first.text,
        link: (!is_latest).then(|| Link {
            text: format!("Go to {} {}", latest.name, latest.version),
            href: Address::package(profile, &latest.full_name(), PackagePart::Latest).to_string(),
            is_foreign: false,
        }),
        also: warnings.map(|warning| warning.brief).collect(),
        advisories,
        checked: Moment::new(checked.unwrap_or_default(), now),
    })
}

fn malicious() -> Warning {
    Warning {
        level: "danger",
        title: "This release is malicious.".to_owned(),
        text: "It was published to do harm. Remove it wherever it is installed, and replace every \
               secret that was within its reach."
            .to_owned(),
        brief: "This release is malicious.".to_owned(),
    }
}

/// What npm knows in place of a yank: advice, often with the name of a successor.
fn deprecated_version(shown: &Document) -> Warning {
    let reason = shown.yanked_reason.trim();
    Warning {
        level: "warning",
        title: "This version is deprecated.".to_owned(),
        text: if reason.is_empty() {
            "Its maintainers gave no reason.".to_owned()
        } else {
            format!("Its maintainers say: {reason}")
        },
        brief: match first_line(reason) {
            reason if reason.is_empty() => "This version is deprecated.".to_owned(),
            reason => format!("This version is deprecated ({reason})."),
        },
    }
}

fn quarantined() -> Warning {
    Warning {
        level: "danger",
        title: "The registry has quarantined this project.".to_owned(),
        text: "Do not install it before you know why.".to_owned(),
        brief: "The registry has quarantined this project.".to_owned(),
    }
}

fn vulnerable(shown: &Document, advisories: usize) -> Warning {
    let fixed_in = facts::text(shown, "fixed_in");
    let title = match advisories {
        0 | 1 => "This release has a known vulnerability.".to_owned(),
        count => format!("This release has {count} known vulnerabilities."),
    };
    Warning {
        level: "danger",
        text: if fixed_in.is_empty() {
            "No release is known that fixes it.".to_owned()
        } else {
            format!("Fixed in {fixed_in}.")
        },
        brief: title.clone(),
        title,
    }
}

fn yanked(shown: &Document) -> Warning {
    let reason = shown.yanked_reason.trim();
    Warning {
        level: "danger",
        title: "This release was yanked.".to_owned(),
        text: if reason.is_empty() {
            "Its maintainers gave no reason.".to_owned()
        } else {
            format!("The reason given: {reason}")
        },
        brief: match first_line(reason) {
            reason if reason.is_empty() => "This release was yanked.".to_owned(),
            reason => format!("This release was yanked ({reason})."),
        },
    }
}

fn not_latest(latest: &Document) -> Warning {
    Warning {
        level: "info",
        title: "This is not the latest release.".to_owned(),
        text: format!("The latest is {}.", latest.version),
        brief: format!("The latest release is {}.", latest.version),
    }
}

fn deprecated() -> Warning {
    Warning {
        level: "warning",
        title: "This project is deprecated.".to_owned(),
        text: "Its maintainers advise against using it.".to_owned(),
        brief: "The project is deprecated.".to_owned(),
    }
}

fn archived() -> Warning {
    Warning {
        level: "warning",
        title: "This project is archived.".to_owned(),
        text: "It is read-only: expect no fixes.".to_owned(),
        brief: "The project is archived.".to_owned(),
    }
}

fn inactive() -> Warning {
    Warning {
        level: "warning",
        title: "This project is inactive.".to_owned(),
        text: "So says its own classifier `Development Status :: 7 - Inactive`.".to_owned(),
        brief: "The project is inactive.".to_owned(),
    }
}

fn prerelease(shown: &Document) -> Warning {
    Warning {
        level: "info",
        title: "This is a pre-release.".to_owned(),
        text: if RegistryKind::Npm.is_named_by(&shown.registry) {
            format!("`npm install` needs `{}@{}`.", shown.name, shown.version)
        } else {
            format!(
                "There is no final release yet; `pip install` needs `--pre` or `=={}`.",
                shown.version
            )
        },
        brief: "This is a pre-release.".to_owned(),
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
            is_malware: Advisory::read(advisory).is_some_and(|one| one.is_malware()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::banner;
    use crate::model::Document;

    const NOW: i64 = 2_000_000_000;

    fn release(version: &str, facts: &serde_json::Value) -> Document {
        Document {
            name: "plone.api".to_owned(),
            version: version.to_owned(),
            facts: facts.as_object().cloned().unwrap_or_default(),
            ..Document::default()
        }
    }

    #[test]
    fn the_banner_says_the_most_serious_thing_first_and_the_others_too() {
        let fine = release("2.0", &json!({}));
        let about = |latest: &Document, shown: &Document| {
            banner(latest, shown, "plone", NOW).map(|banner| (banner.title, banner.also))
        };
        let expected = |title: &str, also: &[&str]| {
            let also = also.iter().map(|&sentence| sentence.to_owned());
            Some((title.to_owned(), also.collect::<Vec<String>>()))
        };
        assert_eq!(about(&fine, &fine), None);
        let mut bad = release(
            "1.0a1",
            &json!({"has_vulnerabilities": true, "vulnerabilities_checked": NOW - 86_400,
            "vulnerabilities": [{"id": "GHSA-1"}, {"id": "GHSA-2"}]}),
        );
        "a1".clone_into(&mut bad.version_postfix);
        bad.yanked = true;
        "Broken\nin many ways".clone_into(&mut bad.yanked_reason);
        let archived = release("2.0", &json!({"github_archived": true}));
        let yanked = "This release was yanked (Broken).";
        let rest = [
            "The latest release is 2.0.",
            "The project is archived.",
            "This is a pre-release.",
        ];
        let vulnerable = "This release has 2 known vulnerabilities.";
        assert_eq!(
            about(&archived, &bad),
            expected(vulnerable, &[&[yanked][..], &rest].concat())
        );
        let full = banner(&archived, &bad, "plone", NOW);
        let full = full.map(|banner| {
            (
                banner.checked.map(|moment| moment.age),
                banner.advisories.len(),
            )
        });
        assert_eq!(full, Some((Some("yesterday".to_owned()), 2)));
        // Nothing is worse than what the registry itself has stopped.
        bad.status = Some("quarantined".to_owned());
        assert_eq!(
            about(&archived, &bad),
            expected(
                "The registry has quarantined this project.",
                &[&[vulnerable, yanked][..], &rest].concat()
            )
        );
        bad.status = Some("archived".to_owned());
        bad.facts.clear();
        assert_eq!(
            about(&fine, &bad),
            expected("This release was yanked.", &rest)
        );
        bad.yanked = false;
        assert_eq!(
            about(&fine, &bad),
            expected(
                "This is not the latest release.",
                rest.get(1..).unwrap_or_default()
            )
        );
        assert_eq!(
            about(&archived, &archived),
            expected("This project is archived.", &[])
        );
    }
}
