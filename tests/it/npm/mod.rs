//! Packages of npm: HTTP in, documents out.

mod changes;
mod faults;
mod feed;
mod fetch;
mod hostile;
mod jobs;
mod losses;
mod mixed;
mod organisations;
mod recorded;
mod streams;

use std::process::{Child, Command, Stdio};

use pyfa_testkit::npm::FakeNpm;
use serde_json::{Map, Value, json};

use crate::support::{Outcome, World, outcome};

/// A world with an npm registry.
pub(crate) struct NpmWorld {
    pub(crate) world: World,
    pub(crate) npm: std::sync::Arc<FakeNpm>,
}

impl NpmWorld {
    /// A world with two empty registries, or `None` where there is no Typesense server.
    pub(crate) fn empty() -> Option<Self> {
        Some(Self {
            world: World::empty()?,
            npm: std::sync::Arc::new(FakeNpm::start().expect("a fake registry")),
        })
    }

    /// Another home and target with the same registries.
    pub(crate) fn beside(&self) -> Self {
        Self {
            world: self.world.beside(),
            npm: self.npm.clone(),
        }
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = self.world.command(words);
        command
            .env("NPM_BASE_URL", self.npm.base_url())
            .env_remove("NPM_CHANGES_URL")
            .env("NPM_RETRY_BACKOFF", "0.01");
        command
    }

    /// `pyfa npm … -t TARGET --format json`, ready to start.
    pub(crate) fn npm_command(&self, words: &[&str]) -> Command {
        let mut all = vec!["npm", "-t", &self.world.target, "--format", "json"];
        all.extend_from_slice(words);
        self.command(&all)
    }

    /// `pyfa npm … -t TARGET --format json`, run to its end.
    pub(crate) fn npm(&self, words: &[&str]) -> Outcome {
        outcome(&mut self.npm_command(words))
    }

    /// The same, left running.
    pub(crate) fn start_npm(&self, words: &[&str]) -> Child {
        self.npm_command(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts")
    }

    /// The document with this id.
    #[track_caller]
    pub(crate) fn document(&self, id: &str) -> Map<String, Value> {
        let mut documents = self.world.documents();
        let ids: Vec<String> = documents.keys().cloned().collect();
        documents
            .remove(id)
            .unwrap_or_else(|| panic!("no `{id}` in {ids:?}"))
    }
}

/// Members of a manifest that the profile `plone` selects.
pub(crate) fn volto(description: &str) -> Value {
    json!({
        "description": description, "keywords": ["Volto", "addon"], "license": "MIT",
        "repository": {"type": "git", "url": "git+https://github.com/example/volto-x.git"},
    })
}

/// As a job of its own would run it.
pub(crate) const INCREMENTAL: [&str; 3] = ["-i", "-p", "plone"];
/// From nothing.
pub(crate) const FULL: [&str; 3] = ["-f", "-p", "plone"];
