//! `pyfa search`: a list of packages in the terminal, from either engine.

use std::time::Instant;

use serde_json::{Value, json};

use super::selection::given;
use super::services::open_manager;
use crate::catalog::{
    AmbiguousFilter, Catalog, Facet, FacetFilter, PackageQuery, ResolvedQuery, Restriction,
    SearchResults, Sort, apply_operators, explain_unknown, join_arguments, understand,
};
use crate::cli::arguments::{Format, RegistryArgument, SearchArguments};
use crate::cli::exit::{CommandResult, Exit, UsageError};
use crate::cli::output::{hits, json};
use crate::config::Config;
use crate::manage::Manager;
use crate::model::RegistryKind;
use crate::profile::Profiles;

/// From the fields that name a package to those that mention a word.
const QUERY_BY: &str = "name,keywords,summary,first_chapter,main_content,changelog";
const WEIGHTS: &str = "10,8,8,4,2,1";
/// The fields that the list shows.
const SHOWN: &str = "name,registry,version,summary,github_stars,health_score,has_vulnerabilities,\
                     is_malicious,twins";

pub(super) async fn execute(arguments: SearchArguments, config: &Config) -> CommandResult {
    let manager = open_manager(config)?;
    let target = resolve_target(&arguments, config, &manager).await?;
    let query = read_words(&arguments)?;
    let answer = match order(&arguments) {
        Order::Sort(sort) if !arguments.all_versions => {
            let roots = resolve_roots(&arguments, config, &target)?;
            let query = PackageQuery {
                sort: sort.or(query.sort),
                ..query
            };
            search_packages(&arguments, query, &manager, &target, roots).await?
        }
        order => {
            let client = &manager.workspace.search;
            let counted: Vec<String> = arguments.facet.iter().map(|name| field(name)).collect();
            let parameters =
                search_parameters(&arguments, &query.words, &order, &counted, arguments.limit);
            client.search(&target, &parameters).await?
        }
    };
    match arguments.format {
        Format::Json => json(&answer)?,
        Format::Text => hits::print(&target, &answer),
    }
    Ok(Exit::Done)
}

/// The words that were typed, and what their operators say.
fn read_words(arguments: &SearchArguments) -> CommandResult<PackageQuery> {
    let mut query = PackageQuery {
        page: 1,
        per_page: arguments.limit,
        ..PackageQuery::default()
    };
    apply_operators(&join_arguments(&arguments.words), &mut query);
    let has_operators = query.sort.is_some() || !Restriction::all_of(&query).is_empty();
    let counts_fields = arguments
        .facet
        .iter()
        .any(|name| Facet::named(name).is_none());
    let has_order = matches!(order(arguments), Order::Raw(_));
    if has_operators && (arguments.all_versions || counts_fields || has_order) {
        return Err(UsageError::new(
            "filters among the words are about packages, so they do not go with `--all-versions` or \
             with a field in `--sort` or `--facet`; use `--filter` there",
        )
        .into());
    }
    Ok(query)
}

/// In which order the hits stand.
enum Order {
    Sort(Option<Sort>),
    /// In the server's words.
    Raw(String),
}

fn order(arguments: &SearchArguments) -> Order {
    match given(arguments.sort.as_deref()) {
        None => Order::Sort(None),
        Some(name) => match Sort::named(&name) {
            Some(sort) => Order::Sort(Some(sort)),
            None => Order::Raw(name),
        },
    }
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

/// The classifiers of the profile that was named, or that has the collection's name.
fn resolve_roots(
    arguments: &SearchArguments,
    config: &Config,
    target: &str,
) -> CommandResult<Vec<String>> {
    let profiles = Profiles::load(config.profiles_dir.as_deref())?;
    let profile = given(arguments.target.profile.as_deref());
    let key = profile.as_deref().unwrap_or(target);
    let profile = profiles.iter().find(|profile| profile.key == key);
    let roots = profile.map(|profile| profile.rules.classifiers().map(ToOwned::to_owned).collect());
    Ok(roots.unwrap_or_default())
}

/// Searches as the gallery does, and gives the answer in the form of the server's.
async fn search_packages(
    arguments: &SearchArguments,
    mut query: PackageQuery,
    manager: &Manager,
    target: &str,
    roots: Vec<String>,
) -> CommandResult<Value> {
    let begun = Instant::now();
    let client = &manager.workspace.search;
    let mut catalog = Catalog::new(client.clone(), target.to_owned(), roots);
    if let Some(filter) = given(arguments.filter.as_deref()) {
        catalog = catalog.narrowed(filter);
    }
    if query.sort.is_none() && !query.has_words() {
        // Without words a terminal lists by name.
        query.sort = Some(Sort::Name);
    }
    let facets = arguments.facet.iter();
    query.facets = facets.filter_map(|name| Facet::named(name)).collect();
    let mut meant = if query.filters.is_empty() {
        ResolvedQuery {
            query,
            doubts: Vec::new(),
        }
    } else {
        let overview = catalog.fetch_overview().await?;
        understand(&query, &overview)
    };
    let registry = read_registry(arguments).map(|(registry, excluded)| FacetFilter {
        facet: Facet::Registry,
        value: registry.as_str().to_owned(),
        excluded,
    });
    meant.query.filters.extend(registry);
    let results = catalog.search(&meant.query).await?;
    let fields: Vec<String> = arguments
        .facet
        .iter()
        .filter(|name| Facet::named(name).is_none())
        .cloned()
        .collect();
    let counts = if fields.is_empty() {
        Value::Null
    } else {
        let order = Order::Sort(None);
        let parameters = search_parameters(arguments, &meant.query.words, &order, &fields, 0);
        let mut answer = client.search(target, &parameters).await?;
        answer["facet_counts"].take()
    };
    let mut answer = as_answer(results, counts, begun);
    answer["notes"] = notes(&meant).into();
    Ok(answer)
}

/// What was not understood, a sentence for each.
fn notes(meant: &ResolvedQuery) -> Vec<String> {
    let doubts = meant
        .doubts
        .iter()
        .map(|AmbiguousFilter { filter, choices }| {
            let (facet, value) = (filter.facet.name(), &filter.value);
            let end = match choices.as_slice() {
                [] => ".".to_owned(),
                choices => format!("; there are {}.", choices.join(", ")),
            };
            format!("No package here has the {facet} “{value}”{end}")
        });
    let unknown = explain_unknown(&meant.query.words).into_iter();
    unknown.chain(doubts).collect()
}

/// The registry that packages come from, or, if the second is true, do not come from: older programs
/// wrote none, and knew only `PyPI`.
fn read_registry(arguments: &SearchArguments) -> Option<(RegistryKind, bool)> {
    match arguments.registry {
        RegistryArgument::All => None,
        RegistryArgument::Npm => Some((RegistryKind::Npm, false)),
        RegistryArgument::Pypi => Some((RegistryKind::Npm, true)),
    }
}

/// The results with the keys of a server's answer, as scripts read them.
fn as_answer(results: SearchResults, of_fields: Value, begun: Instant) -> Value {
    let mut facets: Vec<Value> = results
        .facets
        .iter()
        .map(|facet| json!({"field_name": facet.facet.name(), "counts": facet.values}))
        .collect();
    if let Value::Array(counts) = of_fields {
        facets.extend(counts);
    }
    let hits = results.hits.into_iter();
    let hits: Vec<Value> = hits
        .map(|hit| json!({"document": hit.package, "is_exact": hit.is_exact}))
        .collect();
    json!({
        "found": results.found,
        "out_of": results.total,
        "page": results.page,
        "pages": results.pages,
        "search_time_ms": u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        "interpretation": results.interpretation,
        "hits": hits,
        "facet_counts": facets,
    })
}

/// The field of a facet, by its own name or by that of the facet.
fn field(name: &str) -> String {
    match Facet::named(name) {
        Some(facet) => facet.field().to_owned(),
        None => name.to_owned(),
    }
}

/// One search in the server's words, with the counts of some fields.
fn search_parameters(
    arguments: &SearchArguments,
    words: &str,
    order: &Order,
    counted: &[String],
    limit: u32,
) -> Vec<(&'static str, String)> {
    let everything = words.trim().is_empty() || words.trim() == "*";
    let mut filters = Vec::new();
    if !arguments.all_versions {
        filters.push("is_latest:=true".to_owned());
    }
    if let Some((registry, excluded)) = read_registry(arguments) {
        let sign = if excluded { "!=" } else { "=" };
        filters.push(format!("registry:{sign}{registry}"));
    }
    if let Some(filter) = given(arguments.filter.as_deref()) {
        filters.push(format!("({filter})"));
    }
    let sort = match order {
        Order::Raw(sort) => sort.clone(),
        Order::Sort(None | Some(Sort::Relevance)) if everything => "name_sortable:asc".to_owned(),
        Order::Sort(None) => in_server_words(Sort::Relevance),
        Order::Sort(Some(sort)) => in_server_words(*sort),
    };
    let mut parameters = vec![
        (
            "q",
            if everything {
                "*".to_owned()
            } else {
                words.to_owned()
            },
        ),
        ("query_by", QUERY_BY.to_owned()),
        ("query_by_weights", WEIGHTS.to_owned()),
        ("text_match_type", "max_weight".to_owned()),
        ("sort_by", sort),
        ("include_fields", SHOWN.to_owned()),
        ("highlight_fields", "none".to_owned()),
        ("per_page", limit.to_string()),
    ];
    if !filters.is_empty() {
        parameters.push(("filter_by", filters.join(" && ")));
    }
    if !counted.is_empty() {
        parameters.push(("facet_by", counted.join(",")));
    }
    parameters
}

fn in_server_words(sort: Sort) -> String {
    match sort {
        Sort::Name => "name_sortable:asc".to_owned(),
        sort => format!("{}:desc,name_sortable:asc", sort.field()),
    }
}
