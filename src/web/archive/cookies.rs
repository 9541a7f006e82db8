//! Two cookies: the session, and a sign-in that has not come back yet. Pure but for random numbers.
//!
//! Both are hidden from scripts and sent with no request that another site makes, except when somebody
//! follows a link here. Over HTTPS they are bound to this host.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::archive::{ArchiveError, SealKey, random_text};

/// How long somebody may take to agree.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);
const PURPOSE: &str = "sign-in";
/// Characters of the longest value that is looked at.
const LONGEST: usize = 4_000;

/// Which cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cookie {
    Session,
    Pending,
}

/// A sign-in that has not come back yet.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Pending {
    /// Where from.
    pub(super) service: Service,
    pub(super) state: String,
    /// Proves at GitHub that it was us who asked.
    pub(super) verifier: String,
    /// Whether private repositories were asked for.
    pub(super) private: bool,
    /// A digest of the session that has asked.
    pub(super) session: Option<String>,
    until: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Service {
    OpenHumans,
    GitHub,
}

impl Pending {
    pub(super) fn new(
        service: Service,
        private: bool,
        session: Option<String>,
    ) -> Result<Self, ArchiveError> {
        Ok(Self {
            service,
            state: random_text()?,
            verifier: random_text()?,
            private,
            session,
            until: Timestamp::now() + PATIENCE,
        })
    }

    /// As the value of a cookie.
    pub(super) fn seal(&self, key: &SealKey) -> Result<String, ArchiveError> {
        let text = serde_json::to_vec(self).map_err(|_| ArchiveError::Sealed)?;
        key.seal(PURPOSE, &text)
    }

    /// From the value of a cookie, unless it is too old.
    pub(super) fn open(key: &SealKey, value: &str) -> Option<Self> {
        let text = key.open(PURPOSE, value).ok()?;
        let pending: Self = serde_json::from_slice(&text).ok()?;
        (Timestamp::now() < pending.until).then_some(pending)
    }
}

impl Cookie {
    fn name(self, is_secure: bool) -> &'static str {
        match (self, is_secure) {
            (Self::Session, true) => "__Host-pyfa-archive",
            (Self::Session, false) => "pyfa-archive",
            (Self::Pending, true) => "__Host-pyfa-archive-sign-in",
            (Self::Pending, false) => "pyfa-archive-sign-in",
        }
    }

    /// The value that a browser has sent.
    pub(super) fn read(self, headers: &HeaderMap, is_secure: bool) -> Option<String> {
        let name = self.name(is_secure);
        let lines = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).map(str::trim);
        let mut found = pairs
            .filter_map(|pair| pair.split_once('='))
            .filter(|(key, _)| *key == name);
        let (_, value) = found.next()?;
        // Two of them are a trick.
        if found.next().is_some() || value.len() > LONGEST {
            return None;
        }
        Some(value.to_owned())
    }

    /// A header that sets it.
    pub(super) fn set(self, value: &str, is_secure: bool) -> String {
        let name = self.name(is_secure);
        let age = match self {
            Self::Session => 12 * 3_600,
            Self::Pending => PATIENCE.as_secs(),
        };
        let secure = if is_secure { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}")
    }

    /// A header that removes it.
    pub(super) fn remove(self, is_secure: bool) -> String {
        let name = self.name(is_secure);
        let secure = if is_secure { "; Secure" } else { "" };
        format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}")
    }
}
