//! Accounts, wherever GitHub names one.

use serde_json::Value as Json;

use super::{integer, text};

/// An account as GitHub names it. A deleted one is not named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::activity) struct Person {
    pub(in crate::activity) id: i64,
    pub(in crate::activity) login: String,
    /// `User`, `Bot`, `Organization`, …
    pub(in crate::activity) kind: Option<String>,
}

impl Person {
    pub(in crate::activity) fn read(user: &Json) -> Option<Self> {
        Some(Self {
            id: integer(user, "id")?,
            login: text(user, "login")?.to_owned(),
            kind: text(user, "type").map(str::to_owned),
        })
    }
}
