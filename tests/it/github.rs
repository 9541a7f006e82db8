//! What the GitHub run learns stays learned, and reaches every document of a package. The program
//! as its users start it is in a file of its own.

mod command;
mod failures;
mod fields;
mod gone;
mod limits;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use pyfa::enrich::github::{GitHubEnricher, GitHubOptions, GitHubReport};
use pyfa::enrich::{EnrichServices, PackageSelection};
use pyfa::forge::github::{GitHub, GitHubSettings, RequestPacing};
use pyfa::progress::{Progress, Silent, Stop};
use pyfa::workspace::Workspace;
use pyfa_http::{CacheLimits, DiskCache};
use pyfa_testkit::github::{FakeGitHub, FakeRepository};
use serde_json::{Map, Value, json};

use super::support::{World, plone, wait};

const TOKEN: &str = "ghp_never-to-be-shown";
const DAY: Duration = Duration::from_hours(24);

/// A collection and a GitHub.
struct Scene {
    world: World,
    github: FakeGitHub,
}

impl Scene {
    /// None where there is no server or no schema for tests.
    fn new() -> Result<Option<Self>> {
        let (Some(world), Some(github)) = (World::empty(), FakeGitHub::start_or_skip()?) else {
            return Ok(None);
        };
        github.allow(TOKEN);
        Ok(Some(Self { world, github }))
    }

    /// A release of a package that names an address.
    fn publish(&self, name: &str, version: &str, address: &str) {
        let release = plone("x").project_urls(json!({ "Repository": address }));
        self.world.pypi.publish(name, version, &release);
    }

    /// Packages `plone.p00` and so on, two releases each, with generated repositories.
    fn fill(&self, count: u64) {
        for number in 0..count {
            let name = format!("plone.p{number:02}");
            let slug = format!("plone/{name}");
            for version in ["1.0", "2.0"] {
                self.publish(&name, version, &format!("https://github.com/{slug}"));
            }
            self.github.add(&slug, FakeRepository::generated(number));
        }
    }

    fn index(&self) {
        self.world.pypi(&["-i", "-p", "plone"]).exits(0);
    }

    fn client(&self, token: Option<&str>) -> Result<GitHub> {
        let settings = GitHubSettings {
            api_url: format!("{}/", self.github.base_url()).parse()?,
            token: token.map(Into::into),
            cool_off: Duration::ZERO,
            quota_share: 0.9,
            reserve: pyfa::forge::github::RESERVE,
            pace: RequestPacing {
                batch_size: 10,
                first_pause: Duration::from_millis(1),
                patience: Duration::from_millis(10),
                backoff: Duration::from_millis(1),
                ..RequestPacing::default()
            },
        };
        Ok(GitHub::new(&settings, "tests/1")?)
    }

    fn cache(&self) -> Result<DiskCache> {
        let limits = CacheLimits {
            bytes: 100_000_000,
            memory_bytes: 1_000_000,
        };
        Ok(DiskCache::open(
            self.world.pyfa_home().join("cache"),
            limits,
        )?)
    }

    fn selection(&self) -> PackageSelection {
        PackageSelection {
            target: self.world.target.clone(),
            name: None,
            limit: None,
            dry_run: false,
        }
    }

    /// The options of a daily run.
    fn options() -> GitHubOptions {
        GitHubOptions {
            max_age: DAY,
            max_age_of_contributors: DAY * 7,
            wait: false,
            report_dir: None,
        }
    }

    /// A run as a process of its own would make it.
    fn run_until(
        &self,
        token: Option<&str>,
        options: GitHubOptions,
        progress: Arc<dyn Progress>,
        stop: &Stop,
    ) -> Result<GitHubReport> {
        let selection = self.selection();
        self.run_for(&selection, token, options, progress, stop)
    }

    fn run_for(
        &self,
        selection: &PackageSelection,
        token: Option<&str>,
        options: GitHubOptions,
        progress: Arc<dyn Progress>,
        stop: &Stop,
    ) -> Result<GitHubReport> {
        let services = EnrichServices {
            workspace: Workspace::new(self.world.search(), self.world.pyfa_home(), progress),
            cache: self.cache()?,
        };
        let enricher = GitHubEnricher::new(self.client(token)?, options);
        let run = pyfa::enrich::run(&services, selection, enricher, stop);
        Ok(wait(run)?)
    }

    fn run_as(&self, token: Option<&str>, options: GitHubOptions) -> Result<GitHubReport> {
        self.run_until(token, options, Arc::new(Silent), &Stop::never())
    }

    fn run(&self) -> Result<GitHubReport> {
        self.run_as(Some(TOKEN), Self::options())
    }

    fn calls(&self) -> usize {
        self.github.controls().count("")
    }

    fn document(&self, id: &str) -> Result<Map<String, Value>> {
        self.world
            .documents()
            .remove(id)
            .with_context(|| format!("no document {id}"))
    }
}

/// Everything that GitHub has told, without the times at which it did.
fn stored_facts(scene: &Scene) -> Vec<(String, Map<String, Value>)> {
    let documents = scene.world.documents().into_iter();
    documents
        .map(|(id, mut document)| {
            document.retain(|field, _| {
                (field.starts_with("github_") && field != "github_checked")
                    || field == "contributors"
            });
            (id, document)
        })
        .collect()
}
