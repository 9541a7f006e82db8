//! Economy, and what happens when a request is too much.

use anyhow::{Result, ensure};
use pyfa_testkit::github::{FakeContent, FakeGitHub, Resource};

use super::plain::compare;
use super::{PROJECT, SLUGS, TOKEN, apply_fully, apply_once, board, club, days, session_with};
use pyfa::board::{Board, BoardError, ProjectLocks, apply};
use pyfa::progress::Stop;
use std::time::{Duration, Instant};

/// Opens issues, one each second.
fn open_many(github: &FakeGitHub, slug: &str, count: usize) {
    for number in 0..count {
        let step = std::time::Duration::from_secs(1);
        github.controls().advance(step);
        let mut world = github.world();
        world.open(slug, "cleo", &format!("issue {number}"), number % 3 == 0);
    }
}

#[tokio::test]
async fn three_thousand_issues_cost_few_requests() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    let text = super::FILE
        .replace("organisations = [\"club\"]", "organisations = []")
        .replace("exclude = [\"club/beta\"]", "exclude = []")
        .replace("exclude_except_types = [\"Accessibility\"]", "")
        .replace("discussions = true", "");
    let slugs: Vec<String> = (0..12)
        .map(|number| format!("club/part-{number}"))
        .collect();
    for slug in &slugs {
        github.world().create_repository(slug);
        open_many(&github, slug, 250);
    }
    let listed = serde_json::to_string(&slugs)?;
    let text = text.replace(
        "repositories = [\"guest/gamma\"]",
        &format!("repositories = {listed}"),
    );
    let board = Board::parse(&text, "board.toml")?;
    let filled = apply_fully(&github, &board).await?;
    ensure!(filled.added == 3_000 && filled.queries <= 60, "{filled:?}");
    // Each request fills in what the one before has added.
    ensure!(filled.mutations <= 3_000 / 20 + 2, "{filled:?}");

    for slug in &slugs {
        for number in (1..=250).step_by(5) {
            github.world().comment(slug, number, "ben", "seen");
        }
    }
    days(&github, 1);
    let changed = apply_fully(&github, &board).await?;
    ensure!(
        changed.changed == 600 && changed.queries <= 60,
        "{changed:?}"
    );
    ensure!(changed.mutations <= 600 / 20 + 2, "{changed:?}");
    assert_eq!((filled.queries, filled.mutations), (16, 151));
    assert_eq!((changed.queries, changed.mutations), (45, 30));

    let idle = apply_fully(&github, &board).await?;
    ensure!(idle.mutations == 0 && idle.queries <= 60, "{idle:?}");
    ensure!(idle.unchanged == 3_000, "{idle:?}");
    Ok(())
}

#[tokio::test]
async fn more_than_a_thousand_results_are_read_in_parts() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    days(&github, 400);
    open_many(&github, "club/alpha", 1_300);
    days(&github, 100);
    open_many(&github, "club/alpha", 1_200);
    let report = apply_fully(&github, &board()?).await?;
    ensure!(report.added == 2_500, "{report:?}");
    compare(&github)
}

#[tokio::test]
async fn a_second_with_more_than_a_thousand_results_removes_nothing() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    let board = board()?;
    let mut world = github.world();
    let number = world.open("guest/gamma", "ada", "early", false);
    world.close("guest/gamma", number, "ada");
    drop(world);
    apply_fully(&github, &board).await?;
    days(&github, 40);
    let mut world = github.world();
    for number in 0..1_001 {
        world.open("club/alpha", "cleo", &format!("issue {number}"), false);
    }
    drop(world);
    let report = apply_once(&github, &board).await?;
    ensure!(report.removed == 0 && report.kept == 1, "{report:?}");
    ensure!(
        report
            .incomplete
            .iter()
            .any(|why| why.contains("within one second")),
        "{report:?}"
    );
    Ok(())
}

#[tokio::test]
async fn requests_shrink_until_they_fit() -> Result<()> {
    for budget in [15_000, 2_000, 250, 30] {
        let Some(github) = club()? else { return Ok(()) };
        for slug in SLUGS {
            open_many(&github, slug, 60);
        }
        let mut world = github.world();
        for number in 0..30 {
            world.open_discussion("club/alpha", "dan", &format!("talk {number}"));
        }
        // A single discussion with its comments and labels is more than the last budget.
        world.set_work_budget(Some(budget.max(410)));
        drop(world);
        let report = apply_once(&github, &board()?).await?;
        ensure!(report.is_complete(), "{budget}: {report:?}");
        ensure!(budget > 2_000 || github.world().timeouts() > 0, "{budget}");
        github.world().set_work_budget(None);
        compare(&github)?;
    }
    let Some(github) = club()? else { return Ok(()) };
    open_many(&github, "club/alpha", 60);
    apply_fully(&github, &board()?).await?;
    for number in 1..=60 {
        github.world().comment("club/alpha", number, "ben", "seen");
    }
    days(&github, 2);
    // Mutations of more than thirty aliases time out, and so do pages of items.
    github.world().set_work_budget(Some(410));
    for number in 1..=60 {
        github
            .world()
            .label("club/alpha", number, "ben", "help wanted");
    }
    apply_fully(&github, &board()?).await?;
    compare(&github)
}

#[tokio::test]
async fn long_lists_are_read_to_their_ends() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    let mut world = github.world();
    let issue = world.open("club/alpha", "cleo", "labels", false);
    world.change("club/alpha", issue, true, |issue| {
        issue.labels = (0..250).map(|number| format!("label {number}")).collect();
        issue.labels.push("needs a Decision".to_owned());
    });
    let talk = world.open_discussion("club/alpha", "dan", "long");
    for number in 0..230 {
        let place = world.comment_on_discussion("club/alpha", talk, "dan");
        for _ in 0..number % 3 {
            world.reply("club/alpha", talk, place, "ada");
        }
    }
    drop(world);
    github
        .controls()
        .advance(std::time::Duration::from_hours(25));
    github.world().reply("club/alpha", talk, 150, "ci[bot]");
    apply_fully(&github, &board()?).await?;
    compare(&github)
}

#[tokio::test]
async fn lists_without_an_end_are_given_up() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    open_many(&github, "club/alpha", 250);
    apply_fully(&github, &board()?).await?;
    let mut world = github.world();
    world.open("club/alpha", "cleo", "new", false);
    world.repeat_pages(true);
    drop(world);
    github.set_remaining(Some(TOKEN), Resource::GraphQl, 300);
    let report = apply_once(&github, &board()?).await?;
    ensure!(report.mutations == 0 && report.queries < 60, "{report:?}");
    for list in ["the search org:club", "the items of the project"] {
        let mut all = report.incomplete.iter();
        let is_said = all.any(|why| why.contains(list) && why.contains("begin again"));
        ensure!(is_said, "{list}: {report:?}");
    }
    github.world().repeat_pages(false);
    apply_fully(&github, &board()?).await?;
    compare(&github)
}

#[tokio::test]
async fn a_used_up_quota_waits_for_its_reset() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    open_many(&github, "club/alpha", 30);
    github.set_remaining(Some(TOKEN), Resource::GraphQl, 8);
    let error = apply_once(&github, &board()?).await;
    let error = error
        .err()
        .and_then(|error| error.downcast::<BoardError>().ok());
    let wait = error.as_ref().and_then(BoardError::wait);
    ensure!(wait.is_some_and(|wait| wait.as_secs() > 3_000), "{error:?}");
    github
        .controls()
        .advance(std::time::Duration::from_secs(3_700));
    apply_fully(&github, &board()?).await?;
    compare(&github)
}

#[tokio::test]
async fn a_full_project_says_so() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    let mut world = github.world();
    for number in 0..49_999 {
        let content = FakeContent::Draft {
            title: format!("note {number}"),
            body: String::new(),
        };
        world.add_item(PROJECT, "fay", content);
    }
    world.open("club/alpha", "cleo", "one", false);
    world.open("club/alpha", "cleo", "two", false);
    drop(world);
    let report = apply_once(&github, &board()?).await?;
    ensure!(
        report.added == 1 && report.problems.len() == 1,
        "{report:?}"
    );
    ensure!(report.problems[0].why.contains("50000"), "{report:?}");
    ensure!(report.kept == 49_999 && report.removed == 0, "{report:?}");
    Ok(())
}

#[tokio::test]
async fn requests_that_change_something_are_paced() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    open_many(&github, "club/alpha", 45);
    let home = tempfile::tempdir()?;
    let locks = ProjectLocks {
        home: home.path().to_owned(),
        shared: None,
    };
    let pause = Duration::from_millis(60);
    let session = session_with(&github, Stop::never(), pause)?;
    let begun = Instant::now();
    let report = apply(&session, &board()?, &locks, None).await?;
    ensure!(report.mutations == 4, "{report:?}");
    ensure!(begun.elapsed() >= 3 * pause, "{:?}", begun.elapsed());
    Ok(())
}
