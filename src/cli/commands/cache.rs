//! `pyfa cache size` and `pyfa cache prune`.

use super::services::open_cache;
use crate::cli::arguments::CacheAction;
use crate::cli::exit::{CommandResult, Exit};
use crate::cli::output::{Printer, bytes};
use crate::config::Config;

pub(super) async fn execute(
    action: &CacheAction,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let cache = open_cache(config)?;
    if let CacheAction::Prune { all } = action {
        let pruned = cache.prune(if *all { 0 } else { config.cache_limit }).await;
        printer.result(&format!(
            "removed {} entries, freed {}",
            pruned.entries,
            bytes(pruned.bytes)
        ));
    }
    let size = cache.size();
    printer.result(&format!(
        "{} entries, {} of {}",
        size.entries,
        bytes(size.bytes),
        bytes(config.cache_limit)
    ));
    Ok(Exit::Done)
}
