//! What the stored activity says: by repository, by week, by person.

use axum::response::Response;
use jiff::Timestamp;
use serde_json::json;

use super::asked::ApiRequest;
use super::format::Format;
use super::parameters::{Given, Parameter, ParameterKind};
use super::problem::Problem;
use super::respond;
use crate::activity::metrics::{
    FACT_DAYS, Grouping, KnownRepository, MetricsPeriod, Population, TimeSpan, fetch_metrics,
    fetch_persons, fetch_repositories, find_repositories, groups_as_csv, persons_as_csv,
};
use crate::model::RepositorySlug;

/// What metrics can be asked.
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter::new(
        "by",
        ParameterKind::Choice(&["repository", "week", "person"]),
        "What belongs together; `repository` if nothing is said.",
    ),
    Parameter::new(
        "repository",
        ParameterKind::Texts,
        "A repository as `owner/name`; all of them if nothing is said.",
    ),
    Parameter::new(
        "since",
        ParameterKind::Day,
        "The first day; 90 days before the last, if nothing is said.",
    ),
    Parameter::new("until", ParameterKind::Day, "The day after the last."),
    Parameter::new(
        "bots",
        ParameterKind::Switch,
        "Whether what bots do is counted, instead of what people do.",
    ),
];

/// Measures activity.
pub(super) async fn show(asked: &ApiRequest<'_>) -> Result<Response, Problem> {
    let format = Format::of(asked.headers(), &[Format::Json, Format::Csv])?;
    let given = Given::read(asked, PARAMETERS)?;
    let period = period_of(&given)?;
    let population = if given.is_on("bots") {
        Population::Bots
    } else {
        Population::People
    };
    let records = asked.records().await?;
    let database = records.database();
    let repositories = choose(database, &given).await?;
    let by = given.get("by").unwrap_or("repository");
    if by == "person" {
        let persons = fetch_persons(database, &repositories, period, population).await?;
        if format == Format::Csv {
            return csv(asked, persons_as_csv(&persons));
        }
        return Ok(respond::json(
            asked.headers(),
            &json!({"period": period, "count": persons.len(), "results": persons}),
        ));
    }
    let grouping = match by {
        "week" => Grouping::Time(TimeSpan::Week),
        _ => Grouping::Repository,
    };
    let groups = fetch_metrics(database, &repositories, period, grouping, population).await?;
    if format == Format::Csv {
        return csv(asked, groups_as_csv(by, &groups));
    }
    Ok(respond::json(
        asked.headers(),
        &json!({"period": period, "count": groups.len(), "results": groups}),
    ))
}

fn csv(asked: &ApiRequest<'_>, text: csv::Result<String>) -> Result<Response, Problem> {
    let text = text.map_err(|_| Problem::not_acceptable())?;
    Ok(respond::whole(
        asked.headers(),
        Format::Csv.content_type(),
        text.into_bytes(),
    ))
}

async fn choose(
    database: &crate::database::Database,
    given: &Given,
) -> Result<Vec<KnownRepository>, Problem> {
    let names: Vec<&str> = given.all("repository").collect();
    if names.is_empty() {
        return Ok(fetch_repositories(database).await?);
    }
    let wrong = |name: &str| {
        let shown: String = name
            .chars()
            .filter(|one| !one.is_control())
            .take(150)
            .collect();
        Problem::parameter("repository", format!("`{shown}` is not known"), [])
    };
    let slugs: Result<Vec<RepositorySlug>, Problem> = names
        .iter()
        .map(|name| name.parse().map_err(|_| wrong(name)))
        .collect();
    let found = find_repositories(database, &slugs?).await?;
    let found = found.into_iter().zip(names);
    found
        .map(|(found, name)| found.ok_or_else(|| wrong(name)))
        .collect()
}

fn period_of(given: &Given) -> Result<MetricsPeriod, Problem> {
    let until = given.day("until").unwrap_or_else(Timestamp::now);
    let period = match given.day("since") {
        Some(since) => MetricsPeriod { since, until },
        None => MetricsPeriod::days_before(until, FACT_DAYS),
    };
    if period.since >= period.until {
        let detail = "`since` has to be before `until`, which is the day after the last one";
        return Err(Problem::parameter("since", detail, []));
    }
    Ok(period)
}
