//! Everything in order, as a job of its own would run it: nothing that is known is lost or stale.

use std::process::Stdio;

use pyfa::model::{FactGroup, PackageKey, RegistryKind};
use pyfa::store::package_facts;
use pyfa_http::{CacheLimits, DiskCache};
use pyfa_testkit::github::{FakeGitHub, FakeRepository, Resource};
use pyfa_testkit::service::Fault;
use serde_json::{Map, Value, json};

use super::Scene;
use crate::support::{kill, outcome, plone, says, wait};

/// Fields that have to be the same on every document of a package.
const OF_PACKAGE: [&str; 9] = [
    "download_last_month",
    "download_source",
    "download_total",
    "download_updated",
    "fixed_in",
    "github_stars",
    "github_url",
    "health_score",
    "health_score_breakdown",
];

impl Scene {
    /// What the GitHub run would have learned.
    fn star(&self, project: &str, stars: u64) {
        let limits = CacheLimits {
            bytes: 100_000_000,
            memory_bytes: 1_000_000,
        };
        let cache = DiskCache::open(self.world.pyfa_home().join("cache"), limits).expect("a cache");
        let facts = json!({"github_stars": stars, "github_url": "https://github.com/x/y"});
        let facts: Map<String, Value> = facts.as_object().cloned().unwrap_or_default();
        let name = PackageKey::new(RegistryKind::PyPi, project);
        wait(async {
            package_facts::write(&cache, FactGroup::GITHUB, &name, &facts).await;
            cache.flush().await;
        });
    }

    /// Holds that all documents of each package agree, and that none lacks anything.
    #[track_caller]
    fn agree(&self, documents: usize) {
        let all = self.world.documents();
        assert_eq!(all.len(), documents);
        for (id, document) in &all {
            let latest = all.values().find(|other| {
                other["name"] == document["name"] && other["is_latest"] == json!(true)
            });
            let latest = latest.expect("a latest release");
            for field in OF_PACKAGE {
                assert_eq!(document.get(field), latest.get(field), "{field} of {id}");
                let is_known = field != "fixed_in" || id.starts_with("plone.p0-");
                assert_eq!(document.contains_key(field), is_known, "{field} of {id}");
            }
            assert!(document.contains_key("has_vulnerabilities"), "{id}");
        }
    }
}

#[test]
fn nothing_is_lost_or_stale_from_fetch_to_refresh() {
    let Some(scene) = Scene::new() else { return };
    let world = &scene.world;
    scene.fill(2);
    for number in 0..2 {
        scene.count(&format!("plone-p{number}"), number + 3);
        scene.star(&format!("plone-p{number}"), number);
    }
    scene.report("GHSA-1", "plone-p0", &["1.0"], None);
    world
        .pypi(&["--refresh-from-pypi", "-p", "plone", "--force"])
        .exits(0);
    scene.run(&["downloads"]).exits(0);
    scene.run(&["advisories"]).exits(0);
    scene.run(&["health"]).exits(0);
    scene.agree(4);
    let before = world.documents();
    // A newer release carries what is known of the package at once.
    world.pypi.publish("plone.p0", "3.0", &plone("new"));
    scene.index();
    scene.agree(5);
    let stars = scene.document("plone.p0-3.0")["github_stars"].clone();
    assert_eq!(stars, json!(0), "zero is a value");
    world.pypi(&["--refresh-from-pypi", "-p", "plone"]).exits(0);
    scene.agree(5);
    for id in before.keys() {
        let known = &before[id]["vulnerabilities"];
        assert_eq!(&scene.document(id)["vulnerabilities"], known, "{id}");
    }
    // And without the cache as well: the documents themselves are asked.
    std::fs::remove_dir_all(world.pyfa_home().join("cache")).expect("a cache");
    world
        .pypi(&["--refresh-from-pypi", "-p", "plone", "--force"])
        .exits(0);
    scene.agree(5);
    // The next enrichment brings everything up to date.
    scene.count("plone-p0", 100);
    scene.run(&["enrich"]).exits(0);
    scene.agree(5);
    let document = scene.document("plone.p0-1.0");
    assert_eq!(document["download_last_month"], json!(3_000));
}

#[test]
fn one_command_does_all_and_says_what_is_left() {
    let Some(scene) = Scene::new() else { return };
    scene.fill(2);
    scene.count("plone-p0", 1);
    let run = scene.run(&["enrich"]).exits(0);
    assert!(
        run.stderr.contains("GITHUB_TOKEN is not set"),
        "{}",
        run.stderr
    );
    assert_eq!(run.report["github"], Value::Null);
    assert_eq!(run.number("downloads.documents.written"), 2);
    assert_eq!(run.number("advisories.releases"), 4);
    assert_eq!(run.number("health.documents.written"), 4);
    // One that fails keeps nobody from the rest.
    scene.clickhouse.controls().fail("", Fault::status(403));
    scene.pypistats.controls().fail("", Fault::status(403));
    scene.report("GHSA-1", "plone-p1", &["2.0"], None);
    let run = scene.run(&["enrich"]).exits(3);
    assert!(run.report["downloads"]["ended"].is_string());
    assert_eq!(run.number("advisories.vulnerable_latest"), 1);
    assert_eq!(run.number("health.documents.written"), 2);
    let mut text = scene.world.command(&["enrich", "-t", &scene.world.target]);
    text.env("CLICKHOUSE_URL", scene.clickhouse.base_url())
        .env("PYPISTATS_BASE_URL", scene.pypistats.base_url())
        .env("OSV_BASE_URL", scene.osv.base_url());
    let run = crate::support::outcome(&mut text).exits(3);
    for part in ["Downloads", "Advisories", "Health", "done in part"] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
}

#[test]
fn github_comes_first_and_its_limit_keeps_nobody_waiting() {
    let Some(scene) = Scene::new() else { return };
    let Some(github) = FakeGitHub::start_or_skip().expect("a fake") else {
        return;
    };
    github.allow("ghp_secret");
    for number in 0..2_u64 {
        let (name, slug) = (format!("plone.p{number}"), format!("plone/p{number}"));
        let urls = json!({"Source": format!("https://github.com/{slug}")});
        let release = plone("x").project_urls(urls);
        scene.world.pypi.publish(&name, "1.0", &release);
        scene.count(&format!("plone-p{number}"), number);
        github.add(&slug, FakeRepository::generated(number));
    }
    scene.index();
    let enrich = || {
        let mut command = scene.command(&["enrich"]);
        command
            .env("GITHUB_API_URL", github.base_url())
            .env("GITHUB_TOKEN", "ghp_secret")
            .env("GITHUB_COOLOFFTIME", "0");
        command
    };
    github.set_remaining(Some("ghp_secret"), Resource::GraphQl, 0);
    let run = outcome(&mut enrich()).exits(3);
    assert_eq!(run.report["github"]["ended"]["reason"], json!("wait"));
    assert_eq!(run.number("downloads.documents.written"), 2);
    assert_eq!(run.number("health.documents.written"), 2);
    assert!(!run.stderr.contains("ghp_secret") && !run.stdout.contains("ghp_secret"));
    github.set_remaining(Some("ghp_secret"), Resource::GraphQl, 4_000);
    let run = outcome(&mut enrich()).exits(0);
    assert_eq!(run.number("github.documents.written"), 2);
    assert_eq!(run.number("downloads.documents.written"), 0);
    // What GitHub knows is scored in the same run.
    assert_eq!(run.number("health.documents.written"), 2);
    let document = scene.document("plone.p1-1.0");
    let breakdown = &document["health_score_breakdown"];
    assert!(
        breakdown["popularity"]["max_points"].as_u64() > Some(0),
        "{breakdown}"
    );
    assert!(document.contains_key("github_stars"));
    // What it knows is believed for a day, unless somebody wants it younger.
    let with = |arguments: &[&str]| {
        let mut command = enrich();
        command.args(arguments);
        command
    };
    let run = outcome(&mut enrich()).exits(0);
    assert_eq!(run.number("github.repositories.due"), 0);
    let run = outcome(&mut with(&["--max-age", "0s", "--report-dir", "reports"])).exits(0);
    assert_eq!(run.number("github.repositories.due"), 2);
    assert!(scene.world.home.path().join("reports").is_dir());
    // And it can be waited for.
    github.set_remaining(Some("ghp_secret"), Resource::GraphQl, 0);
    let mut waiting = with(&["--max-age", "0s", "--wait"]);
    let waiting = waiting.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut waiting = waiting.expect("a process");
    says(&mut waiting, "waiting until");
    kill(waiting);
}

/// The first interrupt ends what takes hours, and nothing new begins.
#[cfg(unix)]
#[test]
fn a_stop_is_followed() {
    let Some(scene) = Scene::new() else { return };
    scene.fill(40);
    for number in 0..40 {
        scene.count(&format!("plone-p{number}"), number);
    }
    let mut command = scene.command(&["enrich", "--source", "pypistats"]);
    command
        .env("PYPISTATS_RATE_LIMIT_DELAY", "0.5")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let run = command.spawn().expect("a process");
    let asked = || scene.pypistats.controls().count("") > 2;
    crate::support::until("some packages are asked for", asked);
    let signal = std::process::Command::new("kill")
        .args(["-INT", &run.id().to_string()])
        .status();
    assert!(signal.expect("a signal").success());
    let run = crate::support::finish(run).exits(3);
    let learned = run.number("downloads.packages.learned");
    assert!((2..40).contains(&learned), "{learned}");
    assert_eq!(run.number("downloads.documents.written"), 2 * learned);
    let error = run.report["health"]["error"].as_str().unwrap_or_default();
    assert!(error.contains("stopped"), "{}", run.report);
    assert_eq!(scene.osv.controls().count(""), 0);
}
