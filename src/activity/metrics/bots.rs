//! The logins that count as bots although GitHub says otherwise: the list in `activity.toml`, kept in
//! the database, where the views find it.

use crate::activity::error::ActivityError;
use crate::activity::session::ActivitySession;
use crate::database::{Statement, Transaction, Value};

/// Replaces the list, unless it is the same already.
pub(in crate::activity) async fn store_bots(
    session: &ActivitySession,
    logins: &[String],
) -> Result<(), ActivityError> {
    let mut wanted: Vec<String> = logins.iter().map(|login| login.to_lowercase()).collect();
    wanted.sort();
    wanted.dedup();
    let known = Statement::new("SELECT login FROM bots", Vec::new());
    let known = session.database.query(known).await?;
    let known = known.iter().map(|row| row.text("login"));
    let mut known: Vec<String> = known.collect::<Result<_, _>>()?;
    known.sort();
    if known == wanted {
        return Ok(());
    }
    let rows = wanted.into_iter().map(|login| vec![Value::from(login)]);
    let insert = "INSERT INTO bots (login) VALUES ($1)";
    let work = Transaction::new()
        .and(Statement::new("DELETE FROM bots", Vec::new()))
        .and(Statement::for_each(insert, rows.collect()));
    session.commit(work).await?;
    Ok(())
}
