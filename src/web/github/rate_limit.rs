//! GitHub's quota as the last request has found it: one record with the id 1, or none.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::address::Address;
use super::answer::Answer;
use super::asked::GitHubApiRequest;
use super::failure::Failure;
use super::lists::read_parameters;
use crate::database::{DatabaseError, DatabaseSettings, Statement};
use crate::records::QuestionError;
use crate::web::door::Refusal;
use crate::web::people::LazyDatabase;

/// The id of the record.
const ID: &str = "1";
/// The quota of GitHub's REST API, of the token that was used last.
const LAST: &str = "SELECT quota_limit, remaining, window_reset FROM pyfa_quotas
    WHERE resource = 'core' AND quota_limit > 0 ORDER BY updated_at DESC LIMIT 1";

/// Where quotas are counted.
#[derive(Debug)]
pub(super) struct RateLimits {
    database: LazyDatabase,
}

#[derive(Debug, Clone, Copy)]
struct Record {
    limit: i64,
    remaining: i64,
    /// Unix seconds.
    reset: i64,
}

impl RateLimits {
    pub(super) fn new(settings: &DatabaseSettings) -> Self {
        Self {
            database: LazyDatabase::new(Some(settings.for_quotas())),
        }
    }

    pub(super) async fn list(&self, asked: &GitHubApiRequest<'_>) -> Result<Answer, Failure> {
        let mut filters = Vec::new();
        for (name, value) in read_parameters(asked) {
            match (name.as_str(), value.as_str()) {
                ("page", "1") => {}
                ("page", _) => return Err(Failure::NoPage),
                _ => filters.push(Filter::read(&name, &value)?),
            }
        }
        let record = self.fetch(asked).await?;
        let record = record.filter(|record| filters.iter().all(|filter| filter.passes(*record)));
        let results: Vec<Json> = record.iter().map(|record| record.shape(asked)).collect();
        Ok(Answer::new(json!({
            "count": results.len(),
            "next": null,
            "previous": null,
            "results": results,
        })))
    }

    pub(super) async fn one(
        &self,
        asked: &GitHubApiRequest<'_>,
        id: &str,
    ) -> Result<Answer, Failure> {
        let record = self.fetch(asked).await?.filter(|_| id == ID);
        let record = record.ok_or(Failure::NotFound)?;
        Ok(Answer::new(record.shape(asked)))
    }

    async fn fetch(&self, asked: &GitHubApiRequest<'_>) -> Result<Option<Record>, Failure> {
        let patience = asked.door.settings().patience;
        let statement = Statement::new(LAST, Vec::new());
        let rows = self.database.query(statement, patience).await;
        let rows = rows.map_err(|_| Refusal::Away)?;
        let read = rows.first().map(|row| {
            Ok::<_, DatabaseError>(Record {
                limit: row.integer("quota_limit")?,
                remaining: row.integer("remaining")?,
                reset: row.integer("window_reset")?,
            })
        });
        Ok(read.transpose()?)
    }
}

impl Record {
    fn shape(self, asked: &GitHubApiRequest<'_>) -> Json {
        let address = Address::RateLimit(ID.to_owned());
        json!({
            "url": format!("{}{address}", asked.base_url()),
            "rate_limit": self.limit,
            "rate_remaining": self.remaining,
            "rate_reset_raw": self.reset,
            "rate_reset": Timestamp::from_second(self.reset).ok().map(|at| at.to_string()),
        })
    }
}

/// A condition on one number of the record.
#[derive(Debug)]
struct Filter {
    of: fn(Record) -> i64,
    /// How the number may compare with the value.
    lookup: &'static str,
    value: i64,
}

const LOOKUPS: [&str; 3] = ["exact", "lte", "gte"];

impl Filter {
    fn read(name: &str, value: &str) -> Result<Self, QuestionError> {
        let (field, lookup) = name.split_once("__").unwrap_or((name, "exact"));
        let known = FIELDS.iter().find(|(known, _)| *known == field);
        let Some((field, of)) = known else {
            let filters = FIELDS.iter().flat_map(|(field, _)| {
                [
                    (*field).to_owned(),
                    format!("{field}__lte"),
                    format!("{field}__gte"),
                ]
            });
            return Err(QuestionError::UnknownFilter {
                parameter: name.chars().take(50).collect(),
                valid: filters.collect(),
            });
        };
        let Some(lookup) = LOOKUPS.into_iter().find(|known| *known == lookup) else {
            return Err(QuestionError::UnknownLookup {
                parameter: name.chars().take(50).collect(),
                column: (*field).to_owned(),
                lookup: lookup.chars().take(50).collect(),
                valid: LOOKUPS.map(str::to_owned).to_vec(),
            });
        };
        let number = if *field == "rate_reset" {
            value.parse::<Timestamp>().ok().map(Timestamp::as_second)
        } else {
            value.parse().ok()
        };
        let value = number.ok_or_else(|| QuestionError::Value {
            parameter: name.to_owned(),
            wanted: if *field == "rate_reset" {
                "a time such as `2026-01-31T12:00:00Z`"
            } else {
                "a whole number"
            },
            value: value
                .chars()
                .filter(|one| !one.is_control())
                .take(50)
                .collect(),
        })?;
        Ok(Self {
            of: *of,
            lookup,
            value,
        })
    }

    fn passes(&self, record: Record) -> bool {
        let number = (self.of)(record);
        match self.lookup {
            "lte" => number <= self.value,
            "gte" => number >= self.value,
            _ => number == self.value,
        }
    }
}

/// What a field of a record is.
type Field = fn(Record) -> i64;

const FIELDS: [(&str, Field); 4] = [
    ("rate_limit", |record| record.limit),
    ("rate_remaining", |record| record.remaining),
    ("rate_reset", |record| record.reset),
    ("rate_reset_raw", |record| record.reset),
];
