//! Metrics of a small world, counted by hand, on both databases.

use anyhow::{Context, Result};
use jiff::SignedDuration;
use pyfa::activity::metrics::{
    Counts, Grouping, KnownRepository, Measures, MetricsPeriod, PersonMetrics, Population, Report,
    Spread, TimeSpan, fetch_facts, fetch_metrics, fetch_persons, fetch_repositories,
    find_repositories,
};
use pyfa::activity::{ActivityScope, Schedule, sync};
use pyfa::database::Database;

use super::little::{SINCE, UNTIL, fill};
use super::{now, rows, session, town};
use crate::database::{Place, on_both};

on_both!(
    a_repository_is_measured_as_by_hand,
    weeks_are_measured_as_by_hand,
    months_quarters_and_years_are_those_of_the_calendar,
    bots_are_measured_apart,
    people_are_listed_with_what_they_did,
    what_was_never_listed_is_not_known,
    views_say_the_same,
    packages_get_what_is_fresh,
    a_report_is_the_same_every_time,
    a_sync_stores_the_list_of_bots,
);

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

fn period() -> Result<MetricsPeriod> {
    Ok(MetricsPeriod {
        since: SINCE.parse()?,
        until: UNTIL.parse()?,
    })
}

async fn world(place: &Place) -> Result<(Database, Vec<KnownRepository>)> {
    let database = place.open().await?;
    fill(&database, SignedDuration::ZERO).await?;
    let repositories = fetch_repositories(&database).await?;
    Ok((database, repositories))
}

async fn measure(
    database: &Database,
    repositories: &[KnownRepository],
    grouping: Grouping,
    population: Population,
) -> Result<Vec<(String, Option<Measures>)>> {
    let groups = fetch_metrics(database, repositories, period()?, grouping, population).await?;
    Ok(groups
        .into_iter()
        .map(|group| (group.name, group.measures))
        .collect())
}

fn spread_of(count: i64, median_seconds: i64, percentile_90_seconds: i64) -> Spread {
    Spread {
        count,
        median_seconds,
        percentile_90_seconds,
    }
}

fn expected() -> Measures {
    Measures {
        counts: Counts {
            issues_opened: 4,
            issues_closed: 1,
            pull_requests_opened: 2,
            pull_requests_closed: 2,
            pull_requests_merged: 1,
            first_responses_by_members: 2,
            first_responses_by_others: 1,
            unanswered: 1,
            unread: 1,
            open_issues: Some(4),
            open_pull_requests: Some(0),
        },
        backlog_growth: 3,
        merge_rate_percent: Some(50),
        time_to_first_response: Some(spread_of(3, 2 * HOUR, 6 * HOUR)),
        time_to_close: Some(spread_of(3, 48 * HOUR, 48 * HOUR)),
        time_to_merge: Some(spread_of(1, 48 * HOUR, 48 * HOUR)),
        open_age: Some(spread_of(4, 10 * DAY, 84 * DAY)),
        contributors: 4,
        new_contributors: 2,
        returning_contributors: 2,
        bus_factor: Some(2),
    }
}

/// Everything is known, and nothing has happened.
fn nothing() -> Measures {
    Measures {
        counts: Counts {
            open_issues: Some(0),
            open_pull_requests: Some(0),
            ..Counts::default()
        },
        ..Measures::default()
    }
}

async fn a_repository_is_measured_as_by_hand(place: &Place) -> Result<()> {
    let (database, repositories) = world(place).await?;
    let (by, who) = (Grouping::Repository, Population::People);
    let found = measure(&database, &repositories, by, who).await?;
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["org/one", "org/two", "other/three"]);
    assert_eq!(found[0].1, Some(expected()));
    assert_eq!(found[1].1, None, "its issues were never listed");
    assert_eq!(found[2].1, Some(nothing()));

    // What happens after the end does not count, nor what is elsewhere.
    let three = &repositories[2..];
    let everything = measure(&database, three, Grouping::Everything, who).await?;
    assert_eq!(everything, [(String::new(), Some(nothing()))]);
    let all = measure(&database, &repositories, Grouping::Everything, who).await?;
    assert_eq!(all, [(String::new(), Some(expected()))]);
    let early = MetricsPeriod {
        until: "2026-03-03T03:00:00Z".parse()?,
        ..period()?
    };
    let early = fetch_metrics(&database, &repositories, early, by, who).await?;
    let early = early[0].measures.as_ref().context("no measures")?;
    assert_eq!(
        early.time_to_first_response,
        Some(spread_of(1, 2 * HOUR, 2 * HOUR))
    );
    assert_eq!(
        (early.counts.unanswered, early.counts.open_issues),
        (1, Some(3))
    );
    Ok(())
}

async fn weeks_are_measured_as_by_hand(place: &Place) -> Result<()> {
    let (database, repositories) = world(place).await?;
    let (by, who) = (Grouping::Time(TimeSpan::Week), Population::People);
    let weeks = measure(&database, &repositories, by, who).await?;
    let shown: Vec<_> = weeks
        .iter()
        .map(|(week, measures)| {
            let measures = measures.clone().unwrap_or_default();
            let counts = &measures.counts;
            (
                week.as_str(),
                counts.opened(),
                counts.closed(),
                measures.time_to_first_response.map(|it| it.median_seconds),
                (measures.new_contributors, measures.returning_contributors),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("2026-03-02", 2, 1, Some(2 * HOUR), (1, 2)),
            ("2026-03-09", 1, 1, Some(HOUR), (0, 3)),
            ("2026-03-16", 2, 1, None, (0, 1)),
            ("2026-03-23", 1, 0, None, (1, 0)),
        ]
    );
    Ok(())
}

async fn months_quarters_and_years_are_those_of_the_calendar(place: &Place) -> Result<()> {
    let (database, repositories) = world(place).await?;
    let period = MetricsPeriod {
        since: "2025-11-15T00:00:00Z".parse()?,
        until: "2026-04-01T00:00:00Z".parse()?,
    };
    for (span, expected) in [
        (
            TimeSpan::Month,
            &[
                ("2025-11", 0),
                ("2025-12", 0),
                ("2026-01", 1),
                ("2026-02", 0),
                ("2026-03", 6),
            ][..],
        ),
        (TimeSpan::Quarter, &[("2025-Q4", 0), ("2026-Q1", 7)]),
        (TimeSpan::Year, &[("2025", 0), ("2026", 7)]),
    ] {
        let by = Grouping::Time(span);
        let who = Population::People;
        let groups = fetch_metrics(&database, &repositories, period, by, who).await?;
        let opened = groups.iter().map(|group| {
            let measures = group.measures.clone().unwrap_or_default();
            (group.name.as_str(), measures.counts.opened())
        });
        assert_eq!(opened.collect::<Vec<_>>(), expected);
        let last = groups.last().and_then(|group| group.measures.clone());
        let newcomers = last.map(|measures| measures.new_contributors);
        let expected = if span == TimeSpan::Month { 2 } else { 4 };
        assert_eq!(newcomers, Some(expected), "{span:?}");
    }
    Ok(())
}

async fn bots_are_measured_apart(place: &Place) -> Result<()> {
    let (database, repositories) = world(place).await?;
    let (by, who) = (Grouping::Everything, Population::Bots);
    let bots = measure(&database, &repositories, by, who).await?;
    let bots = bots[0].1.clone().context("no measures")?;
    assert_eq!(bots.counts.pull_requests_opened, 1);
    assert_eq!(bots.counts.issues_opened, 0);
    assert_eq!(bots.time_to_merge, Some(spread_of(1, 12 * HOUR, 12 * HOUR)));
    assert_eq!(
        bots.counts.first_responses_by_members, 1,
        "people answer bots"
    );
    assert_eq!(bots.contributors, 2);
    let persons = fetch_persons(&database, &repositories, period()?, who).await?;
    let logins: Vec<_> = persons
        .iter()
        .filter_map(|one| one.login.as_deref())
        .collect();
    assert_eq!(logins, ["dependabot[bot]", "Robo"]);

    // Without the list, one of them is a person, and the first to answer.
    let none = "DELETE FROM bots";
    database
        .write(pyfa::database::Statement::new(none, Vec::new()))
        .await?;
    let by = Grouping::Everything;
    let people = measure(&database, &repositories, by, Population::People).await?;
    let people = people[0].1.clone().context("no measures")?;
    assert_eq!(people.contributors, 5);
    assert_eq!(
        people.time_to_first_response,
        Some(spread_of(3, HOUR, 6 * HOUR))
    );
    Ok(())
}

async fn people_are_listed_with_what_they_did(place: &Place) -> Result<()> {
    let (database, repositories) = world(place).await?;
    let who = Population::People;
    let persons = fetch_persons(&database, &repositories, period()?, who).await?;
    let logins: Vec<_> = persons
        .iter()
        .filter_map(|one| one.login.as_deref())
        .collect();
    assert_eq!(logins, ["ada", "ben", "cleo", "dora"]);
    assert_eq!(
        persons[0],
        PersonMetrics {
            id: super::little::ADA,
            login: Some("ada".to_owned()),
            is_member: false,
            is_new: false,
            first_contribution: "2026-01-06T00:00:00Z".parse()?,
            last_contribution: "2026-03-17T00:00:00Z".parse()?,
            contributions: 5,
            issues_opened: 1,
            pull_requests_opened: 2,
            pull_requests_merged: 1,
            comments: 1,
            reviews: 0,
            closings: 1,
        }
    );
    let ben = &persons[1];
    assert_eq!((ben.contributions, ben.comments, ben.closings), (5, 2, 3));
    assert!(ben.is_member && ben.is_new);
    Ok(())
}

async fn what_was_never_listed_is_not_known(place: &Place) -> Result<()> {
    let (database, repositories) = world(place).await?;
    let two = &repositories[1..2];
    for grouping in [Grouping::Everything, Grouping::Time(TimeSpan::Week)] {
        let found = measure(&database, two, grouping, Population::People).await?;
        assert_eq!(found, []);
    }
    let persons = fetch_persons(&database, two, period()?, Population::People).await?;
    assert_eq!(persons, []);
    let names = ["ORG/One", "org/none"].map(str::parse);
    let names = names.into_iter().collect::<Result<Vec<_>, _>>()?;
    let found = find_repositories(&database, &names).await?;
    let ids: Vec<_> = found
        .iter()
        .map(|one| one.as_ref().map(|one| one.id))
        .collect();
    assert_eq!(ids, [Some(1), None]);
    Ok(())
}

async fn views_say_the_same(place: &Place) -> Result<()> {
    let (database, _) = world(place).await?;
    let weekly = rows(
        &database,
        "SELECT * FROM weekly_activity WHERE week = '2026-03-02' AND NOT by_bot",
    )
    .await?;
    let names = [
        "issues_opened",
        "issues_closed",
        "pull_requests_opened",
        "backlog_growth",
        "new_contributors",
        "returning_contributors",
    ];
    let found: Vec<i64> = names
        .iter()
        .map(|name| Ok(weekly[0].integer(name)?))
        .collect::<Result<_>>()?;
    assert_eq!((weekly.len(), found), (1, vec![2, 1, 0, 1, 1, 2]));

    let first = rows(
        &database,
        "SELECT * FROM issue_responses WHERE number = 1 AND repository_id = 1",
    )
    .await?;
    assert_eq!(first[0].integer("seconds_to_first_response")?, 2 * HOUR);
    assert_eq!(first[0].integer("seconds_to_close")?, 48 * HOUR);
    assert_eq!(first[0].optional_integer("seconds_to_merge")?, None);
    let member = first[0].time("first_member_response_at")?.to_string();
    assert_eq!(member, "2026-03-02T13:00:00Z");
    let last = first[0].time("last_human_response_at")?.to_string();
    assert_eq!(last, "2026-03-04T10:00:00Z");

    let ben = rows(&database, "SELECT * FROM contributors WHERE login = 'ben'").await?;
    assert!(ben[0].boolean("is_member")? && !ben[0].boolean("by_bot")?);
    assert_eq!(ben[0].integer("contributions")?, 5);
    Ok(())
}

async fn packages_get_what_is_fresh(place: &Place) -> Result<()> {
    let (database, repositories) = world(place).await?;
    let at = "2026-03-30T00:00:00Z".parse()?;
    let facts = fetch_facts(&database, &repositories, at).await?;
    assert_eq!(facts.len(), 2, "one was never listed");
    let one = &facts[&1];
    // Of the seven of 90 days, one was not read: more than a tenth.
    assert_eq!(one.first_response_hours, None);
    assert_eq!((one.new_contributors, one.contributors), (4, 4));
    assert_eq!((one.open_issues_growth, one.bus_factor), (4, Some(2)));
    assert_eq!(one.merge_rate_percent, Some(50));
    let last = "2026-03-12T00:00:00Z".parse::<jiff::Timestamp>()?;
    assert_eq!(one.last_human_response, Some(last.as_second()));
    assert_eq!(facts[&3].bus_factor, None);

    let read = "UPDATE issues SET timeline_due = FALSE";
    database
        .write(pyfa::database::Statement::new(read, Vec::new()))
        .await?;
    let facts = fetch_facts(&database, &repositories, at).await?;
    // 1, 2, 6 and 24 hours.
    assert_eq!(facts[&1].first_response_hours, Some(2.0));

    let later = "2026-04-06T00:00:00Z".parse()?;
    let facts = fetch_facts(&database, &repositories, later).await?;
    assert!(facts.is_empty(), "GitHub was not asked for a week");
    Ok(())
}

async fn a_report_is_the_same_every_time(place: &Place) -> Result<()> {
    let (database, repositories) = world(place).await?;
    let all = async |grouping, population| {
        fetch_metrics(&database, &repositories, period()?, grouping, population)
            .await
            .map_err(anyhow::Error::from)
    };
    let everything = async |population| -> Result<Option<Measures>> {
        let found = all(Grouping::Everything, population).await?;
        Ok(found.into_iter().find_map(|group| group.measures))
    };
    let report = Report {
        title: "all repositories".to_owned(),
        period: period()?,
        population: Population::People,
        overall: everything(Population::People).await?,
        others: everything(Population::Bots).await?,
        span: TimeSpan::Week,
        spans: all(Grouping::Time(TimeSpan::Week), Population::People).await?,
        groups: all(Grouping::Repository, Population::People).await?,
        persons: fetch_persons(&database, &repositories, period()?, Population::People).await?,
        grouped_by: "repository",
    };
    let files = report.files();
    assert_eq!(files, report.files());
    let text: Vec<String> = files
        .iter()
        .map(|file| format!("--- {}\n{}", file.name, file.text))
        .collect();
    // The same of both databases.
    insta::assert_snapshot!("report", text.join("\n"));
    Ok(())
}

async fn a_sync_stores_the_list_of_bots(place: &Place) -> Result<()> {
    let github = town()?;
    let database = place.open().await?;
    let session = session(&github, &database)?;
    let file = "repositories = [\"org/one\"]\n";
    for (bots, stored) in [
        (
            "bots = [\"Robo\", \"other\", \"robo\"]",
            &["other", "robo"][..],
        ),
        ("", &["other", "robo"]),
        ("bots = []", &[]),
    ] {
        let scope = ActivityScope::parse(&format!("{file}{bots}"), "activity.toml")?;
        sync(&session, &scope, Schedule::Events, now(&github)).await?;
        let found = rows(&database, "SELECT login FROM bots ORDER BY login").await?;
        let found = found.iter().map(|row| row.text("login"));
        let found: Vec<String> = found.collect::<Result<_, _>>()?;
        assert_eq!(found, stored, "{bots}");
    }
    Ok(())
}
