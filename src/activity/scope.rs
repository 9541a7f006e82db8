//! `activity.toml`: which repositories, organisations and profiles are followed, and how far back.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::error::ActivityError;
use crate::model::RepositorySlug;

const DAY: Duration = Duration::from_hours(24);

/// What is followed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivityScope {
    /// Their repositories and their members.
    #[serde(default)]
    pub organisations: Vec<String>,
    #[serde(default)]
    pub repositories: Vec<RepositorySlug>,
    /// The repositories behind their packages, as their collections name them.
    #[serde(default)]
    pub profiles: Vec<String>,
    /// How many days back the first sync of a repository begins.
    #[serde(default = "first_days")]
    pub first_days: u32,
    /// How many days back closed ones are refreshed.
    #[serde(default = "closed_days")]
    pub closed_days: u32,
    /// How many days back closed pull requests are compared, whether they were merged.
    #[serde(default = "reconcile_days")]
    pub reconcile_days: u32,
    /// Since when they are compared once a day.
    #[serde(default = "reconcile_since")]
    pub reconcile_since: Date,
    /// Logins of bots that GitHub does not know as such; `None` leaves the list as it is.
    #[serde(default)]
    pub bots: Option<Vec<String>>,
}

fn first_days() -> u32 {
    5
}

fn closed_days() -> u32 {
    7
}

fn reconcile_days() -> u32 {
    52 * 7
}

fn reconcile_since() -> Date {
    jiff::civil::date(2019, 1, 1)
}

impl Default for ActivityScope {
    fn default() -> Self {
        Self {
            organisations: Vec::new(),
            repositories: Vec::new(),
            profiles: Vec::new(),
            first_days: first_days(),
            closed_days: closed_days(),
            reconcile_days: reconcile_days(),
            reconcile_since: reconcile_since(),
            bots: None,
        }
    }
}

impl ActivityScope {
    /// Reads the text of a file, whose name is for messages.
    ///
    /// # Errors
    ///
    /// If it is no TOML, or says what nobody understands.
    pub fn parse(text: &str, file: &str) -> Result<Self, ActivityError> {
        toml::from_str(text).map_err(|error| ActivityError::File {
            file: file.to_owned(),
            why: error.to_string().trim().replace('\n', "; "),
        })
    }

    /// Whether nothing is followed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.organisations.is_empty() && self.repositories.is_empty() && self.profiles.is_empty()
    }

    pub(super) fn first(&self, now: Timestamp) -> Timestamp {
        days_before(now, self.first_days)
    }

    pub(super) fn closed(&self, now: Timestamp) -> Timestamp {
        days_before(now, self.closed_days)
    }

    pub(super) fn reconcile(&self, now: Timestamp) -> Timestamp {
        days_before(now, self.reconcile_days)
    }

    pub(super) fn reconcile_daily(&self) -> Timestamp {
        let midnight = self.reconcile_since.to_zoned(TimeZone::UTC);
        midnight.map_or(Timestamp::UNIX_EPOCH, |midnight| midnight.timestamp())
    }
}

/// In whole seconds, which are all that the search understands.
fn days_before(now: Timestamp, days: u32) -> Timestamp {
    let earlier = now.checked_sub(DAY.saturating_mul(days));
    let seconds = earlier.map_or(0, Timestamp::as_second);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::ActivityScope;

    #[test]
    fn a_file_is_read_and_a_mistake_is_named() -> Result<(), super::ActivityError> {
        let text = "organisations = [\"plone\"]\nrepositories = [\"collective/x\"]\nprofiles = [\"zope\"]\nclosed_days = 3\n\
                    reconcile_since = \"2021-05-01\"";
        let scope = ActivityScope::parse(text, "activity.toml")?;
        assert_eq!(scope.organisations, ["plone"]);
        assert_eq!(scope.repositories[0].to_string(), "collective/x");
        assert_eq!(scope.profiles, ["zope"]);
        assert_eq!((scope.closed_days, scope.first_days), (3, 5));
        assert_eq!(scope.reconcile_daily().to_string(), "2021-05-01T00:00:00Z");
        assert!(ActivityScope::parse("", "activity.toml")?.is_empty());

        for (text, named) in [
            ("organizations = []", "organizations"),
            ("repositories = [\"x\"]", "owner/name"),
            ("repositories = [", "activity.toml"),
        ] {
            let error = ActivityScope::parse(text, "activity.toml").err();
            let message = error.map(|error| error.to_string()).unwrap_or_default();
            assert!(message.contains(named), "{message}");
        }
        Ok(())
    }
}
