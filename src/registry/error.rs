//! Why a registry did not give what was asked for.

use std::time::Duration;

use crate::model::one_line;

/// There is no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// 404 or 410. Not yet proof that the project is gone: it may be withheld.
    #[error("the registry knows no {what}")]
    NotFound { what: String },

    /// The registry refuses the request, and will again.
    #[error("the registry refuses {what}: {why}")]
    Refused { what: String, why: String },

    /// The registry is rate limiting us.
    #[error("the registry is rate limiting us; retry {what} in {} s", after.as_secs())]
    Wait { what: String, after: Duration },

    /// An answer from before the change that the index has announced.
    #[error(
        "the registry still serves {what} as of serial {found}, although its index announced {wanted}"
    )]
    Stale {
        what: String,
        found: u64,
        wanted: u64,
    },

    /// The answer is larger than our limit.
    #[error("{what} is larger than the limit of {limit} bytes")]
    TooLarge { what: String, limit: u64 },

    /// The answer is complete, but is not what it should be.
    #[error("the registry's answer for {what} cannot be read: {why}")]
    Unreadable { what: String, why: String },

    /// No complete answer, after all retries.
    #[error("cannot get {what} from the registry: {why}")]
    Broken { what: String, why: String },
}

impl RegistryError {
    /// Whether the registry denies it: 404 or 410.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether the reason lies in the data itself, so that asking again would give the same answer.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::TooLarge { .. } | Self::Unreadable { .. })
    }

    /// Whether an answer says that what was asked for does not exist.
    ///
    /// # Errors
    ///
    /// An answer that says neither yes nor no.
    pub fn denies<T>(answer: Result<T, Self>) -> Result<bool, Self> {
        match answer {
            Ok(_) => Ok(false),
            Err(error) if error.is_not_found() => Ok(true),
            // An answer that cannot be read is still an answer: it is there.
            Err(error) if error.is_permanent() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The answer for `what` is not what it should be.
    pub(super) fn unreadable(what: &str, why: impl std::fmt::Display) -> Self {
        /// Parsers quote what they find, however long it is.
        const LONGEST: usize = 300;
        Self::Unreadable {
            what: what.to_owned(),
            why: one_line(&why.to_string(), LONGEST),
        }
    }

    /// The same of something that the registry has or has not, whatever the projects: "not found" says
    /// nothing of a project.
    pub(super) fn of_service(self) -> Self {
        match self {
            Self::NotFound { what } => Self::Refused {
                what,
                why: "it has no such service (status 404)".to_owned(),
            },
            other => other,
        }
    }

    /// Translates what the HTTP client says about `what`.
    pub(super) fn from_http(what: &str, error: pyfa_http::HttpError) -> Self {
        let what = what.to_owned();
        match error {
            pyfa_http::HttpError::NotFound { .. } => Self::NotFound { what },
            pyfa_http::HttpError::RateLimited { retry_after, .. } => Self::Wait {
                what,
                after: retry_after,
            },
            pyfa_http::HttpError::TooLarge { limit, .. } => Self::TooLarge { what, limit },
            error @ pyfa_http::HttpError::Refused { .. } => Self::Refused {
                what,
                why: error.to_string(),
            },
            error => Self::Broken {
                what,
                why: error.to_string(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RegistryError;

    #[test]
    fn only_not_found_denies() {
        let (what, why) = ("x".to_owned(), "y".to_owned());
        let denies = |error| RegistryError::denies::<()>(Err(error)).ok();
        assert_eq!(RegistryError::denies(Ok(())).ok(), Some(false));
        let not_found = RegistryError::NotFound { what: what.clone() };
        assert_eq!(denies(not_found), Some(true));
        let unreadable = RegistryError::Unreadable {
            what: what.clone(),
            why: why.clone(),
        };
        assert_eq!(denies(unreadable), Some(false));
        assert_eq!(denies(RegistryError::Broken { what, why }), None);
    }
}
