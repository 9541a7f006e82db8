//! Creates, derives and deletes keys.
//!
//! The one place where a secret is printed: on standard output, once, because it was asked for.

use std::io::{BufRead, Read};

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::context::ManageContext;
use super::request::{AddKeyRequest, DeriveKeyRequest, KeyText};
use crate::cli::arguments::Format;
use crate::cli::exit::{CommandResult, Exit, UsageError};
use crate::cli::output::{self, Printer, expiry_of, quoted_list};
use crate::manage::{self, KeyRequest, SearchKey, is_search_only};

/// The longest value that is read from standard input.
const LONGEST: u64 = 4096;

impl ManageContext<'_> {
    pub(super) async fn add_key(&self, request: AddKeyRequest) -> CommandResult {
        let AddKeyRequest {
            target,
            expires_at,
            scope,
            ..
        } = request;
        let value = request.value.map(KeyText::read).transpose()?;
        if let Some(value) = &value {
            manage::check_key(value)?;
        }
        if self.dry_run {
            self.report(
                &json!({"target": target, "expires_at": expires_at}),
                &format!("would create a key that can only search `{target}` and its versions"),
            )?;
            return Ok(Exit::Done);
        }
        let key = self
            .manager
            .create_search_key(KeyRequest {
                target: target.clone(),
                value,
                expires_at,
                description: request.description,
            })
            .await?;
        let scoped = scope
            .as_deref()
            .map(|filter| manage::scoped(&key.value, filter, expires_at));
        self.print_new_key(&key, scope.as_deref(), scoped.as_ref())?;
        self.printer.note(if scoped.is_some() {
            "hand out only the scoped value: the other one sees everything; neither is shown \
             again. Up to Typesense 0.24 the filter narrows results but is not access control: a \
             visitor can get around it"
        } else {
            "this key can only search, so it may be part of a web page; its value is not shown \
             again"
        });
        if key.collection.is_none() {
            self.printer.note(&format!(
                "there is no collection or alias `{target}` yet; `pyfa pypi -f -t {target}` \
                 creates one"
            ));
        }
        if !key.not_opened.is_empty() {
            self.printer.note(&format!(
                "the collection is also called {}, which this key does not open: the server \
                 compares a key with the name in the search request",
                quoted_list(&key.not_opened)
            ));
        }
        Ok(Exit::Done)
    }

    fn print_new_key(
        &self,
        key: &SearchKey,
        scope: Option<&str>,
        scoped: Option<&SecretString>,
    ) -> CommandResult<()> {
        if self.format == Format::Json {
            output::json(&json!({
                "id": key.id,
                "value": key.value.expose_secret(),
                "collections": key.collections,
                "description": key.description,
                "expires_at": key.expires_at,
                "scope": scope,
                "scoped_value": scoped.map(ExposeSecret::expose_secret),
            }))?;
            return Ok(());
        }
        self.print_key(key);
        if let (Some(filter), Some(scoped)) = (scope, scoped) {
            self.print_row("scope", filter);
            self.print_row("scoped value", scoped.expose_secret());
        }
        Ok(())
    }

    /// Prints a key with its value, a line for each part.
    pub(super) fn print_key(&self, key: &SearchKey) {
        self.print_row("id", &key.id.to_string());
        self.print_row("value", key.value.expose_secret());
        self.print_row("opens", &key.collections.join(", "));
        self.print_row("expires", &expiry_of(key.expires_at));
        self.print_row("description", &key.description);
    }

    fn print_row(&self, name: &str, text: &str) {
        self.printer.result(&format!("{name:14}{text}"));
    }

    pub(super) async fn delete_key(&self, id: u64) -> CommandResult {
        let key = self.manager.fetch_key(id).await?;
        let kind = if is_search_only(&key) {
            "search-only key"
        } else {
            "key, which can do more than search,"
        };
        let what = format!(
            "this deletes the {kind} {id} (\"{}\", opens {}); its users lose access",
            key.description,
            key.collections.join(", ")
        );
        let data = json!({
            "id": key.id,
            "collections": key.collections,
            "description": key.description,
        });
        if self.dry_run {
            self.report(&data, &what)?;
            return Ok(Exit::Done);
        }
        self.require_confirmation(&what, "Delete the key?", "nothing was deleted")?;
        self.manager.delete_key(id).await?;
        self.report(&data, &format!("deleted key {id}"))?;
        Ok(Exit::Done)
    }
}

/// Derives a scoped key from the value of another, without asking any server.
pub(super) fn derive(request: DeriveKeyRequest, format: Format, printer: Printer) -> CommandResult {
    let DeriveKeyRequest {
        parent,
        filter,
        expires_at,
    } = request;
    let scoped = manage::scoped(&parent.read()?, &filter, expires_at);
    if format == Format::Json {
        output::json(&json!({"scope": filter, "scoped_value": scoped.expose_secret()}))?;
    } else {
        printer.result(scoped.expose_secret());
    }
    Ok(Exit::Done)
}

impl KeyText {
    /// The value itself; waits for standard input if it comes from there.
    fn read(self) -> CommandResult<SecretString> {
        let Self::Given(value) = self else {
            let mut line = String::new();
            std::io::stdin()
                .lock()
                .take(LONGEST)
                .read_line(&mut line)
                .map_err(|_| UsageError::new("standard input is not valid text"))?;
            return Ok(line.trim().to_owned().into());
        };
        Ok(value)
    }
}
