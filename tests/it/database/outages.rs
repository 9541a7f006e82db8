//! Databases that are away, locked, closed to us, or not what they seem.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use pyfa::database::{Database, DatabaseError, DatabaseSettings, SqliteSettings};
use pyfa_testkit::postgres::postgres_or_skip;

use super::{Place, add_issue, number, open_error, settings};

const COUNT: &str = "SELECT COUNT(*) AS rows FROM issues";

#[tokio::test]
async fn a_server_that_goes_and_comes_back_is_used_again() -> Result<()> {
    let Some(mut server) = postgres_or_skip() else {
        return Ok(());
    };
    let database = Database::open(&settings(&server.create_database()?)?).await?;
    database.write(add_issue(1, 1, "before")).await?;
    for is_crash in [false, true] {
        if is_crash {
            server.kill()?;
        } else {
            server.stop()?;
        }
        for failed in [
            database.write(add_issue(2, 2, "meanwhile")).await.err(),
            number(&database, COUNT)
                .await
                .err()
                .and_then(|error| error.downcast().ok()),
        ] {
            let error = failed.context("it answered")?;
            assert!(matches!(error, DatabaseError::Away { .. }), "{error}");
            assert!(error.is_temporary() && !error.to_string().contains(server.password()));
        }
        server.start_again()?;
        assert_eq!(number(&database, COUNT).await?, 1, "the data are gone");
    }
    database.write(add_issue(2, 2, "after")).await?;

    // A restart while nobody looks is not noticed at all.
    server.stop()?;
    server.start_again()?;
    database.write(add_issue(3, 3, "after")).await?;
    server.kill()?;
    server.start_again()?;
    assert_eq!(number(&database, COUNT).await?, 3);
    Ok(())
}

#[tokio::test]
async fn a_server_that_does_not_let_us_in_says_why() -> Result<()> {
    let Some(server) = postgres_or_skip() else {
        return Ok(());
    };
    let address = server.create_database()?;
    let wrong = address.replace(server.password(), "wrong-password");
    let without = address.replace(&format!(":{}@", server.password()), "@");
    for (address, said) in [
        (wrong, "password authentication failed"),
        (without.clone(), "password missing"),
        (server.address_of("nowhere"), "\"nowhere\" does not exist"),
    ] {
        let error = open_error(&settings(&address)?).await?;
        assert!(matches!(error, DatabaseError::Refused { .. }), "{error:?}");
        let text = error.to_string();
        assert!(
            text.contains(said) && !text.contains("wrong-password"),
            "{text}"
        );
    }
    let password = Some(server.password().into());
    let settings = DatabaseSettings::parse(Some(&without), password, Path::new(""))?;
    Database::open(&settings).await?;
    Ok(())
}

#[tokio::test]
async fn a_server_that_nobody_runs_is_away() -> Result<()> {
    let error = open_error(&settings("postgres://pyfa@127.0.0.1:1/x")?).await?;
    assert!(matches!(error, DatabaseError::Away { .. }), "{error:?}");
    assert!(error.to_string().contains("127.0.0.1:1/x"), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_locked_file_can_be_read_and_is_written_later() -> Result<()> {
    let place = Place::sqlite()?;
    let settings = DatabaseSettings::Sqlite(SqliteSettings {
        path: place.address.clone().into(),
        busy_timeout: Duration::from_millis(50),
        is_durable: true,
        reads: None,
    });
    let database = Database::open(&settings).await?;
    database.write(add_issue(1, 1, "before")).await?;
    let other = rusqlite::Connection::open(&place.address)?;
    other.execute_batch("BEGIN IMMEDIATE")?;
    let Err(error) = database.write(add_issue(2, 2, "meanwhile")).await else {
        anyhow::bail!("the lock did not hold");
    };
    assert!(matches!(error, DatabaseError::Locked { .. }), "{error:?}");
    assert!(error.is_temporary() && error.to_string().contains("retry later"));
    assert_eq!(number(&database, COUNT).await?, 1);
    other.execute_batch("COMMIT")?;
    database.write(add_issue(2, 2, "after")).await?;
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() -> Result<()> {
    let place = Place::sqlite()?;
    let path = Path::new(&place.address);
    fs_err::create_dir_all(path.parent().context("no folder")?)?;
    fs_err::write(
        path,
        "this is not a database, but it is long enough for its head to be read",
    )?;
    let error = open_error(&place.settings).await?;
    assert!(matches!(error, DatabaseError::Broken { .. }), "{error:?}");
    assert!(error.to_string().contains(&place.address), "{error}");
    Ok(())
}
