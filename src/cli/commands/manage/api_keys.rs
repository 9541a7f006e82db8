//! Lists, creates and deletes keys of the API, which the database holds.
//!
//! A key is printed once, when it is made: on standard output, because it was asked for.

use secrecy::ExposeSecret;
use serde_json::json;

use super::request::{AddApiKeyRequest, ManageOptions};
use crate::access::{ApiKey, KeyStore};
use crate::cli::arguments::Format;
use crate::cli::confirm::Confirm;
use crate::cli::exit::{CommandResult, Exit, UsageError};
use crate::cli::output::{self, Printer, expiry_of, one_line};
use crate::config::Config;
use crate::database::Database;

/// The keys of the database in the settings, and the ways to ask and to report.
pub(super) struct ApiKeyContext {
    keys: KeyStore,
    database: Database,
    options: ManageOptions,
    printer: Printer,
}

impl ApiKeyContext {
    pub(super) async fn open(
        options: ManageOptions,
        config: &Config,
        printer: Printer,
    ) -> CommandResult<Self> {
        let database = Database::open(&config.database).await?;
        Ok(Self {
            keys: KeyStore::new(database.clone()),
            database,
            options,
            printer,
        })
    }

    pub(super) async fn list(self) -> CommandResult {
        let keys = self.keys.list().await?;
        if self.options.format == Format::Json {
            output::json(&keys)?;
        } else if keys.is_empty() {
            self.printer
                .note("there is no key; `pyfa manage api-key add NAME` creates one");
        } else {
            let rows: Vec<[String; 5]> = keys
                .iter()
                .map(|key| {
                    [
                        one_line(&key.name),
                        key.masked(),
                        key.scopes.to_string(),
                        key.created_at.strftime("%Y-%m-%d").to_string(),
                        expiry(key),
                    ]
                })
                .collect();
            output::table(["NAME", "KEY", "SCOPES", "CREATED", "EXPIRES"], &rows);
        }
        self.database.close().await;
        Ok(Exit::Done)
    }

    pub(super) async fn add(self, request: AddApiKeyRequest) -> CommandResult {
        let AddApiKeyRequest {
            name,
            scopes,
            expires_at,
        } = request;
        if self.options.dry_run {
            let data = json!({"name": name, "scopes": scopes.names(), "done": false});
            let sentence = format!("would create the key `{}`: {scopes}", one_line(&name));
            self.report(&data, &sentence)?;
            return Ok(Exit::Done);
        }
        let expires_at = expires_at
            .and_then(|seconds| i64::try_from(seconds).ok())
            .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        let created = self.keys.create(&name, &scopes, expires_at).await?;
        let value = created.value.expose_secret();
        let key = &created.key;
        if self.options.format == Format::Json {
            output::json(&json!({
                "id": key.id,
                "name": key.name,
                "scopes": key.scopes.names(),
                "expires_at": key.expires_at,
                "value": value,
                "done": true,
            }))?;
        } else {
            self.printer.result(value);
            self.printer.note(&format!(
                "the key `{}` may do: {}; send it as `Authorization: Bearer`, and keep it, because \
                 it is not shown again",
                one_line(&key.name),
                key.scopes
            ));
        }
        self.database.close().await;
        Ok(Exit::Done)
    }

    pub(super) async fn delete(self, name: &str) -> CommandResult {
        let shown = one_line(name);
        let what = format!("this deletes the key `{shown}`; who uses it loses access at once");
        if self.options.dry_run {
            self.report(&json!({"name": name, "done": false}), &what)?;
            return Ok(Exit::Done);
        }
        let confirm = Confirm::new(self.options.force, self.printer);
        if !confirm.ask(&what, "Delete the key?")? {
            return Err(UsageError::new("nothing was deleted").into());
        }
        self.keys.delete(name).await?;
        let data = json!({"name": name, "done": true});
        self.report(&data, &format!("deleted the key `{shown}`"))?;
        self.database.close().await;
        Ok(Exit::Done)
    }

    fn report(&self, data: &serde_json::Value, sentence: &str) -> CommandResult<()> {
        match self.options.format {
            Format::Json => output::json(data)?,
            Format::Text => self.printer.result(sentence),
        }
        Ok(())
    }
}

fn expiry(key: &ApiKey) -> String {
    let seconds = key.expires_at.map(jiff::Timestamp::as_second);
    expiry_of(seconds.and_then(|seconds| u64::try_from(seconds).ok()))
}
