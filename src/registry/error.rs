//! The ways in which a registry does not give what was asked for.

use std::time::Duration;

/// No answer that could be used, and why.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// 404 or 410. Not yet proof that the project is gone: it may be withheld.
    #[error("the registry knows no {what}")]
    NotFound { what: String },

    /// The registry refuses, whatever we send.
    #[error("the registry refuses {what}: {why}")]
    Refused { what: String, why: String },

    /// The registry asks to come back later.
    #[error("the registry asks to wait {} s before {what} is read again", after.as_secs())]
    Wait { what: String, after: Duration },

    /// An answer from before the change that the index has announced.
    #[error(
        "the registry still serves {what} as of serial {found}, its index has announced {wanted}"
    )]
    Stale {
        what: String,
        found: u64,
        wanted: u64,
    },

    /// More bytes than we are willing to hold.
    #[error("{what} is larger than the limit of {limit} bytes")]
    TooLarge { what: String, limit: u64 },

    /// A complete answer that makes no sense.
    #[error("the registry's answer for {what} cannot be read: {why}")]
    Unreadable { what: String, why: String },

    /// No complete answer, after all retries.
    #[error("the registry did not give {what}: {why}")]
    Broken { what: String, why: String },
}

impl RegistryError {
    /// Whether the registry denies it: 404 or 410.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether the reason lies in the data itself, so that asking again gives the same.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        matches!(self, Self::TooLarge { .. } | Self::Unreadable { .. })
    }

    /// Whether an answer denies what was asked for.
    ///
    /// # Errors
    ///
    /// What neither serves nor denies it.
    pub fn denies<T>(answer: Result<T, Self>) -> Result<bool, Self> {
        match answer {
            Ok(_) => Ok(false),
            Err(error) if error.is_not_found() => Ok(true),
            // An answer that cannot be read is still an answer: it is there.
            Err(error) if error.is_lasting() => Ok(false),
            Err(error) => Err(error),
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
