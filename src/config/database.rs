//! The settings of the database: its address and password.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

use super::error::ConfigError;
use super::sources::Sources;
use crate::database::DatabaseSettings;

#[derive(Default, Deserialize)]
pub(super) struct DatabaseValues {
    address: Option<String>,
    password: Option<String>,
    password_file: Option<PathBuf>,
}

impl DatabaseValues {
    /// The password, from its file if it is not set.
    pub(super) fn read_password(
        &self,
        sources: &Sources,
    ) -> Result<Option<SecretString>, ConfigError> {
        if let Some(password) = &self.password {
            return Ok(Some(password.as_str().into()));
        }
        let Some(file) = &self.password_file else {
            return Ok(None);
        };
        let password = fs_err::read_to_string(sources.resolve(file)).map_err(ConfigError::File)?;
        // Editors end a file with a line break, and it is no part of the password.
        Ok(Some(password.trim_end_matches(['\r', '\n']).into()))
    }

    pub(super) fn parse(
        &self,
        password: Option<SecretString>,
        home: &Path,
        sources: &Sources,
        origin: &str,
    ) -> Result<DatabaseSettings, ConfigError> {
        let parsed = DatabaseSettings::parse(self.address.as_deref(), password, home);
        let mut database = parsed.map_err(|reason| ConfigError::Database {
            origin: origin.to_owned(),
            reason,
        })?;
        if let DatabaseSettings::Sqlite(file) = &mut database {
            file.path = sources.resolve(&file.path);
        }
        Ok(database)
    }
}
