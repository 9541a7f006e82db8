//! Classifiers that the registry may know and the official list of this program lacks.
//!
//! The list is as old as the program; the registry adds a classifier with each version of a
//! framework. What a project carries below a rule is a classifier, listed or not, and the next
//! versions of the newest numbered child are worth asking for. Pure: `pipeline` asks the registry.

use std::collections::BTreeSet;

use super::official::{SEPARATOR, official_list};
use super::rules::Rules;

/// Characters of a classifier. The longest of the official list has 80.
const LONGEST: usize = 200;

impl Rules {
    /// Those of `classifiers` that a rule covers and the official list lacks.
    pub fn unlisted<'a, S: AsRef<str>>(
        &'a self,
        classifiers: &'a [S],
    ) -> impl Iterator<Item = &'a str> {
        classifiers
            .iter()
            .map(AsRef::as_ref)
            .filter(|classifier| self.covers(classifier))
            .filter(|classifier| !official_list().contains(classifier))
            .filter(|classifier| classifier.len() <= LONGEST)
            .filter(|classifier| !classifier.contains(char::is_control))
    }

    /// The listed classifiers among the rules, each of which stands for itself and its children.
    pub fn families(&self) -> impl Iterator<Item = &str> {
        let is_official = |rule: &&str| official_list().contains(rule);
        self.folded().iter().map(String::as_str).filter(is_official)
    }

    /// Classifiers that probably exist too: the next minor and the next major version after the
    /// newest listed one below each rule, and after each of the `unlisted` ones, which are known to
    /// exist. Never one that is listed or `unlisted`.
    #[must_use]
    pub fn next_versions(&self, unlisted: &BTreeSet<String>) -> BTreeSet<String> {
        let mut parents: BTreeSet<&str> = BTreeSet::new();
        for rule in self.folded() {
            parents.insert(rule);
            parents.extend(official_list().descendants(rule));
        }
        parents.extend(unlisted.iter().filter_map(|classifier| {
            let (parent, _) = classifier.rsplit_once(SEPARATOR)?;
            self.covers(parent).then_some(parent)
        }));
        parents
            .into_iter()
            .flat_map(|parent| next_children(parent, unlisted))
            .filter(|next| !official_list().contains(next) && !unlisted.contains(next))
            .collect()
    }
}

/// The children that probably follow the newest numbered one of the list, and each numbered one
/// that it lacks; none where no child is a number.
fn next_children(parent: &str, unlisted: &BTreeSet<String>) -> BTreeSet<String> {
    let prefix = format!("{parent}{SEPARATOR}");
    let numbered = |classifier: &str| version(classifier.strip_prefix(&prefix)?);
    let children = official_list().descendants(parent).iter();
    let official: BTreeSet<ChildVersion> = children.filter_map(|child| numbered(child)).collect();
    let further = unlisted.iter().filter_map(|child| numbered(child));
    let further: BTreeSet<ChildVersion> = further.collect();
    let all = || official.iter().chain(&further);
    let has_majors = all().any(|(_, minor)| minor.is_none());
    let has_minors = all().any(|(_, minor)| minor.is_some());
    let mut next = BTreeSet::new();
    for &(major, minor) in official.last().into_iter().chain(&further) {
        let next_major = major.saturating_add(1);
        if has_minors {
            let next_minor = minor.map_or(0, |minor| minor.saturating_add(1));
            next.insert(format!("{prefix}{major}.{next_minor}"));
            next.insert(format!("{prefix}{next_major}.0"));
        }
        if has_majors {
            next.insert(format!("{prefix}{next_major}"));
        }
    }
    next
}

/// Major and minor number.
type ChildVersion = (u32, Option<u32>);

/// `6` or `6.1` as numbers; anything else is not a version that could be counted on.
fn version(text: &str) -> Option<ChildVersion> {
    let number = |text: &str| {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_plain)
    };
    match text.split_once('.') {
        None => Some((number(text)?, None)),
        Some((major, minor)) => Some((number(major)?, Some(number(minor)?))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::official::official_list;
    use super::{Rules, next_children};

    fn rules_for(classifier: &str) -> Rules {
        Rules::from_classifiers(&[classifier.to_owned()])
    }

    fn unlisted(classifiers: &[&str]) -> BTreeSet<String> {
        classifiers.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn unlisted_children_of_a_rule_are_told_from_all_others() {
        let rules = rules_for("Framework :: Plone");
        let long = format!("Framework :: Plone :: {}", "9".repeat(300));
        let carried = [
            "Framework :: Plone",
            "Framework :: Plone :: 6.0",
            "Framework :: Plone :: 9.9",
            "Framework :: Plone :: 9.9 :: Beta",
            "Framework :: Django :: 99.9",
            "Framework :: Plone :: 9.9\n",
            &long,
        ];
        let found: Vec<&str> = rules.unlisted(&carried).collect();
        assert_eq!(
            found,
            [
                "Framework :: Plone :: 9.9",
                "Framework :: Plone :: 9.9 :: Beta"
            ]
        );
        let everything = Rules::everything();
        assert_eq!(everything.unlisted(&carried).count(), 0);
    }

    #[test]
    fn the_next_versions_follow_in_the_form_of_the_others() {
        let none = BTreeSet::new();
        let next = |children: &[&str]| -> Vec<String> {
            let children: Vec<String> = children.iter().map(|it| format!("Acme :: {it}")).collect();
            let children: BTreeSet<String> = children.into_iter().collect();
            let next = next_children("Acme", &children).into_iter();
            next.filter(|it| !children.contains(it)).collect()
        };
        assert_eq!(next(&["9.9", "9.10"]), ["Acme :: 10.0", "Acme :: 9.11"]);
        assert_eq!(next(&["2", "10"]), ["Acme :: 11", "Acme :: 3"]);
        assert_eq!(
            next(&["2", "2.3"]),
            ["Acme :: 2.0", "Acme :: 2.4", "Acme :: 3", "Acme :: 3.0"]
        );
        assert!(next(&["Core", "+1", "1.2.3"]).is_empty());
        assert!(
            rules_for("Framework :: Flask")
                .next_versions(&none)
                .is_empty()
        );
        assert!(
            rules_for("Framework :: Plone :: 6.0")
                .next_versions(&none)
                .is_empty()
        );
    }

    #[test]
    fn nothing_that_is_known_is_asked_for_again() {
        let rules = rules_for("Framework :: Plone");
        let first = rules.next_versions(&BTreeSet::new());
        assert_eq!(first.len(), 2, "{first:?}");
        assert!(first.iter().all(|next| !official_list().contains(next)));
        let second = rules.next_versions(&first);
        assert!(second.is_disjoint(&first), "{second:?}");
        assert!(!second.is_empty());
        // One that is far ahead does not hide those that come next.
        let ahead = unlisted(&["Framework :: Plone :: 9999.9"]);
        assert!(rules.next_versions(&ahead).is_superset(&first));
    }
}
