//! What the GitHub run learns stays learned, and reaches every document of a package. The program
//! as its users start it is in a file of its own.

mod command;
mod gone;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use pyfa::enrich::Selection;
use pyfa::enrich::github::{Ended, Report, Request, Services, execute};
use pyfa::forge::github::{GitHub, GitHubSettings, RequestPacing};
use pyfa::progress::{Opening, Progress, Silent, Stage, Stop, Stopper, stop};
use pyfa::store::lock::{Acquired, try_acquire};
use pyfa_http::{Bucket, CacheLimits, DiskCache};
use pyfa_testkit::github::{FakeGitHub, FakeRepository, Resource};
use pyfa_testkit::service::{CLOCK_START, Fault};
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

    fn request(&self) -> Request {
        Request {
            selection: Selection {
                target: self.world.target.clone(),
                name: None,
                limit: None,
                dry_run: false,
            },
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
        request: &Request,
        progress: Arc<dyn Progress>,
        stop: &Stop,
    ) -> Result<Report> {
        let services = Services {
            github: self.client(token)?,
            search: self.world.search(),
            cache: self.cache()?,
            home: self.world.pyfa_home(),
            progress,
        };
        Ok(wait(execute(&services, request, stop))?)
    }

    fn run_as(&self, token: Option<&str>, request: &Request) -> Result<Report> {
        self.run_until(token, request, Arc::new(Silent), &Stop::never())
    }

    fn run(&self) -> Result<Report> {
        self.run_as(Some(TOKEN), &self.request())
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

#[test]
fn every_document_of_a_package_gets_the_fields_and_nothing_is_asked_twice() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.publish("plone.api", "1.0", "https://github.com/plone/plone.api");
    scene.publish(
        "plone.api",
        "2.0",
        "https://www.github.com/Plone/plone.api.git",
    );
    scene.github.add(
        "plone/plone.api",
        FakeRepository {
            stars: 0,
            watchers: 3,
            open_issues: 5,
            open_pull_requests: 7,
            contributors: vec![("ada".to_owned(), 9)],
            release: Some(("v2".to_owned(), CLOCK_START)),
            topics: vec!["cms".to_owned()],
            ..FakeRepository::generated(3)
        },
    );
    scene.index();
    let report = scene.run()?;
    assert_eq!(report.ended, None);
    assert!(report.is_complete());
    assert_eq!((report.packages.seen, report.packages.known), (1, 1));
    assert_eq!(report.documents.written, 2);
    for id in ["plone.api-1.0", "plone.api-2.0"] {
        let document = scene.document(id)?;
        for (field, value) in [
            ("github_stars", json!(0)),
            ("github_watchers", json!(3)),
            ("github_open_issues", json!(5)),
            ("github_open_pull_requests", json!(7)),
            ("github_archived", json!(false)),
            ("github_license", json!("MIT")),
            ("github_topics", json!(["cms"])),
            ("github_release", json!("v2")),
            ("github_url", json!("https://github.com/plone/plone.api")),
        ] {
            assert_eq!(document.get(field), Some(&value), "{id}: {field}");
        }
        assert_eq!(document["contributors"][0]["username"], "ada");
        assert_eq!(document["summary"], "x");
        let checked = document["github_checked"].as_i64().context("no time")?;
        assert!(checked > 1_700_000_000, "{checked}");
    }
    assert_eq!(scene.calls(), 2);
    let again = scene.run()?;
    assert_eq!((again.documents.written, again.documents.unchanged), (0, 2));
    assert_eq!((again.repositories.due, again.repositories.fresh), (0, 1));
    assert_eq!(scene.calls(), 2);
    Ok(())
}

#[test]
fn a_release_that_appears_later_carries_the_facts_at_once() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.fill(2);
    scene.index();
    scene.run()?;
    scene.publish("plone.p01", "3.0", "https://github.com/plone/plone.p01");
    scene.index();
    let newest = scene.document("plone.p01-3.0")?;
    assert_eq!(newest["is_latest"], true);
    let older = scene.document("plone.p01-2.0")?;
    for (field, value) in older
        .iter()
        .filter(|(field, _)| field.starts_with("github_"))
    {
        assert_eq!(newest.get(field), Some(value), "{field}");
    }
    assert_eq!(newest["github_stars"], 7);
    scene
        .world
        .pypi(&["--refresh-from-pypi", "-p", "plone"])
        .exits(0);
    assert_eq!(scene.document("plone.p01-1.0")?["github_stars"], 7);
    // Nothing is left for the next run but what it finds in place.
    assert_eq!(scene.run()?.documents.written, 0);
    Ok(())
}

#[test]
fn the_own_repository_counts_and_problems_are_reported() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    let github = |slug: &str| format!("https://github.com/{slug}");
    scene.publish("plone.older", "1.0", &github("plone/there"));
    scene.publish("plone.older", "2.0", "https://example.org/");
    scene.publish("plone.renamed", "1.0", &github("plone/there"));
    scene.publish("plone.renamed", "2.0", &github("plone/gone"));
    scene.publish("plone.moved", "1.0", &github("plone/old"));
    scene.publish("plone.lost", "1.0", &github("plone/lost"));
    scene.publish("plone.none", "1.0", "https://example.org/");
    scene.publish("plone.lab", "1.0", "https://gitlab.com/a/b");
    scene.publish("plone.bad", "1.0", &github("sponsors/somebody"));
    scene.publish("plone.closed", "1.0", &github("plone/closed"));
    scene.github.add(
        "plone/there",
        FakeRepository {
            archived: true,
            ..FakeRepository::generated(1)
        },
    );
    scene.github.add("plone/old", FakeRepository::generated(2));
    scene.github.rename("plone/old", "plone/new");
    scene.github.add(
        "plone/closed",
        FakeRepository {
            refused: Some((451, "Repository access blocked".to_owned())),
            ..FakeRepository::default()
        },
    );
    scene.index();
    let folder = scene.world.home.path().join("reports");
    let request = Request {
        report_dir: Some(folder.clone()),
        ..scene.request()
    };
    let report = scene.run_as(Some(TOKEN), &request)?;
    let file: Value = serde_json::from_slice(&fs_err::read(folder.join("github_problems.json"))?)?;
    assert_eq!(file["count"], 8);
    let problems: Vec<String> = file["problems"]
        .as_array()
        .context("no list")?
        .iter()
        .map(|one| {
            format!(
                "{} {} {}",
                one["name"], one["reason"], one["repo_identifier"]
            )
            .replace('"', "")
        })
        .collect();
    assert_eq!(
        problems,
        [
            "plone.bad malformed_identifier sponsors/somebody",
            "plone.closed refused plone/closed",
            "plone.lab other_forge gitlab.com/a/b",
            "plone.lost not_found plone/lost",
            "plone.moved moved plone/old → plone/new",
            "plone.none no_repo_url null",
            "plone.older archived plone/there",
            // What an older release named does not take its place.
            "plone.renamed not_found plone/gone",
        ]
    );
    assert_eq!(report.problems.values().sum::<u64>(), 8);
    assert!(folder.join("github_problems.md").exists());
    assert_eq!(scene.document("plone.older-2.0")?["github_archived"], true);
    assert_eq!(
        scene.document("plone.moved-1.0")?["github_url"],
        "https://github.com/plone/new"
    );
    assert!(
        !scene
            .document("plone.lost-1.0")?
            .contains_key("github_stars")
    );
    // Gone, refused and moved are known too.
    let before = scene.calls();
    scene.run()?;
    assert_eq!(scene.calls(), before);
    Ok(())
}

/// Everything that GitHub has told, without the times at which it did.
fn told(scene: &Scene) -> Vec<(String, Map<String, Value>)> {
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

#[test]
fn a_run_that_a_quota_stops_twelve_times_ends_as_one_that_is_not() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.fill(40);
    scene.index();
    let mut written = 0;
    for stop in 0..12 {
        // One query, or two lists of contributors, and then no more.
        scene
            .github
            .set_remaining(Some(TOKEN), Resource::GraphQl, 501);
        scene.github.set_remaining(Some(TOKEN), Resource::Core, 502);
        let report = scene.run()?;
        assert!(
            matches!(report.ended, Some(Ended::Wait { .. })),
            "{stop}: {:?}",
            report.ended
        );
        assert!(!report.is_complete());
        written += report.documents.written;
        scene.github.controls().advance(Duration::from_hours(1));
    }
    assert!(written > 80, "each run writes what it has: {written}");
    let rest = scene.run()?;
    assert_eq!(rest.ended, None);
    let stopped = told(&scene);
    // The same world, from nothing.
    let other = Scene {
        world: scene.world.beside(),
        github: FakeGitHub::start()?,
    };
    other.github.allow(TOKEN);
    for number in 0..40 {
        let slug = format!("plone/plone.p{number:02}");
        other.github.add(&slug, FakeRepository::generated(number));
    }
    other.world.pypi(&["-f", "-p", "plone"]).exits(0);
    assert_eq!(other.run()?.ended, None);
    assert_eq!(stopped.len(), 80);
    assert_eq!(stopped, told(&other));
    // Nothing was asked for twice.
    assert_eq!(scene.github.batches().iter().sum::<usize>(), 40);
    assert_eq!(scene.github.controls().count("/contributors"), 40);
    Ok(())
}

#[test]
fn what_is_old_is_asked_for_again_and_contributors_have_an_age_of_their_own() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.fill(3);
    scene.index();
    scene.run()?;
    scene
        .github
        .change("plone/plone.p02", |one| one.stars = 1_000);
    scene
        .github
        .change("plone/plone.p01", |one| one.license = None);
    let now = Request {
        max_age: Duration::ZERO,
        ..scene.request()
    };
    let report = scene.run_as(Some(TOKEN), &now)?;
    assert_eq!(
        (report.repositories.due, report.repositories.learned),
        (3, 3)
    );
    assert_eq!(report.contributors.fresh, 3);
    assert_eq!(scene.document("plone.p02-1.0")?["github_stars"], 1_000);
    let unlicensed = scene.document("plone.p01-1.0")?;
    assert_eq!(
        unlicensed
            .get("github_license")
            .filter(|value| !value.is_null()),
        None
    );

    let all = Request {
        max_age_of_contributors: Duration::ZERO,
        ..scene.request()
    };
    let used = scene.github.quota(Some(TOKEN), Resource::Core).used;
    let report = scene.run_as(Some(TOKEN), &all)?;
    assert_eq!(
        report.contributors.unchanged, 3,
        "{:?}",
        report.contributors
    );
    assert_eq!(scene.github.quota(Some(TOKEN), Resource::Core).used, used);
    Ok(())
}

#[test]
fn what_is_gone_or_fails_wipes_nothing() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.fill(2);
    scene.index();
    scene.run()?;
    let before = told(&scene);
    scene.github.remove("plone/plone.p00");
    let now = Request {
        max_age: Duration::ZERO,
        ..scene.request()
    };
    let report = scene.run_as(Some(TOKEN), &now)?;
    assert_eq!(
        (report.repositories.gone, report.problems["not_found"]),
        (1, 1)
    );
    assert_eq!(told(&scene), before);
    scene.github.controls().fail("", Fault::html(502));
    let report = scene.run_as(Some(TOKEN), &now)?;
    assert!(!report.is_complete());
    assert_eq!(told(&scene), before);
    Ok(())
}

#[test]
fn what_cannot_be_written_now_is_written_by_the_next_run() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.fill(2);
    scene.index();
    let search = scene.world.search();
    let collection =
        wait(search.fetch_collection(&scene.world.target))?.context("no collection")?;
    let home = scene.world.pyfa_home();
    let lock = try_acquire(&home, search.address(), &collection.name, "github")?;
    assert!(matches!(lock, Acquired::Lock(_)));
    let report = scene.run()?;
    let Some(Ended::Search { why }) = &report.ended else {
        panic!("{:?}", report.ended);
    };
    assert!(why.contains("the next run writes it"), "{why}");
    assert!(
        !scene
            .document("plone.p01-1.0")?
            .contains_key("github_stars")
    );
    drop(lock);
    let calls = scene.calls();
    assert_eq!(scene.run()?.documents.written, 4);
    assert_eq!(scene.calls(), calls);
    Ok(())
}

/// Stops the run after so many steps, or as soon as it is told something.
struct Impatient {
    stopper: Stopper,
    patience: AtomicU64,
    notes: Mutex<Vec<String>>,
}

impl Impatient {
    fn new(patience: u64) -> (Arc<Self>, Stop) {
        let (stopper, stop) = stop();
        let watcher = Self {
            stopper,
            patience: AtomicU64::new(patience),
            notes: Mutex::default(),
        };
        (Arc::new(watcher), stop)
    }
}

impl Progress for Impatient {
    fn opening(&self, _: &Opening<'_>) {}

    fn note(&self, text: &str) {
        self.notes.lock().expect("a list").push(text.to_owned());
        self.stopper.stop();
    }

    fn stage(&self, _: Stage, _: Option<u64>) {}

    fn advance(&self, steps: u64) {
        if self.patience.fetch_sub(steps, Ordering::SeqCst) <= steps {
            self.stopper.stop();
        }
    }

    fn stage_done(&self) {}
}

#[test]
fn a_run_that_is_told_to_stop_writes_what_it_has() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.fill(25);
    scene.index();
    let (watcher, stop) = Impatient::new(10);
    let report = scene.run_until(Some(TOKEN), &scene.request(), watcher, &stop)?;
    assert_eq!(report.ended, Some(Ended::Interrupted));
    assert_eq!((report.packages.known, report.packages.left), (10, 15));
    assert_eq!(report.documents.written, 20);
    let rest = scene.run()?;
    assert_eq!((rest.repositories.fresh, rest.repositories.due), (10, 15));
    assert_eq!((rest.ended, rest.packages.known), (None, 25));
    Ok(())
}

#[test]
fn a_run_that_may_wait_says_until_when_and_has_written_before() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.fill(15);
    scene.index();
    scene
        .github
        .set_remaining(Some(TOKEN), Resource::GraphQl, 501);
    let (watcher, stop) = Impatient::new(1_000);
    let request = Request {
        wait: true,
        ..scene.request()
    };
    let report = scene.run_until(Some(TOKEN), &request, watcher.clone(), &stop)?;
    assert!(
        matches!(report.ended, Some(Ended::Wait { .. })),
        "{:?}",
        report.ended
    );
    assert_eq!(report.documents.written, 20);
    let notes = watcher.notes.lock().expect("a list").join("\n");
    assert!(
        notes.contains("(500 of 5000 left); waiting until 2"),
        "{notes}"
    );
    Ok(())
}

#[test]
fn a_dry_run_asks_nothing_and_writes_nothing() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.fill(3);
    scene.index();
    let mut request = scene.request();
    request.selection.dry_run = true;
    request.selection.limit = Some(2);
    let report = scene.run_as(Some(TOKEN), &request)?;
    assert_eq!((report.packages.seen, report.repositories.due), (2, 2));
    assert_eq!(scene.calls(), 0);
    assert!(
        !scene
            .document("plone.p01-1.0")?
            .contains_key("github_stars")
    );
    Ok(())
}

#[test]
fn a_broken_entry_of_the_cache_heals() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.fill(2);
    scene.index();
    scene.run()?;
    let key = format!("{}/\nplone/plone.p01", scene.github.base_url());
    {
        let cache = scene.cache()?;
        let bucket = Bucket::new("github-repositories", 1);
        assert!(wait(cache.get(bucket, &key)).is_some(), "the key is right");
        wait(async {
            cache.put(bucket, &key, "{\"learned\":".into()).await;
            cache.flush().await;
        });
    }
    let calls = scene.calls();
    let report = scene.run()?;
    assert_eq!(
        (report.repositories.fresh, report.repositories.learned),
        (1, 1)
    );
    assert_eq!(scene.calls(), calls + 1);
    assert_eq!(scene.run()?.repositories.fresh, 2);
    Ok(())
}

#[test]
fn strangers_go_on_hour_by_hour() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.fill(40);
    scene.index();
    let mut hours = 0;
    loop {
        let report = scene.run_as(None, &scene.request())?;
        if report.ended.is_none() {
            break;
        }
        assert!(
            matches!(report.ended, Some(Ended::Wait { .. })),
            "{:?}",
            report.ended
        );
        hours += 1;
        assert!(hours < 5, "it does not get on");
        scene.github.controls().advance(Duration::from_hours(1));
    }
    assert!(hours >= 1);
    assert_eq!(scene.document("plone.p39-2.0")?["github_stars"], 39 * 7);
    assert_eq!(scene.github.controls().count("/graphql"), 0);
    Ok(())
}
