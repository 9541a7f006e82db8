//! Lists that GitHub does not show, and lists that are too long.

use std::time::Duration;

use anyhow::{Context, Result};
use pyfa::discovery::{DiscoverySettings, discover, fetch_status, sync_user};
use pyfa_testkit::github::StargazerAccess;

use super::{begin, bounds, count, later, rows, session, town};
use crate::database::Place;

#[tokio::test]
async fn stargazers_that_are_refused_are_counted_and_not_asked_for_again() -> Result<()> {
    for access in [
        StargazerAccess::Refused(403),
        StargazerAccess::Refused(404),
        StargazerAccess::Empty,
    ] {
        let Some(github) = town()? else { return Ok(()) };
        github.world().set_stargazer_access(access);
        github.world().star("cleo", "ada/two");
        let place = Place::sqlite()?;
        let database = place.open().await?;
        let report = sync_user(&session(&github, &database, bounds())?, "ada").await?;
        assert!(report.is_complete(), "{report:?}");
        let withheld = report.withheld.first().context("nothing is withheld")?;
        assert_eq!(
            (withheld.list.as_str(), withheld.why.as_str()),
            ("stargazers", "refused")
        );
        assert_eq!(withheld.lists, 2);
        // What is refused for one repository is not asked for another of the same owner.
        assert_eq!(github.controls().count("/stargazers"), 1, "{access:?}");
        let counted = "SELECT stargazers_count FROM discovered_repositories WHERE name = 'one'";
        assert_eq!(
            rows(&database, counted).await?[0].integer("stargazers_count")?,
            2
        );
        let status = fetch_status(&database, &bounds()).await?;
        let told = status.withheld.first().context("nothing is told")?;
        assert!(
            told.reason
                .as_ref()
                .is_some_and(|why| why.contains("GitHub") || why.contains("push"))
        );

        // Stars that the lists of people tell are kept.
        for _ in 0..3 {
            later(&github);
            discover(&session(&github, &database, bounds())?).await?;
        }
        assert_eq!(count(&database, "stars").await?, 4, "{access:?}");
        assert_eq!(
            github.controls().count("/stargazers"),
            2,
            "one of ada, and one of ben"
        );

        github
            .world()
            .set_stargazer_access(StargazerAccess::Everybody);
        github.controls().advance(Duration::from_hours(24 * 29));
        sync_user(&session(&github, &database, bounds())?, "ada").await?;
        assert_eq!(github.controls().count("/stargazers"), 2);
        github.controls().advance(Duration::from_hours(24 * 2));
        let report = sync_user(&session(&github, &database, bounds())?, "ada").await?;
        assert!(report.withheld.is_empty(), "{report:?}");
        assert_eq!(github.controls().count("/stargazers"), 4);
    }
    Ok(())
}

#[tokio::test]
async fn a_list_that_is_too_long_is_counted_and_not_read() -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    {
        let mut world = github.world();
        for number in 0..350 {
            world.follow(&format!("fan-{number}"), "ada");
            world.create_repository(&format!("maker/number-{number}"));
            world.star("ada", &format!("maker/number-{number}"));
        }
    }
    let place = Place::sqlite()?;
    let database = place.open().await?;
    begin(&github, &database).await?;
    let narrow = DiscoverySettings {
        breadth: 300,
        ..bounds()
    };
    let report = sync_user(&session(&github, &database, narrow.clone())?, "ada").await?;
    let mut withheld: Vec<(&str, &str)> = report
        .withheld
        .iter()
        .map(|one| (one.list.as_str(), one.why.as_str()))
        .collect();
    withheld.sort_unstable();
    assert_eq!(
        withheld,
        [("followers", "too long"), ("starred", "too long")]
    );
    // The count of followers is known before, and the first page tells the number of stars.
    assert_eq!(github.controls().count("/followers"), 0);
    assert_eq!(github.controls().count("/starred"), 1);
    assert_eq!(
        count(&database, "developers WHERE followers_count = 351").await?,
        1
    );
    assert_eq!(
        count(&database, "developers WHERE login LIKE 'fan-%'").await?,
        0
    );

    // Somebody has changed the setting.
    later(&github);
    let report = sync_user(&session(&github, &database, bounds())?, "ada").await?;
    assert!(report.withheld.is_empty(), "{report:?}");
    assert_eq!(
        count(&database, "developers WHERE login LIKE 'fan-%'").await?,
        350
    );
    Ok(())
}

#[tokio::test]
async fn a_list_that_grows_beyond_the_bound_while_it_is_read_ends_there() -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    {
        let mut world = github.world();
        for number in 0..120 {
            world.create_repository(&format!("maker/number-{number}"));
            world.star("ben", &format!("maker/number-{number}"));
        }
    }
    let place = Place::sqlite()?;
    let database = place.open().await?;
    // The number of stars is in no account.
    let narrow = DiscoverySettings {
        breadth: 119,
        ..bounds()
    };
    let report = sync_user(&session(&github, &database, narrow)?, "ben").await?;
    assert!(
        report.withheld.iter().any(|one| one.list == "starred"),
        "{report:?}"
    );
    let exact = DiscoverySettings {
        breadth: 122,
        ..bounds()
    };
    later(&github);
    let report = sync_user(&session(&github, &database, exact)?, "ben").await?;
    assert!(report.withheld.is_empty(), "{report:?}");
    assert_eq!(
        count(&database, "stars WHERE developer_id <> 9000").await?,
        121
    );
    Ok(())
}
