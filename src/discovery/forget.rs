//! Removes people from the map for good, at their wish, and keeps of them what recognises them.

use jiff::Timestamp;
use serde::Serialize;

use super::entries::is_login;
use super::error::DiscoveryError;
use super::forgotten::digest;
use super::store::remove_account;
use crate::database::{Database, Statement, Transaction};

/// Somebody who is forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forgot {
    pub login: String,
    /// Whether something was stored, and was removed.
    pub was_stored: bool,
}

/// What is known of somebody who asked to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForgottenPerson {
    pub login_digest: String,
    /// None as long as no list has shown the login since.
    pub github_id: Option<i64>,
    pub asked_at: Timestamp,
}

/// Forgets people. Asks nobody but the database.
///
/// # Errors
///
/// [`DiscoveryError::Login`] if one of them is no login; then nobody is forgotten.
pub async fn forget(database: &Database, logins: &[String]) -> Result<Vec<Forgot>, DiscoveryError> {
    check(logins)?;
    let at = Timestamp::now();
    let mut done = Vec::new();
    for login in logins {
        let text = "SELECT github_id FROM developers WHERE LOWER(login) = $1";
        let values = vec![login.to_lowercase().into()];
        let rows = database.query(Statement::new(text, values)).await?;
        let id = rows
            .first()
            .map(|row| row.integer("github_id"))
            .transpose()?;
        let keep = Statement::new(
            "INSERT INTO forgotten (login_digest, github_id, asked_at) VALUES ($1, $2, $3)
             ON CONFLICT (login_digest) DO UPDATE SET
                 github_id = COALESCE(excluded.github_id, forgotten.github_id)",
            vec![digest(login).into(), id.into(), at.into()],
        );
        let mut work = Transaction::new().and(keep);
        if let Some(id) = id {
            work = remove_account(work, id);
        }
        database.commit(work).await?;
        done.push(Forgot {
            login: login.clone(),
            was_stored: id.is_some(),
        });
    }
    Ok(done)
}

/// Lists who is forgotten, the first ones first.
pub async fn list_forgotten(database: &Database) -> Result<Vec<ForgottenPerson>, DiscoveryError> {
    let text = "SELECT login_digest, github_id, asked_at FROM forgotten
                ORDER BY asked_at, login_digest";
    let rows = database.query(Statement::new(text, Vec::new())).await?;
    rows.iter()
        .map(|row| {
            Ok(ForgottenPerson {
                login_digest: row.text("login_digest")?,
                github_id: row.optional_integer("github_id")?,
                asked_at: row.time("asked_at")?,
            })
        })
        .collect()
}

/// Takes it back: later syncs may store them again. Those who were not forgotten are returned.
///
/// # Errors
///
/// [`DiscoveryError::Login`] if one of them is no login; then nothing is taken back.
pub async fn take_back(
    database: &Database,
    logins: &[String],
) -> Result<Vec<String>, DiscoveryError> {
    check(logins)?;
    let mut unknown = Vec::new();
    for login in logins {
        let text = "DELETE FROM forgotten WHERE login_digest = $1";
        let removed = database
            .write(Statement::new(text, vec![digest(login).into()]))
            .await?;
        if removed == 0 {
            unknown.push(login.clone());
        }
    }
    if unknown.len() < logins.len() {
        // Lists in which they are have to be read again, though they have not changed.
        let text = "UPDATE discovery_lists SET etag = NULL";
        database.write(Statement::new(text, Vec::new())).await?;
    }
    Ok(unknown)
}

fn check(logins: &[String]) -> Result<(), DiscoveryError> {
    match logins.iter().find(|login| !is_login(login)) {
        Some(login) => {
            let name = login.chars().take(80).collect();
            Err(DiscoveryError::Login { name })
        }
        None => Ok(()),
    }
}
