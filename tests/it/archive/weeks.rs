//! What is in a week: everything of it, and nothing else.

use std::time::Duration;

use anyhow::{Context, Result};
use jiff::tz::TimeZone;
use pyfa::archive::{Folder, ItemKind, Week};
use pyfa_testkit::github::schema_or_skip;

use super::{busy, sync};
use crate::support::wait;

/// Fails unless each item is in the week of its time; how many there are.
fn check_weeks(folder: &std::path::Path, zone: &str) -> Result<usize> {
    let zone = TimeZone::get(zone)?;
    let folder = Folder::at(folder);
    let manifest = folder.manifest()?;
    let mut count = 0;
    for week in manifest.weeks.keys() {
        let items = folder.read_week(&manifest, *week)?;
        assert!(
            items.iter().all(|item| Week::at(item.at, &zone) == *week),
            "{week}"
        );
        assert!(
            items
                .windows(2)
                .all(|pair| pair[0].place() < pair[1].place()),
            "{week}"
        );
        count += items.len();
    }
    Ok(count)
}

#[test]
fn weeks_are_those_of_a_time_zone_and_of_53_weeks() -> Result<()> {
    if schema_or_skip().is_none() {
        return Ok(());
    }
    // From the first days of 2026 into those of 2027, which belong to week 53 of 2026.
    let github = busy(368)?;
    let home = tempfile::tempdir()?;
    sync(home.path(), &github, "utc", &[]).exits(0);
    let count = check_weeks(&home.path().join("utc"), "UTC")?;
    let folder = Folder::at(&home.path().join("utc"));
    let manifest = folder.manifest()?;
    let last: Week = "2026-W53".parse()?;
    assert!(
        manifest.weeks.contains_key(&last),
        "{:?}",
        manifest.weeks.keys()
    );
    for zone in ["Pacific/Kiritimati", "America/Los_Angeles"] {
        sync(home.path(), &github, "zone", &["--time-zone", zone]).exits(0);
        assert_eq!(
            check_weeks(&home.path().join("zone"), zone)?,
            count,
            "{zone}"
        );
        // It stays so.
        let again = sync(home.path(), &github, "zone", &[]).exits(0);
        assert_eq!(again.report["was_cleared"], false);
    }
    Ok(())
}

#[test]
fn all_comments_of_a_review_are_with_it() -> Result<()> {
    if schema_or_skip().is_none() {
        return Ok(());
    }
    let github = busy(1)?;
    {
        let mut world = github.world();
        let number = world.open("org/two", "ben", "a large change", true);
        let review = world.review("org/two", number, "ada", "commented");
        world.comment_in_review(review, 230);
        let hidden = world.open("ada/secret", "ada", "a hidden change", true);
        let review = world.review("ada/secret", hidden, "ada", "commented");
        world.comment_in_review(review, 230);
    }
    github.controls().advance(super::DAY);
    let home = tempfile::tempdir()?;
    let done = sync(home.path(), &github, "a", &[]).exits(0);
    assert_eq!(done.report["total"]["review"], 2, "{done:?}");
    let folder = Folder::at(&home.path().join("a"));
    let manifest = folder.manifest()?;
    let mut counts = Vec::new();
    for week in manifest.weeks.keys() {
        let items = folder.read_week(&manifest, *week)?.into_iter();
        for review in items.filter(|item| item.kind == ItemKind::Review) {
            let comments = &review.data["comments"];
            let nodes = comments["nodes"].as_array().context("a list")?;
            let ids: std::collections::BTreeSet<_> =
                nodes.iter().map(|node| node["id"].as_str()).collect();
            assert_eq!(comments["totalCount"], ids.len(), "{comments}");
            assert_eq!(comments["pageInfo"], serde_json::Value::Null);
            counts.push(ids.len());
        }
    }
    counts.sort_unstable();
    assert_eq!(counts, [0, 230]);
    Ok(())
}

#[test]
fn a_week_with_more_than_a_search_shows_is_divided() -> Result<()> {
    if schema_or_skip().is_none() {
        return Ok(());
    }
    let github = busy(3)?;
    for number in 0..1_500 {
        github
            .world()
            .commit("ada/one", "ada", &format!("much {number}"));
        if number % 3 == 0 {
            github.controls().advance(Duration::from_secs(1));
        }
    }
    let home = tempfile::tempdir()?;
    let synced = sync(home.path(), &github, "a", &[]).exits(0);
    assert_eq!(synced.report["total"]["commit"], 1_503, "{synced:?}");
    // A thousand in one second cannot be divided: it is said, and nothing is taken for whole.
    for number in 0..1_100 {
        github
            .world()
            .commit("ada/one", "ada", &format!("at once {number}"));
    }
    let left = sync(home.path(), &github, "a", &[]).exits(3);
    assert!(left.stdout.contains("one second has more"), "{left:?}");
    Ok(())
}

#[test]
fn a_week_is_read_again_until_a_day_after_its_end() -> Result<()> {
    if schema_or_skip().is_none() {
        return Ok(());
    }
    let github = busy(10)?;
    let home = tempfile::tempdir()?;
    let through = || -> Result<Option<String>> {
        let synced = sync(home.path(), &github, "a", &[]).exits(0);
        Ok(synced.report["finished_through"]
            .as_str()
            .map(str::to_owned))
    };
    // The clock began on a Thursday, ten days before this Sunday.
    assert_eq!(through()?.as_deref(), Some("2026-W01"));
    github.controls().advance(Duration::from_hours(24));
    assert_eq!(through()?.as_deref(), Some("2026-W01"), "Monday");
    github.controls().advance(Duration::from_hours(24));
    assert_eq!(through()?.as_deref(), Some("2026-W02"), "Tuesday");
    // What changes later in a finished week is left as it was; `--since` reads it again.
    let folder = home.path().join("a");
    let read = |week: &str| -> Result<Vec<pyfa::archive::Item>> {
        let folder = Folder::at(&folder);
        Ok(folder.read_week(&folder.manifest()?, week.parse()?)?)
    };
    let before = read("2026-W01")?;
    github.world().close("org/two", 1, "ben");
    sync(home.path(), &github, "a", &[]).exits(0);
    assert_eq!(read("2026-W01")?, before);
    sync(home.path(), &github, "a", &["--since", "2026-W01"]).exits(0);
    let after = read("2026-W01")?;
    let issue = after.iter().find(|item| item.kind == ItemKind::Issue);
    assert_eq!(issue.context("an issue")?.data["state"], "closed");
    Ok(())
}

#[test]
fn comments_that_change_while_they_are_read_are_there_once_and_as_they_are() -> Result<()> {
    if schema_or_skip().is_none() {
        return Ok(());
    }
    let github = busy(10)?;
    let home = tempfile::tempdir()?;
    let mut ids = Vec::new();
    for number in 0..250 {
        github.controls().advance(Duration::from_secs(1));
        let id = github
            .world()
            .comment("org/two", 1, "ada", &format!("words {number}"));
        ids.push(id);
    }
    // One page is read; then the oldest comment changes, and goes to the top.
    github.set_remaining(
        Some(super::TOKEN),
        pyfa_testkit::github::Resource::GraphQl,
        7,
    );
    sync(home.path(), &github, "a", &[]).exits(3);
    github.controls().advance(Duration::from_secs(5));
    github
        .world()
        .edit_comment("org/two", 1, ids[0], "other words");
    github.set_remaining(
        Some(super::TOKEN),
        pyfa_testkit::github::Resource::GraphQl,
        5_000,
    );
    sync(home.path(), &github, "a", &[]).exits(0);
    let text = super::text(&home.path().join("a"))?;
    assert!(text.contains("other words") && !text.contains("\"words 0\""));
    for number in 1..250 {
        assert_eq!(
            text.matches(&format!("\"words {number}\"")).count(),
            1,
            "{number}"
        );
    }
    Ok(())
}

#[test]
fn a_comment_that_changes_between_two_pages_is_not_lost() -> Result<()> {
    if schema_or_skip().is_none() {
        return Ok(());
    }
    let github = busy(10)?;
    let home = tempfile::tempdir()?;
    let mut ids = Vec::new();
    for number in 0..150 {
        github.controls().advance(Duration::from_secs(1));
        let words = format!("words {number}");
        ids.push(github.world().comment("org/two", 1, "ada", &words));
    }
    let pages = ["POST /graphql"; 2].map(|part| github.controls().hold_next(part));
    let change = || {
        github.controls().advance(Duration::from_secs(5));
        let mut world = github.world();
        world.edit_comment("org/two", 1, ids[0], "other words");
    };
    std::thread::scope(|threads| {
        threads.spawn(|| {
            wait(async {
                let [first, second] = pages;
                first.change_before(|| {}).await;
                second.change_before(change).await;
            });
        });
        sync(home.path(), &github, "a", &[]).exits(0);
    });
    let text = super::text(&home.path().join("a"))?;
    assert!(text.contains("other words"));
    Ok(())
}
