//! `pyfa search`: a list of packages in the terminal, from either engine.

use super::selection::given;
use super::services::open_manager;
use crate::cli::arguments::{Format, SearchArguments};
use crate::cli::exit::{CommandResult, Exit, UsageError};
use crate::cli::output::{hits, json};
use crate::config::Config;
use crate::manage::Manager;
use crate::profile::Profiles;

/// From the fields that name a package to those that mention a word; `docs/frontends.md` says why.
const QUERY_BY: &str = "name,title,keywords,first_chapter,main_content,changelog";
const WEIGHTS: &str = "10,8,8,5,3,1";
/// The fields that the list shows.
const SHOWN: &str = "name,version,summary,github_stars,health_score,has_vulnerabilities";

pub(super) async fn execute(arguments: SearchArguments, config: &Config) -> CommandResult {
    let manager = open_manager(config)?;
    let target = resolve_target(&arguments, config, &manager).await?;
    let client = &manager.workspace.search;
    let answer = client
        .search(&target, &search_parameters(&arguments))
        .await?;
    match arguments.format {
        Format::Json => json(&answer)?,
        Format::Text => hits::print(&target, &answer),
    }
    Ok(Exit::Done)
}

/// The collection to search; if none is named and there is only one, that one.
async fn resolve_target(
    arguments: &SearchArguments,
    config: &Config,
    manager: &Manager,
) -> CommandResult<String> {
    if let Some(target) = given(arguments.target.target.as_deref()) {
        return Ok(target);
    }
    let profile = given(arguments.target.profile.as_deref());
    if let Some(profile) = profile.or_else(|| config.default_profile.clone()) {
        let profiles = Profiles::load(config.profiles_dir.as_deref())?;
        profiles.get(&profile)?;
        return Ok(profile);
    }
    let names = manager.list_alias_names().await?;
    if let [only] = names.as_slice() {
        return Ok(only.clone());
    }
    Err(UsageError::new(if names.is_empty() {
        "there is no collection yet; `pyfa up --sample` creates a sample, `pyfa up PROFILE` a \
         real one"
            .to_owned()
    } else {
        format!(
            "no collection given; use `-p PROFILE` or `-t COLLECTION` (there are {})",
            names.join(", ")
        )
    })
    .into())
}

fn search_parameters(arguments: &SearchArguments) -> Vec<(&'static str, String)> {
    let words = arguments.words.join(" ");
    let everything = words.trim().is_empty() || words.trim() == "*";
    let mut filters = Vec::new();
    if !arguments.all_versions {
        filters.push("is_latest:=true".to_owned());
    }
    if let Some(filter) = given(arguments.filter.as_deref()) {
        filters.push(format!("({filter})"));
    }
    let sort = given(arguments.sort.as_deref()).unwrap_or_else(|| {
        if everything {
            "name_sortable:asc"
        } else {
            "_text_match:desc,name_sortable:asc"
        }
        .to_owned()
    });
    let mut parameters = vec![
        ("q", if everything { "*".to_owned() } else { words }),
        ("query_by", QUERY_BY.to_owned()),
        ("query_by_weights", WEIGHTS.to_owned()),
        ("text_match_type", "max_weight".to_owned()),
        ("sort_by", sort),
        ("include_fields", SHOWN.to_owned()),
        ("highlight_fields", "none".to_owned()),
        ("per_page", arguments.limit.to_string()),
    ];
    if !filters.is_empty() {
        parameters.push(("filter_by", filters.join(" && ")));
    }
    if !arguments.facet.is_empty() {
        parameters.push(("facet_by", arguments.facet.join(",")));
    }
    parameters
}
