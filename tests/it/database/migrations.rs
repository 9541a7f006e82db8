//! Tables are created once, whichever process begins, and never migrate backwards.

use anyhow::Result;
use pyfa::database::{Database, DatabaseError, Statement, Table};

use super::{Place, number, on_both};

on_both!(
    several_that_begin_at_once_make_one_set_of_tables,
    tables_of_a_newer_version_are_refused_and_stay,
    looking_changes_nothing,
);

async fn several_that_begin_at_once_make_one_set_of_tables(place: &Place) -> Result<()> {
    let opened = futures::future::join_all((0..8).map(|_| Database::open(&place.settings))).await;
    for database in opened {
        let database = database?;
        let state = database.fetch_schema_state().await?;
        assert_eq!(state.found, state.known);
        let records = number(&database, "SELECT COUNT(*) AS rows FROM pyfa_format").await?;
        assert_eq!(records, state.known);
        for table in Table::all()? {
            assert_eq!(database.count_rows(&table).await?, 0);
        }
    }
    Ok(())
}

async fn tables_of_a_newer_version_are_refused_and_stay(place: &Place) -> Result<()> {
    let database = place.open().await?;
    let later = "INSERT INTO pyfa_format VALUES (999)";
    database.write(Statement::new(later, Vec::new())).await?;
    let Err(error) = Database::open(&place.settings).await else {
        anyhow::bail!("it was opened");
    };
    assert!(matches!(error, DatabaseError::Newer { found: 999, .. }));
    assert!(error.to_string().contains("update pyfa"), "{error}");
    assert_eq!(database.fetch_schema_state().await?.found, 999);
    Ok(())
}

async fn looking_changes_nothing(place: &Place) -> Result<()> {
    if let Some(database) = Database::connect_existing(&place.settings).await? {
        let state = database.fetch_schema_state().await?;
        assert_eq!(
            (state.found, database.dialect()),
            (0, pyfa::database::Dialect::Postgres)
        );
        assert_eq!(database.fetch_schema_state().await?.found, 0);
    } else {
        assert!(!std::path::Path::new(&place.address).exists());
    }
    Ok(())
}
