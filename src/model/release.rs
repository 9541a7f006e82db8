//! One release as the registry describes it, before anything is decided about it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What the registry says of one version of a project.
///
/// Metadata is written by strangers: any value may have any JSON type, so it stays JSON until
/// `transform` has normalised it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// The object `info` of the registry's answer, all keys kept.
    pub info: Map<String, Value>,
    /// The release's files, in the registry's order (`urls` of the registry's answer).
    #[serde(default)]
    pub files: Vec<ReleaseFile>,
}

/// One file of a release, all keys kept.
pub type ReleaseFile = Map<String, Value>;

impl Release {
    /// A text value of `info`; empty where it is absent or not text.
    #[must_use]
    pub fn text(&self, key: &str) -> &str {
        self.info
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The name as the project spells it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.text("name")
    }

    /// The version as the registry has it; empty where it is absent.
    #[must_use]
    pub fn version(&self) -> &str {
        self.text("version")
    }
}
