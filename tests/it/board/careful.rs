//! Nothing is removed that somebody may miss.

use anyhow::{Result, ensure};
use pyfa::board::{Board, BoardError};
use pyfa_testkit::github::{FakeContent, FakeGitHub, FakeValue};

use super::plain::compare;
use super::{FILE, PROJECT, TOKEN, apply_fully, apply_once, board, club, days};

/// A project with an item that is closed and has to go.
async fn with_something_to_remove() -> Result<Option<FakeGitHub>> {
    let Some(github) = club()? else {
        return Ok(None);
    };
    let mut world = github.world();
    let old = world.open("club/alpha", "cleo", "old", false);
    world.open("club/alpha", "cleo", "open", false);
    world.open("guest/gamma", "cleo", "guest", true);
    world.close("club/alpha", old, "ada");
    drop(world);
    apply_fully(&github, &board()?).await?;
    days(&github, 40);
    Ok(Some(github))
}

type Change = fn(&FakeGitHub);

fn count(github: &FakeGitHub) -> usize {
    github.world().project(PROJECT).items.len()
}

#[tokio::test]
async fn an_incomplete_search_removes_nothing() -> Result<()> {
    let breaks: [(&str, Change, Change); 4] = [
        (
            "a search fails",
            |github| github.world().break_scope("guest/gamma", true),
            |github| github.world().break_scope("guest/gamma", false),
        ),
        (
            "results are missing",
            |github| github.world().lose_results(1),
            |github| github.world().lose_results(0),
        ),
        (
            "a repository is gone",
            |github| github.rename("guest/gamma", "other/gamma"),
            |github| github.rename("other/gamma", "guest/gamma"),
        ),
        (
            "a repository cannot be seen",
            |github| {
                let refusal = Some((403, "Resource not accessible".to_owned()));
                github.change("guest/gamma", |found| found.refused = refusal);
            },
            |github| github.change("guest/gamma", |found| found.refused = None),
        ),
    ];
    for (what, break_it, mend_it) in breaks {
        let Some(github) = with_something_to_remove().await? else {
            return Ok(());
        };
        let before = count(&github);
        break_it(&github);
        github.world().open("club/alpha", "dan", "new", false);
        let report = apply_once(&github, &board()?).await?;
        if what == "a repository is gone" {
            // It was renamed, and is followed.
            ensure!(report.is_complete() && report.removed == 1, "{report:?}");
            mend_it(&github);
            continue;
        }
        ensure!(
            report.removed == 0 && !report.is_complete(),
            "{what}: {report:?}"
        );
        ensure!(report.kept >= 1, "{what}: {report:?}");
        ensure!(count(&github) >= before, "{what}");
        mend_it(&github);
        let report = apply_fully(&github, &board()?).await?;
        ensure!(report.removed == 1, "{what}: {report:?}");
        compare(&github).map_err(|error| error.context(what))?;
    }
    Ok(())
}

#[tokio::test]
async fn what_people_have_added_stays_unless_the_file_says_so() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    let mut world = github.world();
    let beta = world.repository_id("club/beta");
    let alpha = world.repository_id("club/alpha");
    let outside = world.open("club/beta", "cleo", "not of this board", false);
    let inside = world.open("club/alpha", "cleo", "of this board", false);
    let note = FakeContent::Draft {
        title: "Book a room".to_owned(),
        body: "for everybody".to_owned(),
    };
    let by_hand = [
        world.add_item(PROJECT, "fay", FakeContent::Issue(beta, outside)),
        world.add_item(PROJECT, "fay", note.clone()),
        world.add_item(PROJECT, "ada", note),
        world.add_item(PROJECT, "fay", FakeContent::Issue(alpha, inside)),
    ];
    drop(world);
    let report = apply_fully(&github, &board()?).await?;
    ensure!(report.removed == 0 && report.kept == 3, "{report:?}");
    // What matches is filled in, and is still theirs when it does not match any more.
    {
        let world = github.world();
        let project = world.project(PROJECT);
        let item = &project.items[&by_hand[3]];
        ensure!(project.shown(item, "Comments").as_deref() == Some("0"));
        ensure!(project.shown(item, "_linked_id").is_none());
    }
    github.world().close("club/alpha", inside, "ada");
    days(&github, 40);
    let report = apply_fully(&github, &board()?).await?;
    ensure!(report.removed == 0 && report.kept == 4, "{report:?}");

    let never = FILE.replace("remove = \"linked\"", "remove = \"never\"");
    let report = apply_fully(&github, &Board::parse(&never, "never")?).await?;
    ensure!(report.removed == 0, "{report:?}");

    let all = FILE.replace("remove = \"linked\"", "remove = \"all\"");
    let report = apply_fully(&github, &Board::parse(&all, "all")?).await?;
    ensure!(report.removed == 4 && count(&github) == 0, "{report:?}");
    Ok(())
}

#[tokio::test]
async fn an_incomplete_list_of_items_adds_and_removes_nothing() -> Result<()> {
    let Some(github) = with_something_to_remove().await? else {
        return Ok(());
    };
    let mut world = github.world();
    world.lose_items(1);
    let new = world.open("club/alpha", "dan", "new", false);
    world.comment("club/alpha", 2, "fay", "hello");
    drop(world);
    let report = apply_once(&github, &board()?).await?;
    ensure!(!report.is_complete(), "{report:?}");
    // The item that is not shown is on the project, and what is new may be there, too.
    ensure!(report.added == 0 && report.removed == 0, "{report:?}");
    ensure!(report.changed == 1, "{report:?}");
    github.world().lose_items(0);
    let report = apply_fully(&github, &board()?).await?;
    ensure!(
        report.added == 1 && report.removed == 1,
        "{new}: {report:?}"
    );
    compare(&github)
}

#[tokio::test]
async fn an_exclusion_that_cannot_be_looked_up_stays() -> Result<()> {
    for (kind, is_temporary) in [("NOT_FOUND", false), ("FORBIDDEN", false), ("", true)] {
        let Some(github) = club()? else { return Ok(()) };
        github.world().open("club/alpha", "cleo", "wanted", false);
        github.world().open("club/beta", "cleo", "left out", false);
        github.change("club/beta", |found| {
            found.broken_fields = vec![("nameWithOwner", kind)];
        });
        let outcome = apply_once(&github, &board()?).await;
        match outcome {
            // Nobody knows whether it is called by another name now.
            Err(error) => {
                ensure!(is_temporary, "{kind}: {error}");
                let error = error.downcast::<BoardError>()?;
                ensure!(error.leaves_work(), "{error}");
                ensure!(error.to_string().contains("club/beta"), "{error}");
                ensure!(count(&github) == 0, "{kind}");
            }
            Ok(report) => ensure!(!is_temporary && report.added == 1, "{kind}: {report:?}"),
        }
        github.change("club/beta", |found| found.broken_fields.clear());
        apply_fully(&github, &board()?).await?;
        compare(&github)?;
    }
    Ok(())
}

#[tokio::test]
async fn archived_and_redacted_items_are_left_alone() -> Result<()> {
    let Some(github) = with_something_to_remove().await? else {
        return Ok(());
    };
    let mut world = github.world();
    let items: Vec<u64> = world.project(PROJECT).items.keys().copied().collect();
    world.change_project(PROJECT, |project| {
        if let Some(item) = project.items.get_mut(&items[0]) {
            item.is_archived = true;
        }
    });
    world.hide_issue("club/alpha", 2, true);
    drop(world);
    let before = github.world().project(PROJECT).items.clone();
    let report = apply_fully(&github, &board()?).await?;
    ensure!(
        report.left_alone == 2 && report.mutations == 0,
        "{report:?}"
    );
    ensure!(github.world().project(PROJECT).items == before);
    Ok(())
}

#[tokio::test]
async fn deleted_authors_and_transferred_issues_are_followed() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    let board = board()?;
    let mut world = github.world();
    let first = world.open("club/alpha", "cleo", "by a person who leaves", false);
    world.comment("club/alpha", first, "dan", "so do I");
    let talk = world.open_discussion("club/alpha", "cleo", "talk");
    let place = world.comment_on_discussion("club/alpha", talk, "fay");
    world.reply("club/alpha", talk, place, "dan");
    drop(world);
    apply_fully(&github, &board).await?;
    let mut world = github.world();
    world.delete_user("cleo");
    world.delete_user("dan");
    drop(world);
    apply_fully(&github, &board).await?;
    compare(&github)?;

    // Within the board, and out of it.
    let there = github.world().transfer("club/alpha", first, "guest/gamma");
    let report = apply_fully(&github, &board).await?;
    ensure!(report.added == 0 && report.removed == 0, "{report:?}");
    compare(&github)?;
    github.world().transfer("guest/gamma", there, "club/beta");
    let report = apply_fully(&github, &board).await?;
    ensure!(report.removed == 1, "{report:?}");
    compare(&github)
}

#[tokio::test]
async fn a_draft_that_somebody_turned_into_an_issue_is_theirs() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    let board = board()?;
    github.world().open_discussion("club/alpha", "cleo", "talk");
    apply_fully(&github, &board).await?;
    let mut world = github.world();
    let issue = world.open("club/beta", "cleo", "talk", false);
    let beta = world.repository_id("club/beta");
    let item = world.project(PROJECT).items.keys().next().copied();
    world.change_project(PROJECT, |project| {
        let item = item.and_then(|item| project.items.get_mut(&item));
        if let Some(item) = item {
            item.content = FakeContent::Issue(beta, issue);
        }
    });
    drop(world);
    let report = apply_fully(&github, &board).await?;
    ensure!(
        report.added == 1 && report.removed == 0 && report.kept == 1,
        "{report:?}"
    );
    // It is on the board as what it is now.
    github.world().change("club/beta", issue, true, |issue| {
        issue.kind = Some("Accessibility".to_owned());
    });
    let report = apply_fully(&github, &board).await?;
    ensure!(report.changed == 1 && report.added == 0, "{report:?}");
    compare(&github)?;
    // And it stays theirs when it does not belong there any more.
    github.world().close("club/beta", issue, "ada");
    days(&github, 40);
    let report = apply_fully(&github, &board).await?;
    ensure!(report.removed == 0 && report.kept == 1, "{report:?}");
    Ok(())
}

#[tokio::test]
async fn a_second_draft_of_a_discussion_is_removed() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    let board = board()?;
    let number = github.world().open_discussion("club/alpha", "cleo", "talk");
    apply_fully(&github, &board).await?;
    let mut world = github.world();
    let body = format!("https://github.com/club/alpha/discussions/{number}");
    let draft = |title: &str| FakeContent::Draft {
        title: title.to_owned(),
        body: body.clone(),
    };
    // One that a killed run has left, and one of a person who likes it so.
    world.add_item(PROJECT, "ada", draft("talk"));
    world.add_item(PROJECT, "fay", draft("mine"));
    drop(world);
    let report = apply_fully(&github, &board).await?;
    ensure!(report.removed == 1 && report.kept == 1, "{report:?}");
    ensure!(count(&github) == 2);
    Ok(())
}

#[tokio::test]
async fn one_refused_item_does_not_keep_the_others() -> Result<()> {
    let Some(github) = with_something_to_remove().await? else {
        return Ok(());
    };
    let mut world = github.world();
    let items: Vec<u64> = world.project(PROJECT).items.keys().copied().collect();
    world.refuse_item(items[1], "FORBIDDEN", "Something is wrong with this item.");
    world.comment("club/alpha", 2, "fay", "hello");
    world.comment("guest/gamma", 1, "fay", "hello");
    let new = world.open("club/alpha", "fay", "new", false);
    world.refuse_content("club/alpha", new, "The content is locked.");
    drop(world);
    let report = apply_once(&github, &board()?).await?;
    let mut troubles: Vec<_> = report.problems.iter().map(|one| one.of.clone()).collect();
    troubles.sort();
    ensure!(troubles == ["club/alpha#2", "club/alpha#3"], "{report:?}");
    ensure!(report.removed == 1 && report.changed == 1, "{report:?}");
    Ok(())
}

#[tokio::test]
async fn values_of_another_kind_are_replaced() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    let board = board()?;
    github.world().open("club/alpha", "cleo", "issue", false);
    apply_fully(&github, &board).await?;
    let mut world = github.world();
    let item = world
        .project(PROJECT)
        .items
        .keys()
        .next()
        .copied()
        .unwrap_or(0);
    world.set_value(
        PROJECT,
        item,
        "Author",
        FakeValue::Text("somebody".to_owned()),
    );
    world.set_value(PROJECT, item, "Votes", FakeValue::Number(-1.5));
    world.set_value(
        PROJECT,
        item,
        "Closed",
        FakeValue::Date("1999-12-31".to_owned()),
    );
    drop(world);
    let report = apply_fully(&github, &board).await?;
    ensure!(report.fields == 3, "{report:?}");
    compare(&github)
}

#[tokio::test]
async fn the_scopes_of_a_token_are_checked_before_anything_else() -> Result<()> {
    let Some(github) = with_something_to_remove().await? else {
        return Ok(());
    };
    for (scopes, expected) in [
        (
            "repo, read:org, read:project",
            Some("lacks the scope `project`, to change"),
        ),
        (
            "project, repo",
            Some("lacks the scope `read:org`, to read the members"),
        ),
        (
            "project, read:org",
            Some("lacks the scope `read:discussion`"),
        ),
        ("", Some("`project`, to change the project and `read:org`")),
        ("project, admin:org, write:discussion", None),
    ] {
        github.world().set_scopes(TOKEN, Some(scopes));
        github.controls().reset();
        let outcome = apply_once(&github, &board()?).await;
        let error = outcome
            .err()
            .and_then(|error| error.downcast::<BoardError>().ok());
        let message = error.as_ref().map(ToString::to_string);
        match expected {
            None => ensure!(message.is_none(), "{scopes}: {message:?}"),
            Some(expected) => {
                let is_said = message.as_ref().is_some_and(|said| said.contains(expected));
                ensure!(is_said, "{scopes}: {message:?}");
                ensure!(github.controls().count("/graphql") == 1, "{scopes}");
            }
        }
    }
    github.world().set_scopes(TOKEN, None);
    github
        .world()
        .change_project(PROJECT, |project| project.can_update = false);
    let error = apply_once(&github, &board()?).await.err();
    let message = error.map(|error| error.to_string()).unwrap_or_default();
    ensure!(
        message.contains("lacks the right to change this project"),
        "{message}"
    );
    Ok(())
}
