//! Events on the fake registry: projects are published, changed and removed.
//!
//! Unless stated otherwise, each event increments the serial of the registry, gives it to the project
//! and returns it. An event panics if the project or release does not exist.

use serde_json::{Value, json};

use super::project::{Project, Release, Status};
use super::registry::{Registry, normalize};
use super::{FakePyPi, GeneratedRegistry, ReleaseSpec};

#[expect(clippy::missing_panics_doc, reason = "documented once for the module")]
impl FakePyPi {
    /// Adds a project from a project document of the registry, with its serial.
    ///
    /// Older releases get the `info` of the document, their own version and files, and a description
    /// that is truncated at a different place for each.
    pub fn load_project_json(&self, document: &Value) {
        self.shared
            .registry_mut()
            .load(Project::from_document(document));
    }

    /// Replaces the whole registry by a generated one.
    pub fn generate(&self, shape: GeneratedRegistry) {
        *self.shared.registry_mut() = Registry::generated(shape);
    }

    /// Stores generated projects and their documents in memory, so that requests are cheap. Use it
    /// for ten thousand projects at most.
    pub fn store_all(&self) {
        self.shared.registry_mut().store_all();
        self.shared.registry().generate_documents();
    }

    /// Publishes a release, and creates the project if it is missing. An existing version is
    /// replaced.
    pub fn publish(&self, name: &str, version: &str, spec: &ReleaseSpec) -> u64 {
        let mut registry = self.shared.registry_mut();
        registry.create_if_missing(name);
        registry.change(name, |project, serial| {
            project
                .releases
                .retain(|release| release.version != version);
            let release = Release::published(&project.name, version, spec, serial);
            project.releases.push(release);
        })
    }

    /// Creates a project without a release.
    pub fn create(&self, name: &str) -> u64 {
        let mut registry = self.shared.registry_mut();
        registry.create_if_missing(name);
        registry.change(name, |_, _| {})
    }

    /// Publishes another release of a project: the next major version, with the metadata of the latest
    /// release.
    pub fn touch(&self, name: &str) -> u64 {
        self.shared.registry_mut().change(name, |project, serial| {
            let major = project
                .releases
                .iter()
                .map(Release::major)
                .max()
                .unwrap_or(0)
                + 1;
            let version = format!("{major}.0");
            let release = match project.latest() {
                Some(latest) => latest.successor(&project.name, &version, serial),
                None => Release::published(&project.name, &version, &ReleaseSpec::new(), serial),
            };
            project.releases.push(release);
        })
    }

    /// Touches `count` projects spread over the registry; returns their display names.
    pub fn touch_some(&self, count: usize) -> Vec<String> {
        let names = self.shared.registry().some_names(count);
        for name in &names {
            self.touch(name);
        }
        names
    }

    /// Yanks a release; an empty reason means none.
    pub fn yank(&self, name: &str, version: &str, reason: &str) -> u64 {
        self.change_release(name, version, |release| release.yank(Some(reason)))
    }

    /// Undoes a yank.
    pub fn unyank(&self, name: &str, version: &str) -> u64 {
        self.change_release(name, version, |release| release.yank(None))
    }

    /// Deletes a release.
    pub fn remove_release(&self, name: &str, version: &str) -> u64 {
        self.shared.registry_mut().change(name, |project, _| {
            let before = project.releases.len();
            project
                .releases
                .retain(|release| release.version != version);
            assert!(
                project.releases.len() < before,
                "{name} has no release {version}"
            );
        })
    }

    /// Deletes a project.
    pub fn remove_project(&self, name: &str) -> u64 {
        self.shared.registry_mut().remove(name)
    }

    /// Changes the spelling of a display name; the normalised name must stay the same.
    pub fn rename(&self, name: &str, new_name: &str) -> u64 {
        assert_eq!(
            normalize(name),
            normalize(new_name),
            "a different project name"
        );
        self.shared
            .registry_mut()
            .change(name, |project, _| new_name.clone_into(&mut project.name))
    }

    /// Quarantines a project: it has no documents, is not in the index, and has the status
    /// `quarantined`.
    pub fn quarantine(&self, name: &str) -> u64 {
        self.shared
            .registry_mut()
            .change(name, |project, _| project.status = Status::Quarantined)
    }

    /// Ends a quarantine.
    pub fn unquarantine(&self, name: &str) -> u64 {
        self.shared
            .registry_mut()
            .change(name, |project, _| project.status = Status::Active)
    }

    /// Sets the owners, as pairs of role and user, and the organisation.
    pub fn set_owner(&self, name: &str, roles: &[(&str, &str)], organization: Option<&str>) -> u64 {
        let roles: Vec<Value> = roles
            .iter()
            .map(|(role, user)| json!({"role": role, "user": user}))
            .collect();
        self.shared.registry_mut().change(name, |project, _| {
            project.ownership = json!({"organization": organization, "roles": roles});
        })
    }

    /// Archives a project; the serial does not change.
    pub fn archive(&self, name: &str) {
        let mut registry = self.shared.registry_mut();
        registry.change_without_serial(name, |project| project.status = Status::Archived);
    }

    /// Sets the known vulnerabilities of a release; the serial does not change.
    pub fn set_vulnerabilities(&self, name: &str, version: &str, vulnerabilities: Vec<Value>) {
        self.shared
            .registry_mut()
            .change_without_serial(name, |project| {
                release_of(project, version).vulnerabilities = vulnerabilities;
            });
    }

    fn change_release(&self, name: &str, version: &str, change: impl FnOnce(&mut Release)) -> u64 {
        self.shared
            .registry_mut()
            .change(name, |project, _| change(release_of(project, version)))
    }
}

fn release_of<'a>(project: &'a mut Project, version: &str) -> &'a mut Release {
    let name = project.name.clone();
    let Some(release) = project.release_mut(version) else {
        panic!("the fake registry has no release {version} of {name}");
    };
    release
}
