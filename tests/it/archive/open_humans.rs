//! An archive at Open Humans, by a member's token.

use std::path::Path;

use anyhow::{Context, Result};
use pyfa_testkit::github::{FakeGitHub, Resource, schema_or_skip};
use pyfa_testkit::open_humans::FakeOpenHumans;
use pyfa_testkit::service::Fault;
use serde_json::{Value, json};

use super::{TOKEN, busy, command, do_things, files};
use crate::support::{Outcome, outcome};

const MEMBER: &str = "12345678";
const MEMBER_TOKEN: &str = "a-members-token";

struct Scene {
    github: FakeGitHub,
    open_humans: FakeOpenHumans,
    home: tempfile::TempDir,
}

impl Scene {
    fn new(days: u64) -> Result<Option<Self>> {
        if schema_or_skip().is_none() {
            return Ok(None);
        }
        let open_humans = FakeOpenHumans::start()?;
        open_humans.allow(MEMBER_TOKEN, MEMBER);
        Ok(Some(Self {
            github: busy(days)?,
            open_humans,
            home: tempfile::tempdir()?,
        }))
    }

    fn run(&self, words: &[&str]) -> Outcome {
        let words = [&["archive"], words].concat();
        let mut command = command(self.home.path(), &self.github, &words);
        command
            .env("OPENHUMANS_BASE_URL", self.open_humans.base_url())
            .env("OPENHUMANS_ACCESS_TOKEN", MEMBER_TOKEN);
        outcome(&mut command)
    }

    fn sync(&self) -> Outcome {
        self.run(&["sync", "ada", "--to", "openhumans", "--format", "json"])
    }

    /// Our file, of which there has to be one.
    fn file(&self) -> Result<Value> {
        let mut files = self.open_humans.files(MEMBER);
        files.retain(|file| file.name == "github-archive.json");
        assert_eq!(files.len(), 1, "{files:?}");
        let file = files.first().context("a file")?;
        Ok(serde_json::from_slice(&file.content)?)
    }

    fn kept(&self) -> Result<Vec<String>> {
        let folder = self.home.path().join(".pyfa/archives");
        if !Path::new(&folder).exists() {
            return Ok(Vec::new());
        }
        Ok(files(&folder)?.into_keys().collect())
    }
}

fn commits(file: &Value) -> usize {
    let weeks = file["weeks"].as_object().into_iter().flatten();
    let items = weeks.filter_map(|(_, items)| items.as_array()).flatten();
    items.filter(|item| item["kind"] == "commit").count()
}

#[test]
fn what_is_there_is_read_first_and_the_new_comes_before_the_old_goes() -> Result<()> {
    let Some(scene) = Scene::new(40)? else {
        return Ok(());
    };
    let foreign = json!({ "description": "mine", "tags": [] });
    scene
        .open_humans
        .add_file(MEMBER, "github.json", &foreign, b"of another program");
    scene.open_humans.add_file(
        "87654321",
        "github-archive.json",
        &foreign,
        b"of another member",
    );
    let first = scene.sync().exits(0);
    assert_eq!(first.report["delivered"]["replaced"], 0, "{first:?}");
    assert_eq!(commits(&scene.file()?), 40);
    assert_eq!(
        scene.kept()?,
        Vec::<String>::new(),
        "it is all there, and nothing is here"
    );
    let described = scene
        .open_humans
        .files(MEMBER)
        .pop()
        .context("a file")?
        .metadata;
    assert!(described["description"].is_string() && described["updated_at"].is_string());

    // On another host, that knows nothing.
    let scene = Scene {
        home: tempfile::tempdir()?,
        ..scene
    };
    do_things(&scene.github, 40);
    scene.github.controls().reset();
    scene.open_humans.controls().reset();
    let second = scene.sync().exits(0);
    assert!(second.number("weeks") <= 2, "{second:?}");
    assert_eq!(second.report["delivered"]["replaced"], 1, "{second:?}");
    assert_eq!(commits(&scene.file()?), 41);
    let asked = scene.open_humans.controls().requests();
    let place = |part: &str| asked.iter().position(|line| line.contains(part));
    assert!(
        place("upload/complete") < place("files/delete"),
        "{asked:?}"
    );
    assert!(
        asked.iter().all(|line| !line.contains(MEMBER_TOKEN)),
        "{asked:?}"
    );
    // Others are left alone.
    assert_eq!(scene.open_humans.files("87654321").len(), 1);
    assert_eq!(scene.open_humans.files(MEMBER).len(), 2);

    let status = scene
        .run(&["status", "--to", "openhumans", "--format", "json"])
        .exits(0);
    assert_eq!(status.report["items"]["commit"], 41, "{status:?}");
    scene.run(&["delete", "--to", "openhumans"]).exits(2);
    scene.run(&["delete", "--to", "openhumans", "-f"]).exits(0);
    let left = scene.open_humans.files(MEMBER);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].name, "github.json");
    Ok(())
}

#[test]
fn a_file_of_a_newer_version_is_left_alone() -> Result<()> {
    let Some(scene) = Scene::new(5)? else {
        return Ok(());
    };
    let newer = br#"{"format":2,"weeks":"elsewhere"}"#;
    let name = "github-archive.json";
    scene.open_humans.add_file(MEMBER, name, &json!({}), newer);
    for words in [
        ["sync", "ada", "--to", "openhumans"].as_slice(),
        &["status", "--to", "openhumans"],
    ] {
        let refused = scene.run(words).exits(1);
        assert!(refused.stderr.contains("newer version"), "{refused:?}");
    }
    let files = scene.open_humans.files(MEMBER);
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].content.as_ref(), newer);
    Ok(())
}

#[test]
fn finished_weeks_are_uploaded_whatever_ends_the_sync() -> Result<()> {
    let Some(scene) = Scene::new(60)? else {
        return Ok(());
    };
    scene
        .github
        .set_remaining(Some(TOKEN), Resource::GraphQl, 10);
    let stopped = scene.sync().exits(3);
    assert!(stopped.report["wait_until"].is_string(), "{stopped:?}");
    assert!(stopped.report["delivered"]["bytes"].is_u64(), "{stopped:?}");
    let through = scene.file()?["finished_through"].clone();
    assert_eq!(through, stopped.report["finished_through"]);
    // A host that has lost its folder goes on from there.
    let scene = Scene {
        home: tempfile::tempdir()?,
        ..scene
    };
    scene
        .github
        .set_remaining(Some(TOKEN), Resource::GraphQl, 5_000);
    let done = scene.sync().exits(0);
    assert_eq!(commits(&scene.file()?), 60, "{done:?}");
    Ok(())
}

#[test]
fn an_upload_that_fails_is_made_up_for_and_several_files_become_one() -> Result<()> {
    let Some(scene) = Scene::new(30)? else {
        return Ok(());
    };
    let controls = scene.open_humans.controls();
    controls.fail("files/upload/direct", Fault::status(503));
    scene.sync().exits(3);
    assert!(!scene.kept()?.is_empty(), "what was read is kept here");
    controls.clear_faults();
    scene.github.controls().reset();
    let made_up = scene.sync().exits(0);
    assert!(
        made_up.number("weeks") <= 2,
        "nothing is read twice: {made_up:?}"
    );
    assert_eq!(commits(&scene.file()?), 30);

    // The old file cannot be deleted: there are two, until the next time.
    do_things(&scene.github, 30);
    scene.github.controls().advance(super::DAY);
    controls.fail("files/delete", Fault::status(503));
    scene.sync().exits(3);
    assert_eq!(scene.open_humans.files(MEMBER).len(), 2);
    controls.clear_faults();
    let merged = scene.sync().exits(0);
    assert_eq!(merged.report["delivered"]["replaced"], 2, "{merged:?}");
    assert_eq!(commits(&scene.file()?), 31);

    // A token that has ended is said, and leads to no half.
    let home = tempfile::tempdir()?;
    let words = ["archive", "sync", "ada", "--to", "openhumans"];
    let mut wrong = command(home.path(), &scene.github, &words);
    wrong
        .env("OPENHUMANS_BASE_URL", scene.open_humans.base_url())
        .env("OPENHUMANS_ACCESS_TOKEN", "another");
    let refused = outcome(&mut wrong).exits(1);
    assert!(
        refused.stderr.contains("does not accept the token"),
        "{refused:?}"
    );
    wrong.env_remove("OPENHUMANS_ACCESS_TOKEN");
    let refused = outcome(&mut wrong).exits(2);
    assert!(
        refused.stderr.contains("OPENHUMANS_ACCESS_TOKEN"),
        "{refused:?}"
    );
    Ok(())
}
