//! A release to publish: ordinary by default, with any metadata if a test needs it.

use serde_json::{Map, Value, json};

/// The metadata and files of a release; by default one source file and no metadata.
#[derive(Clone, Debug, Default)]
pub struct ReleaseSpec {
    pub(super) info: Map<String, Value>,
    pub(super) omitted_keys: Vec<String>,
    pub(super) files: Option<Vec<Value>>,
    pub(super) uploaded: Option<String>,
}

impl ReleaseSpec {
    /// A release with one source file and no metadata.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets any key of `info` to any value, including keys that the registry derives, such as `name`
    /// and `version`. Tests use it for hostile metadata.
    #[must_use]
    pub fn info(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.info.insert(key.to_owned(), value.into());
        self
    }

    /// Leaves out a key of `info`.
    #[must_use]
    pub fn without_info(mut self, key: &str) -> Self {
        self.omitted_keys.push(key.to_owned());
        self
    }

    /// Sets the classifiers.
    #[must_use]
    pub fn classifiers<'a>(self, classifiers: impl IntoIterator<Item = &'a str>) -> Self {
        self.info("classifiers", classifiers.into_iter().collect::<Vec<_>>())
    }

    /// Sets the summary.
    #[must_use]
    pub fn summary(self, summary: &str) -> Self {
        self.info("summary", summary)
    }

    /// Sets the description and its content type, such as `text/markdown`.
    #[must_use]
    pub fn description(self, text: &str, content_type: &str) -> Self {
        self.info("description", text)
            .info("description_content_type", content_type)
    }

    /// Sets the keywords, one text as in the registry.
    #[must_use]
    pub fn keywords(self, keywords: &str) -> Self {
        self.info("keywords", keywords)
    }

    /// Sets the requirements, in the form of PEP 508.
    #[must_use]
    pub fn requires_dist<'a>(self, requirements: impl IntoIterator<Item = &'a str>) -> Self {
        self.info(
            "requires_dist",
            requirements.into_iter().collect::<Vec<_>>(),
        )
    }

    /// Sets the project URLs: an object of labels and URLs, or anything else.
    #[must_use]
    pub fn project_urls(self, urls: impl Into<Value>) -> Self {
        self.info("project_urls", urls)
    }

    /// Sets the upload time of the default file, such as `2026-05-04T03:02:01.000000Z`.
    #[must_use]
    pub fn uploaded(mut self, time: &str) -> Self {
        self.uploaded = Some(time.to_owned());
        self
    }

    /// Removes all files.
    #[must_use]
    pub fn without_files(mut self) -> Self {
        self.files = Some(Vec::new());
        self
    }

    /// Sets the file objects as they appear in the documents.
    #[must_use]
    pub fn files(mut self, files: Vec<Value>) -> Self {
        self.files = Some(files);
        self
    }

    /// The files of this release. The upload time of the default one depends on `number`.
    pub(super) fn files_for(&self, name: &str, version: &str, number: u64) -> Vec<Value> {
        if let Some(files) = &self.files {
            return files.clone();
        }
        let uploaded = self
            .uploaded
            .clone()
            .unwrap_or_else(|| default_time(number));
        vec![source_file(name, version, number, &uploaded)]
    }
}

/// An upload time in 2025 that increases with the number.
pub(super) fn default_time(number: u64) -> String {
    let (second, minute) = (number % 60, number / 60 % 60);
    let (hour, day, month) = (
        number / 3_600 % 24,
        number / 86_400 % 28 + 1,
        number / 2_419_200,
    );
    format!(
        "2025-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000000Z",
        month % 12 + 1
    )
}

/// A file object as the registry writes it.
pub(super) fn source_file(name: &str, version: &str, number: u64, uploaded: &str) -> Value {
    let filename = format!("{}-{version}.tar.gz", name.replace(['-', '.'], "_"));
    let digest = format!("{number:064x}");
    json!({
        "comment_text": null,
        "core-metadata": false,
        "digests": {"blake2b_256": digest, "md5": format!("{number:032x}"), "sha256": digest},
        "downloads": -1,
        "filename": filename,
        "has_sig": false,
        "md5_digest": format!("{number:032x}"),
        "packagetype": "sdist",
        "python_version": "source",
        "requires_python": null,
        "size": 10_000 + number % 90_000,
        "upload_time": uploaded.split('.').next(),
        "upload_time_iso_8601": uploaded,
        "url": format!("https://files.example/packages/{digest}/{filename}"),
        "yanked": false,
        "yanked_reason": null,
    })
}
