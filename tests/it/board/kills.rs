//! An end at every single change: the same command finishes, as if nothing had happened.

use anyhow::{Result, ensure};
use pyfa_testkit::github::{FakeGitHub, FakeValue};

use super::plain::compare;
use super::{PROJECT, apply_fully, apply_once, board, club, days};

/// A project with everything that can happen in one run: removals, additions, drafts, and fields.
async fn scene() -> Result<Option<FakeGitHub>> {
    let Some(github) = club()? else {
        return Ok(None);
    };
    let mut world = github.world();
    let old = world.open("club/alpha", "cleo", "old", false);
    let busy = world.open("club/alpha", "dan", "busy", false);
    let talk = world.open_discussion("club/alpha", "dan", "talk");
    let short = world.open_discussion("guest/gamma", "fay", "short");
    world.close("club/alpha", old, "ada");
    drop(world);
    apply_fully(&github, &board()?).await?;
    days(&github, 30);
    let mut world = github.world();
    let items: Vec<u64> = world.project(PROJECT).items.keys().copied().collect();
    for item in items {
        let date = FakeValue::Date("2026-04-01".to_owned());
        world.set_value(PROJECT, item, "Next", date);
    }
    world.comment("club/alpha", busy, "fay", "again");
    world.comment_on_discussion("club/alpha", talk, "codecov-commenter");
    world.delete_discussion("guest/gamma", short);
    world.open("guest/gamma", "eve", "new", true);
    world.open_discussion("guest/gamma", "eve", "new talk");
    drop(world);
    Ok(Some(github))
}

/// Everything that the project shows.
fn everything(github: &FakeGitHub) -> Vec<String> {
    let world = github.world();
    let project = world.project(PROJECT);
    let items = project.items.values().map(|item| {
        let fields = project.fields.iter();
        let fields: Vec<_> = fields
            .map(|field| project.shown(item, &field.name))
            .collect();
        format!("{:?} {fields:?}", item.content)
    });
    let mut items: Vec<String> = items.collect();
    items.sort();
    items
}

#[tokio::test]
async fn a_run_that_ends_after_any_change_is_finished_by_the_next() -> Result<()> {
    let Some(github) = scene().await? else {
        return Ok(());
    };
    let board = board()?;
    let (before, _) = github.world().mutations();
    apply_fully(&github, &board).await?;
    let all = github.world().mutations().0 - before;
    let expected = everything(&github);
    ensure!(all > 30, "the scene has only {all} changes");
    for end in 0..all {
        let Some(github) = scene().await? else {
            return Ok(());
        };
        github.world().end_after(Some(end));
        let killed = apply_once(&github, &board).await;
        ensure!(
            killed.is_err() && github.world().has_ended(),
            "{end} of {all}"
        );
        github.world().end_after(None);
        apply_fully(&github, &board).await?;
        ensure!(
            everything(&github) == expected,
            "after {end} of {all} changes"
        );
        compare(&github)?;
        let (_, requests) = github.world().mutations();
        apply_fully(&github, &board).await?;
        ensure!(github.world().mutations().1 == requests, "{end} of {all}");
    }
    Ok(())
}

#[tokio::test]
async fn what_was_done_without_an_answer_is_not_done_twice() -> Result<()> {
    let Some(github) = scene().await? else {
        return Ok(());
    };
    let board = board()?;
    apply_fully(&github, &board).await?;
    let expected = everything(&github);
    for lost in 1..=3 {
        let Some(github) = scene().await? else {
            return Ok(());
        };
        github.world().lose_answers(lost);
        apply_once(&github, &board).await?;
        apply_fully(&github, &board).await?;
        ensure!(everything(&github) == expected, "{lost} answers were lost");
        compare(&github)?;
    }
    Ok(())
}
