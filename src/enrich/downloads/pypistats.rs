//! pypistats.org: the downloads of one package per call, within its thirty a minute.
//!
//! The service counts without mirrors and knows no total. What it shares with other services is in
//! [`slow_service`](super::slow_service).

use std::time::Duration;

use pyfa_http::Bucket;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::counts::DownloadCounts;
use super::slow_service::{AnswerError, CallAnswer, SlowService};
use crate::model::ProjectName;

/// The service.
pub(super) struct PyPiStats;

#[derive(Deserialize)]
struct Recent {
    package: String,
    data: Map<String, Value>,
}

impl SlowService for PyPiStats {
    const ANSWERS: Bucket = Bucket::new("pypistats", 1);
    const KIND: &'static str = "pypistats";
    const DELAY: &'static str = "PYPISTATS_RATE_LIMIT_DELAY";
    const BODY_LIMIT: u64 = 64 << 10;
    const READ_TIMEOUT: Duration = Duration::from_secs(20);

    fn calls<'n>(names: &[&'n ProjectName]) -> Vec<Vec<&'n ProjectName>> {
        names.iter().map(|name| vec![*name]).collect()
    }

    fn path(names: &[&ProjectName]) -> Vec<String> {
        let name = names.iter().map(|name| name.as_str().to_owned());
        ["api", "packages"]
            .map(str::to_owned)
            .into_iter()
            .chain(name)
            .chain(["recent".to_owned()])
            .collect()
    }

    fn read(body: &[u8], names: &[&ProjectName], learned: i64) -> Result<CallAnswer, AnswerError> {
        let about = |name: &&ProjectName| {
            let counts = read_counts(body, name, learned)?;
            Ok(((*name).clone(), Some(counts)))
        };
        names.iter().map(about).collect()
    }
}

/// The numbers in an answer about this very package.
fn read_counts(
    body: &[u8],
    name: &ProjectName,
    learned: i64,
) -> Result<DownloadCounts, AnswerError> {
    let recent: Recent = serde_json::from_slice(body).map_err(|_| AnswerError::NoNumbers)?;
    if ProjectName::new(&recent.package) != *name {
        return Err(AnswerError::OtherPackage {
            package: recent.package,
        });
    }
    let count = |window: &str| {
        let number = recent.data.get(window).and_then(Value::as_u64);
        number.ok_or_else(|| AnswerError::Missing {
            what: window.to_owned(),
        })
    };
    Ok(DownloadCounts {
        last_day: Some(count("last_day")?),
        last_week: count("last_week")?,
        last_month: count("last_month")?,
        total: None,
        updated: learned,
    })
}

#[cfg(test)]
mod tests {
    use super::read_counts;
    use crate::model::ProjectName;

    #[test]
    fn an_answer_is_about_the_package_and_has_all_numbers() {
        let name = ProjectName::new("plone.api");
        let whole = r#"{"data": {"last_day": 1, "last_week": 7, "last_month": 30},
                        "package": "plone-api", "type": "recent_downloads"}"#;
        let downloads = read_counts(whole.as_bytes(), &name, 5);
        assert_eq!(downloads.map(|found| found.last_month), Ok(30));
        for body in [
            whole.replace("plone-api", "plone"),
            whole.replace("last_week", "week"),
            whole.replace('7', "null"),
            r#"{"data": {}, "package": "plone-api"}"#.to_owned(),
            r#"{"data": [], "package": "plone-api"}"#.to_owned(),
            "[]".to_owned(),
        ] {
            assert!(read_counts(body.as_bytes(), &name, 5).is_err(), "{body}");
        }
    }
}
