//! Entries of lists that are not what they should be: the rest is stored, and they are named.

use std::time::Duration;

use anyhow::Result;
use pyfa::activity::{Schedule, sync};
use pyfa_testkit::service::Fault;
use serde_json::json;

use super::{now, open, rows, scope, session, town};
use crate::database::{Place, on_both};

on_both!(what_cannot_be_read_is_named_and_kept_as_it_came);

async fn what_cannot_be_read_is_named_and_kept_as_it_came(place: &Place) -> Result<()> {
    let github = town()?;
    {
        let mut world = github.world();
        world.open("org/one", "ada", "first", false);
        world.comment("org/one", 1, "ben", "hello");
    }
    github.controls().advance(Duration::from_hours(1));
    let (issue, timeline) = github.world().documents("org/one", 1).unwrap_or_default();
    let mut without_number = issue.clone();
    without_number["id"] = 71.into();
    without_number["number"] = "one".into();
    let entries = json!([issue, without_number, { "message": "oops" }, 17]);
    let lists = github.controls();
    lists.fail_next(1, "/repos/org/one/issues?", Fault::json(200, &entries));
    let mut without_kind = timeline[0].clone();
    without_kind["id"] = 72.into();
    without_kind["event"] = json!(null);
    let without_id = json!({ "event": "labeled", "created_at": "2026-01-01T00:00:00Z" });
    let unknown = json!({ "event": "added_to_the_moon" });
    let entries = json!([timeline[0], without_kind, without_id, unknown]);
    lists.fail_next(
        1,
        "/repos/org/one/issues/1/timeline",
        Fault::json(200, &entries),
    );
    let entries = json!([{ "id": 1, "issue_url": "nowhere" }]);
    lists.fail_next(
        1,
        "/repos/org/two/issues/comments",
        Fault::json(200, &entries),
    );

    let database = open(place).await?;
    let work = session(&github, &database)?;
    let report = sync(&work, &scope()?, Schedule::Events, now(&github)).await?;
    let problems: Vec<String> = report
        .problems
        .iter()
        .map(|problem| format!("{}: {}", problem.of, problem.why))
        .collect();
    let [first, timeline, second] = problems.as_slice() else {
        anyhow::bail!("{problems:?}");
    };
    assert!(
        first.starts_with("org/one: GitHub has sent 3 entries"),
        "{first}"
    );
    assert!(
        timeline.starts_with("org/one#1: GitHub has sent 2 entries"),
        "{timeline}"
    );
    assert!(
        second.contains("1 entry that cannot be read, such as {\"id\":1"),
        "{second}"
    );
    let issues = rows(&database, "SELECT id, number, raw FROM issues ORDER BY id").await?;
    assert_eq!(issues.len(), 2);
    assert_eq!(issues[0].integer("number")?, 0);
    assert_eq!(issues[0].json("raw")?["number"], "one");
    let events = rows(&database, "SELECT id, event FROM events ORDER BY id").await?;
    assert_eq!(events.len(), 2);
    assert_eq!(
        (events[0].integer("id")?, events[0].text("event")?),
        (72, String::new())
    );
    // What has no number cannot be asked about.
    assert_eq!(github.controls().count("/issues/0"), 0);

    // The next sync finds nothing wrong.
    let report = sync(&work, &scope()?, Schedule::Events, now(&github)).await?;
    assert_eq!(report.problems, []);
    Ok(())
}
