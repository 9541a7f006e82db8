//! `pyfa discover forget`: removes people from the map, and remembers that they are not to be named.

use serde::Serialize;

use crate::cli::arguments::Format;
use crate::cli::exit::{CommandResult, Exit};
use crate::cli::output::{self, Printer};
use crate::config::Config;
use crate::database::Database;
use crate::discovery;
use crate::model::Identity;

pub(super) async fn forget(
    names: &[String],
    config: &Config,
    format: Format,
    printer: Printer,
) -> CommandResult {
    let database = Database::open(&config.database).await?;
    let done = discovery::forget(&database, names).await?;
    database.close().await;
    if format == Format::Json {
        output::json(&done)?;
        return Ok(Exit::Done);
    }
    for person in done {
        let what = match (&person.identity, person.was_stored) {
            (Identity::GitHub(_), true) => "removed from the map; no sync brings them back",
            (Identity::GitHub(_), false) => "was not in the map; no sync adds them",
            _ => "is named on no page and in no export from now on",
        };
        printer.result(&format!("{}: {what}", person.identity));
    }
    Ok(Exit::Done)
}

pub(super) async fn list(config: &Config, format: Format) -> CommandResult {
    let listed = match Database::open_existing(&config.database).await? {
        Some(database) => {
            let listed = discovery::list_forgotten(&database).await?;
            database.close().await;
            listed
        }
        None => Vec::new(),
    };
    if format == Format::Json {
        output::json(&listed)?;
        return Ok(Exit::Done);
    }
    if listed.is_empty() {
        output::line("nobody asked to be forgotten");
        return Ok(Exit::Done);
    }
    let rows: Vec<[String; 3]> = listed
        .iter()
        .map(|person| {
            [
                person.asked_at.strftime("%Y-%m-%d %H:%M").to_string(),
                person
                    .github_id
                    .map_or("not known".to_owned(), |id| id.to_string()),
                person.login_digest.clone(),
            ]
        })
        .collect();
    output::table(["ASKED", "GITHUB ID", "DIGEST OF THE NAME"], &rows);
    Ok(Exit::Done)
}

/// What has become of a wish that was taken back.
#[derive(Debug, Serialize)]
struct TakenBack<'n> {
    name: &'n str,
    was_forgotten: bool,
}

pub(super) async fn take_back(
    names: &[String],
    config: &Config,
    format: Format,
    printer: Printer,
) -> CommandResult {
    let database = Database::open(&config.database).await?;
    let unknown = discovery::take_back(&database, names).await?;
    database.close().await;
    let done: Vec<TakenBack<'_>> = names
        .iter()
        .map(|name| TakenBack {
            name,
            was_forgotten: !unknown.contains(name),
        })
        .collect();
    if format == Format::Json {
        output::json(&done)?;
        return Ok(Exit::Done);
    }
    for TakenBack {
        name,
        was_forgotten,
    } in done
    {
        let what = if was_forgotten {
            "may be named, and stored again by later syncs"
        } else {
            "was not forgotten"
        };
        printer.result(&format!("{name}: {what}"));
    }
    Ok(Exit::Done)
}
