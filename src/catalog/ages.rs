//! How old what enrichers have learned of the packages is.

use serde_json::Value;

use super::Catalog;
use super::parameters::everything;
use super::restrictions::LATEST;
use crate::search::{SearchError, SearchParameters};

/// Sources, and the fields that say when they were asked, in Unix seconds.
const SOURCES: [(&str, &str); 4] = [
    ("releases", "upload_timestamp"),
    ("github", "github_checked"),
    ("downloads", "download_updated"),
    ("activity", "activity_checked"),
];

/// When packages were last looked at by one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataAge {
    /// `releases`, `github`, `downloads` or `activity`.
    pub source: &'static str,
    /// Of the package that was looked at longest ago, in Unix seconds.
    pub oldest: i64,
    /// Of the package that was looked at last, in Unix seconds.
    pub newest: i64,
}

impl Catalog {
    /// Reads when each source was asked; a source that was never asked is left out.
    ///
    /// # Errors
    ///
    /// As [`Self::search`].
    pub async fn fetch_ages(&self) -> Result<Vec<DataAge>, SearchError> {
        let answers = self
            .multi_search(|fields| {
                let searches = SOURCES.iter().flat_map(|(_, field)| {
                    let is_known = fields.has(field);
                    ["asc", "desc"].map(|order| first_by(field, order, is_known))
                });
                searches.collect()
            })
            .await?;
        let mut asked = Vec::new();
        let mut answers = answers.iter();
        for (source, field) in SOURCES {
            let Some((first, last)) = answers.next().zip(answers.next()) else {
                break;
            };
            if let Some((oldest, newest)) = seconds(first, field).zip(seconds(last, field)) {
                asked.push(DataAge {
                    source,
                    oldest,
                    newest,
                });
            }
        }
        Ok(asked)
    }
}

/// A search for the package that stands first by a field; for nothing, if no package has it.
fn first_by(field: &str, order: &str, is_known: bool) -> SearchParameters {
    if !is_known {
        return everything(format!("{LATEST} && is_latest:=false"));
    }
    let mut search = everything(format!("{LATEST} && {field}:>0"));
    search.extend([
        ("sort_by", format!("{field}:{order}")),
        ("include_fields", field.to_owned()),
        ("per_page", "1".to_owned()),
    ]);
    search
}

fn seconds(answer: &Value, field: &str) -> Option<i64> {
    let value = answer.pointer("/hits/0/document")?.get(field)?;
    #[expect(clippy::cast_possible_truncation, reason = "times with a fraction")]
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|number| number as i64))
}
