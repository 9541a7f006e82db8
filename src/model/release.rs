//! One release as a registry describes it, in the same shape for every registry.
//!
//! Registry adapters translate what their registry serves into this shape; `transform` knows no
//! other. So there is one place that cleans untrusted metadata, whatever registry it comes from.

use jiff::{Timestamp, civil, tz::Offset};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What the registry says about one version of a project.
///
/// Metadata is untrusted: a value may have any JSON type, so it stays JSON until `transform` has
/// normalised it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// The metadata, by the names of Python's core metadata as PyPI's JSON API spells them: `name`,
    /// `version`, `summary`, `description`, `description_content_type`, `classifiers`, `keywords`,
    /// `license`, `author`, `home_page`, `project_urls`, `yanked` and so on. An adapter whose
    /// registry uses other names translates them; unknown keys are ignored.
    pub info: Map<String, Value>,
    /// The release's files, in the registry's order: `filename`, `url`, `size`, `digests`,
    /// `upload_time_iso_8601` and so on.
    #[serde(default)]
    pub files: Vec<ReleaseFile>,
}

/// One file of a release, with all its keys.
pub type ReleaseFile = Map<String, Value>;

/// When a file was uploaded, in any of the forms in which registries say so; `None` if none is
/// there.
#[must_use]
pub fn upload_time(file: &ReleaseFile) -> Option<Timestamp> {
    let text = |key: &str| file.get(key).and_then(Value::as_str);
    let with_zone = text("upload_time_iso_8601").or_else(|| text("upload-time"));
    let with_zone = with_zone.and_then(|time| time.parse::<Timestamp>().ok());
    // Without a zone, the registry means UTC.
    with_zone.or_else(|| {
        let time: civil::DateTime = text("upload_time")?.parse().ok()?;
        Offset::UTC.to_timestamp(time).ok()
    })
}

impl Release {
    /// A text value of `info`; empty if it is missing or not text.
    #[must_use]
    pub fn text(&self, key: &str) -> &str {
        self.info
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The name, as the project spells it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.text("name")
    }

    /// The version, as the registry spells it; empty if it is missing.
    #[must_use]
    pub fn version(&self) -> &str {
        self.text("version")
    }
}
