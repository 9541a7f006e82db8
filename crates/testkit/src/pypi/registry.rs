//! The fake registry: stored projects, generated projects, the serial, the index.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;
use std::sync::OnceLock;

use serde_json::Value;

use super::generated::GeneratedRegistry;
use super::page::Page;
use super::project::{Project, Status};

#[derive(Debug, Default)]
pub(super) struct Registry {
    serial: u64,
    /// By normalised name. They replace generated projects of the same name.
    stored: BTreeMap<String, Project>,
    generated: Option<GeneratedRegistry>,
    /// Generated projects that were removed, by normalised name.
    removed: HashSet<String>,
    index: OnceLock<Page>,
}

/// The normalised form of a project name.
pub(crate) fn normalize(name: &str) -> String {
    let mut normalized = String::with_capacity(name.len());
    for character in name.chars() {
        if !matches!(character, '-' | '_' | '.') {
            normalized.push(character.to_ascii_lowercase());
        } else if !normalized.ends_with('-') {
            normalized.push('-');
        }
    }
    normalized
}

impl Registry {
    pub(super) fn generated(shape: GeneratedRegistry) -> Self {
        Self {
            serial: shape.last_serial(),
            generated: Some(shape),
            ..Self::default()
        }
    }

    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    /// Adds a project with its serial.
    pub(super) fn load(&mut self, project: Project) {
        self.serial = self.serial.max(project.serial);
        self.stored.insert(normalize(&project.name), project);
        self.index = OnceLock::new();
    }

    /// Changes a project and gives it the next serial, which is returned.
    pub(super) fn change(&mut self, name: &str, change: impl FnOnce(&mut Project, u64)) -> u64 {
        let serial = self.serial + 1;
        self.change_without_serial(name, |project| {
            project.serial = serial;
            change(project, serial);
        });
        self.serial = serial;
        self.index = OnceLock::new();
        serial
    }

    /// Changes a project without changing serials.
    pub(super) fn change_without_serial(&mut self, name: &str, change: impl FnOnce(&mut Project)) {
        let normalized = normalize(name);
        if !self.stored.contains_key(&normalized)
            && let Some(project) = self.generate_by_name(&normalized)
        {
            self.stored.insert(normalized.clone(), project);
        }
        let Some(project) = self.stored.get_mut(&normalized) else {
            panic!("the fake registry has no project {name}");
        };
        change(project);
        project.discard_documents();
    }

    /// Creates a project if it is missing, without changing serials.
    pub(super) fn create_if_missing(&mut self, name: &str) {
        let normalized = normalize(name);
        if !self.stored.contains_key(&normalized) && self.generated_number(&normalized).is_none() {
            self.stored.insert(normalized, Project::new(name));
        }
    }

    pub(super) fn remove(&mut self, name: &str) -> u64 {
        let normalized = normalize(name);
        let is_generated = self.generated_number(&normalized).is_some();
        let is_stored = self.stored.remove(&normalized).is_some();
        assert!(
            is_stored || is_generated,
            "the fake registry has no project {name}"
        );
        if is_generated {
            self.removed.insert(normalized);
        }
        self.index = OnceLock::new();
        self.serial += 1;
        self.serial
    }

    /// The number of projects, including quarantined ones.
    pub(super) fn len(&self) -> usize {
        let Some(shape) = &self.generated else {
            return self.stored.len();
        };
        let replacing = self
            .stored
            .keys()
            .filter(|name| shape.number(name).is_some());
        let replaced = replacing
            .filter(|name| !self.removed.contains(*name))
            .count();
        shape.projects as usize - self.removed.len() - replaced + self.stored.len()
    }

    /// The display names of `count` projects, spread over the registry, the same each time.
    pub(super) fn some_names(&self, count: usize) -> Vec<String> {
        let spread = |total: usize| {
            let stride = (total / count.max(1)).max(1);
            // Jitter avoids the interval of matching projects.
            (0..count.min(total)).map(move |one| one * stride + one * 7 % stride)
        };
        let Some(shape) = &self.generated else {
            let projects: Vec<&Project> = self.stored.values().collect();
            return spread(projects.len())
                .map(|number| projects[number].name.clone())
                .collect();
        };
        spread(shape.projects as usize)
            .filter_map(|number| u32::try_from(number).ok())
            .filter(|number| !self.removed.contains(&shape.normalized_name(*number)))
            .map(|number| shape.display_name(number))
            .collect()
    }

    /// The index, without quarantined projects.
    pub(super) fn index(&self) -> Page {
        self.index
            .get_or_init(|| Page::simple_json_text(self.index_text(), self.serial))
            .clone()
    }

    /// The project document; `None` if the registry responds with 404.
    pub(super) fn document(&self, normalized: &str) -> Option<Page> {
        if let Some(project) = self.stored.get(normalized) {
            return project.document();
        }
        let (shape, number) = self.generated_number(normalized)?;
        Some(Page::json_text(
            shape.document(number),
            shape.serial_of(number),
        ))
    }

    /// The document of a release; `None` if the registry responds with 404.
    pub(super) fn release_document(&self, normalized: &str, version: &str) -> Option<Page> {
        match self.stored.get(normalized) {
            Some(project) => project.release_document(version),
            None => self.generate_by_name(normalized)?.release_document(version),
        }
    }

    /// The project page of the Simple API; `None` if the registry responds with 404.
    pub(super) fn detail(&self, normalized: &str) -> Option<Page> {
        match self.stored.get(normalized) {
            Some(project) => Some(project.detail(normalized)),
            None => Some(self.generate_by_name(normalized)?.detail(normalized)),
        }
    }

    /// The name and version of every release with all these classifiers, sorted.
    pub(super) fn browse(&self, classifiers: &[String]) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = self
            .stored
            .values()
            .flat_map(|project| project.releases.iter().map(move |one| (project, one)))
            .filter(|(_, release)| release.has_classifiers(classifiers))
            .map(|(project, release)| (project.name.clone(), release.version.clone()))
            .collect();
        if let Some(shape) = &self.generated
            && classifiers
                .iter()
                .all(|wanted| shape.classifiers.contains(wanted))
        {
            for number in (0..shape.projects).filter(|number| shape.is_matching(*number)) {
                let normalized = shape.normalized_name(number);
                if !self.stored.contains_key(&normalized) && !self.removed.contains(&normalized) {
                    let name = shape.display_name(number);
                    found.extend(
                        shape
                            .versions(number)
                            .map(|version| (name.clone(), version)),
                    );
                }
            }
        }
        found.sort();
        found
    }

    /// Generates all documents of the stored projects, so that requests do not have to.
    pub(super) fn generate_documents(&self) {
        self.index();
        for (normalized, project) in &self.stored {
            project.document();
            project.detail(normalized);
            for release in &project.releases {
                project.release_document(&release.version);
            }
        }
    }

    /// Stores all generated projects.
    pub(super) fn store_all(&mut self) {
        if let Some(shape) = self.generated.take() {
            for number in 0..shape.projects {
                if let Some(project) = generate_project(&shape, number) {
                    self.stored
                        .entry(shape.normalized_name(number))
                        .or_insert(project);
                }
            }
        }
    }

    fn generated_number(&self, normalized: &str) -> Option<(&GeneratedRegistry, u32)> {
        let shape = self.generated.as_ref()?;
        let number = shape.number(normalized)?;
        (!self.removed.contains(normalized)).then_some((shape, number))
    }

    fn generate_by_name(&self, normalized: &str) -> Option<Project> {
        let (shape, number) = self.generated_number(normalized)?;
        generate_project(shape, number)
    }

    fn index_text(&self) -> String {
        let mut text = format!(
            "{{\"meta\":{{\"_last-serial\":{},\"api-version\":\"1.4\"}},\"projects\":[",
            self.serial
        );
        let mut separator = "";
        let mut push = |name: &str, serial: u64| {
            let json_name = Value::from(name);
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "{separator}{{\"_last-serial\":{serial},\"name\":{json_name}}}"
            );
            separator = ",";
        };
        let mut stored = self.stored.iter().peekable();
        let listed = |project: &Project| project.status != Status::Quarantined;
        if let Some(shape) = &self.generated {
            for number in 0..shape.projects {
                let normalized = shape.normalized_name(number);
                while let Some((_, project)) = stored.next_if(|(name, _)| **name < normalized) {
                    if listed(project) {
                        push(&project.name, project.serial);
                    }
                }
                let is_hidden = stored.peek().is_some_and(|(name, _)| **name == normalized);
                if !is_hidden && !self.removed.contains(&normalized) {
                    push(&shape.display_name(number), shape.serial_of(number));
                }
            }
        }
        for (_, project) in stored.filter(|(_, project)| listed(project)) {
            push(&project.name, project.serial);
        }
        text.push_str("]}\n");
        text
    }
}

fn generate_project(shape: &GeneratedRegistry, number: u32) -> Option<Project> {
    let document: Value = serde_json::from_str(&shape.document(number)).ok()?;
    Some(Project::from_document(&document))
}
