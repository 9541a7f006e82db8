//! Renames, logins that change hands, and accounts and repositories that disappear.

use anyhow::{Context, Result};
use pyfa::discovery::{discover, sync_user};
use pyfa_testkit::service::Fault;

use super::{begin, bounds, compare, count, later, logins, rows, session, town};
use crate::database::{Place, on_both};

on_both![a_login_changes_hands, who_is_gone_has_no_relations];

async fn a_login_changes_hands(place: &Place) -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    let database = place.open().await?;
    begin(&github, &database).await?;
    discover(&session(&github, &database, bounds())?).await?;
    let ben = rows(
        &database,
        "SELECT github_id FROM developers WHERE login = 'ben'",
    )
    .await?;
    let ben = ben.first().context("no ben")?.integer("github_id")?;
    {
        let mut world = github.world();
        world.rename_account("ben", "benjamin");
        // Somebody else is ben now, and has a repository of the same name.
        world.create_repository("ben/three");
        world.follow("ben", "ada");
    }
    for _ in 0..2 {
        later(&github);
        discover(&session(&github, &database, bounds())?).await?;
    }
    let text = format!("SELECT login FROM developers WHERE github_id = {ben}");
    assert_eq!(logins(&database, &text).await?, ["benjamin"]);
    assert_eq!(count(&database, "developers WHERE login = 'ben'").await?, 1);
    let names = "SELECT full_name AS login FROM discovered_repositories WHERE name = 'three'
                 ORDER BY full_name";
    assert_eq!(
        logins(&database, names).await?,
        ["ben/three", "benjamin/three"]
    );
    compare(&github, &database, &bounds()).await
}

async fn who_is_gone_has_no_relations(place: &Place) -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    let database = place.open().await?;
    begin(&github, &database).await?;
    discover(&session(&github, &database, bounds())?).await?;
    github.world().delete_account("ben");
    github.world().delete_repository("ada/one");
    github.world().move_repository("ada/two", "cleo/two");
    later(&github);
    let report = discover(&session(&github, &database, bounds())?).await?;
    assert_eq!(report.gone, 2, "{report:?}");
    let gone = "SELECT full_name AS login FROM discovered_repositories WHERE state = 'gone'
                ORDER BY full_name";
    assert_eq!(logins(&database, gone).await?, ["ada/one", "ben/three"]);
    assert_eq!(
        logins(
            &database,
            "SELECT login FROM developers WHERE state = 'gone'"
        )
        .await?,
        ["ben"]
    );
    compare(&github, &database, &bounds()).await?;
    // Nobody asks for them again.
    later(&github);
    github.controls().reset();
    discover(&session(&github, &database, bounds())?).await?;
    let again = discover(&session(&github, &database, bounds())?).await?;
    assert_eq!(again.gone, 0);
    Ok(())
}

#[tokio::test]
async fn an_account_that_disappears_during_its_sync_ends_it() -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    let place = Place::sqlite()?;
    let database = place.open().await?;
    begin(&github, &database).await?;
    discover(&session(&github, &database, bounds())?).await?;
    // Its lists are gone, and the account is still there: it is named, and the others are synced.
    let missing = Fault::json(404, &serde_json::json!({ "message": "Not Found" }));
    let id = github.world().user_id("ben");
    github.controls().fail(&format!("/user/{id}/"), missing);
    later(&github);
    let report = discover(&session(&github, &database, bounds())?).await?;
    assert_eq!(report.problems.len(), 1, "{report:?}");
    assert_eq!(report.problems[0].of, "ben");
    assert_eq!(report.developers, 2, "{report:?}");
    github.controls().clear_faults();

    github.world().delete_account("ben");
    later(&github);
    let error = sync_user(&session(&github, &database, bounds())?, "ben")
        .await
        .err();
    let message = error.map(|error| error.to_string()).unwrap_or_default();
    assert!(message.contains("no account named ben"), "{message}");
    Ok(())
}
