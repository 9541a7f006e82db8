//! Why there is no answer, in the words of the original's framework.

use axum::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::json;
use thiserror::Error;

use super::answer::{json, set};
use crate::database::DatabaseError;
use crate::jobs::JobError;
use crate::records::{QuestionError, RecordError};
use crate::web::door::Refusal;

#[derive(Debug, Error)]
pub(super) enum Failure {
    #[error("Not found.")]
    NotFound,
    #[error("Invalid page.")]
    NoPage,
    #[error("Method \"{method}\" not allowed.")]
    Method { method: String, allow: &'static str },
    #[error("Unsupported media type; send a form or JSON.")]
    MediaType,
    #[error("JSON parse error - the body is no object of texts.")]
    NoJson,
    #[error("the body has more than 65536 bytes")]
    TooLarge,
    #[error(transparent)]
    Question(#[from] QuestionError),
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Failure {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::NoPage => StatusCode::NOT_FOUND,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Question(QuestionError::Personal { .. }) => StatusCode::FORBIDDEN,
            Self::NoJson | Self::Question(_) => StatusCode::BAD_REQUEST,
            Self::Refused(refusal) => {
                StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    pub(super) fn into_response(self) -> Response {
        let status = self.status();
        let mut response = json(status, &json!({"detail": self.to_string()}));
        let head = response.headers_mut();
        match &self {
            Self::Method { allow, .. } => set(head, ALLOW, allow),
            Self::Refused(refusal) => {
                if let Some(wait) = refusal.retry_after() {
                    head.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs()));
                }
                if status == StatusCode::UNAUTHORIZED {
                    set(head, WWW_AUTHENTICATE, "Bearer realm=\"pyfa\"");
                }
            }
            _ => {}
        }
        response
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::NoPage { .. } => Self::NoPage,
            // Only lists with bounds are refused.
            RecordError::TooManyToSort { .. } => Self::Refused(Refusal::TooSlow),
            RecordError::Database(error) => error.into(),
        }
    }
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Database(error) => error.into(),
            error => {
                tracing::error!(%error, "a task was not added");
                Self::Refused(Refusal::Broken)
            }
        }
    }
}
