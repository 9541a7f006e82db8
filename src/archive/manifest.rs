//! The summary of an archive: whose it is, how far it goes, and the checksum of each week. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::flaw::Flaw;
use super::item::Counts;
use super::week::Week;
use crate::model::is_login;

/// The format that this version writes.
pub(super) const FORMAT: u32 = 1;

/// Whose archive it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Account {
    pub id: i64,
    pub login: String,
    pub name: Option<String>,
    pub html_url: Option<String>,
    pub created_at: Timestamp,
}

impl Account {
    /// Reads GitHub's answer; `None` if it is about no account.
    #[must_use]
    pub fn read(document: &Value) -> Option<Self> {
        let text = |name: &str| document[name].as_str().map(str::to_owned);
        Some(Self {
            id: document["id"].as_i64()?,
            login: text("login").filter(|login| is_login(login))?,
            name: text("name"),
            html_url: text("html_url"),
            created_at: document["created_at"].as_str()?.parse().ok()?,
        })
    }
}

/// The file of a week with at least one item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeekFile {
    pub sha256: String,
    pub bytes: u64,
    pub items: Counts,
}

/// The summary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    pub account: Account,
    /// Of the weeks.
    pub time_zone: String,
    /// Whether private repositories are read too.
    pub private: bool,
    pub first_week: Week,
    /// The last week that is not read again.
    pub finished_through: Option<Week>,
    /// GitHub's time of the last sync that has read a week.
    pub read_until: Option<Timestamp>,
    pub items: Counts,
    pub weeks: BTreeMap<Week, WeekFile>,
}

impl Manifest {
    /// Of an archive without a week.
    #[must_use]
    pub fn new(account: Account, time_zone: String, private: bool, first_week: Week) -> Self {
        Self {
            format: FORMAT,
            account,
            time_zone,
            private,
            first_week,
            finished_through: None,
            read_until: None,
            items: Counts::new(),
            weeks: BTreeMap::new(),
        }
    }

    /// The first week that is to be read.
    #[must_use]
    pub fn next_week(&self) -> Week {
        self.finished_through.map_or(self.first_week, Week::next)
    }

    /// Counts all items again.
    pub fn sum_up(&mut self) {
        let mut sum = Counts::new();
        for (kind, count) in self.weeks.values().flat_map(|week| &week.items) {
            *sum.entry(*kind).or_default() += count;
        }
        self.items = sum;
    }

    /// As it stands in a file: with a checksum of itself at the end.
    pub fn to_text(&self) -> serde_json::Result<String> {
        let body = serde_json::to_string_pretty(self)?;
        let body = body
            .trim_end()
            .strip_suffix('}')
            .unwrap_or(&body)
            .trim_end();
        Ok(format!(
            "{body},\n  \"sha256\": \"{}\"\n}}\n",
            digest(body.as_bytes())
        ))
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Flaw> {
        let end = text.rfind(",\n  \"sha256\": \"").ok_or(Flaw::NoChecksum)?;
        let (body, sum) = text.split_at(end);
        if sum != format!(",\n  \"sha256\": \"{}\"\n}}\n", digest(body.as_bytes())) {
            return Err(Flaw::Checksum);
        }
        Ok(serde_json::from_str(text)?)
    }
}

/// A checksum, as `sha256sum` prints it.
#[must_use]
pub(super) fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let digest = Sha256::digest(bytes);
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
