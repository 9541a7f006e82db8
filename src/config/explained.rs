//! A line of `pyfa config`: one setting, its value, and where that was set.

use serde::Serialize;

/// One line of `pyfa config`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedSetting {
    /// As in the environment.
    pub name: &'static str,
    /// As written where it comes from, secrets masked; `None` if nothing sets it.
    pub value: Option<String>,
    /// `default`, `pyfa.toml line 3`, `.env line 4`, `the environment`, `the command line` or
    /// `not set`.
    pub source: String,
}
