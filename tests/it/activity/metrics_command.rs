//! `pyfa activity metrics` as its users start it.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use jiff::SignedDuration;
use pyfa::database::Statement;
use serde_json::{Value, json};

use super::little::{ADA, fill};
use crate::database::Place;
use crate::support::{Outcome, outcome};

fn run(home: &Path, database: &str, arguments: &[&str]) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pyfa"));
    command
        .args([
            "activity",
            "metrics",
            "--since",
            "2026-03-02",
            "--until",
            "2026-03-30",
        ])
        .args(arguments)
        .current_dir(home)
        .env_clear()
        .env("PYFA_DATABASE", database)
        .stdin(Stdio::null());
    outcome(&mut command)
}

async fn world() -> Result<(Place, tempfile::TempDir)> {
    let place = Place::sqlite()?;
    let database = place.open().await?;
    fill(&database, SignedDuration::ZERO).await?;
    database.close().await;
    Ok((place, tempfile::tempdir()?))
}

#[tokio::test]
async fn metrics_come_in_every_form() -> Result<()> {
    let (place, home) = world().await?;
    let run = |arguments: &[&str]| run(home.path(), &place.address, arguments);

    let text = run(&[]);
    assert_eq!(text.code, 0, "{text:?}");
    let one = text.stdout.lines().find(|line| line.starts_with("org/one"));
    let words: Vec<&str> = one
        .context("no line")?
        .split("  ")
        .filter(|it| !it.is_empty())
        .collect();
    let words: Vec<&str> = words.into_iter().map(str::trim).collect();
    assert_eq!(
        words,
        [
            "org/one", "6", "3", "+3", "50 %", "2 hours", "2 days", "2 days", "4", "10 days", "4",
            "2", "2",
        ]
    );
    assert!(text.stdout.contains("org/two      not known"), "{text:?}");
    assert!(
        text.stderr
            .contains("org/two; `pyfa activity sync --schedule daily`"),
        "{text:?}"
    );

    let shown = run(&["--format", "json", "--repository", "org/one"]);
    let shown: Value = serde_json::from_str(&shown.stdout)?;
    assert_eq!(
        (&shown["by"], &shown["of"]),
        (&json!("repository"), &json!("people"))
    );
    assert_eq!(shown["since"], json!("2026-03-02T00:00:00Z"));
    let row = &shown["rows"][0];
    assert_eq!(
        row["time_to_first_response"]["median_seconds"],
        json!(7_200)
    );
    assert_eq!(row["open_issues"], json!(4));

    let persons = run(&["--by", "person", "--format", "csv"]);
    let lines: Vec<&str> = persons.stdout.lines().collect();
    assert_eq!(
        lines[1],
        "11,ada,no,no,2026-01-06T00:00:00Z,2026-03-17T00:00:00Z,5,1,2,1,1,0,1"
    );
    assert_eq!(lines.len(), 5, "{persons:?}");
    let bots = run(&["--by", "person", "--bots"]);
    assert!(bots.stdout.contains("dependabot[bot]") && !bots.stdout.contains("ada"));

    let weeks = home.path().join("weeks.csv");
    let done = run(&["--by", "week", "--format", "csv", "-o", "weeks.csv"]);
    assert_eq!((done.code, done.stdout.as_str()), (0, ""), "{done:?}");
    let weeks = fs_err::read_to_string(weeks)?;
    assert!(weeks.starts_with("week,issues_opened,") && weeks.contains("\n2026-03-02,2,1,"));

    let report = run(&["--format", "markdown"]);
    assert!(
        report.stdout.starts_with("# Activity of all repositories"),
        "{report:?}"
    );
    assert!(!report.stdout.contains(".svg"), "no chart was written");
    let done = run(&["--format", "markdown", "-o", "report/of/march"]);
    assert_eq!(done.code, 0, "{done:?}");
    let folder = home.path().join("report/of/march");
    let report = fs_err::read_to_string(folder.join("metrics.md"))?;
    for chart in [
        "opened-and-closed",
        "backlog",
        "first-response",
        "contributors",
    ] {
        let name = format!("{chart}.svg");
        assert!(report.contains(&format!("]({name})")), "{name}");
        let svg = fs_err::read_to_string(folder.join(name))?;
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }
    Ok(())
}

/// As a user who asks for twenty years, and for more than there is.
#[tokio::test]
async fn a_report_of_many_years_has_charts_of_a_readable_width() -> Result<()> {
    let (place, home) = world().await?;
    let measure = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pyfa"));
        command
            .args(["activity", "metrics"])
            .args(arguments)
            .current_dir(home.path())
            .env_clear()
            .env("PYFA_DATABASE", &place.address)
            .stdin(Stdio::null());
        outcome(&mut command)
    };
    for (since, span) in [
        ("2026-01-05", "week"),
        ("2023-01-01", "month"),
        ("2013-01-01", "quarter"),
        ("1970-01-01", "year"),
    ] {
        let report = [
            "--format",
            "markdown",
            "-o",
            "report",
            "--until",
            "2026-04-01",
        ];
        let done = measure(&[&report[..], &["--since", since]].concat());
        assert_eq!(done.code, 0, "{done:?}");
        let text = fs_err::read_to_string(home.path().join("report/metrics.md"))?;
        assert!(text.contains(&format!("closed per {span}]")), "{text}");
        for file in fs_err::read_dir(home.path().join("report"))? {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "svg") {
                let svg = fs_err::read_to_string(path)?;
                let width = svg.split(" width=\"").nth(1).context("no width")?;
                let width: u32 = width.split('"').next().context("no width")?.parse()?;
                ensure!(width <= 960, "{since}: {width}");
            }
        }
    }
    let tomorrow = jiff::Timestamp::now() + SignedDuration::from_hours(24);
    let tomorrow = tomorrow.strftime("%Y-%m-%d").to_string();
    let today = measure(&["--until", &tomorrow]);
    assert_eq!(today.code, 0, "today has begun: {today:?}");
    for (arguments, named) in [
        (
            &["--until", "2999-01-01"][..],
            &*format!("use {tomorrow} at most"),
        ),
        (&["--until", "soon"], "write it as `2020-01-31`"),
        (&["--since", "0001-01-01"], "from 1970 to 2999"),
    ] {
        let done = measure(arguments);
        assert_eq!(done.code, 2, "{done:?}");
        assert!(done.stderr.contains(named), "{done:?}");
    }
    Ok(())
}

#[tokio::test]
async fn mistakes_are_named() -> Result<()> {
    let (place, home) = world().await?;
    for (arguments, named) in [
        (
            &["--repository", "org/none"][..],
            "org/none is not followed",
        ),
        (&["--by", "profile"], "no profile given"),
        (&["-p", "nosuch"], "nosuch"),
    ] {
        let done = run(home.path(), &place.address, arguments);
        assert_eq!(done.code, 2, "{done:?}");
        assert!(done.stderr.contains(named), "{done:?}");
    }
    let nothing = home.path().join("nothing.sqlite");
    let done = run(home.path(), &nothing.to_string_lossy(), &[]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.stderr.contains("pyfa activity sync") && !nothing.exists());
    Ok(())
}

/// Names that GitHub would not allow, from a database that others may have written.
#[tokio::test]
async fn hostile_names_stay_text() -> Result<()> {
    let (place, home) = world().await?;
    let database = place.open().await?;
    let hostile = "=cmd|'</text><script>alert(1)</script>|[x](http://y)\n# z";
    for (text, id) in [
        ("UPDATE people SET login = $1 WHERE id = $2", ADA),
        ("UPDATE repositories SET org = $1 WHERE id = $2", 1),
    ] {
        let statement = Statement::new(text, vec![hostile.into(), id.into()]);
        database.write(statement).await?;
    }
    database.close().await;
    let run = |arguments: &[&str]| run(home.path(), &place.address, arguments);
    for by in ["person", "repository"] {
        let done = run(&["--by", by, "--format", "csv", "-o", "table.csv"]);
        assert_eq!(done.code, 0, "{done:?}");
        let bytes = fs_err::read(home.path().join("table.csv"))?;
        let mut reader = csv::Reader::from_reader(&*bytes);
        let cells: Vec<String> = reader
            .records()
            .flat_map(|record| record.map(|record| record.iter().map(str::to_owned).collect()))
            .collect::<Vec<Vec<String>>>()
            .concat();
        ensure!(
            cells.iter().any(|cell| cell.contains("<script>")),
            "{cells:?}"
        );
        ensure!(cells.iter().all(|cell| !cell.starts_with('=')), "{cells:?}");

        let done = run(&["--by", by, "--format", "markdown", "-o", "report"]);
        assert_eq!(done.code, 0, "{done:?}");
        let report = fs_err::read_to_string(home.path().join("report/metrics.md"))?;
        ensure!(
            !report.contains("<script>") && !report.contains("[x](http"),
            "{report}"
        );
        ensure!(!report.contains("\n# z"), "{report}");
        for file in fs_err::read_dir(home.path().join("report"))? {
            let text = fs_err::read_to_string(file?.path())?;
            ensure!(!text.contains("<script>"), "{text}");
        }
        let text = run(&["--by", by]);
        ensure!(!text.stdout.contains("\n# z"), "{text:?}");
    }
    let one = run(&["--repository", "other/three", "--format", "markdown"]);
    assert!(
        one.stdout.starts_with("# Activity of other/three"),
        "{one:?}"
    );
    Ok(())
}
