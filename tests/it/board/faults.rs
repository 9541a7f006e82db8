//! Parts of answers that are missing: what nobody knows is not changed, and said.

use anyhow::{Context, Result, ensure};
use pyfa::board::{Board, BoardError};
use pyfa_testkit::github::{FakeGitHub, FakeValue};

use super::plain::compare;
use super::{FILE, PROJECT, apply_fully, apply_once, board, club, days};

/// A project with an issue and a discussion, each with a next date.
async fn dated() -> Result<Option<FakeGitHub>> {
    let Some(github) = club()? else {
        return Ok(None);
    };
    let mut world = github.world();
    world.open("club/alpha", "cleo", "issue", false);
    world.open_discussion("club/alpha", "dan", "talk");
    drop(world);
    apply_fully(&github, &board()?).await?;
    let mut world = github.world();
    let items: Vec<u64> = world.project(PROJECT).items.keys().copied().collect();
    for item in items {
        let date = FakeValue::Date("2026-04-01".to_owned());
        world.set_value(PROJECT, item, "Next", date);
    }
    drop(world);
    Ok(Some(github))
}

/// How many items have a value of a field.
fn count_with(github: &FakeGitHub, field: &str) -> usize {
    let world = github.world();
    let project = world.project(PROJECT);
    let shown = project.items.values();
    shown
        .filter(|item| project.shown(item, field).is_some())
        .count()
}

#[tokio::test]
async fn a_field_that_cannot_be_read_stays_as_it_is() -> Result<()> {
    for field in ["Comments", "Last At", "Author", "Wanted", "Next"] {
        let Some(github) = dated().await? else {
            return Ok(());
        };
        github.world().break_field(field, true);
        let report = apply_once(&github, &board()?).await?;
        ensure!(report.mutations == 0, "{field}: {report:?}");
        ensure!(!report.is_complete(), "{field}: {report:?}");
        let mut said = report.incomplete.iter();
        ensure!(said.any(|why| why.contains(field)), "{report:?}");
        ensure!(count_with(&github, "Next") == 2, "{field}");
        github.world().break_field(field, false);
        let report = apply_fully(&github, &board()?).await?;
        ensure!(report.mutations == 0, "{field}: {report:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_date_that_cannot_be_read_is_emptied_by_a_later_run() -> Result<()> {
    let Some(github) = dated().await? else {
        return Ok(());
    };
    days(&github, 1);
    github.world().comment("club/alpha", 1, "fay", "hello");
    github.world().break_field("Next", true);
    let report = apply_once(&github, &board()?).await?;
    // Who has commented is written, and not yet that somebody has.
    ensure!(report.changed == 1 && !report.is_complete(), "{report:?}");
    ensure!(count_with(&github, "Next") == 2);
    github.world().break_field("Next", false);
    apply_fully(&github, &board()?).await?;
    ensure!(count_with(&github, "Next") == 1);
    compare(&github)
}

#[tokio::test]
async fn while_links_cannot_be_read_nothing_is_added_twice_or_removed() -> Result<()> {
    let Some(github) = dated().await? else {
        return Ok(());
    };
    let mut world = github.world();
    world.close("club/alpha", 1, "ada");
    world.open_discussion("club/alpha", "eve", "another talk");
    world.break_field("_linked_id", true);
    drop(world);
    days(&github, 40);
    let report = apply_once(&github, &board()?).await?;
    ensure!(report.added == 0 && report.removed == 0, "{report:?}");
    ensure!(!report.is_complete(), "{report:?}");
    github.world().break_field("_linked_id", false);
    let report = apply_fully(&github, &board()?).await?;
    ensure!(report.added == 1 && report.removed == 1, "{report:?}");
    compare(&github)
}

#[tokio::test]
async fn a_repository_about_which_github_says_nothing_is_a_fault() -> Result<()> {
    let Some(github) = dated().await? else {
        return Ok(());
    };
    for slug in ["club/omega", "guest/omega"] {
        github.world().create_repository(slug);
    }
    let text = FILE
        .replace("[\"club/beta\"]", "[\"club/beta\", \"club/omega\"]")
        .replace("[\"guest/gamma\"]", "[\"guest/gamma\", \"guest/omega\"]");
    let board = Board::parse(&text, "board.toml")?;
    github.world().open("club/beta", "cleo", "left out", false);
    // Under its new name, it would fill the board.
    github.rename("club/beta", "club/delta");
    github.world().silence_repository("club/beta", true);
    let error = apply_once(&github, &board).await.err();
    let error = error.context("an error")?.downcast::<BoardError>()?;
    ensure!(error.leaves_work(), "{error}");
    for part in [
        "the excluded repository club/beta",
        "neither a name nor an error",
    ] {
        ensure!(error.to_string().contains(part), "{error}");
    }
    github.world().silence_repository("club/beta", false);
    let report = apply_fully(&github, &board).await?;
    ensure!(report.mutations == 0, "{report:?}");

    github.world().silence_repository("guest/gamma", true);
    let report = apply_once(&github, &board).await?;
    let mut said = report.incomplete.iter();
    let part = "does not say what guest/gamma is called now";
    ensure!(said.any(|why| why.contains(part)), "{report:?}");
    ensure!(report.removed == 0, "{report:?}");
    Ok(())
}
