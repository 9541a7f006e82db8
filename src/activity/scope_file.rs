//! The text of `activity.toml` becomes an [`ActivityScope`], or a sentence for each mistake with its
//! line and column. No I/O.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::Date;
use serde::Deserialize;
use toml::{Spanned, Value};

use super::error::ActivityError;
use super::scope::ActivityScope;
use crate::model::RepositorySlug;
use crate::profile::nearest::{column_at, line_at, nearest, shortened};

/// Every key, and what belongs there.
const KEYS: [(&str, &str); 8] = [
    (
        "organisations",
        "a list of names, as in `organisations = [\"plone\"]`",
    ),
    (
        "repositories",
        "a list of `owner/name`, as in `repositories = [\"plone/plone.api\"]`",
    ),
    ("profiles", "a list of keys, as in `profiles = [\"plone\"]`"),
    ("first_days", "a number of days, as in `first_days = 5`"),
    ("closed_days", "a number of days, as in `closed_days = 7`"),
    (
        "reconcile_days",
        "a number of days, as in `reconcile_days = 364`",
    ),
    (
        "reconcile_since",
        "a day, as in `reconcile_since = \"2019-01-01\"`",
    ),
    ("bots", "a list of logins, as in `bots = [\"plone-robot\"]`"),
];

/// Longer than GitHub exists.
const MOST_DAYS: i64 = 20_000;

/// GitHub's own limit.
const LONGEST_LOGIN: usize = 39;

type Names = Option<Vec<Spanned<String>>>;

#[derive(Deserialize)]
struct ScopeFile {
    organisations: Names,
    repositories: Names,
    profiles: Names,
    first_days: Option<Spanned<i64>>,
    closed_days: Option<Spanned<i64>>,
    reconcile_days: Option<Spanned<i64>>,
    reconcile_since: Option<Spanned<Value>>,
    bots: Names,
}

impl ActivityScope {
    /// Reads the text of a file, whose name is for messages.
    ///
    /// # Errors
    ///
    /// [`ActivityError::File`] with all mistakes.
    pub fn parse(text: &str, file: &str) -> Result<Self, ActivityError> {
        let mut reader = Reader {
            text,
            file,
            mistakes: Vec::new(),
        };
        let scope = reader.read().unwrap_or_default();
        if reader.mistakes.is_empty() {
            return Ok(scope);
        }
        Err(ActivityError::File {
            mistakes: reader.mistakes.join("; "),
        })
    }
}

/// Whether a text may be the name of an account or an organisation.
#[must_use]
pub fn is_login(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=LONGEST_LOGIN).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(allowed)
}

struct Reader<'r> {
    text: &'r str,
    file: &'r str,
    mistakes: Vec<String>,
}

impl Reader<'_> {
    /// `None` if the file cannot be read at all. What is returned counts only without mistakes.
    fn read(&mut self) -> Option<ActivityScope> {
        let keys: BTreeMap<Spanned<String>, Spanned<Value>> = match toml::from_str(self.text) {
            Ok(keys) => keys,
            Err(error) => {
                let why = error.message().trim().replace('\n', "; ");
                let span = error.span().unwrap_or_default();
                self.add(&span, &format!("this is not valid TOML: {why}"));
                return None;
            }
        };
        for key in keys.keys() {
            let word = key.get_ref();
            if !KEYS.iter().any(|(known, _)| known == word) {
                let known = KEYS.map(|(known, _)| known);
                let known = nearest(word, ".", known).unwrap_or_default();
                let word = shortened(word);
                let message = format!("unknown key {word:?}; the nearest is `{known}`");
                self.add(&key.span(), &message);
            }
        }
        if !self.mistakes.is_empty() {
            return None;
        }
        match toml::from_str::<ScopeFile>(self.text) {
            Ok(file) => Some(self.check(file)),
            Err(error) => {
                let span = error.span().unwrap_or_default();
                self.add_wrong_kind(&keys, &span);
                None
            }
        }
    }

    /// Says what belongs to the key whose value is at `span`.
    fn add_wrong_kind(
        &mut self,
        keys: &BTreeMap<Spanned<String>, Spanned<Value>>,
        span: &Range<usize>,
    ) {
        let found = keys.iter().find(|(_, value)| {
            let value = value.span();
            value.start <= span.start && span.end <= value.end
        });
        let key = found.map_or("", |(key, _)| key.get_ref().as_str());
        let wanted = KEYS.iter().find(|(known, _)| *known == key);
        let message = match wanted {
            Some((key, wanted)) => format!("`{key}` takes {wanted}"),
            None => "this is not what belongs here".to_owned(),
        };
        self.add(span, &message);
    }

    fn check(&mut self, file: ScopeFile) -> ActivityScope {
        let default = ActivityScope::default();
        ActivityScope {
            organisations: self.names(file.organisations, is_login, |name| {
                format!(
                    "{name:?} is not the name of an organisation; use the one in the address of its \
                     page, as `plone` in github.com/plone"
                )
            }),
            repositories: self.repositories(file.repositories),
            profiles: self.names(file.profiles, is_key, |name| {
                format!("{name:?} is not the key of a profile; `pyfa profiles` lists them")
            }),
            first_days: self.days("first_days", file.first_days, default.first_days),
            closed_days: self.days("closed_days", file.closed_days, default.closed_days),
            reconcile_days: self.days(
                "reconcile_days",
                file.reconcile_days,
                default.reconcile_days,
            ),
            reconcile_since: self.day(file.reconcile_since, default.reconcile_since),
            bots: file.bots.map(|bots| {
                let is_bot = |name: &str| is_login(name.strip_suffix("[bot]").unwrap_or(name));
                self.names(Some(bots), is_bot, |name| {
                    format!("{name:?} is not a login; use it as GitHub shows it, without `@`")
                })
            }),
        }
    }

    fn names(
        &mut self,
        names: Names,
        is_right: impl Fn(&str) -> bool,
        mistake: impl Fn(&str) -> String,
    ) -> Vec<String> {
        let names = names.unwrap_or_default();
        for name in &names {
            if !is_right(name.get_ref()) {
                self.add(&name.span(), &mistake(shortened(name.get_ref())));
            }
        }
        names.into_iter().map(Spanned::into_inner).collect()
    }

    fn repositories(&mut self, names: Names) -> Vec<RepositorySlug> {
        let mut found = Vec::new();
        for name in names.unwrap_or_default() {
            if let Ok(slug) = name.get_ref().parse() {
                found.push(slug);
                continue;
            }
            let word = shortened(name.get_ref());
            let message = format!(
                "{word:?} is not the `owner/name` of a repository, as in `plone/plone.api`"
            );
            self.add(&name.span(), &message);
        }
        found
    }

    fn days(&mut self, key: &str, days: Option<Spanned<i64>>, default: u32) -> u32 {
        let Some(days) = days else {
            return default;
        };
        let found = *days.get_ref();
        match u32::try_from(found) {
            Ok(number) if found <= MOST_DAYS => number,
            _ => {
                let message =
                    format!("`{key}` is {found}; use a number of days from 0 to {MOST_DAYS}");
                self.add(&days.span(), &message);
                default
            }
        }
    }

    fn day(&mut self, day: Option<Spanned<Value>>, default: Date) -> Date {
        let Some(day) = day else {
            return default;
        };
        let text = match day.get_ref() {
            Value::String(text) => text.clone(),
            // With or without quotes.
            Value::Datetime(time) => time.to_string(),
            _ => String::new(),
        };
        match text.parse::<Date>() {
            Ok(found) if text.len() == "2019-01-01".len() && found.year() >= 1970 => found,
            _ => {
                let message = "`reconcile_since` takes a day from 1970 on, as in \
                               `reconcile_since = \"2019-01-01\"`";
                self.add(&day.span(), message);
                default
            }
        }
    }

    fn add(&mut self, span: &Range<usize>, message: &str) {
        let line = line_at(self.text, span.start);
        let column = column_at(self.text, span.start);
        let file = self.file;
        self.mistakes
            .push(format!("{file} line {line}, column {column}: {message}"));
    }
}

fn is_key(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::{ActivityScope, KEYS};

    #[test]
    fn every_key_is_read() -> Result<(), crate::activity::ActivityError> {
        let text = "organisations = [\"plone\"]\nrepositories = [\"collective/x\"]\n\
                    profiles = [\"zope\"]\nfirst_days = 2\nclosed_days = 3\nreconcile_days = 4\n\
                    reconcile_since = 2021-05-01\nbots = [\"a-robot\", \"b[bot]\"]\n";
        assert!(KEYS.iter().all(|(key, _)| text.contains(key)));
        let scope = ActivityScope::parse(text, "activity.toml")?;
        assert_eq!(scope.organisations, ["plone"]);
        assert_eq!(scope.repositories[0].to_string(), "collective/x");
        assert_eq!(scope.profiles, ["zope"]);
        let days = (scope.first_days, scope.closed_days, scope.reconcile_days);
        assert_eq!(days, (2, 3, 4));
        assert_eq!(scope.reconcile_since.to_string(), "2021-05-01");
        assert_eq!(scope.bots.map(|bots| bots.len()), Some(2));
        let quoted = ActivityScope::parse("reconcile_since = \"2021-05-01\"", "x")?;
        assert_eq!(quoted.reconcile_since, scope.reconcile_since);
        let nothing = ActivityScope::parse("", "activity.toml")?;
        assert!(nothing.is_empty() && nothing == ActivityScope::default());
        Ok(())
    }

    #[test]
    fn a_mistake_is_a_sentence_with_its_place() {
        for (text, expected) in [
            (
                "organizations = []",
                "line 1, column 1: unknown key \"organizations\"; the nearest is `organisations`",
            ),
            (
                "\n organisations = [\"plone\", \"a b\"]",
                "line 2, column 28: \"a b\" is not the name of an organisation",
            ),
            (
                "repositories = [\n\"x\"]",
                "line 2, column 1: \"x\" is not the `owner/name` of a repository",
            ),
            (
                "organisations = \"plone\"",
                "line 1, column 17: `organisations` takes a list of names, as in",
            ),
            (
                "bots = [1]",
                "line 1, column 9: `bots` takes a list of logins",
            ),
            (
                "first_days = \"5\"",
                "line 1, column 14: `first_days` takes a number of days",
            ),
            (
                "closed_days = -1",
                "line 1, column 15: `closed_days` is -1; use a number of days from 0 to 20000",
            ),
            ("reconcile_days = 20001", "from 0 to 20000"),
            (
                "reconcile_since = \"last year\"",
                "line 1, column 19: `reconcile_since` takes a day",
            ),
            ("reconcile_since = 2019", "takes a day"),
            ("reconcile_since = 2019-01-01T00:00:00Z", "takes a day"),
            ("profiles = [\"../x\"]", "`pyfa profiles` lists them"),
            (
                "repositories = [",
                "line 1, column 17: this is not valid TOML",
            ),
            (
                "bots = []\nbots = []",
                "line 2, column 1: this is not valid TOML",
            ),
        ] {
            let error = ActivityScope::parse(text, "activity.toml").err();
            let message = error.map(|error| error.to_string()).unwrap_or_default();
            assert!(message.starts_with("activity.toml line "), "{message}");
            assert!(message.contains(expected), "{message}");
            assert!(!message.contains('\n'), "{message}");
        }
        let all = ActivityScope::parse("first_days = -1\nclosed_days = -1", "x");
        let all = all.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(
            all.contains("line 1, ") && all.contains("; x line 2, "),
            "{all}"
        );
    }
}
