//! What happens on the fake registry: projects come, change and go.
//!
//! Each event moves the serial of the registry and of its project, and returns it, unless it says
//! otherwise. A project or release that is not there is a mistake in the test: the event panics.

use serde_json::{Value, json};

use super::project::{Project, Release, Status};
use super::registry::{Registry, normalize};
use super::{FakePyPi, GeneratedRegistry, ReleaseSpec};

#[expect(
    clippy::missing_panics_doc,
    reason = "said once, above, for all of them"
)]
impl FakePyPi {
    /// Takes in a project from a project document of the registry, with its serial.
    ///
    /// Its older releases get the `info` of the document, their own version and files, and a
    /// description that is cut at another place for each.
    pub fn load_project_json(&self, document: &Value) {
        self.shared
            .registry_mut()
            .load(Project::from_document(document));
    }

    /// Replaces the whole registry by one from a formula.
    pub fn generate(&self, shape: GeneratedRegistry) {
        *self.shared.registry_mut() = Registry::generated(shape);
    }

    /// Takes generated projects into memory and makes every document, so that requests cost
    /// little; for some ten thousand projects at most.
    pub fn hold_all(&self) {
        self.shared.registry_mut().hold_all();
        self.shared.registry().warm();
    }

    /// Publishes a release, and the project with its first one; publishing a version again
    /// replaces it.
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

    /// Publishes one more release of a project: the latest one's metadata, the next major version.
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

    /// Touches `count` projects spread over the registry, and returns their display names.
    pub fn touch_some(&self, count: usize) -> Vec<String> {
        let names = self.shared.registry().some_names(count);
        for name in &names {
            self.touch(name);
        }
        names
    }

    /// Yanks a release; an empty reason is none.
    pub fn yank(&self, name: &str, version: &str, reason: &str) -> u64 {
        self.change_release(name, version, |release| release.yank(Some(reason)))
    }

    /// Takes back a yank.
    pub fn unyank(&self, name: &str, version: &str) -> u64 {
        self.change_release(name, version, |release| release.yank(None))
    }

    /// Removes a release for good.
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

    /// Removes a project for good.
    pub fn remove_project(&self, name: &str) -> u64 {
        self.shared.registry_mut().remove(name)
    }

    /// Changes the spelling of a display name; both must be the same name when normalised.
    pub fn rename(&self, name: &str, new_name: &str) -> u64 {
        assert_eq!(
            normalize(name),
            normalize(new_name),
            "another project, not another spelling"
        );
        self.shared
            .registry_mut()
            .change(name, |project, _| new_name.clone_into(&mut project.name))
    }

    /// Quarantines a project: no documents, not in the index, status `quarantined`.
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

    /// Sets owners, as pairs of role and user, and the organisation.
    pub fn set_owner(&self, name: &str, roles: &[(&str, &str)], organization: Option<&str>) -> u64 {
        let roles: Vec<Value> = roles
            .iter()
            .map(|(role, user)| json!({"role": role, "user": user}))
            .collect();
        self.shared.registry_mut().change(name, |project, _| {
            project.ownership = json!({"organization": organization, "roles": roles});
        })
    }

    /// Archives a project; the serial does not move.
    pub fn archive(&self, name: &str) {
        let mut registry = self.shared.registry_mut();
        registry.change_quietly(name, |project| project.status = Status::Archived);
    }

    /// Sets the known vulnerabilities of a release; the serial does not move.
    pub fn set_vulnerabilities(&self, name: &str, version: &str, vulnerabilities: Vec<Value>) {
        self.shared.registry_mut().change_quietly(name, |project| {
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
