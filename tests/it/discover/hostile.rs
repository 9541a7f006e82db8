//! Answers that nobody expects.

use anyhow::Result;
use pyfa::discovery::{DiscoveryError, Seed, discover, sync_user};
use pyfa_testkit::service::Fault;
use serde_json::json;

use super::{begin, bounds, compare, count, later, session, town};
use crate::database::{Place, on_both};

on_both![odd_entries_are_left_out];

async fn odd_entries_are_left_out(place: &Place) -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    let database = place.open().await?;
    begin(&github, &database).await?;
    let account = json!({ "login": "odd\u{0}one", "id": 1 });
    let entries = json!([
        null, 7, "text", [], {}, account,
        { "login": "a/../../b", "id": 77 },
        { "login": "x".repeat(1 << 16), "id": 78 },
        { "login": "good-one", "id": 79, "node_id": "\u{0}", "avatar_url": "javascript:alert(1)",
          "html_url": "https://example.org/\u{202e}" },
        { "login": "good-two", "id": i64::MAX },
        { "login": "too-large", "id": u64::MAX },
        { "starred_at": "never", "repo": { "id": 80, "full_name": "good-one/../x", "owner": null } },
        { "starred_at": "never", "repo": { "id": 81, "full_name": "good-one/odd",
          "owner": { "login": "good-one", "id": 79 }, "stargazers_count": 1e300,
          "description": "<script>\u{0}", "has_wiki": "perhaps", "created_at": 12 } },
    ]);
    github
        .controls()
        .fail_next(4, "/user/", Fault::json(200, &entries));
    later(&github);
    // The account itself is such a list, too.
    let report = discover(&session(&github, &database, bounds())?).await?;
    assert!(!report.is_complete(), "{report:?}");
    let id = github.world().user_id("ada");
    github.controls().clear_faults();
    for list in ["followers", "following", "starred", "repos"] {
        let part = format!("/user/{id}/{list}");
        github
            .controls()
            .fail_next(1, &part, Fault::json(200, &entries));
    }
    later(&github);
    let report = sync_user(&session(&github, &database, bounds())?, "ada").await?;
    assert!(
        count(&database, "developers WHERE login LIKE 'good-%'").await? > 0,
        "{report:?}"
    );
    assert_eq!(
        count(
            &database,
            "developers WHERE github_id = 77 OR github_id = 78"
        )
        .await?,
        0
    );
    assert_eq!(
        count(&database, "discovered_repositories WHERE github_id = 80").await?,
        0
    );
    github.controls().clear_faults();
    // They are not there any more when GitHub is itself again.
    for _ in 0..3 {
        later(&github);
        discover(&session(&github, &database, bounds())?).await?;
    }
    compare(&github, &database, &bounds()).await
}

#[tokio::test]
async fn names_that_are_none_are_refused_before_anybody_is_asked() -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    let place = Place::sqlite()?;
    let database = place.open().await?;
    for wrong in [
        "",
        " ",
        "a/b/c",
        "../etc",
        "a?b",
        "a\u{0}",
        &"x".repeat(200),
        "ada/",
    ] {
        assert!(
            matches!(Seed::parse(wrong), Err(DiscoveryError::Login { .. })),
            "{wrong}"
        );
        let refused = sync_user(&session(&github, &database, bounds())?, wrong).await;
        assert!(
            matches!(refused, Err(DiscoveryError::Login { .. })),
            "{wrong}"
        );
    }
    assert!(github.controls().requests().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_batch_that_is_too_expensive_is_halved() -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    let place = Place::sqlite()?;
    let database = place.open().await?;
    begin(&github, &database).await?;
    github
        .controls()
        .fail_next(2, "graphql", Fault::status(502));
    later(&github);
    let report = discover(&session(&github, &database, bounds())?).await?;
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(
        count(&database, "developers WHERE read_at IS NULL").await?,
        0
    );
    // Without any answer, each of them is named.
    github.controls().fail("graphql", Fault::status(502));
    github.world().follow("zoe", "ada");
    later(&github);
    let report = discover(&session(&github, &database, bounds())?).await?;
    assert!(!report.problems.is_empty(), "{report:?}");
    Ok(())
}
