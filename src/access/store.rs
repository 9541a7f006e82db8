//! The keys in the database.

use jiff::Timestamp;
use secrecy::SecretString;

use super::error::AccessError;
use super::key::{ApiKey, digest, generate, has_digest, prefix_of};
use super::scope::Scopes;
use crate::database::{
    Database, DatabaseError, Row, Statement, Value, from_milliseconds, to_milliseconds,
};

/// Characters of the longest name.
const LONGEST_NAME: usize = 100;

const ADD: &str = "INSERT INTO api_keys (name, prefix, digest, scopes, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    RETURNING id, name, prefix, scopes, created_at, expires_at";
const LIST: &str =
    "SELECT id, name, prefix, scopes, created_at, expires_at FROM api_keys ORDER BY name";
const FIND: &str = "SELECT id, name, prefix, digest, scopes, created_at, expires_at
    FROM api_keys WHERE prefix = $1";
const DELETE: &str = "DELETE FROM api_keys WHERE name = $1";

/// The keys of a database.
#[derive(Debug, Clone)]
pub struct KeyStore {
    database: Database,
}

/// A key that was just made.
#[derive(Debug)]
pub struct NewApiKey {
    pub key: ApiKey,
    /// Shown now, and never again.
    pub value: SecretString,
}

impl KeyStore {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Makes a key.
    ///
    /// # Errors
    ///
    /// [`AccessError::Exists`] if there is one with this name.
    pub async fn create(
        &self,
        name: &str,
        scopes: &Scopes,
        expires_at: Option<Timestamp>,
    ) -> Result<NewApiKey, AccessError> {
        check_name(name)?;
        let (value, prefix) = generate()?;
        let values: Vec<Value> = vec![
            name.into(),
            prefix.into(),
            digest(&value).into(),
            scopes.to_string().into(),
            to_milliseconds(Timestamp::now()).into(),
            expires_at.map(to_milliseconds).into(),
        ];
        let added = self.database.write_returning(Statement::new(ADD, values));
        let rows = added.await.map_err(|error| match error {
            error if error.is_conflict() => AccessError::Exists(name.to_owned()),
            error => error.into(),
        })?;
        let row = rows.first();
        let row = row.ok_or_else(|| AccessError::NotFound(name.to_owned()))?;
        Ok(NewApiKey {
            key: read(row)?,
            value,
        })
    }

    /// Lists all keys by name.
    pub async fn list(&self) -> Result<Vec<ApiKey>, AccessError> {
        let rows = self
            .database
            .query(Statement::new(LIST, Vec::new()))
            .await?;
        let keys: Result<Vec<ApiKey>, DatabaseError> = rows.iter().map(read).collect();
        Ok(keys?)
    }

    /// Deletes the key with this name; it opens nothing from now on.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] if there is none.
    pub async fn delete(&self, name: &str) -> Result<(), AccessError> {
        let statement = Statement::new(DELETE, vec![name.into()]);
        match self.database.write(statement).await? {
            0 => Err(AccessError::NotFound(name.to_owned())),
            _ => Ok(()),
        }
    }

    /// The key that somebody sends, if it is one and has not expired.
    pub async fn find(&self, value: &SecretString) -> Result<Option<ApiKey>, DatabaseError> {
        let Some(prefix) = prefix_of(value) else {
            return Ok(None);
        };
        let statement = Statement::new(FIND, vec![prefix.into()]);
        let rows = self.database.query(statement).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        if !has_digest(value, &row.text("digest")?) {
            return Ok(None);
        }
        let key = read(row)?;
        let is_current = key.expires_at.is_none_or(|end| Timestamp::now() < end);
        Ok(is_current.then_some(key))
    }
}

fn read(row: &Row) -> Result<ApiKey, DatabaseError> {
    Ok(ApiKey {
        id: row.integer("id")?,
        name: row.text("name")?,
        prefix: row.text("prefix")?,
        scopes: Scopes::stored(&row.text("scopes")?),
        created_at: from_milliseconds(row.integer("created_at")?),
        expires_at: row.optional_integer("expires_at")?.map(from_milliseconds),
    })
}

fn check_name(name: &str) -> Result<(), AccessError> {
    let is_plain = |character: char| character.is_alphanumeric() || " ._@-".contains(character);
    let is_sound = (1..=LONGEST_NAME).contains(&name.chars().count())
        && name.trim() == name
        && name.chars().all(is_plain);
    if is_sound {
        Ok(())
    } else {
        Err(AccessError::Name(name.chars().take(LONGEST_NAME).collect()))
    }
}
