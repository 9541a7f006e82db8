//! The section `npm` of a profile: which packages of npm belong to its collection, and what of the
//! rules only npm has.
//!
//! Plain data with the checks that need no file; `file` adds where a mistake stands.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::rules::Rules;
use crate::model::{ProjectName, RegistryKind};

/// Characters of a keyword or of the name of a scope or organisation.
const LONGEST: usize = 214;

/// The section as it stands in the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NpmSection {
    /// A package with one of these keywords is selected.
    #[serde(default)]
    keywords: Vec<Spanned<String>>,
    /// With or without `@`: a package in one of these scopes is selected.
    #[serde(default)]
    scopes: Vec<Spanned<String>>,
    /// Packages that are selected by name.
    #[serde(default)]
    names: Vec<Spanned<String>>,
    /// Packages that are never selected.
    #[serde(default)]
    exclude: Vec<Spanned<String>>,
    /// Every package that one of these organisations or users lists is selected.
    #[serde(default)]
    organisations: Vec<Spanned<String>>,
}

/// Something that is wrong, and where.
pub(super) type Mistake = (Range<usize>, String);

impl NpmSection {
    /// The rules, and everything that is wrong with them.
    pub(super) fn read(self) -> (Rules, Vec<Mistake>) {
        let mut mistakes = Vec::new();
        let keywords = texts(self.keywords, &mut mistakes, |keyword| {
            let is_keyword = !keyword.is_empty()
                && keyword.trim() == keyword
                && !keyword.contains(|it: char| it.is_control() || it == ',');
            is_keyword.then_some(keyword).ok_or("is not a keyword")
        });
        let scopes = texts(self.scopes, &mut mistakes, |scope| {
            let scope = scope.strip_prefix('@').unwrap_or(scope);
            is_account(scope)
                .then_some(scope)
                .ok_or("is not the name of a scope")
        });
        let organisations = texts(self.organisations, &mut mistakes, |name| {
            is_account(name)
                .then_some(name)
                .ok_or("is not the name of an organisation")
        });
        let include = names(self.names, &mut mistakes);
        let exclude = names(self.exclude, &mut mistakes);
        if let Some(name) = include.intersection(&exclude).next() {
            mistakes.push((0..0, format!("`{name}` of npm is both named and excluded")));
        }
        let scopes = scopes.into_iter().collect();
        let rules = Rules::of_npm(keywords, organisations, scopes, include, exclude);
        if rules.select_nothing() && mistakes.is_empty() {
            let message = "the section `npm` selects nothing: set `keywords`, `scopes`, `names` or \
                           `organisations`";
            mistakes.push((0..0, message.to_owned()));
        }
        (rules, mistakes)
    }
}

/// How the adapter of a registry with organisations marks a project that one of them has, among the
/// project's classifiers.
const ORGANISATION: &str = "organisation ";

impl Rules {
    /// Rules for packages of npm: `keywords` select as classifiers do, in lower case, as do
    /// `organisations` by [`Self::organisation_mark`].
    #[must_use]
    pub fn of_npm(
        keywords: impl IntoIterator<Item = String>,
        organisations: impl IntoIterator<Item = String>,
        scopes: BTreeSet<String>,
        include: BTreeSet<ProjectName>,
        exclude: BTreeSet<ProjectName>,
    ) -> Self {
        let keywords = keywords.into_iter().map(|keyword| keyword.to_lowercase());
        let marks = organisations.into_iter();
        let marks = marks.map(|organisation| Self::organisation_mark(&organisation));
        let mut rules = Self::new(keywords.chain(marks), include, exclude, None);
        rules.scopes = scopes;
        rules
    }

    /// The classifier of a project that belongs to an organisation of its registry.
    #[must_use]
    pub fn organisation_mark(organisation: &str) -> String {
        format!("{ORGANISATION}{organisation}")
    }

    /// The organisation of such a mark, which no document of a project can have; `None` for any other
    /// classifier.
    #[must_use]
    pub fn organisation_of(classifier: &str) -> Option<&str> {
        classifier.strip_prefix(ORGANISATION)
    }

    /// The keywords that select packages of npm.
    pub fn keywords(&self) -> impl Iterator<Item = &str> {
        let classifiers = self.named.iter().map(String::as_str);
        classifiers.filter(|classifier| Self::organisation_of(classifier).is_none())
    }

    /// The organisations whose packages are selected.
    pub fn organisations(&self) -> impl Iterator<Item = &str> {
        let classifiers = self.named.iter();
        classifiers.filter_map(|classifier| Self::organisation_of(classifier))
    }

    /// The scopes whose packages are selected, without `@`.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().map(String::as_str)
    }

    /// The projects that are selected by name.
    pub fn included(&self) -> impl Iterator<Item = &ProjectName> {
        self.include.iter()
    }
}

/// The texts that `check` accepts, in its form.
fn texts(
    given: Vec<Spanned<String>>,
    mistakes: &mut Vec<Mistake>,
    check: impl Fn(&str) -> Result<&str, &'static str>,
) -> Vec<String> {
    let mut kept = Vec::with_capacity(given.len());
    for text in given {
        let checked = if text.get_ref().len() > LONGEST {
            Err("is too long")
        } else {
            check(text.get_ref())
        };
        match checked {
            Ok(text) => kept.push(text.to_owned()),
            Err(what) => {
                let shown = super::nearest::shortened(text.get_ref());
                mistakes.push((text.span(), format!("{shown:?} {what}")));
            }
        }
    }
    kept
}

fn names(given: Vec<Spanned<String>>, mistakes: &mut Vec<Mistake>) -> BTreeSet<ProjectName> {
    let read = |name: &str| RegistryKind::Npm.read_project_name(name);
    let checked = texts(given, mistakes, |name| {
        read(name)
            .map(|_| name)
            .ok_or("is not a valid name of a package of npm")
    });
    checked.iter().filter_map(|name| read(name)).collect()
}

/// Whether a text can be the name of a user or an organisation.
fn is_account(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    !matches!(text, "" | "." | "..") && text.bytes().all(is_allowed)
}
