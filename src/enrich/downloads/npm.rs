//! The download counts of npm: those that came with the search, else a month of many packages in one
//! call, and of one call each for those with a scope, which the service answers one by one.
//!
//! A month of days gives all three numbers at once; a result of the search has no last day. Nobody
//! knows a total. What the service shares with others is in
//! [`slow_service`](super::slow_service).

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use pyfa_http::{Bucket, DiskCache};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::counts::DownloadCounts;
use super::slow_service::{AnswerError, CallAnswer, SlowService, is_young};
use crate::model::ProjectName;
use crate::registry::npm::SearchedDownloads;

/// Packages in one call, and bytes of their names; the service takes no more.
const MOST_NAMES: usize = 128;
const LONGEST_NAMES: usize = 6_000;
/// A month has fewer days; a list with more is none.
const MOST_DAYS: usize = 62;

/// The service.
pub(super) struct NpmDownloads;

/// The days of one package.
#[derive(Deserialize)]
struct Month {
    package: String,
    start: Date,
    end: Date,
    downloads: Vec<Day>,
}

#[derive(Deserialize)]
struct Day {
    day: Date,
    downloads: u64,
}

impl SlowService for NpmDownloads {
    const ANSWERS: Bucket = Bucket::new("npm-downloads", 1);
    const KIND: &'static str = "npm downloads";
    const DELAY: &'static str = "NPM_DOWNLOADS_DELAY";
    const BODY_LIMIT: u64 = 4 << 20;
    const READ_TIMEOUT: Duration = Duration::from_secs(30);

    fn calls<'n>(names: &[&'n ProjectName]) -> Vec<Vec<&'n ProjectName>> {
        calls(names)
    }

    fn path(names: &[&ProjectName]) -> Vec<String> {
        let joined: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
        let joined = joined.join(",");
        ["downloads", "range", "last-month"]
            .into_iter()
            .chain(joined.split('/'))
            .map(str::to_owned)
            .collect()
    }

    fn read(body: &[u8], names: &[&ProjectName], _: i64) -> Result<CallAnswer, AnswerError> {
        read_counts(body, names)
    }
}

/// Adds what the search has said within the last day of packages that `known` lacks.
pub(super) async fn add_searched(
    known: &mut CallAnswer,
    names: &[&ProjectName],
    cache: &DiskCache,
) {
    for &name in names {
        if known.contains_key(name) {
            continue;
        }
        let found = SearchedDownloads::find(cache, name).await;
        if let Some(found) = found.filter(|found| is_young(found.learned)) {
            let counts = DownloadCounts {
                last_day: None,
                last_week: found.last_week,
                last_month: found.last_month,
                total: None,
                updated: found.learned,
            };
            known.insert(name.clone(), Some(counts));
        }
    }
}

/// The names of each call: many without a scope, and one with a scope. What could be no name of the
/// registry is left out.
fn calls<'n>(names: &[&'n ProjectName]) -> Vec<Vec<&'n ProjectName>> {
    let is_plain = |text: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        !text.is_empty() && text.bytes().all(is_allowed) && !matches!(text, "." | "..")
    };
    let (mut many, mut bytes): (Vec<Vec<&ProjectName>>, usize) = (Vec::new(), 0);
    let mut single = Vec::new();
    for &name in names {
        match name.as_str().strip_prefix('@') {
            Some(scoped) => {
                let mut parts = scoped.splitn(2, '/');
                let is_name = [parts.next(), parts.next()]
                    .iter()
                    .all(|part| part.is_some_and(is_plain));
                single.extend(is_name.then(|| vec![name]));
            }
            None if is_plain(name.as_str()) => {
                bytes += name.as_str().len() + 1;
                match many.last_mut() {
                    Some(call) if call.len() < MOST_NAMES && bytes <= LONGEST_NAMES => {
                        call.push(name);
                    }
                    _ => {
                        bytes = name.as_str().len() + 1;
                        many.push(vec![name]);
                    }
                }
            }
            None => {}
        }
    }
    many.extend(single);
    many
}

/// The numbers in an answer about these packages: an object by name, or the only one.
fn read_counts(body: &[u8], names: &[&ProjectName]) -> Result<CallAnswer, AnswerError> {
    let mut answer: Map<String, Value> =
        serde_json::from_slice(body).map_err(|_| AnswerError::NoNumbers)?;
    let mut counts = BTreeMap::new();
    for &name in names {
        let month = if names.len() == 1 && answer.get("package").is_some_and(Value::is_string) {
            Value::Object(std::mem::take(&mut answer))
        } else {
            let missing = || AnswerError::Missing {
                what: name.to_string(),
            };
            answer.remove(name.as_str()).ok_or_else(missing)?
        };
        let known = match month {
            Value::Null => None,
            month => Some(Month::read(month, name)?.counts()?),
        };
        counts.insert(name.clone(), known);
    }
    Ok(counts)
}

impl Month {
    fn read(value: Value, name: &ProjectName) -> Result<Self, AnswerError> {
        let month: Self = serde_json::from_value(value).map_err(|_| AnswerError::NoNumbers)?;
        if month.package != name.as_str() {
            return Err(AnswerError::OtherPackage {
                package: month.package,
            });
        }
        Ok(month)
    }

    fn counts(self) -> Result<DownloadCounts, AnswerError> {
        let missing = || AnswerError::MissingDays {
            package: self.package.clone(),
        };
        let by_day: BTreeMap<Date, u64> = self
            .downloads
            .iter()
            .map(|one| (one.day, one.downloads))
            .collect();
        let days = self
            .end
            .since(self.start)
            .ok()
            .map(|span: Span| span.get_days());
        let expected = days
            .and_then(|days| usize::try_from(days).ok())
            .map(|days| days + 1);
        let is_whole = expected == Some(by_day.len())
            && self.downloads.len() <= MOST_DAYS
            && by_day
                .keys()
                .all(|day| (self.start..=self.end).contains(day));
        if !is_whole {
            return Err(missing());
        }
        let sum = |last: i32| -> u64 {
            let first = self.end.saturating_sub((last - 1).days());
            let counted = by_day.range(first..).map(|(_, count)| *count);
            counted.fold(0, u64::saturating_add)
        };
        let midnight = self
            .end
            .tomorrow()
            .and_then(|day| day.to_zoned(TimeZone::UTC));
        let end = midnight.map_err(|_| missing())?.timestamp();
        Ok(DownloadCounts {
            last_day: Some(sum(1)),
            last_week: sum(7),
            last_month: sum(30),
            total: None,
            // The server's clock may be ahead of ours.
            updated: end.min(Timestamp::now()).as_second(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{calls, read_counts};
    use crate::enrich::downloads::slow_service::AnswerError;
    use crate::model::ProjectName;

    fn month(package: &str, days: u8) -> Value {
        let day = |day: u8| json!({"day": format!("2026-01-{day:02}"), "downloads": day});
        json!({
            "package": package, "start": "2026-01-01", "end": format!("2026-01-{days:02}"),
            "downloads": (1..=days).map(day).collect::<Vec<_>>(),
        })
    }

    fn read(body: &Value, names: &[&str]) -> Result<Vec<Option<[u64; 3]>>, AnswerError> {
        let names: Vec<ProjectName> = names
            .iter()
            .map(|name| ProjectName::as_written(name))
            .collect();
        let names: Vec<&ProjectName> = names.iter().collect();
        let counts = read_counts(body.to_string().as_bytes(), &names)?;
        let numbers = names.iter().map(|name| {
            let counts = counts.get(*name)?.as_ref()?;
            Some([counts.last_day?, counts.last_week, counts.last_month])
        });
        Ok(numbers.collect())
    }

    #[test]
    fn a_month_of_days_gives_three_numbers() {
        let both = json!({"vue": month("vue", 30), "nothing": null});
        assert_eq!(
            read(&both, &["vue", "nothing"]),
            Ok(vec![Some([30, 189, 465]), None])
        );
        assert_eq!(
            read(&month("@nuxt/kit", 30), &["@nuxt/kit"]),
            Ok(vec![Some([30, 189, 465])])
        );
        // A package may be called like a member of the answer.
        let odd = json!({"package": month("package", 30), "vue": month("vue", 30)});
        assert!(read(&odd, &["package", "vue"]).is_ok());
    }

    #[test]
    fn what_is_no_answer_is_not_read_as_one() {
        let mut short = month("vue", 30);
        if let Some(days) = short["downloads"].as_array_mut() {
            days.remove(3);
        }
        let mut repeated = month("vue", 30);
        repeated["downloads"][3]["day"] = json!("2026-01-05");
        let mut elsewhere = month("vue", 30);
        elsewhere["downloads"][3]["day"] = json!("2025-12-05");
        let mut backwards = month("vue", 30);
        backwards["end"] = json!("2025-12-05");
        for body in [
            json!([]),
            json!({}),
            json!({"error": "no"}),
            json!({"other": month("other", 30)}),
            json!({"vue": month("other", 30)}),
            month("other", 30),
            json!({"package": "vue", "downloads": 5, "start": "2026-01-01", "end": "2026-01-30"}),
            short,
            repeated,
            elsewhere,
            backwards,
        ] {
            assert!(read(&body, &["vue"]).is_err(), "{body}");
        }
        assert!(read(&json!({"vue": month("vue", 30)}), &["vue", "react"]).is_err());
    }

    #[test]
    fn calls_are_few_and_name_everybody_once() {
        let names: Vec<ProjectName> = (0..300)
            .map(|number| format!("package-{number}"))
            .chain(["@a/b", "@a/c", "@a", "@/b", "a,b", "a/b", "..", ""].map(str::to_owned))
            .map(|name| ProjectName::as_written(&name))
            .collect();
        let all: Vec<&ProjectName> = names.iter().collect();
        let calls = calls(&all);
        let sizes: Vec<usize> = calls.iter().map(Vec::len).collect();
        assert_eq!(sizes, [128, 128, 44, 1, 1]);
        assert_eq!(calls.concat(), all[..302]);
    }
}
