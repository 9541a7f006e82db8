//! What went wrong, as problem details (RFC 9457). They repeat nothing of an error that only the
//! operator should see.

use axum::body::Body;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;

use crate::database::DatabaseError;
use crate::records::{QuestionError, RecordError, Special};
use crate::search::SearchError;
use crate::web::door::Refusal;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    /// What kind of problem it is, as a name that does not change.
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    /// What to do about it.
    detail: String,
    /// The parameter that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    /// What could be in its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    valid: Vec<String>,
    #[serde(skip)]
    retry_after: Option<u64>,
    #[serde(skip)]
    allow: Option<&'static str>,
}

impl Problem {
    fn new(status: u16, kind: &str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:pyfa:problem:{kind}"),
            title,
            status,
            detail: detail.into(),
            parameter: None,
            valid: Vec::new(),
            retry_after: None,
            allow: None,
        }
    }

    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(400, "bad-request", "The request is not valid", detail)
    }

    /// The same about a parameter, with what could be in its place.
    pub(super) fn parameter(
        name: &str,
        detail: impl Into<String>,
        valid: impl IntoIterator<Item = String>,
    ) -> Self {
        Self {
            parameter: Some(name.to_owned()),
            valid: valid.into_iter().collect(),
            ..Self::new(400, "parameter", "A parameter is not valid", detail)
        }
    }

    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(404, "not-found", "There is no such thing", detail)
    }

    pub(super) fn method(allow: &'static str) -> Self {
        Self {
            allow: Some(allow),
            ..Self::new(
                405,
                "method",
                "This address takes other methods",
                format!("use one of: {allow}"),
            )
        }
    }

    pub(super) fn not_acceptable() -> Self {
        Self::new(
            406,
            "format",
            "There is no such format",
            "`Accept` takes `application/json`; lists are also there as `text/csv` and `application/jsonl`",
        )
    }

    pub(super) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(409, "conflict", "This cannot be done now", detail)
    }

    pub(super) fn too_large(most: usize) -> Self {
        let detail = format!("the body has more than {most} bytes; split the request");
        Self::new(413, "too-large", "The request is too large", detail)
    }

    pub(super) fn media_type() -> Self {
        let detail = "send the body as `application/json`";
        Self::new(415, "media-type", "The body is of another kind", detail)
    }

    pub(super) fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let head = response.headers_mut();
        let value = HeaderValue::from_static;
        head.insert(CONTENT_TYPE, value("application/problem+json"));
        head.insert(CACHE_CONTROL, value("no-store"));
        if let Some(seconds) = self.retry_after {
            head.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self.allow {
            head.insert(ALLOW, value(allow));
        }
        if self.status == 401 {
            head.insert(WWW_AUTHENTICATE, value("Bearer realm=\"pyfa\""));
        }
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (kind, title) = match &refusal {
            Refusal::NoKey | Refusal::UnknownKey => ("key", "A key is needed"),
            Refusal::Scope(_) => ("scope", "The key may not do this"),
            Refusal::TooMany { .. } => ("rate", "Too many requests"),
            Refusal::Overloaded => ("crowded", "Too many requests of others"),
            Refusal::TooSlow => ("slow", "The answer takes too long"),
            Refusal::Away => ("away", "The database is away"),
            Refusal::Broken => ("broken", "Something is broken"),
        };
        Self {
            retry_after: refusal.retry_after().map(|wait| wait.as_secs()),
            ..Self::new(refusal.status(), kind, title, refusal.to_string())
        }
    }
}

impl From<DatabaseError> for Problem {
    fn from(error: DatabaseError) -> Self {
        Refusal::from(error).into()
    }
}

impl From<RecordError> for Problem {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::NoPage { .. } => Self {
                parameter: Some("page".to_owned()),
                ..Self::not_found(error.to_string())
            },
            RecordError::TooManyToSort { ref valid, .. } => {
                Self::parameter(Special::Ordering.name(), error.to_string(), valid.clone())
            }
            RecordError::Database(error) => error.into(),
        }
    }
}

impl From<QuestionError> for Problem {
    fn from(error: QuestionError) -> Self {
        if let QuestionError::Personal { .. } = error {
            return Self {
                parameter: error.parameter().map(str::to_owned),
                ..Self::new(403, "scope", "The key may not do this", error.to_string())
            };
        }
        Self {
            parameter: error.parameter().map(str::to_owned),
            valid: error.valid().to_vec(),
            ..Self::new(
                400,
                "parameter",
                "A parameter is not valid",
                error.to_string(),
            )
        }
    }
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Self {
        if let SearchError::NotFound { .. } = error {
            return Self::not_found("this profile has no collection");
        }
        tracing::warn!(%error, "the search server does not answer");
        Self {
            retry_after: Some(10),
            ..Self::new(
                503,
                "away",
                "The search server is away",
                "the search server does not answer now; ask again later",
            )
        }
    }
}
