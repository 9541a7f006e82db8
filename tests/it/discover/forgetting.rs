//! People who asked to be forgotten never come back, whatever syncs see.

use anyhow::Result;
use pyfa::database::Database;
use pyfa::discovery::{
    DiscoveryError, Seed, add_seeds, discover, forget, list_forgotten, sync_repository, sync_user,
    take_back,
};

use super::{begin, bounds, compare, count, later, rows, session, town};
use crate::database::{Place, on_both};

on_both![nothing_brings_them_back, a_login_alone_is_enough];

/// Fails if any table says anything of somebody.
async fn assert_unknown(database: &Database, id: i64, login: &str) -> Result<()> {
    for found in [
        format!("developers WHERE github_id = {id} OR login = '{login}'"),
        format!("follows WHERE follower_id = {id} OR followed_id = {id}"),
        format!("stars WHERE developer_id = {id}"),
        format!("repository_contributors WHERE developer_id = {id}"),
        format!("discovery_lists WHERE subject = 'developer' AND subject_id = {id}"),
        format!("discovered_repositories WHERE owner_github_id = {id}"),
        format!("discovered_repositories WHERE CAST(raw AS TEXT) LIKE '%{login}%'"),
        format!("developers WHERE CAST(raw AS TEXT) LIKE '%\"{login}\"%'"),
    ] {
        assert_eq!(count(database, &found).await?, 0, "{found}");
    }
    Ok(())
}

async fn nothing_brings_them_back(place: &Place) -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    github.change("ada/one", |one| {
        one.contributors = vec![("ben".to_owned(), 12)];
    });
    let id = i64::try_from(github.world().user_id("ben"))?;
    let database = place.open().await?;
    begin(&github, &database).await?;
    discover(&session(&github, &database, bounds())?).await?;
    let slug = "ada/one".parse()?;
    sync_repository(&session(&github, &database, bounds())?, &slug).await?;
    assert_eq!(
        count(&database, &format!("developers WHERE github_id = {id}")).await?,
        1
    );

    let done = forget(&database, &["BEN".to_owned()]).await?;
    assert!(done[0].was_stored);
    assert_unknown(&database, id, "ben").await?;
    let listed = list_forgotten(&database).await?;
    assert_eq!(listed[0].github_id, Some(id));
    let shown = serde_json::to_string(&listed)?;
    assert!(
        !shown.contains("ben"),
        "the digest does not say who it is: {shown}"
    );

    let sync = async || -> Result<()> {
        later(&github);
        discover(&session(&github, &database, bounds())?).await?;
        sync_repository(&session(&github, &database, bounds())?, &slug).await?;
        Ok(())
    };
    sync().await?;
    assert_unknown(&database, id, "ben").await?;
    // A rename does not help, and somebody else may have the login.
    github.world().rename_account("ben", "benjamin");
    github.world().follow("ben", "ada");
    sync().await?;
    assert_unknown(&database, id, "benjamin").await?;
    assert_eq!(count(&database, "developers WHERE login = 'ben'").await?, 1);
    github.world().delete_account("ben");
    sync().await?;
    assert_unknown(&database, id, "benjamin").await?;
    for refused in [
        sync_user(&session(&github, &database, bounds())?, "benjamin")
            .await
            .err(),
        sync_repository(
            &session(&github, &database, bounds())?,
            &"benjamin/three".parse()?,
        )
        .await
        .err(),
    ] {
        assert!(
            matches!(refused, Some(DiscoveryError::Forgotten { .. })),
            "{refused:?}"
        );
    }
    let seeds = [Seed::Account("benjamin".to_owned())];
    let report = add_seeds(&session(&github, &database, bounds())?, &seeds).await?;
    assert_eq!((report.added, report.problems.len()), (0, 1), "{report:?}");
    assert_unknown(&database, id, "benjamin").await?;

    // Taken back, the next syncs find them where they are.
    assert!(take_back(&database, &["ben".to_owned()]).await?.is_empty());
    assert_eq!(take_back(&database, &["ben".to_owned()]).await?, ["ben"]);
    for _ in 0..2 {
        later(&github);
        discover(&session(&github, &database, bounds())?).await?;
    }
    assert_eq!(
        count(&database, "developers WHERE login = 'benjamin'").await?,
        1
    );
    compare(&github, &database, &bounds()).await
}

async fn a_login_alone_is_enough(place: &Place) -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    let id = i64::try_from(github.world().user_id("ben"))?;
    let database = place.open().await?;
    let done = forget(&database, &["ben".to_owned()]).await?;
    assert!(!done[0].was_stored);
    begin(&github, &database).await?;
    discover(&session(&github, &database, bounds())?).await?;
    assert_unknown(&database, id, "ben").await?;
    // The first list that shows the login tells the id, so that no rename hides it.
    assert_eq!(list_forgotten(&database).await?[0].github_id, Some(id));
    github.world().rename_account("ben", "benjamin");
    later(&github);
    discover(&session(&github, &database, bounds())?).await?;
    assert_unknown(&database, id, "benjamin").await?;
    let refused = sync_user(&session(&github, &database, bounds())?, "benjamin").await;
    assert!(matches!(refused, Err(DiscoveryError::Forgotten { .. })));
    for wrong in ["", "a b", "a/b", "'; DROP TABLE developers; --"] {
        let refused = forget(&database, &[wrong.to_owned()]).await;
        assert!(matches!(refused, Err(DiscoveryError::Nobody(_))), "{wrong}");
    }
    assert_eq!(
        rows(&database, "SELECT 1 AS one FROM forgotten")
            .await?
            .len(),
        1
    );
    Ok(())
}
