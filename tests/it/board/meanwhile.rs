//! What people do, and what goes wrong, between two requests of a run.

use std::cell::Cell;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use pyfa::board::{BoardReport, ProjectLocks, apply};
use pyfa::progress::stop;
use pyfa_testkit::github::{FakeContent, FakeGitHub, FakeProjectItem};

use super::plain::compare;
use super::{PROJECT, apply_fully, board, club, days, session, session_until};

/// A part of the first request of each pass of an update loop, and of no other.
const PASS: &str = "Z -repo:club/beta";
const ITEMS_BY_ID: &str = "BoardItemsById";

type Change<'c> = &'c dyn Fn();

/// Runs an update loop, with one of these changes at the beginning of each pass, and ends it after one
/// more, which has to read an item and nothing to write.
async fn follow(github: &FakeGitHub, changes: &[Change<'_>]) -> Result<BoardReport> {
    let home = tempfile::tempdir()?;
    let locks = ProjectLocks {
        home: home.path().to_owned(),
        shared: None,
    };
    let (stopper, stop) = stop();
    let (session, board) = (session_until(github, stop)?, board()?);
    let people = async {
        let mut pass = github.controls().hold_next(PASS);
        for change in changes {
            let mut next = None;
            pass.change_before(|| {
                change();
                next = Some(github.controls().hold_next(PASS));
            })
            .await;
            pass = next.context("there is no next pass")?;
        }
        let mut last = None;
        pass.change_before(|| {
            github.world().change("club/alpha", 1, true, |_| {});
            last = Some(github.controls().hold_next(ITEMS_BY_ID));
        })
        .await;
        let last = last.context("there is no last pass")?;
        last.change_before(|| stopper.stop()).await;
        anyhow::Ok(())
    };
    let run = async {
        let time = Some(Duration::from_hours(1));
        anyhow::Ok(apply(&session, &board, &locks, time).await?)
    };
    let (report, ()) = tokio::try_join!(run, people)?;
    Ok(report)
}

/// Opens an issue, which somebody puts on the project by hand; its number and that of the item.
fn add_by_hand(github: &FakeGitHub) -> (u64, u64) {
    let mut world = github.world();
    let issue = world.open("club/alpha", "cleo", "by hand", false);
    let alpha = world.repository_id("club/alpha");
    let item = world.add_item(PROJECT, "fay", FakeContent::Issue(alpha, issue));
    (issue, item)
}

fn shown(github: &FakeGitHub, item: u64, field: &str) -> Option<String> {
    let world = github.world();
    let project = world.project(PROJECT);
    project.shown(project.items.get(&item)?, field)
}

fn items(github: &FakeGitHub) -> Vec<FakeProjectItem> {
    let world = github.world();
    world.project(PROJECT).items.values().cloned().collect()
}

fn drafts(github: &FakeGitHub) -> Vec<u64> {
    let is_draft = |item: &FakeProjectItem| matches!(item.content, FakeContent::Draft { .. });
    let drafts = items(github).into_iter().filter(is_draft);
    drafts.map(|item| item.number).collect()
}

/// Fails unless an item stays on the project when its issue does not belong there any more.
async fn stays(github: &FakeGitHub, issue: u64, item: u64) -> Result<()> {
    ensure!(shown(github, item, "_linked_id").is_none(), "it is linked");
    github.world().close("club/alpha", issue, "ada");
    days(github, 40);
    let report = apply_fully(github, &board()?).await?;
    ensure!(report.removed == 0, "{report:?}");
    let is_there = items(github).iter().any(|one| one.number == item);
    ensure!(is_there, "{report:?}");
    Ok(())
}

#[tokio::test]
async fn what_people_add_during_a_run_stays_theirs() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    let ours = github.world().open("club/alpha", "cleo", "ours", false);
    let (session, board) = (session(&github)?, board()?);
    let home = tempfile::tempdir()?;
    let locks = ProjectLocks {
        home: home.path().to_owned(),
        shared: None,
    };
    let addition = github.controls().hold_next("addProjectV2ItemById");
    let mut item = 0;
    let person = async {
        let add = || {
            let mut world = github.world();
            let alpha = world.repository_id("club/alpha");
            item = world.add_item(PROJECT, "fay", FakeContent::Issue(alpha, ours));
        };
        addition.change_before(add).await;
        anyhow::Ok(())
    };
    let run = async { anyhow::Ok(apply(&session, &board, &locks, None).await?) };
    let (report, ()) = tokio::try_join!(run, person)?;
    ensure!(report.added == 0 && report.changed == 1, "{report:?}");
    compare(&github)?;
    stays(&github, ours, item).await
}

#[tokio::test]
async fn what_people_add_during_an_update_loop_stays_theirs() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    github.world().open("club/alpha", "cleo", "ours", false);
    let (issue, item) = (Cell::new(0), Cell::new(0));
    let archived = Cell::new(0);
    let by_hand = || {
        let (number, place) = add_by_hand(&github);
        issue.set(number);
        item.set(place);
        archived.set(add_by_hand(&github).1);
        github.world().change_project(PROJECT, |project| {
            if let Some(item) = project.items.get_mut(&archived.get()) {
                item.is_archived = true;
            }
        });
    };
    let report = follow(&github, &[&by_hand]).await?;
    ensure!(report.is_complete(), "{report:?}");
    ensure!(report.added == 1 && report.changed == 1, "{report:?}");
    ensure!(shown(&github, item.get(), "Comments").as_deref() == Some("0"));
    // Archived items are left alone, as always.
    ensure!(shown(&github, archived.get(), "Comments").is_none());
    stays(&github, issue.get(), item.get()).await
}

#[tokio::test]
async fn a_draft_that_cannot_be_read_is_not_added_twice() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    let mut world = github.world();
    world.open("club/alpha", "cleo", "issue", false);
    let talk = world.open_discussion("club/alpha", "dan", "talk");
    drop(world);
    apply_fully(&github, &board()?).await?;
    let known = drafts(&github);
    let break_it = || {
        let mut world = github.world();
        world.comment_on_discussion("club/alpha", talk, "fay");
        world.break_item(known[0], true);
    };
    // Later passes do not ask for the comment unless they know that something was missing.
    let later = || github.controls().advance(Duration::from_mins(10));
    let mend_it = || github.world().break_item(known[0], false);
    let report = follow(&github, &[&break_it, &later, &|| (), &mend_it]).await?;
    ensure!(drafts(&github) == known, "{report:?}");
    // What could not be read was read in the end.
    ensure!(report.is_complete() && report.changed == 1, "{report:?}");
    compare(&github)
}

#[tokio::test]
async fn a_draft_that_is_gone_is_added_again() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    let mut world = github.world();
    world.open("club/alpha", "cleo", "issue", false);
    world.open_discussion("club/alpha", "dan", "talk");
    drop(world);
    apply_fully(&github, &board()?).await?;
    let known = drafts(&github);
    let remove = || {
        github.world().change_project(PROJECT, |project| {
            project.items.remove(&known[0]);
        });
    };
    let report = follow(&github, &[&remove]).await?;
    ensure!(report.is_complete() && report.added == 1, "{report:?}");
    compare(&github)
}

#[tokio::test]
async fn an_update_loop_after_an_incomplete_list_adds_no_second_draft() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    let mut world = github.world();
    world.open("club/alpha", "cleo", "issue", false);
    let talk = world.open_discussion("club/alpha", "dan", "talk");
    drop(world);
    apply_fully(&github, &board()?).await?;
    let known = drafts(&github);
    github.world().lose_items(2);
    let comment = || {
        let mut world = github.world();
        world.comment_on_discussion("club/alpha", talk, "fay");
    };
    let mend_it = || github.world().lose_items(0);
    let report = follow(&github, &[&comment, &mend_it]).await?;
    ensure!(drafts(&github) == known, "{report:?}");
    ensure!(!report.is_complete() && report.changed == 1, "{report:?}");
    compare(&github)
}
