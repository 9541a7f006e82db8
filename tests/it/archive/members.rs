//! The web pages: who is let in, what a member sees and does, and that nothing is left behind.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use pyfa::archive::{MemberStore, SealKey};
use pyfa::database::Statement;
use pyfa_testkit::github::Resource;
use pyfa_testkit::service::Fault;

use super::pages::{Browser, HOST, MEMBER, NAMES, Scene, follow, key};
use super::{busy, command, files};
use crate::support::{folder_holds, outcome, wait};

#[test]
fn a_member_signs_in_connects_and_sees_the_archive_grow() -> Result<()> {
    let Some(scene) = Scene::new(40)? else {
        return Ok(());
    };
    let mut browser = Browser::default();
    wait(async {
        let start = browser.get(&scene, "/archive/").await?;
        assert_eq!(start.status, 200);
        for (name, part) in [
            ("content-security-policy", "default-src 'none'"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
        ] {
            assert!(
                start.headers[name].contains(part),
                "{name}: {:?}",
                start.headers
            );
        }
        assert_eq!(start.cookies, Vec::<String>::new(), "nobody is tracked");
        let lost = browser.get(&scene, "/archive/dashboard").await?;
        assert_eq!((lost.status, lost.location.as_str()), (303, "/archive/"));
        let signed_in = browser.sign_in(&scene).await?;
        assert_eq!(signed_in.location, "/archive/dashboard", "{signed_in:?}");
        let cookie = signed_in
            .cookies
            .iter()
            .find(|one| one.starts_with("__Host-pyfa-archive="));
        let cookie = cookie.context("a session")?;
        for part in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let page = browser.get(&scene, "/archive/dashboard").await?;
        assert!(page.body.contains("Connect GitHub"), "{}", page.body);
        let connected = browser.connect(&scene, "").await?;
        assert_eq!(connected.location, "/archive/dashboard", "{connected:?}");
        let page = browser.get(&scene, "/archive/dashboard").await?;
        assert!(page.body.contains("ada") && page.body.contains("An update begins"));
        anyhow::Ok(())
    })?;
    let worked = scene.work().exits(0);
    wait(async {
        let page = browser.get(&scene, "/archive/dashboard").await?;
        assert!(
            page.body.contains("finished through week"),
            "{}\n{worked:?}",
            page.body
        );
        assert!(!page.body.contains("never"), "{}", page.body);
        anyhow::Ok(())
    })?;
    let stored = scene.open_humans.files(MEMBER);
    assert_eq!(stored.len(), 1);
    let stored: serde_json::Value = serde_json::from_slice(&stored[0].content)?;
    assert_eq!(stored["account"]["login"], "ada");
    assert!(
        !stored.to_string().contains("hidden"),
        "public repositories alone"
    );

    // Neither the log nor a job names anybody.
    let jobs = scene.jobs();
    let searched = NAMES
        .into_iter()
        .chain([MEMBER, "gho_", "oh-access", "secret-of"]);
    for secret in searched {
        for (what, text) in [
            ("log", &worked.stderr),
            ("output", &worked.stdout),
            ("jobs", &jobs.stdout),
        ] {
            assert!(!text.contains(secret), "{secret} in the {what}: {text}");
        }
        assert!(
            !folder_holds(&scene.pyfa_home(), secret),
            "{secret} on the disk"
        );
    }
    Ok(())
}

#[test]
fn a_deleted_member_leaves_no_byte() -> Result<()> {
    let Some(scene) = Scene::new(20)? else {
        return Ok(());
    };
    let mut browser = Browser::default();
    wait(async {
        browser.sign_in(&scene).await?;
        browser.connect(&scene, "&private=yes").await
    })?;
    // An upload that fails leaves the archive in a folder here.
    let controls = scene.open_humans.controls();
    controls.fail("files/upload/direct", Fault::status(503));
    scene.work().exits(0);
    assert!(
        folder_holds(&scene.pyfa_home(), "hidden work"),
        "it is there"
    );
    controls.clear_faults();
    scene
        .open_humans
        .add_file(MEMBER, "github-archive.json", &serde_json::json!({}), b"{}");
    let sealed = wait(async {
        let database = scene.database().await?;
        let text = "SELECT sealed, digest FROM archive_members";
        let rows = database.query(Statement::new(text, Vec::new())).await?;
        let row = rows.first().context("a member")?;
        let found = [row.text("sealed")?, row.text("digest")?];
        database.close().await;
        anyhow::Ok(found)
    })?;
    for part in &sealed {
        ensure!(
            folder_holds(&scene.pyfa_home(), part),
            "it is in the database"
        );
    }
    wait(async {
        let page = browser.get(&scene, "/archive/delete").await?;
        assert!(page.body.contains("cannot be undone"));
        let token = browser.token(&scene).await?;
        let gone = browser
            .post(&scene, "/archive/delete", &format!("token={token}"))
            .await?;
        assert_eq!(gone.status, 200, "{gone:?}");
        assert!(gone.body.contains("Everything is deleted"));
        assert_eq!(
            browser
                .cookies
                .keys()
                .filter(|name| !name.contains("sign-in"))
                .count(),
            0
        );
        anyhow::Ok(())
    })?;
    assert_eq!(scene.open_humans.files(MEMBER).len(), 0);
    assert_eq!(scene.open_humans.tokens_of(MEMBER), 0);
    assert_eq!(
        scene.github.tokens_of("ada"),
        ["token-of-tests".to_owned()],
        "that of the test itself"
    );
    let searched = NAMES
        .into_iter()
        .chain([MEMBER, "gho_", "oh-access", "hidden work", "day 1"]);
    for part in searched.chain(sealed.iter().map(String::as_str)) {
        assert!(!folder_holds(&scene.pyfa_home(), part), "{part}");
    }
    let archives = scene.pyfa_home().join("archives");
    let left = if archives.is_dir() {
        files(&archives)?
    } else {
        BTreeMap::new()
    };
    assert!(left.is_empty(), "{:?}", left.keys());
    assert_eq!(scene.jobs().exits(0).report, serde_json::json!([]));
    Ok(())
}

#[test]
fn forms_of_others_are_refused() -> Result<()> {
    let Some(scene) = Scene::new(1)? else {
        return Ok(());
    };
    wait(async {
        let (mut browser, mut other) = (Browser::default(), Browser::default());
        browser.sign_in(&scene).await?;
        browser.connect(&scene, "").await?;
        let token = browser.token(&scene).await?;
        let form = format!("token={token}");
        scene.open_humans.sign_in("87654321");
        other.sign_in(&scene).await?;
        let others = format!("token={}", other.token(&scene).await?);
        let paths = [
            "/archive/update",
            "/archive/disconnect",
            "/archive/delete",
            "/archive/connect",
            "/archive/sign-out",
        ];
        let here = format!("https://{HOST}");
        for path in paths {
            for (form, origin, site) in [
                ("", here.as_str(), "same-origin"),
                ("token=", &here, "same-origin"),
                (others.as_str(), &here, "same-origin"),
                (form.as_str(), "https://evil.example", "cross-site"),
                (form.as_str(), "null", "same-origin"),
                (form.as_str(), &here, "same-site"),
            ] {
                let answer = browser.post_from(&scene, path, form, origin, site).await?;
                assert_eq!(answer.status, 403, "{path} {form} {origin} {site}");
            }
            let read = browser.get(&scene, path).await?;
            assert_ne!(
                read.status, 303,
                "{path} does nothing when it is read: {read:?}"
            );
        }
        // What somebody else has begun ends nowhere else.
        let away = browser.post(&scene, "/archive/connect", &form).await?;
        let back = follow(&away.location).await?;
        assert_eq!(other.get(&scene, &back).await?.status, 400);
        let mut stolen = Browser::default();
        stolen.cookies.extend(browser.cookies.clone());
        stolen.cookies.retain(|name, _| name.contains("sign-in"));
        assert_eq!(
            stolen.get(&scene, &back).await?.status,
            400,
            "without the session"
        );
        let changed = back.replace("state=", "state=x");
        assert_eq!(browser.get(&scene, &changed).await?.status, 400);
        // A sign-in counts once, and signing out ends the session.
        let page = browser.get(&scene, "/archive/dashboard").await?;
        assert!(page.body.contains("ada"));
        let before = browser.cookies.clone();
        browser.post(&scene, "/archive/sign-out", &form).await?;
        browser.cookies = before;
        let page = browser.get(&scene, "/archive/dashboard").await?;
        assert_eq!(page.location, "/archive/", "the old cookie opens nothing");
        anyhow::Ok(())
    })
}

#[test]
fn a_member_waits_for_a_quota_of_their_own_and_sees_nothing_of_others() -> Result<()> {
    let Some(scene) = Scene::new(60)? else {
        return Ok(());
    };
    let (mut ada, mut ben) = (Browser::default(), Browser::default());
    wait(async {
        ada.sign_in(&scene).await?;
        ada.connect(&scene, "").await?;
        scene.open_humans.sign_in("87654321");
        scene.github.sign_in("ben");
        ben.sign_in(&scene).await?;
        ben.connect(&scene, "").await
    })?;
    let token = scene.github.tokens_of("ada");
    let token = token
        .iter()
        .find(|token| token.starts_with("gho_"))
        .context("a token")?;
    scene
        .github
        .set_remaining(Some(token), Resource::GraphQl, 9);
    scene.work().exits(0);
    let jobs = scene.jobs();
    let state = |target: &str| {
        let jobs = jobs.report.as_array().into_iter().flatten();
        let mut jobs = jobs.filter(|job| job["target"] == target);
        jobs.next().map(|job| job["state"].clone())
    };
    assert_eq!(state("1"), Some("waiting".into()), "{jobs:?}");
    assert_eq!(state("2"), Some("done".into()), "{jobs:?}");
    assert_eq!(
        scene.open_humans.files(MEMBER).len(),
        1,
        "finished weeks are there"
    );
    wait(async {
        let page = ada.get(&scene, "/archive/dashboard").await?;
        assert!(page.body.contains("quota is used up"), "{}", page.body);
        let page = ben.get(&scene, "/archive/dashboard").await?;
        assert!(
            page.body.contains("ben") && !page.body.contains("ada"),
            "{}",
            page.body
        );
        let token = ada.token(&scene).await?;
        ada.post(&scene, "/archive/update", &format!("token={token}"))
            .await?;
        anyhow::Ok(())
    })?;
    // Pressing the button brings no quota back.
    assert_eq!(scene.jobs().report[0]["state"], jobs.report[0]["state"]);
    let theirs = scene.open_humans.files("87654321");
    assert_eq!(theirs.len(), 1);
    let theirs = String::from_utf8_lossy(&theirs[0].content).into_owned();
    assert!(theirs.contains("\"login\":\"ben\"") && !theirs.contains("\"day 1\""));

    Ok(())
}

#[test]
fn a_key_that_is_none_lets_nobody_in() -> Result<()> {
    let github = busy(1)?;
    let home = tempfile::tempdir()?;
    let serve = |key: Option<&str>| {
        let words = ["serve", "--archive", "--listen", "127.0.0.1:0"];
        let mut command = command(home.path(), &github, &words);
        command
            .env("GITHUB_CLIENT_ID", "app")
            .env("GITHUB_CLIENT_SECRET", "secret")
            .env("OPENHUMANS_CLIENT_ID", "project")
            .env("OPENHUMANS_CLIENT_SECRET", "secret");
        if let Some(key) = key {
            command.env("ARCHIVE_KEY", key);
        }
        outcome(&mut command).exits(2).stderr
    };
    assert!(serve(None).contains("openssl rand -base64 32"));
    assert!(serve(Some("short")).contains("32 bytes in base64"));
    Ok(())
}

#[test]
fn an_archive_is_due_when_its_last_update_is_older_than_four_days() -> Result<()> {
    let Some(scene) = Scene::new(10)? else {
        return Ok(());
    };
    let mut browser = Browser::default();
    wait(async {
        browser.sign_in(&scene).await?;
        let database = scene.database().await?;
        let key = Arc::new(SealKey::read(Some(&key().into()))?);
        let members = MemberStore::new(database.clone(), key);
        assert!(
            members.fetch_due().await?.is_empty(),
            "nothing is connected"
        );
        browser.connect(&scene, "").await?;
        assert_eq!(members.fetch_due().await?, [1]);
        members.note_update(1).await?;
        let mut days = 0;
        for (more, due) in [(3, Vec::new()), (2, vec![1])] {
            let text =
                format!("UPDATE archive_members SET updated_at = updated_at - {more} * 86400000");
            database.write(Statement::new(text, Vec::new())).await?;
            days += more;
            assert_eq!(members.fetch_due().await?, due, "{days} days");
        }
        let token = browser.token(&scene).await?;
        let form = format!("token={token}");
        browser.post(&scene, "/archive/disconnect", &form).await?;
        assert!(members.fetch_due().await?.is_empty(), "disconnected");
        assert_eq!(
            scene.github.tokens_of("ada").len(),
            1,
            "access was taken back"
        );
        let page = browser.get(&scene, "/archive/dashboard").await?;
        assert!(page.body.contains("Connect GitHub"), "{}", page.body);
        database.close().await;
        Ok(())
    })
}

#[test]
fn tokens_are_refreshed_before_they_end_and_to_delete() -> Result<()> {
    let Some(scene) = Scene::new(10)? else {
        return Ok(());
    };
    // Soon enough to count as old.
    scene.open_humans.set_token_seconds(60);
    let mut browser = Browser::default();
    wait(async {
        browser.sign_in(&scene).await?;
        browser.connect(&scene, "").await
    })?;
    scene.work().exits(0);
    assert_eq!(scene.open_humans.files(MEMBER).len(), 1);
    let tokens = |scene: &Scene| scene.open_humans.controls().count("POST /oauth2/token/");
    assert_eq!(tokens(&scene), 2, "a sign-in and a refresh");
    // They have ended, and everything is deleted all the same.
    let hours = std::time::Duration::from_hours(2);
    scene.open_humans.controls().advance(hours);
    wait(async {
        let form = format!("token={}", browser.token(&scene).await?);
        let gone = browser.post(&scene, "/archive/delete", &form).await?;
        assert_eq!(gone.status, 200, "{gone:?}");
        anyhow::Ok(())
    })?;
    assert_eq!(tokens(&scene), 3);
    assert_eq!(scene.open_humans.files(MEMBER).len(), 0);
    assert_eq!(scene.open_humans.tokens_of(MEMBER), 0);
    Ok(())
}
