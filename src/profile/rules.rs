//! Which projects a run selects, and under which name these rules are remembered.
//!
//! Pure and fast: [`Rules::select`] is asked for every project of a registry. Whether the
//! classifiers exist is checked before, in `check`; nothing here reads a file.

use std::borrow::Cow;
use std::collections::BTreeSet;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::official::{SEPARATOR, official_list};
use crate::model::ProjectName;

/// What selects a project: its classifiers, or its name.
///
/// A project is selected if its name is listed under `include`, if one of its classifiers is a
/// rule's classifier or a child of it (at ` :: `), if its name is in one of the scopes, or if
/// `name_pattern` matches its normalised name. `exclude` beats them all. Two rules are equal if they select alike by construction,
/// that is, if their [`canonical`](Rules::canonical) texts are equal.
#[derive(Debug, Clone)]
pub struct Rules {
    everything: bool,
    /// The classifiers as given, sorted.
    pub(super) named: Vec<String>,
    /// The same without those that a parent covers.
    folded: Vec<String>,
    pub(super) include: BTreeSet<ProjectName>,
    exclude: BTreeSet<ProjectName>,
    /// Without `@`.
    pub(super) scopes: BTreeSet<String>,
    name_pattern: Option<Regex>,
}

/// What the rules say of one project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection<'a> {
    /// It belongs to the collection, for this reason.
    Matched(Match<'a>),
    /// No rule names it.
    NotMatched,
    /// A rule names it under `exclude`.
    Excluded,
}

/// The rule that selected a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match<'a> {
    /// The project's `classifier` is `rule` or a child of it.
    Classifier { rule: &'a str, classifier: &'a str },
    /// The project is listed under `include`.
    Include,
    /// The project's name is in this scope.
    Scope(&'a str),
    /// The project's normalised name matches `name_pattern`.
    NamePattern,
    /// The rules select every project.
    Everything,
}

impl Selection<'_> {
    /// Whether it belongs to the collection.
    #[must_use]
    pub fn is_matched(&self) -> bool {
        matches!(self, Self::Matched(_))
    }
}

impl Rules {
    /// Rules made of a profile's four keys. The pattern searches anywhere in the normalised name.
    #[must_use]
    pub fn new(
        classifiers: impl IntoIterator<Item = String>,
        include: BTreeSet<ProjectName>,
        exclude: BTreeSet<ProjectName>,
        name_pattern: Option<Regex>,
    ) -> Self {
        let named: BTreeSet<String> = classifiers.into_iter().collect();
        let covered = |name: &&String| named.iter().any(|parent| is_child(parent, name));
        let folded = named
            .iter()
            .filter(|name| !covered(name))
            .cloned()
            .collect();
        Self {
            everything: false,
            folded,
            named: named.into_iter().collect(),
            include,
            exclude,
            scopes: BTreeSet::new(),
            name_pattern,
        }
    }

    /// Whether no project can be selected.
    #[must_use]
    pub fn select_nothing(&self) -> bool {
        !self.everything
            && self.named.is_empty()
            && self.include.is_empty()
            && self.scopes.is_empty()
            && self.name_pattern.is_none()
    }

    /// The classifiers that select projects, without those that a parent covers.
    pub fn classifiers(&self) -> impl Iterator<Item = &str> {
        self.folded.iter().map(String::as_str)
    }

    /// Rules made of classifiers alone, as `-ft` gives them.
    #[must_use]
    pub fn from_classifiers(classifiers: &[String]) -> Self {
        Self::new(
            classifiers.iter().cloned(),
            BTreeSet::new(),
            BTreeSet::new(),
            None,
        )
    }

    /// Rules that select every project of the registry.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            everything: true,
            ..Self::from_classifiers(&[])
        }
    }

    /// Judges one project by its name and the classifiers of its latest release.
    #[must_use]
    pub fn select<'a, S: AsRef<str>>(
        &'a self,
        name: &ProjectName,
        classifiers: &'a [S],
    ) -> Selection<'a> {
        if self.exclude.contains(name) {
            return Selection::Excluded;
        }
        if self.everything {
            return Selection::Matched(Match::Everything);
        }
        if self.include.contains(name) {
            return Selection::Matched(Match::Include);
        }
        for classifier in classifiers.iter().map(AsRef::as_ref) {
            if let Some(rule) = self.folded.iter().find(|rule| covers(rule, classifier)) {
                return Selection::Matched(Match::Classifier { rule, classifier });
            }
        }
        if let Some(scope) = self.scope_of(name) {
            return Selection::Matched(Match::Scope(scope));
        }
        if self.pattern_matches(name) {
            return Selection::Matched(Match::NamePattern);
        }
        Selection::NotMatched
    }

    /// Whether the name alone selects the project, so that it is found without its classifiers.
    #[must_use]
    pub fn selects_by_name(&self, name: &ProjectName) -> bool {
        !self.exclude.contains(name)
            && (self.everything
                || self.include.contains(name)
                || self.scope_of(name).is_some()
                || self.pattern_matches(name))
    }

    /// The classifiers without those that a parent covers.
    pub(super) fn folded(&self) -> &[String] {
        &self.folded
    }

    /// Whether a rule is `classifier` or one of its parents.
    pub(super) fn covers(&self, classifier: &str) -> bool {
        self.folded.iter().any(|rule| covers(rule, classifier))
    }

    /// The scope of the rules that the name is in.
    fn scope_of(&self, name: &ProjectName) -> Option<&str> {
        let (scope, _) = name.as_str().strip_prefix('@')?.split_once('/')?;
        self.scopes.get(scope).map(String::as_str)
    }

    fn pattern_matches(&self, name: &ProjectName) -> bool {
        self.name_pattern
            .as_ref()
            .is_some_and(|pattern| pattern.is_match(name.as_str()))
    }

    /// A stable text of the rules (JSON, one line): children folded into their parent, sorted.
    #[must_use]
    pub fn canonical(&self) -> String {
        let canonical = Canonical {
            everything: self.everything,
            classifiers: Cow::Borrowed(&self.folded),
            include: Cow::Borrowed(&self.include),
            exclude: Cow::Borrowed(&self.exclude),
            scopes: Cow::Borrowed(&self.scopes),
            name_pattern: self.name_pattern.as_ref().map(|it| it.as_str().into()),
        };
        // Strings, lists and a flag: there is nothing that JSON could not hold.
        serde_json::to_string(&canonical).unwrap_or_default()
    }

    /// The rules whose [`canonical`](Rules::canonical) text this is; `None` where it is none.
    #[must_use]
    pub fn from_canonical(text: &str) -> Option<Self> {
        let canonical: Canonical<'_> = serde_json::from_str(text).ok()?;
        let name_pattern = match canonical.name_pattern {
            Some(pattern) => Some(Regex::new(&pattern).ok()?),
            None => None,
        };
        Some(Self {
            everything: canonical.everything,
            scopes: canonical.scopes.into_owned(),
            ..Self::new(
                canonical.classifiers.into_owned(),
                canonical.include.into_owned(),
                canonical.exclude.into_owned(),
                name_pattern,
            )
        })
    }

    /// The exact classifiers to ask the registry for, sorted, so that its answers together hold
    /// every project that a classifier rule can select: each rule, its descendants on the
    /// official list, and children that the rules name though the list does not know them.
    ///
    /// `None` if no list of classifiers can do that, because the rules select everything.
    #[must_use]
    pub fn browse_classifiers(&self) -> Option<Vec<String>> {
        if self.everything {
            return None;
        }
        let mut classifiers: BTreeSet<&str> = self.named.iter().map(String::as_str).collect();
        for rule in &self.folded {
            let descendants = official_list().descendants(rule);
            // A category, such as `Framework`, is not a classifier that a project can carry.
            if !descendants.is_empty() && !official_list().contains(rule) {
                classifiers.remove(rule.as_str());
            }
            classifiers.extend(descendants);
        }
        Some(classifiers.into_iter().map(str::to_owned).collect())
    }
}

impl PartialEq for Rules {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Eq for Rules {}

/// Absent rules are left out, so that rules of a kind yet to come change no recorded text.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Canonical<'a> {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    everything: bool,
    #[serde(default, skip_serializing_if = "<[String]>::is_empty")]
    classifiers: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    include: Cow<'a, BTreeSet<ProjectName>>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    exclude: Cow<'a, BTreeSet<ProjectName>>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    scopes: Cow<'a, BTreeSet<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name_pattern: Option<Cow<'a, str>>,
}

/// Whether `classifier` is `rule` itself or a child of it.
fn covers(rule: &str, classifier: &str) -> bool {
    classifier
        .strip_prefix(rule)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(SEPARATOR))
}

fn is_child(parent: &str, classifier: &str) -> bool {
    parent.len() < classifier.len() && covers(parent, classifier)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use regex::Regex;

    use super::{Match, Rules, Selection};
    use crate::model::ProjectName;

    fn by_classifiers(classifiers: &[&str]) -> Rules {
        let classifiers: Vec<String> = classifiers.iter().map(ToString::to_string).collect();
        Rules::from_classifiers(&classifiers)
    }

    fn by_names(include: &[&str], exclude: &[&str], pattern: &str) -> Rules {
        let names = |names: &[&str]| names.iter().map(|name| ProjectName::new(name)).collect();
        let classifiers = vec!["Framework :: Plone".to_owned()];
        Rules::new(
            classifiers,
            names(include),
            names(exclude),
            Regex::new(pattern).ok(),
        )
    }

    #[test]
    fn a_classifier_selects_itself_and_its_children_and_no_neighbour() {
        let rules = by_classifiers(&["Framework :: Django"]);
        let name = ProjectName::new("any");
        for (classifier, matched) in [
            ("Framework :: Django", true),
            ("Framework :: Django :: 4.2", true),
            ("Framework :: Django CMS", false),
            ("Framework :: Django CMS :: 3.11", false),
            ("Framework :: Django::4.2", false),
            ("Framework", false),
            ("", false),
        ] {
            assert_eq!(
                rules.select(&name, &[classifier]).is_matched(),
                matched,
                "{classifier}"
            );
        }
    }

    #[test]
    fn recorded_rules_are_read_back() {
        for rules in [
            by_names(&["Some.Name"], &["bad"], "^(collective|bad)"),
            by_classifiers(&["Framework :: Zope", "Framework :: Plone :: 6.0"]),
            Rules::everything(),
        ] {
            assert_eq!(Rules::from_canonical(&rules.canonical()), Some(rules));
        }
        for text in ["", "7", r#"{"name_pattern":"("}"#, r#"{"of_tomorrow":1}"#] {
            assert_eq!(Rules::from_canonical(text), None, "{text}");
        }
    }

    #[test]
    fn the_answer_names_the_rule_and_the_classifier() {
        let rules = by_classifiers(&["Framework :: Zope", "Framework :: Plone"]);
        let classifiers = ["Environment :: Console", "Framework :: Plone :: 6.0"];
        assert_eq!(
            rules.select(&ProjectName::new("any"), &classifiers),
            Selection::Matched(Match::Classifier {
                rule: "Framework :: Plone",
                classifier: "Framework :: Plone :: 6.0",
            })
        );
    }

    #[test]
    fn names_select_beside_classifiers_and_exclusion_beats_all() {
        let rules = by_names(&["Some.Name"], &["bad"], "^(collective|bad)");
        let plone = ["Framework :: Plone"];
        let select = |name: &str| rules.select::<&str>(&ProjectName::new(name), &[]);
        assert_eq!(select("some_name"), Selection::Matched(Match::Include));
        assert_eq!(
            select("collective.x"),
            Selection::Matched(Match::NamePattern)
        );
        assert_eq!(select("other"), Selection::NotMatched);
        assert_eq!(
            rules.select(&ProjectName::new("bad"), &plone),
            Selection::Excluded
        );
        assert!(
            rules
                .select(&ProjectName::new("other"), &plone)
                .is_matched()
        );
        assert!(rules.selects_by_name(&ProjectName::new("collective.x")));
        assert!(!rules.selects_by_name(&ProjectName::new("bad")));
        assert!(!rules.selects_by_name(&ProjectName::new("other")));
    }

    #[test]
    fn everything_selects_everything() {
        let rules = Rules::everything();
        let name = ProjectName::new("any");
        assert_eq!(
            rules.select::<&str>(&name, &[]),
            Selection::Matched(Match::Everything)
        );
        assert_eq!(rules.browse_classifiers(), None);
        assert_ne!(rules, Rules::from_classifiers(&[]));
    }

    #[test]
    fn equal_rules_have_one_text() {
        let folded = by_classifiers(&["Framework :: Plone", "Framework :: Flask"]);
        let spelled = by_classifiers(&[
            "Framework :: Flask",
            "Framework :: Plone :: 6.0",
            "Framework :: Plone",
            "Framework :: Plone",
        ]);
        assert_eq!(folded, spelled);
        assert_eq!(
            folded.canonical(),
            r#"{"classifiers":["Framework :: Flask","Framework :: Plone"]}"#
        );
        let django = by_classifiers(&["Framework :: Django", "Framework :: Django CMS"]);
        assert_ne!(django, by_classifiers(&["Framework :: Django"]));
        assert_eq!(
            by_names(&["B", "a"], &["c.d"], "^x").canonical(),
            r#"{"classifiers":["Framework :: Plone"],"include":["a","b"],"exclude":["c-d"],"name_pattern":"^x"}"#
        );
    }

    #[test]
    fn browsing_asks_for_parents_children_and_what_only_the_rules_know() {
        let browse = |classifiers: &[&str]| {
            by_classifiers(classifiers)
                .browse_classifiers()
                .unwrap_or_default()
        };
        let cms = browse(&["Framework :: Django CMS", "Framework :: Django CMS :: 99"]);
        for expected in ["", " :: 3.11", " :: 4.2", " :: 99"] {
            assert!(
                cms.contains(&format!("Framework :: Django CMS{expected}")),
                "{expected}"
            );
        }
        assert_eq!(
            browse(&["Framework :: Plone :: 6.0"]),
            ["Framework :: Plone :: 6.0"]
        );
        assert_eq!(browse(&["Framework :: Flask"]), ["Framework :: Flask"]);
        let category = browse(&["Framework"]);
        assert!(!category.contains(&"Framework".to_owned()));
        assert!(category.contains(&"Framework :: Plone".to_owned()));
    }

    proptest! {
        #[test]
        fn a_mere_prefix_never_selects(tail in "[^ ].{0,20}|[ ][^:].{0,20}") {
            let rules = by_classifiers(&["Framework :: Django"]);
            let classifier = format!("Framework :: Django{tail}");
            prop_assert!(!rules.select(&ProjectName::new("any"), &[classifier]).is_matched());
        }

        #[test]
        fn a_child_always_selects(child in ".{1,20}") {
            let rules = by_classifiers(&["Framework :: Django"]);
            let classifier = format!("Framework :: Django :: {child}");
            prop_assert!(rules.select(&ProjectName::new("any"), &[classifier]).is_matched());
        }

        #[test]
        fn folding_keeps_the_text_and_the_selection(
            classifiers in prop::collection::vec("(A|B|A B)( :: (A|B|A B)){0,3}", 0..8),
            project in prop::collection::vec("(A|B|A B)( :: (A|B|A B)){0,3}", 0..4),
        ) {
            let rules = Rules::from_classifiers(&classifiers);
            let again = Rules::from_classifiers(&rules.folded);
            prop_assert_eq!(rules.canonical(), again.canonical());
            prop_assert!(rules.folded.len() <= classifiers.iter().collect::<BTreeSet<_>>().len());

            let name = ProjectName::new("any");
            let one_by_one = classifiers.iter().any(|classifier| {
                let rule = Rules::from_classifiers(std::slice::from_ref(classifier));
                rule.select(&name, &project).is_matched()
            });
            prop_assert_eq!(rules.select(&name, &project).is_matched(), one_by_one);
        }
    }
}
