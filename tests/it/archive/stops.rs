//! Quota stops and kills: in the end, the same bytes.

use std::process::Stdio;

use anyhow::Result;
use pyfa_testkit::github::{Resource, schema_or_skip};
use pyfa_testkit::service::Fault;

use super::{TOKEN, busy, command, files, run, sync};
use crate::support::{Running, kill, wait};

#[test]
fn twelve_quota_stops_and_five_kills_end_in_the_same_bytes() -> Result<()> {
    if schema_or_skip().is_none() {
        return Ok(());
    }
    // Comments have several pages, and there are more than forty weeks.
    let github = busy(300)?;
    {
        let mut world = github.world();
        for number in 0..150 {
            world.comment("org/two", 1, "ada", &format!("words {number}"));
        }
    }
    let home = tempfile::tempdir()?;
    sync(home.path(), &github, "undisturbed", &[]).exits(0);
    let wanted = files(&home.path().join("undisturbed"))?;
    assert!(wanted.len() > 40, "{} files", wanted.len());

    let folder = home.path().join("disturbed");
    let mut finished = String::new();
    let kills = [
        "/users/ada",
        "/graphql",
        "/search/commits",
        "/search/issues",
        "is%3Apull-request",
    ];
    let mut kills = kills.into_iter();
    for stop in 0..12 {
        // The reserve, and three questions.
        github.set_remaining(Some(TOKEN), Resource::GraphQl, 9);
        let stopped = sync(home.path(), &github, "disturbed", &[]).exits(3);
        assert!(stopped.report["wait_until"].is_string(), "{stopped:?}");
        let through = stopped.report["finished_through"]
            .as_str()
            .unwrap_or_default();
        // The pages of comments come first; then each sync finishes weeks.
        assert!(
            stop < 2 || through > finished.as_str(),
            "{stop}: {stopped:?}"
        );
        through.clone_into(&mut finished);
        if stop % 2 == 1
            && let Some(part) = kills.next()
        {
            github.set_remaining(Some(TOKEN), Resource::GraphQl, 5_000);
            let held = github.controls().hold_next(part);
            let words = ["archive", "sync", "ada", "--folder", "disturbed"];
            let mut start = command(home.path(), &github, &words);
            let child = Running::start(start.stdout(Stdio::null()).stderr(Stdio::null()))?;
            wait(held.change_before(|| kill(child)));
            run(
                home.path(),
                &github,
                &["archive", "status", "--folder", "disturbed"],
            );
        }
    }
    assert_eq!(kills.next(), None, "five kills");
    github.set_remaining(Some(TOKEN), Resource::GraphQl, 5_000);
    sync(home.path(), &github, "disturbed", &[]).exits(0);
    let found = files(&folder)?;
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        wanted.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &found {
        assert!(wanted[name] == *bytes, "{name} differs");
    }
    Ok(())
}

#[test]
fn a_write_that_was_cut_off_is_ended_or_undone() -> Result<()> {
    if schema_or_skip().is_none() {
        return Ok(());
    }
    let github = busy(40)?;
    let home = tempfile::tempdir()?;
    let folder = home.path().join("a");
    sync(home.path(), &github, "a", &[]).exits(0);
    let wanted = files(&folder)?;
    // As after a kill between the summary and the new names.
    let weeks: Vec<&String> = wanted.keys().filter(|name| name.contains("-W")).collect();
    fs_err::rename(
        folder.join(weeks[0]),
        folder.join(weeks[0]).with_extension("new"),
    )?;
    fs_err::write(folder.join(weeks[1]).with_extension("new"), "half of a w")?;
    fs_err::write(folder.join("2026/2026-W52.jsonl"), "of no summary")?;
    let verify = ["archive", "verify", "--folder", "a", "--format", "json"];
    let found = run(home.path(), &github, &verify).exits(1);
    assert_eq!(
        found.report["damages"].as_array().map(Vec::len),
        Some(1),
        "{found:?}"
    );
    sync(home.path(), &github, "a", &[]).exits(0);
    run(home.path(), &github, &verify).exits(0);
    assert!(files(&folder)? == wanted);
    Ok(())
}

#[test]
fn what_github_does_not_answer_is_left_and_the_weeks_before_stay() -> Result<()> {
    if schema_or_skip().is_none() {
        return Ok(());
    }
    let github = busy(60)?;
    let home = tempfile::tempdir()?;
    // The search for the third group of weeks has no usable answer.
    let given_up = serde_json::json!({ "total_count": 3, "incomplete_results": true, "items": [] });
    github.controls().fail("/search/commits?per_page=100&page=1&q=author%3Aada+is%3Apublic+committer-date%3A2025-12-29", Fault::json(200, &given_up));
    let left = sync(home.path(), &github, "a", &[]).exits(3);
    let why = left.report["why"].as_str().unwrap_or_default();
    assert!(why.contains("response about commits"), "{left:?}");
    assert!(left.number("weeks_left") > 3, "{left:?}");
    github.controls().clear_faults();
    let done = sync(home.path(), &github, "a", &[]).exits(0);
    assert_eq!(done.report["total"]["commit"], 60, "{done:?}");
    Ok(())
}

#[test]
fn a_list_that_is_too_much_is_asked_for_in_smaller_pages() -> Result<()> {
    if schema_or_skip().is_none() {
        return Ok(());
    }
    let github = busy(10)?;
    {
        let mut world = github.world();
        for number in 0..150 {
            world.comment("org/two", 1, "ada", &format!("words {number}"));
        }
    }
    let home = tempfile::tempdir()?;
    github
        .controls()
        .fail_next(1, "POST /graphql", Fault::status(502));
    let done = sync(home.path(), &github, "a", &[]).exits(0);
    assert_eq!(done.report["total"]["comment"], 156, "{done:?}");
    Ok(())
}

#[test]
fn two_syncs_do_not_write_to_one_folder() -> Result<()> {
    if schema_or_skip().is_none() {
        return Ok(());
    }
    let github = busy(10)?;
    let home = tempfile::tempdir()?;
    let held = github.controls().hold_next("/search/commits");
    let words = ["archive", "sync", "ada", "--folder", "a"];
    let mut start = command(home.path(), &github, &words);
    let _child = Running::start(start.stdout(Stdio::null()).stderr(Stdio::null()))?;
    let mut second = None;
    wait(held.change_before(|| second = Some(sync(home.path(), &github, "a", &[]))));
    let second = second.map(|second| second.exits(3));
    assert!(second.is_some_and(|second| second.stderr.contains("another sync")));
    Ok(())
}
