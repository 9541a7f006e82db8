//! Framework and Python versions, read from trove classifiers.

use std::collections::HashSet;

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

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|character: char| character.is_ascii_digit())
}

fn distinct(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    values.filter(|value| seen.insert(value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::{framework_versions, python_versions};

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
