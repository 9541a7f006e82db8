//! Owner and name of a repository on GitHub, which identify its data in caches and documents.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// GitHub's own limit.
const LONGEST_OWNER: usize = 39;
/// GitHub's own limit.
const LONGEST_NAME: usize = 100;

/// First path segments of github.com that are not users or organisations, sorted.
const RESERVED: [&str; 41] = [
    "about",
    "account",
    "advisories",
    "apps",
    "blog",
    "codespaces",
    "collections",
    "contact",
    "customer-stories",
    "dashboard",
    "discussions",
    "enterprise",
    "events",
    "explore",
    "features",
    "gist",
    "issues",
    "join",
    "login",
    "logout",
    "marketplace",
    "new",
    "notifications",
    "organizations",
    "orgs",
    "pricing",
    "pulls",
    "readme",
    "search",
    "security",
    "sessions",
    "settings",
    "signup",
    "site",
    "sponsors",
    "stars",
    "team",
    "topics",
    "trending",
    "user-attachments",
    "users",
];

/// `owner/name`, both valid by GitHub's rules and so safe in a path and in a query.
///
/// Keeps its spelling; equality, order and hash ignore case, as GitHub does.
#[derive(Debug, Clone)]
pub struct RepositorySlug {
    owner: Box<str>,
    name: Box<str>,
}

/// A text that is not a repository slug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the `owner/name` of a repository")]
pub struct NotASlug(String);

impl RepositorySlug {
    /// `None` unless both parts are valid by GitHub's rules and the owner is not one of GitHub's
    /// own pages. A `.git` or `.wiki` at the end of the name is removed.
    #[must_use]
    pub fn new(owner: &str, name: &str) -> Option<Self> {
        let bare_name = without_suffixes(name);
        let is_owner = owner.len() <= LONGEST_OWNER
            && owner.starts_with(|first: char| first.is_ascii_alphanumeric())
            && owner
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            && RESERVED
                .binary_search(&owner.to_ascii_lowercase().as_str())
                .is_err();
        let is_name = (1..=LONGEST_NAME).contains(&bare_name.len())
            && !matches!(bare_name, "." | ".." | ".git")
            && bare_name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        (is_owner && is_name).then(|| Self {
            owner: owner.into(),
            name: bare_name.into(),
        })
    }

    /// The user or organisation, as written.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The repository's name, as written.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `owner/name` in lower case: the same key for all spellings.
    #[must_use]
    pub fn key(&self) -> String {
        self.to_string().to_ascii_lowercase()
    }

    fn folded(&self) -> impl Iterator<Item = u8> {
        let bytes = self.owner.bytes().chain([b'/']).chain(self.name.bytes());
        bytes.map(|byte| byte.to_ascii_lowercase())
    }
}

/// The name without all `.git` and `.wiki` at its end.
fn without_suffixes(mut name: &str) -> &str {
    while let Some((start, suffix)) = name.rsplit_once('.')
        && !start.is_empty()
        && ["git", "wiki"]
            .iter()
            .any(|known| suffix.eq_ignore_ascii_case(known))
    {
        name = start;
    }
    name
}

impl PartialEq for RepositorySlug {
    fn eq(&self, other: &Self) -> bool {
        self.folded().eq(other.folded())
    }
}

impl Eq for RepositorySlug {}

impl PartialOrd for RepositorySlug {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RepositorySlug {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.folded().cmp(other.folded())
    }
}

impl Hash for RepositorySlug {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().for_each(|byte| state.write_u8(byte));
    }
}

impl fmt::Display for RepositorySlug {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.owner, self.name)
    }
}

impl FromStr for RepositorySlug {
    type Err = NotASlug;

    fn from_str(text: &str) -> Result<Self, NotASlug> {
        text.split_once('/')
            .and_then(|(owner, name)| Self::new(owner, name))
            .ok_or_else(|| NotASlug(text.chars().take(200).collect()))
    }
}

impl Serialize for RepositorySlug {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RepositorySlug {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{RESERVED, RepositorySlug};

    #[test]
    fn spellings_of_one_repository_are_equal() -> Result<(), super::NotASlug> {
        let spellings = [
            "plone/Products.CMFPlone",
            "Plone/products.cmfplone.wiki.GIT",
        ];
        let slugs: Vec<RepositorySlug> = spellings
            .iter()
            .map(|text| text.parse())
            .collect::<Result<_, _>>()?;
        assert_eq!(slugs[0], slugs[1]);
        assert_eq!(slugs[0].key(), slugs[1].key());
        assert_eq!(slugs.iter().collect::<HashSet<_>>().len(), 1);
        assert_eq!(slugs[1].to_string(), "Plone/products.cmfplone");
        let parts = ["a/b-c", "a-b/c"].map(str::parse::<RepositorySlug>);
        assert_ne!(parts[0], parts[1]);
        Ok(())
    }

    #[test]
    fn what_github_does_not_allow_is_not_a_slug() {
        let long_owner = format!("{}/a", "o".repeat(40));
        let long_name = format!("a/{}", "n".repeat(101));
        for text in [
            "",
            "a",
            "a/",
            "/a",
            "a/b/c",
            "a/.",
            "a/..",
            "a/.git",
            "-a/b",
            "a/b c",
            "a b/c",
            "a/b?",
            "a/é",
            "sponsors/plone",
            "Orgs/plone",
            &long_owner,
            &long_name,
        ] {
            assert!(text.parse::<RepositorySlug>().is_err(), "{text}");
        }
        for text in ["a/.github", "0/-", "acme_corp/x", "a-/b"] {
            assert!(text.parse::<RepositorySlug>().is_ok(), "{text}");
        }
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn a_slug_is_read_as_it_was_written() -> serde_json::Result<()> {
        let slug: RepositorySlug = serde_json::from_str("\"plone/plone.api\"")?;
        assert_eq!(serde_json::to_string(&slug)?, "\"plone/plone.api\"");
        assert!(serde_json::from_str::<RepositorySlug>("\"../plone\"").is_err());
        Ok(())
    }
}
