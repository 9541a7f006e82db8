//! `--add-search-only-apikey`, `--delete-apikey`, `--scope`.
//!
//! The one place where a secret is printed: on standard output, once, because it was asked for.

use std::io::{BufRead, Read};

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::listing::expiry;
use super::{Desk, required};
use crate::cli::arguments::{Format, ManageArguments};
use crate::cli::commands::selection::given;
use crate::cli::exit::{Exit, UsageError};
use crate::cli::output::{self, Printer};
use crate::manage::{self, KeyRequest, is_search_only};

/// The longest value that is read from standard input.
const LONGEST: u64 = 4096;

impl Desk<'_> {
    pub(super) async fn add_key(&self) -> anyhow::Result<Exit> {
        let target = self.target_or_default()?;
        let expires_at = expires(self.arguments)?;
        let value = value(self.arguments)?;
        if self.arguments.dry_run {
            self.printer.result(&format!(
                "a key would be made that can only search `{target}` and its versions"
            ));
            return Ok(Exit::Done);
        }
        let key = self
            .manager
            .create_search_key(KeyRequest {
                target: target.clone(),
                value,
                expires_at,
                description: given(self.arguments.description.as_deref()),
            })
            .await?;
        let scoped = self
            .arguments
            .scope
            .as_deref()
            .map(|filter| manage::scoped(&key.value, filter, expires_at));
        if self.arguments.format == Format::Json {
            output::json(&json!({
                "id": key.id,
                "value": key.value.expose_secret(),
                "collections": key.collections,
                "description": key.description,
                "expires_at": key.expires_at,
                "scope": self.arguments.scope,
                "scoped_value": scoped.as_ref().map(ExposeSecret::expose_secret),
            }))?;
        } else {
            let mut rows = vec![
                ("id", key.id.to_string()),
                ("value", key.value.expose_secret().to_owned()),
                ("opens", key.collections.join(", ")),
                (
                    "expires",
                    key.expires_at.map_or_else(|| "never".to_owned(), expiry),
                ),
                ("description", key.description),
            ];
            if let (Some(filter), Some(scoped)) = (&self.arguments.scope, &scoped) {
                rows.push(("scope", filter.clone()));
                rows.push(("scoped value", scoped.expose_secret().to_owned()));
            }
            for (name, text) in rows {
                self.printer.result(&format!("{name:14}{text}"));
            }
        }
        self.printer.note(
            "this key can search and nothing else, so it may stand in a web page; its value is \
             not shown again",
        );
        if key.collection.is_none() {
            self.printer.note(&format!(
                "there is no collection or alias `{target}` yet; `pyfa pypi -f -t {target}` makes \
                 one"
            ));
        }
        if !key.not_opened.is_empty() {
            self.printer.note(&format!(
                "the collection is also called {}, which this key does not open: a key is \
                 compared with the name that a search uses",
                super::listed(&key.not_opened)
            ));
        }
        Ok(Exit::Done)
    }

    pub(super) async fn delete_key(&self, id: u64) -> anyhow::Result<Exit> {
        let key = self.manager.key(id).await?;
        let kind = if is_search_only(&key) {
            "search-only key"
        } else {
            "key, which can more than search,"
        };
        let what = format!(
            "the {kind} {id} (\"{}\", opens {}) would go; who uses it is locked out",
            key.description,
            key.collections.join(", ")
        );
        let data = json!({
            "id": key.id,
            "collections": key.collections,
            "description": key.description,
        });
        if self.arguments.dry_run {
            self.report(&data, &what)?;
            return Ok(Exit::Done);
        }
        if !self.confirm.ask(&what, "Delete the key?")? {
            return Err(UsageError("nothing was deleted".to_owned()).into());
        }
        self.manager.delete_key(id).await?;
        self.report(&data, &format!("key {id} is gone"))?;
        Ok(Exit::Done)
    }
}

/// `--scope FILTER -key PARENT`: derives a key without asking any server.
pub(super) fn derive(
    arguments: &ManageArguments,
    filter: &str,
    printer: Printer,
) -> anyhow::Result<Exit> {
    let parent = value(arguments)?.ok_or_else(|| {
        UsageError(
            "a scoped key is derived from a search-only key: give its value with `-key` (`-` reads \
             it from standard input), or make one with `--add-search-only-apikey`"
                .to_owned(),
        )
    })?;
    let filter = required(given(Some(filter)), "which documents? The filter is empty")?;
    let scoped = manage::scoped(&parent, &filter, expires(arguments)?);
    if arguments.format == Format::Json {
        output::json(&json!({"scope": filter, "scoped_value": scoped.expose_secret()}))?;
    } else {
        printer.result(scoped.expose_secret());
    }
    Ok(Exit::Done)
}

/// The value that was given for the key.
fn value(arguments: &ManageArguments) -> anyhow::Result<Option<SecretString>> {
    let Some(value) = given(arguments.key.as_deref()) else {
        return Ok(None);
    };
    if value != "-" {
        return Ok(Some(value.into()));
    }
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .take(LONGEST)
        .read_line(&mut line)
        .map_err(|_| UsageError("standard input holds no text".to_owned()))?;
    Ok(Some(line.trim().to_owned().into()))
}

/// When the key is to end, in seconds since 1970.
fn expires(arguments: &ManageArguments) -> anyhow::Result<Option<u64>> {
    let Some(text) = given(arguments.expires.as_deref()) else {
        return Ok(None);
    };
    let now = jiff::Timestamp::now();
    let Some(end) = moment(&text, now) else {
        return Err(UsageError(format!(
            "`--expires {text}` is no time: write a date (`2027-12-31`), a time \
             (`2027-12-31T12:00:00Z`) or how long it shall last (`90d`, `12h`)"
        ))
        .into());
    };
    if end <= now {
        return Err(UsageError(format!("`--expires {text}` is over already")).into());
    }
    Ok(u64::try_from(end.as_second()).ok())
}

/// A date ends with its first second; a duration counts from `now`.
fn moment(text: &str, now: jiff::Timestamp) -> Option<jiff::Timestamp> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(time);
    }
    let utc = jiff::tz::TimeZone::UTC;
    if let Ok(date) = text.parse::<jiff::civil::Date>() {
        return Some(date.to_zoned(utc).ok()?.timestamp());
    }
    let span: jiff::Span = text.parse().ok()?;
    Some(now.to_zoned(utc).checked_add(span).ok()?.timestamp())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use super::moment;

    #[test]
    fn ends_are_dates_times_and_durations() {
        let now: jiff::Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("2027-12-31", Some("2027-12-31T00:00:00Z")),
            ("2027-12-31T12:00:00+01:00", Some("2027-12-31T11:00:00Z")),
            ("90d", Some("2027-02-19T12:00:00Z")),
            ("12h", Some("2026-11-22T00:00:00Z")),
            ("1 year", Some("2027-11-21T12:00:00Z")),
            ("soon", None),
            ("", None),
        ] {
            let end = moment(text, now).map(|end| end.to_string());
            assert_eq!(end.as_deref(), expected, "{text}");
        }
    }
}
