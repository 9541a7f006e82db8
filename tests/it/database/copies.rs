//! Databases are copied whole or not at all, and a copy can be repeated.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use pyfa::database::{
    DatabaseError, ExportFormat, Statement, Table, Transaction, Value, copy_database, export_tables,
};

use super::{Place, add_issue, fill, number};

/// Every file of a folder.
fn files(folder: &std::path::Path) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .context("no name")?
            .to_string_lossy()
            .into_owned();
        found.insert(name, fs_err::read_to_string(path)?);
    }
    Ok(found)
}

#[tokio::test]
async fn a_copy_is_equal_and_can_be_repeated_in_both_directions() -> Result<()> {
    let Some(server) = Place::postgres() else {
        return Ok(());
    };
    let (file, server, back) = (Place::sqlite()?, server?, Place::sqlite()?);
    let (from, to) = (file.open().await?, server.open().await?);
    fill(&from).await?;

    let report = copy_database(&from, &to, |_| ()).await?;
    assert!(!report.was_equal);
    let events = report.tables.iter().find(|table| table.table == "events");
    assert_eq!(events.map(|table| table.sum.rows), Some(777));
    assert_eq!(report.tables.len(), Table::all()?.len());

    let again = copy_database(&from, &to, |_| ()).await?;
    assert!(again.was_equal);
    assert_eq!(again.tables, report.tables);

    let returned = back.open().await?;
    copy_database(&to, &returned, |_| ()).await?;
    let mut exports = Vec::new();
    for format in [ExportFormat::JsonLines, ExportFormat::Csv] {
        for database in [&from, &to, &returned] {
            let folder = tempfile::tempdir()?;
            export_tables(database, folder.path(), format, |_| ()).await?;
            exports.push(files(folder.path())?);
        }
    }
    let [first, second, third, other_first, other_second, other_third] = &exports[..] else {
        anyhow::bail!("not six exports");
    };
    assert!(first == second && second == third, "the exports differ");
    assert!(other_first == other_second && other_second == other_third);
    assert_eq!(first.len(), Table::all()?.len());
    Ok(())
}

#[tokio::test]
async fn a_copy_into_a_database_with_rows_of_its_own_is_refused() -> Result<()> {
    let (one, other) = (Place::sqlite()?, Place::sqlite()?);
    let (from, to) = (one.open().await?, other.open().await?);
    fill(&from).await?;
    to.write(add_issue(4, 4, "its own")).await?;
    let Err(error) = copy_database(&from, &to, |_| ()).await else {
        anyhow::bail!("it was copied");
    };
    assert!(
        matches!(&error, DatabaseError::NotEmpty { table, rows: 1, .. } if table == "issues"),
        "{error}"
    );
    assert_eq!(number(&to, "SELECT COUNT(*) AS rows FROM issues").await?, 1);
    assert_eq!(number(&to, "SELECT COUNT(*) AS rows FROM events").await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_copy_that_was_interrupted_begins_again() -> Result<()> {
    let (one, other) = (Place::sqlite()?, Place::sqlite()?);
    let (from, to) = (one.open().await?, other.open().await?);
    fill(&from).await?;
    // What a copy leaves that was killed half-way.
    let begun = "INSERT INTO pyfa_copies VALUES ($1, $2)";
    let source: Value = from.place().into();
    let now = jiff::Timestamp::now();
    to.commit(
        Transaction::new()
            .and(Statement::new(begun, vec![source, now.into()]))
            .and(add_issue(1_000_000_007, 1, "half"))
            .and(add_issue(99, 99, "removed from the source since")),
    )
    .await?;
    let report = copy_database(&from, &to, |_| ()).await?;
    assert!(!report.was_equal);
    assert_eq!(number(&to, "SELECT COUNT(*) AS rows FROM issues").await?, 5);
    assert_eq!(
        number(&to, "SELECT COUNT(*) AS rows FROM pyfa_copies").await?,
        0
    );
    Ok(())
}

#[tokio::test]
async fn what_is_written_meanwhile_is_noticed() -> Result<()> {
    let (one, other) = (Place::sqlite()?, Place::sqlite()?);
    let (from, to) = (one.open().await?, other.open().await?);
    fill(&from).await?;
    let disturber = rusqlite::Connection::open(&other.address)?;
    let copied = copy_database(&from, &to, |table| {
        // The last table: all others are copied by then.
        if table == "sync_marks" {
            let changed =
                disturber.execute("UPDATE issues SET title = 'other' WHERE number = 2", []);
            assert_eq!(changed.ok(), Some(1));
        }
    })
    .await;
    assert!(
        matches!(&copied, Err(DatabaseError::Unequal { table, wanted: 5, found: 5, .. }) if table == "issues"),
        "{copied:?}"
    );
    // Nothing disturbs the next one.
    copy_database(&from, &to, |_| ()).await?;
    assert!(copy_database(&from, &to, |_| ()).await?.was_equal);
    Ok(())
}
