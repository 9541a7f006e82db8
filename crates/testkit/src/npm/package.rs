//! One package: its packument, and what events do to it.

use std::hash::{DefaultHasher, Hasher};

use serde_json::{Value, json};

/// A package.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) document: Value,
    revision: u64,
    /// Versions published so far, which give their times.
    published: u32,
}

impl Package {
    pub(super) fn new(name: &str) -> Self {
        Self {
            document: json!({
                "_id": name, "name": name, "dist-tags": {}, "versions": {},
                "time": {"created": time(0), "modified": time(0)}, "maintainers": [],
            }),
            revision: 0,
            published: 0,
        }
    }

    /// A recorded package; one without a revision has the first.
    pub(super) fn of_document(document: &Value) -> Self {
        let revision = document["_rev"].as_str().unwrap_or_default();
        let number = revision.split('-').next().unwrap_or_default().parse();
        let mut package = Self {
            document: document.clone(),
            revision: number.unwrap_or(0),
            published: 0,
        };
        if package.revision == 0 {
            package.count_revision();
        }
        package
    }

    pub(super) fn publish(&mut self, name: &str, version: &str, tag: &str, members: &Value) {
        self.published += 1;
        let mut manifest = json!({
            "name": name, "version": version, "_id": format!("{name}@{version}"),
            "dist": {
                "integrity": format!("sha512-{version}"), "unpackedSize": 1_000 + self.published,
            },
        });
        if let (Some(manifest), Some(members)) = (manifest.as_object_mut(), members.as_object()) {
            manifest.extend(members.clone());
        }
        let document = &mut self.document;
        if let Some(time) = document["time"].as_object_mut() {
            time.remove("unpublished");
        }
        document["versions"][version] = manifest;
        document["dist-tags"][tag] = version.into();
        // A package has a latest release from its first on.
        if document["dist-tags"].get("latest").is_none() {
            document["dist-tags"]["latest"] = version.into();
        }
        document["time"][version] = time(self.published).into();
        document["time"]["modified"] = time(self.published).into();
        self.count_revision();
    }

    pub(super) fn unpublish_version(&mut self, version: &str) {
        let versions = self.document["versions"].as_object_mut();
        let versions = versions.unwrap_or_else(|| panic!("there are no versions"));
        assert!(versions.remove(version).is_some(), "no {version}");
        let left: Vec<String> = versions.keys().cloned().collect();
        let Some(tags) = self.document["dist-tags"].as_object_mut() else {
            return;
        };
        tags.retain(|_, tagged| tagged != version);
        if let (None, Some(last)) = (tags.get("latest"), left.last()) {
            tags.insert("latest".to_owned(), last.clone().into());
        }
    }

    pub(super) fn unpublish(&mut self, name: &str) {
        let mut time = self.document["time"].clone();
        time["unpublished"] = json!({"time": "2026-02-01T00:00:00.000Z", "versions": ["1.0.0"]});
        self.document = json!({"_id": name, "name": name, "time": time});
    }

    pub(super) fn hold(&mut self, name: &str) {
        let version = "0.0.1-security";
        self.document["versions"] = json!({ version: {
            "name": name, "version": version, "description": "security holding package",
            "repository": "npm/security-holder",
        }});
        self.document["dist-tags"] = json!({ "latest": version });
        self.document["description"] = "security holding package".into();
        self.document["maintainers"] = json!([]);
    }

    pub(super) fn count_revision(&mut self) {
        self.revision += 1;
        let digest = self.digest();
        if self.document.get("versions").is_some() {
            self.document["_rev"] = format!("{}-{digest:016x}", self.revision).into();
        }
    }

    pub(super) fn etag(&self) -> String {
        format!("\"{:016x}\"", self.digest())
    }

    /// The keywords of the latest version, in lower case.
    pub(super) fn keywords(&self) -> Vec<String> {
        let latest = self.document["dist-tags"]["latest"]
            .as_str()
            .unwrap_or_default();
        let keywords = self.document["versions"][latest]["keywords"].as_array();
        let keywords = keywords.into_iter().flatten().filter_map(Value::as_str);
        keywords.map(str::to_lowercase).collect()
    }

    /// Whether the search hides it: it is deprecated as a whole, or has no versions.
    pub(super) fn is_hidden(&self) -> bool {
        let versions = self.document["versions"].as_object();
        versions.is_none_or(|versions| {
            versions.values().all(|manifest| {
                manifest["deprecated"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty())
            })
        })
    }

    fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write(self.document.to_string().as_bytes());
        hasher.finish()
    }
}

/// When the version of this number was published.
fn time(number: u32) -> String {
    format!(
        "2026-01-{:02}T{:02}:00:00.000Z",
        1 + number / 24 % 28,
        number % 24
    )
}
