//! Members who leave, connect again, or do so at a bad moment: nothing stays that a page says is gone.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use axum::body::{Body, Bytes};
use axum::http::Request;
use futures::future::join_all;
use futures::stream;
use pyfa::archive::{MemberStore, SealKey, folder_name};
use pyfa::database::Statement;
use pyfa::jobs::{JobKind, JobRequest, Queue};
use pyfa_testkit::service::Fault;
use serde_json::json;

use super::pages::{Browser, HOST, MEMBER, Scene, connected, key};
use super::{files, text};
use crate::support::{folder_holds, wait};

const REVOKE: &str = "DELETE /applications/app/grant";
const HOURS: Duration = Duration::from_hours(9);

/// A member who has connected GitHub.
/// No search for commits has a usable answer: no week ends.
fn give_up_searches(scene: &Scene) {
    let given_up = json!({ "total_count": 3, "incomplete_results": true, "items": [] });
    let controls = scene.github.controls();
    controls.fail("/search/commits", Fault::json(200, &given_up));
}

fn stored(scene: &Scene) -> String {
    let files = scene.open_humans.files(MEMBER).into_iter();
    files
        .map(|file| String::from_utf8_lossy(&file.content).into_owned())
        .collect()
}

#[test]
fn access_is_taken_back_after_its_tokens_have_ended() -> Result<()> {
    for path in ["/archive/disconnect", "/archive/delete"] {
        let Some(scene) = Scene::new(1)? else {
            return Ok(());
        };
        scene.github.end_tokens();
        let mut browser = connected(&scene, "")?;
        assert!(scene.github.has_grant("ada"));
        scene.github.controls().advance(HOURS);
        let left = wait(browser.press(&scene, path))?;
        assert!(!scene.github.has_grant("ada"), "{path}: {left:?}");
        assert!(left.status == 303 || left.body.contains("Everything is deleted"));
    }
    Ok(())
}

#[test]
fn access_that_github_does_not_take_back_is_named() -> Result<()> {
    for (path, is_refused) in [
        ("/archive/disconnect", true),
        ("/archive/delete", true),
        ("/archive/disconnect", false),
        ("/archive/delete", false),
    ] {
        let Some(scene) = Scene::new(1)? else {
            return Ok(());
        };
        scene.github.end_tokens();
        let mut browser = connected(&scene, "")?;
        if is_refused {
            scene.github.refuse_refresh();
            scene.github.controls().advance(HOURS);
        } else {
            scene.github.controls().fail(REVOKE, Fault::status(503));
        }
        let left = wait(browser.press(&scene, path))?;
        assert_eq!(left.status, 200, "{path}: {left:?}");
        assert!(left.body.contains("revoke it there"), "{path}: {left:?}");
        assert!(!left.body.contains("Everything is deleted"), "{left:?}");
    }
    Ok(())
}

#[test]
fn files_that_open_humans_keeps_are_named() -> Result<()> {
    let Some(scene) = Scene::new(5)? else {
        return Ok(());
    };
    let mut browser = connected(&scene, "")?;
    scene.work().exits(0);
    let controls = scene.open_humans.controls();
    controls.advance(HOURS);
    // It does not accept the project, or something on the way answers: the member is not meant.
    for status in [401, 403] {
        controls.fail("POST /oauth2/token/", Fault::status(status));
        let kept = wait(browser.press(&scene, "/archive/delete"))?;
        assert_eq!(kept.status, 502, "{kept:?}");
        controls.clear_faults();
    }
    assert_eq!(scene.open_humans.files(MEMBER).len(), 1);
    let refused = Fault::json(400, &json!({ "error": "invalid_grant" }));
    controls.fail("POST /oauth2/token/", refused);
    let gone = wait(browser.press(&scene, "/archive/delete"))?;
    assert!(gone.body.contains("could not be deleted"), "{gone:?}");
    assert!(!gone.body.contains("Everything is deleted"), "{gone:?}");
    Ok(())
}

#[test]
fn what_was_not_uploaded_is_for_its_owner_alone_and_goes_with_the_connection() -> Result<()> {
    let Some(scene) = Scene::new(10)? else {
        return Ok(());
    };
    let mut browser = connected(&scene, "&private=yes")?;
    let controls = scene.open_humans.controls();
    controls.fail("files/upload/direct", Fault::status(503));
    scene.work().exits(0);
    let members = scene.pyfa_home().join("archives/members");
    let here = files(&members)?;
    ensure!(here.len() > 2, "{:?}", here.keys());
    for name in here.keys() {
        let file = members.join(name);
        for (place, mode) in [(Some(file.as_path()), 0o600), (file.parent(), 0o700)] {
            let found = place.map(fs_err::metadata).transpose()?;
            let found = found.map(|found| found.permissions().mode() & 0o777);
            assert_eq!(found, Some(mode), "{name}");
        }
        let guessed = folder_name(MEMBER);
        assert!(!name.contains(&guessed), "a name that anybody can make");
    }
    wait(browser.press(&scene, "/archive/disconnect"))?;
    assert!(files(&members)?.is_empty(), "{:?}", files(&members)?.keys());
    assert!(!folder_holds(&members, "hidden work"));
    Ok(())
}

#[test]
fn private_repositories_go_at_once_when_they_are_taken_back() -> Result<()> {
    let Some(scene) = Scene::new(10)? else {
        return Ok(());
    };
    let mut browser = connected(&scene, "&private=yes")?;
    scene.work().exits(0);
    assert!(stored(&scene).contains("hidden work"));
    wait(async {
        browser.press(&scene, "/archive/disconnect").await?;
        browser.connect(&scene, "").await
    })?;
    give_up_searches(&scene);
    scene.work().exits(0);
    assert!(!stored(&scene).contains("hidden work"), "no week was read");
    scene.github.controls().clear_faults();
    Ok(())
}

#[test]
fn a_sync_that_begins_while_everything_is_deleted_brings_nothing_back() -> Result<()> {
    let Some(scene) = Scene::new(5)? else {
        return Ok(());
    };
    let mut browser = connected(&scene, "")?;
    scene.work().exits(0);
    let held = scene.open_humans.controls().hold_next("files/delete");
    wait(async {
        let begin = || {
            let queued = std::thread::scope(|threads| {
                let add = || {
                    wait(async {
                        let database = scene.database().await?;
                        let request = JobRequest {
                            kind: JobKind::ArchiveSync,
                            target: "1".to_owned(),
                            run_at: None,
                        };
                        Queue::new(database.clone()).add(&request).await?;
                        database.close().await;
                        anyhow::Ok(())
                    })
                };
                threads.spawn(add).join()
            });
            assert!(matches!(queued, Ok(Ok(()))));
            scene.work();
        };
        let deleting = browser.press(&scene, "/archive/delete");
        let (gone, ()) = tokio::join!(deleting, held.change_before(begin));
        assert_eq!(gone?.status, 200);
        anyhow::Ok(())
    })?;
    assert_eq!(scene.open_humans.files(MEMBER).len(), 0);
    assert!(!scene.github.has_grant("ada"));
    Ok(())
}

#[test]
fn another_account_takes_the_place_of_the_first_one() -> Result<()> {
    let Some(scene) = Scene::new(1)? else {
        return Ok(());
    };
    let mut browser = connected(&scene, "")?;
    wait(browser.connect(&scene, ""))?;
    assert!(scene.github.has_grant("ada"), "the same account stays");
    scene.github.sign_in("ben");
    wait(browser.connect(&scene, ""))?;
    assert!(scene.github.has_grant("ben") && !scene.github.has_grant("ada"));
    Ok(())
}

#[test]
fn one_member_whom_this_key_does_not_read_is_in_nobodys_way() -> Result<()> {
    let Some(scene) = Scene::new(1)? else {
        return Ok(());
    };
    connected(&scene, "")?;
    scene.open_humans.sign_in("87654321");
    scene.github.sign_in("ben");
    connected(&scene, "")?;
    wait(async {
        let database = scene.database().await?;
        let text = "UPDATE archive_members SET sealed = 'of another key' WHERE id = 2";
        database.write(Statement::new(text, Vec::new())).await?;
        let key = Arc::new(SealKey::read(Some(&key().into()))?);
        let members = MemberStore::new(database.clone(), key);
        assert_eq!(members.fetch_folder_names().await?.len(), 2);
        assert_eq!(members.fetch_due().await?, [1, 2]);
        database.close().await;
        Ok(())
    })
}

#[test]
fn forms_that_never_end_keep_nobody_out() -> Result<()> {
    let Some(scene) = Scene::new(1)? else {
        return Ok(());
    };
    let stalled = || {
        let request = Request::post("/archive/sign-in")
            .header("host", HOST)
            .header("origin", format!("https://{HOST}"))
            .header("sec-fetch-site", "same-origin")
            .body(Body::from_stream(stream::pending::<Result<Bytes>>()));
        async { scene.ask(request?).await }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()?;
    runtime.block_on(async {
        let mut stalled = join_all((0..40).map(|_| stalled()));
        let mut browser = Browser::default();
        let reading = browser.get(&scene, "/archive/about");
        let reading = tokio::time::timeout(Duration::from_secs(1), reading);
        tokio::select! {
            biased;
            _ = &mut stalled => anyhow::bail!("nothing was sent"),
            page = reading => assert_eq!(page??.status, 200),
        }
        for answer in tokio::time::timeout(Duration::from_mins(1), stalled).await? {
            assert_eq!(answer?.status, 408);
        }
        Ok(())
    })
}

#[test]
fn comments_of_private_repositories_are_kept_only_for_who_wants_them() -> Result<()> {
    let Some(scene) = Scene::new(5)? else {
        return Ok(());
    };
    let (github, home) = (&scene.github, scene.home.path());
    {
        let mut world = github.world();
        for number in 0..150 {
            world.comment("org/two", 1, "ada", &format!("words {number}"));
        }
        let issue = world.open("ada/secret", "ada", "a problem", false);
        world.comment("ada/secret", issue, "ada", "hidden words");
    }
    let graphql = pyfa_testkit::github::Resource::GraphQl;
    let begin = |more: &str| {
        // One page of comments.
        github.set_remaining(Some(super::TOKEN), graphql, 7);
        super::sync(home, github, "a", &[more]).exits(3);
        text(&home.join("a"))
    };
    assert!(begin("--private")?.contains("hidden words"));
    assert!(!begin("--public")?.contains("hidden words"));
    github.set_remaining(Some(super::TOKEN), graphql, 5_000);
    super::sync(home, github, "a", &["--private"]).exits(0);
    assert!(text(&home.join("a"))?.contains("hidden words"));
    Ok(())
}
