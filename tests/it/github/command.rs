//! `pyfa github` and `pyfgithub` as their users start them.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use pyfa_testkit::github::{FakeRepository, Resource};
use pyfa_testkit::service::Fault;

use super::{Scene, TOKEN, stored_facts};
use crate::support::gate::Gate;
use crate::support::{Outcome, finish, folder_holds, kill, outcome, until};

/// The program with the settings of the scene.
fn command(scene: &Scene, program: &str, arguments: &[&str]) -> Command {
    let like = scene.world.command(&[]);
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(scene.world.home.path())
        .env_clear()
        .stdin(Stdio::null());
    for (name, value) in like.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    command
        .env("GITHUB_API_URL", scene.github.base_url())
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_COOLOFFTIME", "0");
    command
}

fn pyfgithub(scene: &Scene, arguments: &[&str]) -> Outcome {
    let words = [&["-t", &scene.world.target], arguments].concat();
    outcome(&mut command(scene, env!("CARGO_BIN_EXE_pyfgithub"), &words))
}

/// `pyfa github … --format json`
fn github(scene: &Scene, arguments: &[&str]) -> Command {
    let fixed = ["github", "-t", &scene.world.target, "--format", "json"];
    let words = [&fixed, arguments].concat();
    command(scene, env!("CARGO_BIN_EXE_pyfa"), &words)
}

#[test]
fn the_guide_is_followed_in_order() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.fill(60);
    scene.publish("plone.none", "1.0", "https://example.org/");
    scene.index();
    // A first run meets the limit.
    scene
        .github
        .set_remaining(Some(TOKEN), Resource::GraphQl, 503);
    let first = pyfgithub(&scene, &[]).exits(3);
    assert!(
        first.stdout.contains("run the same command again after 20"),
        "{}",
        first.stdout
    );
    assert_eq!(scene.document("plone.p07-1.0")?["github_stars"], 49);
    assert!(
        !scene
            .document("plone.p59-1.0")?
            .contains_key("github_stars")
    );
    // It is run again after the limit.
    scene.github.controls().advance(Duration::from_hours(1));
    let second = pyfgithub(&scene, &["-v"]).exits(0);
    assert!(
        second.stdout.contains("61 seen, 60 with"),
        "{}",
        second.stdout
    );
    assert_eq!(scene.document("plone.p59-1.0")?["github_stars"], 59 * 7);
    assert_eq!(scene.github.batches(), [50, 10]);
    let problems = scene.world.home.path().join("github_problems.json");
    assert!(fs_err::read_to_string(&problems)?.contains("plone.none"));
    // The week after, everything is too old.
    scene.github.change("plone/plone.p07", |one| one.stars = 1);
    pyfgithub(&scene, &["--max-age", "0s"]).exits(0);
    assert_eq!(scene.document("plone.p07-1.0")?["github_stars"], 1);
    // One package alone, in whatever spelling.
    let one = outcome(&mut github(&scene, &["-n", "Plone_P08", "--max-age", "0s"])).exits(0);
    assert_eq!(
        (one.number("packages.seen"), one.number("repositories.due")),
        (1, 1)
    );
    assert_eq!(one.number("github.calls.graphql"), 1);
    assert!(!folder_holds(scene.world.home.path(), TOKEN));
    Ok(())
}

#[test]
fn a_wrong_token_is_named_by_its_setting_and_never_shown() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.fill(1);
    scene.index();
    scene.github.revoke(TOKEN);
    for arguments in [&["-v"][..], &["-vvv"], &["--format", "json"]] {
        let wrong = pyfgithub(&scene, arguments).exits(1);
        assert!(wrong.stderr.contains("GITHUB_TOKEN"), "{}", wrong.stderr);
        let said = wrong.stdout + &wrong.stderr;
        assert!(!said.contains(TOKEN), "{said}");
    }
    let nowhere = outcome(&mut github(&scene, &["-t", "no-such-collection"]));
    assert!(nowhere.code != 0, "{}", nowhere.stdout);
    let wrong = pyfgithub(&scene, &["--max-age", "soon"]).exits(2);
    assert!(
        wrong.stderr.contains("is not a duration"),
        "{}",
        wrong.stderr
    );
    Ok(())
}

#[test]
fn a_run_that_is_killed_or_told_to_stop_is_taken_up_by_the_next() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.fill(30);
    scene.index();
    let begin = |calls: usize| {
        let before = scene.calls();
        let mut command = github(&scene, &[]);
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let child = child.expect("the program starts");
        until("it asks", || scene.calls() >= before + calls);
        child
    };
    // Before the first answer, then amid the contributors.
    scene
        .github
        .controls()
        .fail_next(1, "/graphql", Fault::Hang);
    kill(begin(1));
    scene
        .github
        .controls()
        .set_latency(Duration::from_millis(20));
    kill(begin(5));
    let stopped = begin(8);
    let id = stopped.id().to_string();
    let sent = Command::new("kill").args(["-TERM", &id]).status();
    let stopped = finish(stopped).exits(3);
    assert!(sent?.success());
    assert_eq!(stopped.report["ended"]["reason"], "interrupted");
    // A kill amid the contributors costs no repository.
    assert_eq!(stopped.number("repositories.due"), 0);
    assert_eq!(stopped.number("documents.written"), 60);
    scene.github.controls().set_latency(Duration::ZERO);
    let last = outcome(&mut github(&scene, &[])).exits(0);
    assert_eq!(last.number("packages.known"), 30);
    assert_eq!(
        last.number("repositories.due"),
        0,
        "what was learned is kept"
    );
    let facts = stored_facts(&scene);
    let of = |id: &str| facts.iter().find(|(other, _)| other == id);
    let (_, fields) = of("plone.p29-1.0").context("no document")?;
    assert_eq!(fields["github_stars"], 29 * 7);
    let expected = FakeRepository::generated(29).contributors.len();
    assert_eq!(
        fields["contributors"].as_array().map(Vec::len),
        Some(expected.min(5))
    );
    Ok(())
}

/// The search server is away when everything is learned: the next run writes it, and asks nobody.
#[test]
fn what_was_learned_is_written_once_the_search_server_is_back() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.fill(30);
    scene.index();
    let gate = Gate::before(scene.world.typesense.port());
    scene
        .github
        .controls()
        .set_latency(Duration::from_millis(20));
    let mut command = github(&scene, &[]);
    let run = command
        .env("TYPESENSE_PORT", gate.port().to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    until("it asks", || scene.calls() > 0);
    gate.go();
    let run = finish(run).exits(3);
    assert_eq!(run.report["ended"]["reason"], "search");
    let why = run.report["ended"]["why"].as_str().unwrap_or_default();
    for part in [
        "cannot",
        &gate.port().to_string(),
        "what was learned is kept",
    ] {
        assert!(why.contains(part), "{part}: {why}");
    }
    assert_eq!(run.number("repositories.learned"), 30);
    assert_eq!(run.number("documents.written"), 0);
    scene.github.controls().set_latency(Duration::ZERO);
    let asked = scene.calls();
    let next = outcome(&mut github(&scene, &[])).exits(0);
    assert_eq!(scene.calls(), asked, "everything was known");
    assert_eq!(next.number("documents.written"), 60);
    assert_eq!(scene.document("plone.p29-1.0")?["github_stars"], 29 * 7);
    Ok(())
}
