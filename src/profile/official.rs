//! The registry's official list of classifiers, as it was when the program was built.
//!
//! Knows which classifiers exist, which are children of which, and which are deprecated. How to
//! take a newer list: `data/README.md`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::nearest::nearest;

/// What stands between a classifier and its child.
pub(crate) const SEPARATOR: &str = " :: ";

static LIST: &str = include_str!("../../data/classifiers.txt");
static DEPRECATED: &str = include_str!("../../data/classifiers-deprecated.txt");

static OFFICIAL: LazyLock<Official> = LazyLock::new(Official::read);

/// The official list; [`official_list`] gives the one of this program.
pub(crate) struct Official {
    /// All classifiers, deprecated ones too, in byte order: a parent's descendants stand together.
    all: Vec<&'static str>,
    /// Deprecated classifiers and what the registry recommends instead, if anything.
    deprecated: BTreeMap<&'static str, Vec<&'static str>>,
}

pub(crate) fn official_list() -> &'static Official {
    &OFFICIAL
}

/// Where the list comes from and which edition it is, such as `trove-classifiers 2026.1.14.14`.
#[must_use]
pub fn classifier_list_version() -> &'static str {
    LIST.lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches("# ")
}

impl Official {
    fn read() -> Self {
        let deprecated: BTreeMap<_, Vec<_>> = entries(DEPRECATED)
            .filter_map(|line| {
                let mut columns = line.split('\t');
                Some((columns.next()?, columns.collect()))
            })
            .collect();
        let mut all: Vec<_> = entries(LIST).chain(deprecated.keys().copied()).collect();
        all.sort_unstable();
        Self { all, deprecated }
    }

    pub(crate) fn contains(&self, classifier: &str) -> bool {
        self.all.binary_search(&classifier).is_ok()
    }

    /// Every listed descendant of `parent`, deprecated ones too, without `parent` itself.
    pub(crate) fn descendants(&self, parent: &str) -> &[&'static str] {
        let prefix = format!("{parent}{SEPARATOR}");
        let start = self
            .all
            .partition_point(|classifier| *classifier < prefix.as_str());
        let family = self.all.get(start..).unwrap_or_default();
        let length = family.partition_point(|classifier| classifier.starts_with(&prefix));
        family.get(..length).unwrap_or_default()
    }

    /// What the registry recommends instead of a deprecated classifier; `None` if it is current.
    pub(crate) fn replacements(&self, classifier: &str) -> Option<&[&'static str]> {
        self.deprecated.get(classifier).map(Vec::as_slice)
    }

    /// The current classifier that differs least from `classifier`.
    pub(crate) fn nearest(&self, classifier: &str) -> Option<&'static str> {
        let current = self
            .all
            .iter()
            .filter(|known| !self.deprecated.contains_key(*known));
        nearest(classifier, SEPARATOR, current.copied())
    }
}

fn entries(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::{classifier_list_version, official_list};

    #[test]
    fn both_files_come_from_one_edition() {
        assert!(classifier_list_version().starts_with("trove-classifiers 20"));
        assert_eq!(super::LIST.lines().next(), super::DEPRECATED.lines().next());
        assert!(official_list().all.len() > 800);
    }

    #[test]
    fn descendants_are_children_and_never_neighbours() {
        let django = official_list().descendants("Framework :: Django");
        assert!(django.contains(&"Framework :: Django :: 4.2"));
        assert!(
            django
                .iter()
                .all(|name| name.starts_with("Framework :: Django :: "))
        );
        assert!(!django.contains(&"Framework :: Django CMS"));
        assert!(
            official_list()
                .descendants("Framework :: Jupyter")
                .contains(&"Framework :: Jupyter :: JupyterLab :: Extensions :: Themes")
        );
        assert!(official_list().descendants("Framework :: Flask").is_empty());
    }

    #[test]
    fn deprecated_classifiers_are_known_with_their_replacements() {
        let official = official_list();
        assert!(official.contains("Framework :: Django CMS :: 4.2"));
        assert!(
            official
                .descendants("Framework :: Django CMS")
                .contains(&"Framework :: Django CMS :: 4.2")
        );
        assert_eq!(
            official.replacements("Framework :: Django CMS :: 4.2"),
            Some(&["Framework :: Django CMS :: 5.0"][..])
        );
        assert_eq!(official.replacements("Framework :: Plone"), None);
    }

    #[test]
    fn the_nearest_classifier_is_never_a_deprecated_one() {
        assert_eq!(
            official_list().nearest("Framework :: Plon"),
            Some("Framework :: Plone")
        );
        assert_eq!(official_list().nearest("plone"), Some("Framework :: Plone"));
        assert_eq!(
            official_list().nearest("Natural Language :: Ukranian"),
            Some("Natural Language :: Ukrainian")
        );
    }
}
