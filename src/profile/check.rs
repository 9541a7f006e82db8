//! Checks classifiers against the official list.
//!
//! Called for the classifiers of a profile's file and for those of the command line. Reads nothing
//! but the list that is compiled into the program.

use super::error::ProfileError;
use super::finding::{Finding, Severity};
use super::nearest::shortened;
use super::official::{SEPARATOR, classifier_list_version, official_list};

/// Checks classifiers given on the command line (`-ft`).
///
/// Returns warnings and notes; misspelt classifiers are [`ProfileError::Classifiers`].
pub fn validate_classifiers(classifiers: &[String]) -> Result<Vec<Finding>, ProfileError> {
    let findings: Vec<_> = classifiers
        .iter()
        .filter_map(|classifier| check_classifier(classifier))
        .map(|(severity, message)| Finding {
            severity,
            profile: None,
            location: None,
            message,
        })
        .collect();
    if findings
        .iter()
        .any(|finding| finding.severity == Severity::Error)
    {
        let errors = findings
            .into_iter()
            .filter(|finding| finding.severity == Severity::Error);
        return Err(ProfileError::Classifiers(errors.collect()));
    }
    Ok(findings)
}

/// What there is to say about one classifier; nothing if it is on the official list, or a
/// category of that list such as `Framework`.
pub(super) fn check_classifier(classifier: &str) -> Option<(Severity, String)> {
    let official = official_list();
    if let Some(replacements) = official.replacements(classifier) {
        let advice = match replacements {
            [] => "without a replacement".to_owned(),
            names => format!("in favour of \"{}\"", names.join("\", \"")),
        };
        return Some((
            Severity::Note,
            format!("\"{classifier}\" is deprecated {advice}"),
        ));
    }
    if official.contains(classifier) || !official.descendants(classifier).is_empty() {
        return None;
    }
    let nearest = official.nearest(classifier);
    let shown = shortened(classifier);
    if shown == classifier && is_child_of_listed(classifier) {
        let hint = nearest
            .filter(|nearest| is_like_its_sibling(classifier, nearest))
            .map(|nearest| format!("; did you mean \"{nearest}\"?"))
            .unwrap_or_default();
        let message = format!(
            "\"{classifier}\" is not on the official list ({}), but its parent is, so it is used \
             anyway{hint}",
            classifier_list_version()
        );
        return Some((Severity::Warning, message));
    }
    let nearest = nearest.unwrap_or_default();
    Some((
        Severity::Error,
        format!(
            "{shown:?} is not on the official list of classifiers; the nearest is \"{nearest}\""
        ),
    ))
}

/// Whether the classifier could be a new child of one that the registry knows.
fn is_child_of_listed(classifier: &str) -> bool {
    classifier
        .rsplit_once(SEPARATOR)
        .is_some_and(|(parent, child)| {
            let plausible = !child.is_empty() && child.trim() == child;
            plausible && !child.contains(char::is_control) && official_list().contains(parent)
        })
}

fn is_like_its_sibling(classifier: &str, official: &str) -> bool {
    match (
        classifier.rsplit_once(SEPARATOR),
        official.rsplit_once(SEPARATOR),
    ) {
        (Some((parent, child)), Some((other_parent, other))) if parent == other_parent => {
            strsim::normalized_damerau_levenshtein(child, other) >= 0.6
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{check_classifier, validate_classifiers};
    use crate::profile::Severity;

    #[test]
    fn listed_classifiers_and_categories_need_no_word() {
        for classifier in [
            "Framework :: Plone",
            "Framework :: Plone :: 6.0",
            "Framework",
        ] {
            assert_eq!(check_classifier(classifier), None, "{classifier}");
        }
    }

    #[test]
    fn a_misspelt_classifier_is_an_error_that_names_the_nearest() {
        for (misspelt, nearest) in [
            ("Framework :: Plon", "Framework :: Plone"),
            ("Framework::Django", "Framework :: Django"),
            ("framework :: flask", "Framework :: Flask"),
            ("Framework :: Plone ", "Framework :: Plone"),
            ("Framework :: Plone ::", "Framework :: Plone"),
            ("Framework :: Plone :: 6.0\n", "Framework :: Plone :: 6.0"),
            ("Framwork :: Plone :: 6.0", "Framework :: Plone :: 6.0"),
            ("wagtail", "Framework :: Wagtail"),
        ] {
            let (severity, message) =
                check_classifier(misspelt).unwrap_or((Severity::Note, String::new()));
            assert_eq!(severity, Severity::Error, "{misspelt}");
            assert!(
                message.ends_with(&format!("the nearest is \"{nearest}\"")),
                "{message}"
            );
        }
    }

    #[test]
    fn an_unknown_child_of_a_known_parent_is_a_warning() {
        let (severity, message) = check_classifier("Framework :: Plone :: 9.9")
            .unwrap_or((Severity::Note, String::new()));
        assert_eq!(severity, Severity::Warning);
        assert!(message.ends_with("used anyway"), "{message}");
        let (severity, message) = check_classifier("License :: OSI Approved :: MIT Licence")
            .unwrap_or((Severity::Note, String::new()));
        assert_eq!(severity, Severity::Warning);
        assert!(
            message.ends_with("did you mean \"License :: OSI Approved :: MIT License\"?"),
            "{message}"
        );
    }

    #[test]
    fn a_deprecated_classifier_is_accepted_with_a_note() {
        let (severity, message) = check_classifier("Framework :: Django CMS :: 4.2")
            .unwrap_or((Severity::Error, String::new()));
        assert_eq!(severity, Severity::Note);
        assert!(
            message.contains("\"Framework :: Django CMS :: 5.0\""),
            "{message}"
        );
    }

    #[test]
    fn the_command_line_gets_the_same_judgement() {
        let given = |classifiers: &[&str]| {
            let classifiers: Vec<_> = classifiers.iter().map(ToString::to_string).collect();
            validate_classifiers(&classifiers)
        };
        assert!(given(&["Framework :: Plone"]).is_ok_and(|findings| findings.is_empty()));
        assert!(given(&["Framework :: Plone :: 9.9"]).is_ok_and(|findings| findings.len() == 1));
        let error = given(&["Framework :: Plone :: 9.9", "Framework :: Plon"])
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(error.contains("\"Framework :: Plon\""), "{error}");
        assert!(!error.contains("9.9"), "{error}");
    }

    #[test]
    fn hostile_text_is_cut_and_escaped() {
        let (severity, message) = check_classifier(&"\u{1b}[31m".repeat(100_000))
            .unwrap_or((Severity::Note, String::new()));
        assert_eq!(severity, Severity::Error);
        assert!(message.len() < 2_000);
        assert!(!message.contains('\u{1b}'));
    }
}
