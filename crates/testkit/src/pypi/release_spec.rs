//! The description of a release to publish: ordinary by default, hostile if wanted.

use serde_json::{Map, Value, json};

/// What a release is published with; by default one source file and no metadata.
#[derive(Clone, Debug, Default)]
pub struct ReleaseSpec {
    pub(super) info: Map<String, Value>,
    pub(super) left_out: Vec<String>,
    pub(super) files: Option<Vec<Value>>,
    pub(super) uploaded: Option<String>,
}

impl ReleaseSpec {
    /// A release with one source file and no metadata.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets any key of `info` to any value, also the keys that the registry derives (`name`,
    /// `version`, …): this is how hostile metadata come about.
    #[must_use]
    pub fn info(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.info.insert(key.to_owned(), value.into());
        self
    }

    /// Leaves a key of `info` out altogether.
    #[must_use]
    pub fn without_info(mut self, key: &str) -> Self {
        self.left_out.push(key.to_owned());
        self
    }

    /// The classifiers, in order.
    #[must_use]
    pub fn classifiers<'a>(self, classifiers: impl IntoIterator<Item = &'a str>) -> Self {
        self.info("classifiers", classifiers.into_iter().collect::<Vec<_>>())
    }

    /// The one-line summary.
    #[must_use]
    pub fn summary(self, summary: &str) -> Self {
        self.info("summary", summary)
    }

    /// The long description and its content type, such as `text/markdown`.
    #[must_use]
    pub fn description(self, text: &str, content_type: &str) -> Self {
        self.info("description", text)
            .info("description_content_type", content_type)
    }

    /// The keywords as the registry has them: one text.
    #[must_use]
    pub fn keywords(self, keywords: &str) -> Self {
        self.info("keywords", keywords)
    }

    /// The requirements, each in the form of PEP 508.
    #[must_use]
    pub fn requires_dist<'a>(self, requirements: impl IntoIterator<Item = &'a str>) -> Self {
        self.info(
            "requires_dist",
            requirements.into_iter().collect::<Vec<_>>(),
        )
    }

    /// The project's links: an object of label and address, or anything else.
    #[must_use]
    pub fn project_urls(self, urls: impl Into<Value>) -> Self {
        self.info("project_urls", urls)
    }

    /// The time of upload of the default file, such as `2026-05-04T03:02:01.000000Z`.
    #[must_use]
    pub fn uploaded(mut self, time: &str) -> Self {
        self.uploaded = Some(time.to_owned());
        self
    }

    /// A release without a file.
    #[must_use]
    pub fn without_files(mut self) -> Self {
        self.files = Some(Vec::new());
        self
    }

    /// The file objects, as they shall appear in the documents.
    #[must_use]
    pub fn files(mut self, files: Vec<Value>) -> Self {
        self.files = Some(files);
        self
    }

    /// The files of this release, the default one made for `name`, `version` and a number that
    /// gives it a time of upload.
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

/// A time of upload in the year 2025 that grows with the number for a good while.
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
