//! `pyfa config`: every setting, its value, and where it came from.

use crate::cli::arguments::Format;
use crate::cli::exit::{CommandResult, Exit};
use crate::cli::output::{json, table};
use crate::config::Config;

pub(super) fn execute(format: Format, config: &Config) -> CommandResult {
    if format == Format::Json {
        json(config.explain())?;
        return Ok(Exit::Done);
    }
    let rows: Vec<[String; 3]> = config
        .explain()
        .iter()
        .map(|line| {
            let value = line.value.clone().unwrap_or_else(|| "-".to_owned());
            [line.name.to_string(), value, line.source.clone()]
        })
        .collect();
    table(["SETTING", "VALUE", "SOURCE"], &rows);
    Ok(Exit::Done)
}
