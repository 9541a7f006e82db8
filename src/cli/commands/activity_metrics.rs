//! `pyfa activity metrics`: how repositories are looked after, as text, JSON, a table or a report.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::activity_period::metrics_period;
use super::selection::select_profile;
use super::services::open_workspace;
use crate::activity::list_package_repositories;
use crate::activity::metrics::{
    GROUP_HEADS, Group, Grouping, KnownRepository, MetricsPeriod, PERSON_HEADS, PersonMetrics,
    Population, Report, TimeSpan, fetch_metrics, fetch_persons, fetch_repositories,
    find_repositories, group_cells, groups_as_csv, person_cells, persons_as_csv,
};
use crate::cli::arguments::{ByArgument, MetricsArguments, MetricsFormat};
use crate::cli::exit::{CommandResult, Exit, UsageError};
use crate::cli::output::{self, Printer};
use crate::config::Config;
use crate::database::Database;
use crate::progress::Silent;

pub(super) async fn execute(
    arguments: &MetricsArguments,
    database: &Database,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let period = metrics_period(arguments.since, arguments.until)?;
    let selected = select(arguments, database, config, printer).await?;
    let metrics = Metrics {
        arguments,
        database,
        period,
        population: if arguments.bots {
            Population::Bots
        } else {
            Population::People
        },
        selected,
    };
    metrics.note_incomplete(printer);
    metrics.show().await?;
    Ok(Exit::Done)
}

/// The repositories that are meant.
struct Selected {
    /// What they have in common, for people.
    title: String,
    repositories: Vec<KnownRepository>,
    /// Those of each profile.
    profiles: Vec<(String, Vec<KnownRepository>)>,
}

async fn select(
    arguments: &MetricsArguments,
    database: &Database,
    config: &Config,
    printer: Printer,
) -> CommandResult<Selected> {
    let mut keys = arguments.profile.clone();
    if arguments.by == ByArgument::Profile && keys.is_empty() {
        keys.extend(config.default_profile.clone());
        if keys.is_empty() {
            return Err(UsageError::new(
                "no profile given; use `-p PROFILE` (`pyfa profiles` lists them)",
            )
            .into());
        }
    }
    if keys.len() > 1 && arguments.target.is_some() {
        return Err(
            UsageError::new("--target names one collection; give one profile with it").into(),
        );
    }
    if !keys.is_empty() {
        let mut profiles = Vec::new();
        for key in keys {
            let target = arguments.target.as_deref().unwrap_or(&key);
            let found = fetch_profile_repositories(&key, target, database, config, printer).await?;
            profiles.push((key, found));
        }
        let titles: Vec<&str> = profiles.iter().map(|(key, _)| key.as_str()).collect();
        let all = profiles.iter().flat_map(|(_, found)| found.iter().cloned());
        return Ok(Selected {
            title: titles.join(", "),
            repositories: each_once(all),
            profiles,
        });
    }
    let repositories = if arguments.repository.is_empty() {
        fetch_repositories(database).await?
    } else {
        let found = find_repositories(database, &arguments.repository).await?;
        for (name, found) in arguments.repository.iter().zip(&found) {
            if found.is_none() {
                return Err(UsageError::new(format!(
                    "{name} is not followed; `pyfa activity sync --repository {name}` reads it"
                ))
                .into());
            }
        }
        each_once(found.into_iter().flatten())
    };
    let title = match &*repositories {
        [one] => one.name.clone(),
        _ => "all repositories".to_owned(),
    };
    Ok(Selected {
        title,
        repositories,
        profiles: Vec::new(),
    })
}

/// The repositories behind the packages of a profile's collection, as far as they are followed.
async fn fetch_profile_repositories(
    key: &str,
    target: &str,
    database: &Database,
    config: &Config,
    printer: Printer,
) -> CommandResult<Vec<KnownRepository>> {
    select_profile(key, config, printer)?;
    let workspace = open_workspace(config, Arc::new(Silent))?;
    let collection = workspace.find_collection(target).await?.name;
    let slugs = list_package_repositories(&workspace.search, &collection).await?;
    let found = find_repositories(database, &slugs).await?;
    let found = each_once(found.into_iter().flatten());
    printer.note(&format!(
        "{key}: {} of the {} repositories of its packages on GitHub are followed",
        found.len(),
        slugs.len()
    ));
    Ok(found)
}

fn each_once(repositories: impl Iterator<Item = KnownRepository>) -> Vec<KnownRepository> {
    let mut all: Vec<KnownRepository> = repositories.collect();
    all.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    all.dedup();
    all
}

struct Metrics<'m> {
    arguments: &'m MetricsArguments,
    database: &'m Database,
    period: MetricsPeriod,
    population: Population,
    selected: Selected,
}

/// Metrics as JSON.
#[derive(Serialize)]
struct Shown<T> {
    by: &'static str,
    of: &'static str,
    #[serde(flatten)]
    period: MetricsPeriod,
    rows: Vec<T>,
}

impl Metrics<'_> {
    fn note_incomplete(&self, printer: Printer) {
        let all = &self.selected.repositories;
        let incomplete: Vec<&str> = all
            .iter()
            .filter(|one| !one.is_complete)
            .map(|one| one.name.as_str())
            .collect();
        if let [first, others @ ..] = &*incomplete {
            let more = match others.len() {
                0 => String::new(),
                count => format!(" and {count} more"),
            };
            printer.note(&format!(
                "not known and not counted: {first}{more}; `pyfa activity sync --schedule daily` \
                 reads the list of all issues"
            ));
        }
    }

    async fn show(&self) -> CommandResult<()> {
        let by = self.arguments.by;
        if self.arguments.format == MetricsFormat::Markdown {
            return self.show_report().await;
        }
        if by == ByArgument::Person {
            let persons = self.fetch_persons().await?;
            let cells = |person: &PersonMetrics| person_cells(person).to_vec();
            return self.show_rows(&persons, &PERSON_HEADS, cells, persons_as_csv);
        }
        let groups = self.fetch_groups().await?;
        let mut heads = GROUP_HEADS;
        heads[0] = name_of(by);
        let cells = |group: &Group| group_cells(group).to_vec();
        self.show_rows(&groups, &heads, cells, |groups| {
            groups_as_csv(name_of(by), groups)
        })
    }

    fn show_rows<T: Serialize + Clone>(
        &self,
        rows: &[T],
        heads: &[&str],
        cells: impl Fn(&T) -> Vec<String>,
        as_csv: impl Fn(&[T]) -> csv::Result<String>,
    ) -> CommandResult<()> {
        let path = self.arguments.output.as_deref();
        match self.arguments.format {
            MetricsFormat::Json => {
                let shown = Shown {
                    by: name_of(self.arguments.by),
                    of: match self.population {
                        Population::People => "people",
                        Population::Bots => "bots",
                    },
                    period: self.period,
                    rows: rows.to_vec(),
                };
                match path {
                    None => output::json(&shown)?,
                    Some(path) => {
                        fs_err::write(path, serde_json::to_string_pretty(&shown)? + "\n")?;
                    }
                }
            }
            MetricsFormat::Csv => {
                let table = as_csv(rows).map_err(std::io::Error::from)?;
                put(&table, path)?;
            }
            MetricsFormat::Text | MetricsFormat::Markdown => {
                let heads: Vec<String> = heads.iter().map(|head| head.to_uppercase()).collect();
                let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
                let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
                match path {
                    None if rows.is_empty() => output::line("nothing is known"),
                    None => output::table_rows(&heads, &rows),
                    Some(path) => fs_err::write(path, output::table_text(&heads, &rows))?,
                }
            }
        }
        Ok(())
    }

    async fn fetch_persons(&self) -> CommandResult<Vec<PersonMetrics>> {
        let repositories = &self.selected.repositories;
        let persons = fetch_persons(self.database, repositories, self.period, self.population);
        Ok(persons.await?)
    }

    async fn fetch_groups(&self) -> CommandResult<Vec<Group>> {
        let fetch = async |repositories: &[KnownRepository], grouping| {
            let (period, population) = (self.period, self.population);
            fetch_metrics(self.database, repositories, period, grouping, population).await
        };
        let repositories = &self.selected.repositories;
        match self.arguments.by {
            ByArgument::Repository | ByArgument::Person => {
                Ok(fetch(repositories, Grouping::Repository).await?)
            }
            ByArgument::Week => Ok(fetch(repositories, Grouping::Time(TimeSpan::Week)).await?),
            ByArgument::Profile => {
                let mut groups = Vec::new();
                for (key, repositories) in &self.selected.profiles {
                    let found = fetch(repositories, Grouping::Everything).await?;
                    groups.push(Group {
                        name: key.clone(),
                        measures: found.into_iter().find_map(|group| group.measures),
                    });
                }
                Ok(groups)
            }
        }
    }

    async fn show_report(&self) -> CommandResult<()> {
        let fetch = async |grouping, population| {
            let repositories = &self.selected.repositories;
            fetch_metrics(
                self.database,
                repositories,
                self.period,
                grouping,
                population,
            )
            .await
        };
        let everything = async |population| -> CommandResult<_> {
            let found = fetch(Grouping::Everything, population).await?;
            Ok(found.into_iter().find_map(|group| group.measures))
        };
        let by = self.arguments.by;
        let other = match self.population {
            Population::People => Population::Bots,
            Population::Bots => Population::People,
        };
        let span = TimeSpan::of_chart(&self.period);
        let report = Report {
            title: self.selected.title.clone(),
            period: self.period,
            population: self.population,
            overall: everything(self.population).await?,
            others: everything(other).await?,
            span,
            spans: fetch(Grouping::Time(span), self.population).await?,
            groups: match by {
                ByArgument::Person => Vec::new(),
                _ => self.fetch_groups().await?,
            },
            persons: match by {
                ByArgument::Person => self.fetch_persons().await?,
                _ => Vec::new(),
            },
            grouped_by: name_of(by),
        };
        let Some(folder) = &self.arguments.output else {
            output::lines(report.markdown(&[]).lines());
            return Ok(());
        };
        fs_err::create_dir_all(folder)?;
        for file in report.files() {
            fs_err::write(folder.join(file.name), file.text)?;
        }
        Ok(())
    }
}

/// Writes a text to a file, or else to the standard output.
fn put(text: &str, path: Option<&Path>) -> CommandResult<()> {
    match path {
        None => output::lines(text.lines()),
        Some(path) => fs_err::write(path, text)?,
    }
    Ok(())
}

fn name_of(by: ByArgument) -> &'static str {
    match by {
        ByArgument::Repository => "repository",
        ByArgument::Week => "week",
        ByArgument::Person => "person",
        ByArgument::Profile => "profile",
    }
}
