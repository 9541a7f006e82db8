//! Quotas, ages and interrupts: a run that ends early loses nothing, and the next one goes on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Result;
use pyfa::enrich::EnricherReport;
use pyfa::enrich::github::{EarlyEnd, GitHubOptions};
use pyfa::progress::{Opening, Progress, Stage, Stop, Stopper, stop};
use pyfa_testkit::github::{FakeGitHub, FakeRepository, Resource};

use super::{Scene, TOKEN, stored_facts};

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
            matches!(report.ended, Some(EarlyEnd::Wait { .. })),
            "{stop}: {:?}",
            report.ended
        );
        assert!(!report.is_complete());
        written += report.run.documents.written;
        scene.github.controls().advance(Duration::from_hours(1));
    }
    assert!(written > 80, "each run writes what it has: {written}");
    let rest = scene.run()?;
    assert_eq!(rest.ended, None);
    let stopped = stored_facts(&scene);
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
    assert_eq!(stopped, stored_facts(&other));
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
    let now = GitHubOptions {
        max_age: Duration::ZERO,
        ..Scene::options()
    };
    let report = scene.run_as(Some(TOKEN), now.clone())?;
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

    let all = GitHubOptions {
        max_age_of_contributors: Duration::ZERO,
        ..Scene::options()
    };
    let used = scene.github.quota(Some(TOKEN), Resource::Core).used;
    let report = scene.run_as(Some(TOKEN), all)?;
    assert_eq!(
        report.contributors.unchanged, 3,
        "{:?}",
        report.contributors
    );
    assert_eq!(scene.github.quota(Some(TOKEN), Resource::Core).used, used);
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
    let report = scene.run_until(Some(TOKEN), Scene::options(), watcher, &stop)?;
    assert_eq!(report.ended, Some(EarlyEnd::Interrupted));
    assert_eq!((report.packages.known, report.packages.pending), (10, 15));
    assert_eq!(report.run.documents.written, 20);
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
    let options = GitHubOptions {
        wait: true,
        ..Scene::options()
    };
    let report = scene.run_until(Some(TOKEN), options, watcher.clone(), &stop)?;
    assert!(
        matches!(report.ended, Some(EarlyEnd::Wait { .. })),
        "{:?}",
        report.ended
    );
    assert_eq!(report.run.documents.written, 20);
    let notes = watcher.notes.lock().expect("a list").join("\n");
    assert!(
        notes.contains("(500 of 5000 left); waiting until 2"),
        "{notes}"
    );
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
        let report = scene.run_as(None, Scene::options())?;
        if report.ended.is_none() {
            break;
        }
        assert!(
            matches!(report.ended, Some(EarlyEnd::Wait { .. })),
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
