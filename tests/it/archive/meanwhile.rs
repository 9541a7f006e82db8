//! What members do while a sync runs or waits, and what others do with the same tokens.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use pyfa::archive::{Member, MemberStore, SealKey, renew_github, renew_open_humans};
use pyfa::forge::github::App;
use pyfa::openhumans::Project;
use pyfa_testkit::service::Fault;
use serde_json::json;

use super::pages::{AGENT, MEMBER, Scene, connected, key};
use crate::support::{Running, finish, wait};

/// A worker that soon hears of a request to stop.
fn begin_work(scene: &Scene) -> Result<Running> {
    let mut worker = scene.worker();
    worker.env("PYFA_JOB_LEASE", "3");
    let silent = worker.stdout(Stdio::null()).stderr(Stdio::null());
    Ok(Running::start(silent)?)
}

async fn members(scene: &Scene) -> Result<MemberStore> {
    let key = SealKey::read(Some(&key().into()))?;
    Ok(MemberStore::new(scene.database().await?, key.into()))
}

async fn first_member(members: &MemberStore) -> Result<Member> {
    members.get(1).await?.context("a member")
}

/// The tokens of GitHub end now, as far as anybody here knows.
async fn end_connection(members: &MemberStore) -> Result<()> {
    let end = |data: &mut pyfa::archive::MemberData| {
        if let Some(connection) = &mut data.github {
            connection.tokens.until = Some(Timestamp::now());
        }
    };
    members.change(1, end).await?;
    Ok(())
}

fn stored(scene: &Scene) -> String {
    let files = scene.open_humans.files(MEMBER).into_iter();
    files
        .map(|file| String::from_utf8_lossy(&file.content).into_owned())
        .collect()
}

/// The states of all jobs.
fn states(scene: &Scene) -> Vec<String> {
    let jobs = scene.jobs().exits(0).report;
    let jobs = jobs.as_array().into_iter().flatten();
    let states = jobs.map(|job| job["state"].as_str().unwrap_or_default().to_owned());
    states.collect()
}

#[test]
fn disconnecting_ends_a_sync_that_runs_and_connecting_begins_another() -> Result<()> {
    let Some(scene) = Scene::new(20)? else {
        return Ok(());
    };
    let mut browser = connected(&scene, "&private=yes")?;
    let held = scene.github.controls().hold_next("/search/commits");
    let worker = begin_work(&scene)?;
    // GitHub answers only after the page has.
    let left = wait(held.work_before(browser.press(&scene, "/archive/disconnect")))?;
    assert_eq!(left.status, 303, "{left:?}");
    assert!(!scene.github.has_grant("ada"));
    finish(worker).exits(0);
    assert_eq!(states(&scene), ["cancelled"]);
    assert!(!stored(&scene).contains("hidden work"));

    wait(browser.connect(&scene, ""))?;
    scene.work().exits(0);
    assert_eq!(states(&scene), ["done", "cancelled"]);
    let stored = stored(&scene);
    assert!(stored.contains("day 19") && !stored.contains("hidden work"));
    Ok(())
}

#[test]
fn a_second_update_joins_the_one_that_runs() -> Result<()> {
    let Some(scene) = Scene::new(10)? else {
        return Ok(());
    };
    let mut browser = connected(&scene, "")?;
    let held = scene.github.controls().hold_next("/search/commits");
    let worker = begin_work(&scene)?;
    wait(held.work_before(async {
        let page = browser.get(&scene, "/archive/dashboard").await?;
        ensure!(page.body.contains("An update is running"), "{}", page.body);
        let pressed = browser.press(&scene, "/archive/update").await?;
        ensure!(pressed.location == "/archive/dashboard", "{pressed:?}");
        let page = browser.get(&scene, "/archive/dashboard").await?;
        ensure!(page.body.contains("An update is running"), "{}", page.body);
        Ok(())
    }))?;
    finish(worker).exits(0);
    assert_eq!(states(&scene), ["done"]);
    // After its end, there is a second one.
    wait(browser.press(&scene, "/archive/update"))?;
    assert_eq!(states(&scene), ["waiting", "done"]);
    Ok(())
}

#[test]
fn a_member_who_leaves_while_an_update_waits_leaves_nothing() -> Result<()> {
    let Some(scene) = Scene::new(10)? else {
        return Ok(());
    };
    let mut browser = connected(&scene, "")?;
    assert_eq!(states(&scene), ["waiting"]);
    let gone = wait(browser.press(&scene, "/archive/delete"))?;
    assert!(gone.body.contains("Everything is deleted"), "{gone:?}");
    scene.github.controls().reset();
    scene.open_humans.controls().reset();
    scene.work().exits(0);
    assert_eq!(states(&scene), Vec::<String>::new());
    assert_eq!(scene.github.controls().requests(), Vec::<String>::new());
    assert_eq!(
        scene.open_humans.controls().requests(),
        Vec::<String>::new()
    );
    Ok(())
}

#[test]
fn a_member_whom_open_humans_lets_in_no_more_is_told_so() -> Result<()> {
    let Some(scene) = Scene::new(10)? else {
        return Ok(());
    };
    scene.open_humans.set_token_seconds(60);
    let mut browser = connected(&scene, "")?;
    let controls = scene.open_humans.controls();
    let refused = Fault::json(400, &json!({ "error": "invalid_grant" }));
    controls.fail("POST /oauth2/token/", refused);
    scene.github.controls().reset();
    scene.work().exits(0);
    assert_eq!(states(&scene), ["waiting"], "a new sign-in helps");
    assert_eq!(scene.github.controls().count("/search"), 0);
    let page = wait(browser.get(&scene, "/archive/dashboard"))?;
    assert!(
        page.body.contains("sign out, and in again"),
        "{}",
        page.body
    );
    controls.clear_faults();
    wait(async {
        browser.sign_in(&scene).await?;
        browser.press(&scene, "/archive/update").await
    })?;
    scene.work().exits(0);
    assert_eq!(states(&scene), ["done"]);
    assert!(stored(&scene).contains("day 9"));
    let page = wait(browser.get(&scene, "/archive/dashboard"))?;
    assert!(!page.body.contains("sign out, and in"), "{}", page.body);
    Ok(())
}

#[test]
fn a_member_whom_github_lets_in_no_more_is_told_so() -> Result<()> {
    let Some(scene) = Scene::new(10)? else {
        return Ok(());
    };
    scene.github.end_tokens();
    let mut browser = connected(&scene, "")?;
    wait(async { end_connection(&members(&scene).await?).await })?;
    scene.github.refuse_refresh();
    scene.github.controls().reset();
    scene.work().exits(0);
    assert_eq!(states(&scene), ["failed"], "only the member can help");
    assert_eq!(scene.github.controls().count("/search"), 0);
    let page = wait(browser.get(&scene, "/archive/dashboard"))?;
    let told = "disconnect GitHub, and connect it again";
    assert!(page.body.contains(told), "{}", page.body);
    wait(async {
        browser.press(&scene, "/archive/disconnect").await?;
        browser.connect(&scene, "").await
    })?;
    scene.work().exits(0);
    assert!(stored(&scene).contains("day 9"));
    Ok(())
}

#[test]
fn of_two_who_renew_with_one_token_both_go_on() -> Result<()> {
    let Some(scene) = Scene::new(10)? else {
        return Ok(());
    };
    scene.open_humans.set_token_seconds(60);
    scene.github.end_tokens();
    let mut browser = connected(&scene, "")?;
    let work_while = |held: pyfa_testkit::service::HeldRequest, is_github: bool| {
        let worker = begin_work(&scene)?;
        wait(held.work_before(async {
            let members = members(&scene).await?;
            let member = first_member(&members).await?;
            if is_github {
                let app = App::new(&scene.app, AGENT)?.context("an app")?;
                renew_github(&members, &member, &app).await?;
            } else {
                let project = Project::new(&scene.project, AGENT)?;
                renew_open_humans(&members, &member, &project).await?;
            }
            anyhow::Ok(())
        }))?;
        finish(worker).exits(0);
        anyhow::Ok(())
    };
    let controls = scene.open_humans.controls();
    work_while(controls.hold_next("POST /oauth2/token/"), false)?;
    assert_eq!(states(&scene), ["done"]);

    wait(async { end_connection(&members(&scene).await?).await })?;
    wait(browser.press(&scene, "/archive/update"))?;
    let controls = scene.github.controls();
    work_while(controls.hold_next("POST /login/oauth/access_token"), true)?;
    assert_eq!(states(&scene), ["done", "done"]);
    assert!(scene.github.has_grant("ada"));
    Ok(())
}
