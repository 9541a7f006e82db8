//! What trove classifiers say: framework and Python versions, and how far development has come.

use std::collections::HashSet;

/// The stages of development, in the order of their numbers.
const STAGES: [&str; 7] = [
    "planning",
    "pre-alpha",
    "alpha",
    "beta",
    "stable",
    "mature",
    "inactive",
];

/// `Framework :: Plone :: 6.0` gives `Plone 6.0`; of deeper ones the last name counts.
#[must_use]
pub fn framework_versions(classifiers: &[String]) -> Vec<String> {
    distinct(classifiers.iter().filter_map(|classifier| {
        let (name, version) = classifier
            .strip_prefix("Framework :: ")?
            .rsplit_once(" :: ")?;
        let name = name.rsplit(" :: ").next()?.trim();
        (starts_with_digit(version) && !starts_with_digit(name))
            .then(|| format!("{name} {}", version.trim()))
    }))
}

/// `Programming Language :: Python :: 3.12` gives `Python 3.12`. Other languages, and statements
/// about a version such as `3 :: Only`, are left out.
#[must_use]
pub fn python_versions(classifiers: &[String]) -> Vec<String> {
    distinct(classifiers.iter().filter_map(|classifier| {
        let mut parts = classifier.split("::").map(str::trim);
        let is_python = parts.next()? == "Programming Language" && parts.next()? == "Python";
        let version = parts.next()?;
        (is_python && starts_with_digit(version) && parts.next().is_none())
            .then(|| format!("Python {version}"))
    }))
}

/// `Framework :: AWS CDK :: 2` gives `AWS CDK`.
pub(super) fn frameworks(classifiers: &[String]) -> impl Iterator<Item = &str> {
    classifiers.iter().filter_map(|classifier| {
        let path = classifier.strip_prefix("Framework :: ")?;
        path.split("::").next().map(str::trim)
    })
}

/// `Development Status :: 5 - Production/Stable` gives `stable`. Of several the highest counts, so
/// that what is inactive is not called anything else.
#[must_use]
pub fn development_status(classifiers: &[String]) -> Option<&'static str> {
    let stages = classifiers.iter().filter_map(|classifier| {
        let (group, stage) = classifier.split_once("::")?;
        let number = stage.trim_start().split([' ', '-']).next()?;
        let position: usize = number.parse().ok()?;
        (group.trim() == "Development Status" && position <= STAGES.len()).then_some(position)
    });
    STAGES.get(stages.max()?.checked_sub(1)?).copied()
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|character: char| character.is_ascii_digit())
}

fn distinct(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    values.filter(|value| seen.insert(value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::{STAGES, development_status, framework_versions, frameworks, python_versions};

    fn owned(classifiers: &[&str]) -> Vec<String> {
        classifiers.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn frameworks_with_a_version() {
        let classifiers = owned(&[
            "Framework :: Plone",
            "Framework :: Plone :: Addon",
            "Framework :: Plone :: 6.0",
            "Framework :: Plone :: 5.2",
            "Framework :: Plone :: 6.0",
            "Framework :: Zope :: 5",
            "Framework :: Jupyter :: JupyterLab :: 4",
            "Framework :: Plone :: 6.0 :: 7",
            "Framework :: AWS CDK :: 2",
            "Topic :: Plone :: 1",
        ]);
        assert_eq!(
            framework_versions(&classifiers),
            [
                "Plone 6.0",
                "Plone 5.2",
                "Zope 5",
                "JupyterLab 4",
                "AWS CDK 2"
            ]
        );
    }

    #[test]
    fn frameworks_without_their_versions() {
        let classifiers = owned(&[
            "Framework :: Plone",
            "Framework :: Plone :: 6.0",
            "Framework :: AWS CDK :: 2",
            "Topic :: Framework :: X",
        ]);
        let found: Vec<&str> = frameworks(&classifiers).collect();
        assert_eq!(found, ["Plone", "Plone", "AWS CDK"]);
    }

    #[test]
    fn the_highest_stage_of_development_counts() {
        for (classifiers, expected) in [
            (&["Development Status :: 4 - Beta"][..], Some("beta")),
            (
                &[
                    "Development Status :: 5 - Production/Stable",
                    "Development Status :: 3 - Alpha",
                ],
                Some("stable"),
            ),
            (
                &[
                    "Development Status :: 7 - Inactive",
                    "Development Status :: 6 - Mature",
                ],
                Some("inactive"),
            ),
            (&["Development Status::2 - Pre-Alpha"], Some("pre-alpha")),
            (&["Development Status :: 0 - Idea"], None),
            (&["Development Status :: 8 - Divine"], None),
            (&["Development Status :: 55555555555555555555555"], None),
            (&["Development Status :: Beta", "Development Status"], None),
            (&["Framework :: Plone"], None),
            (&[], None),
        ] {
            assert_eq!(
                development_status(&owned(classifiers)),
                expected,
                "{classifiers:?}"
            );
        }
    }

    #[test]
    fn the_official_stages_have_a_word_each() {
        let official = include_str!("../../data/classifiers.txt").lines();
        let official = official.filter(|line| line.starts_with("Development Status :: "));
        let words: Vec<_> = official
            .filter_map(|line| development_status(&[line.to_owned()]))
            .collect();
        assert_eq!(words, STAGES);
    }

    #[test]
    fn pythons_with_a_version() {
        let classifiers = owned(&[
            "Programming Language :: Python",
            "Programming Language :: Python :: 3",
            "Programming Language :: Python :: 3 :: Only",
            "Programming Language::Python::3.9",
            "Programming Language :: Python :: 3.12",
            "Programming Language :: Python :: 3.12",
            "Programming Language :: Python :: Implementation :: CPython",
            "Programming Language :: Python :: Free Threading :: 2 - Beta",
            "Programming Language :: C++ :: 17",
        ]);
        assert_eq!(
            python_versions(&classifiers),
            ["Python 3", "Python 3.9", "Python 3.12"]
        );
    }
}
