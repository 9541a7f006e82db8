//! Removes people from the map for good, at their wish, and keeps of them what recognises them: here,
//! and wherever packages are shown.

use jiff::Timestamp;
use serde::Serialize;

use super::error::DiscoveryError;
use super::store::remove_account;
use crate::database::{Database, Statement, Transaction};
use crate::model::{Identity, NobodyNamed};

/// Somebody who is forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forgot {
    #[serde(rename = "name")]
    pub identity: Identity,
    /// Whether something was stored in the map, and was removed; only accounts on GitHub are there.
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

/// Forgets people: accounts on GitHub, of registries, and names of authors. Asks nobody but the
/// database.
///
/// # Errors
///
/// [`DiscoveryError::Nobody`] if one of the names is none; then nobody is forgotten.
pub async fn forget(database: &Database, names: &[String]) -> Result<Vec<Forgot>, DiscoveryError> {
    let at = Timestamp::now();
    let mut done = Vec::new();
    for identity in read(names)? {
        let id = match &identity {
            Identity::GitHub(login) => find_account(database, login).await?,
            Identity::Account(..) | Identity::Name(_) => None,
        };
        let keep = Statement::new(
            "INSERT INTO forgotten (login_digest, github_id, asked_at) VALUES ($1, $2, $3)
             ON CONFLICT (login_digest) DO UPDATE SET
                 github_id = COALESCE(excluded.github_id, forgotten.github_id)",
            vec![identity.digest().into(), id.into(), at.into()],
        );
        let mut work = Transaction::new().and(keep);
        if let Some(id) = id {
            work = remove_account(work, id);
        }
        database.commit(work).await?;
        done.push(Forgot {
            identity,
            was_stored: id.is_some(),
        });
    }
    Ok(done)
}

/// GitHub's id of an account in the map.
async fn find_account(database: &Database, login: &str) -> Result<Option<i64>, DiscoveryError> {
    let text = "SELECT github_id FROM developers WHERE LOWER(login) = $1";
    let values = vec![login.to_lowercase().into()];
    let rows = database.query(Statement::new(text, values)).await?;
    let id = rows.first().map(|row| row.integer("github_id"));
    Ok(id.transpose()?)
}

fn read(names: &[String]) -> Result<Vec<Identity>, NobodyNamed> {
    names.iter().map(|name| name.parse()).collect()
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
/// [`DiscoveryError::Nobody`] if one of the names is none; then nothing is taken back.
pub async fn take_back(
    database: &Database,
    names: &[String],
) -> Result<Vec<String>, DiscoveryError> {
    let mut unknown = Vec::new();
    for (name, identity) in names.iter().zip(read(names)?) {
        let text = "DELETE FROM forgotten WHERE login_digest = $1";
        let removed = database
            .write(Statement::new(text, vec![identity.digest().into()]))
            .await?;
        if removed == 0 {
            unknown.push(name.clone());
        }
    }
    if unknown.len() < names.len() {
        // Lists in which they are have to be read again, though they have not changed.
        let text = "UPDATE discovery_lists SET etag = NULL";
        database.write(Statement::new(text, Vec::new())).await?;
    }
    Ok(unknown)
}
