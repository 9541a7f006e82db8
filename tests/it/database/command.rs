//! `pyfa database` as its users start it.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use pyfa_testkit::postgres::postgres_or_skip;
use tempfile::TempDir;

use super::{Place, fill, object};
use crate::support::{Outcome, outcome};

/// Runs `pyfa database` in a folder of its own, with these variables.
fn run(home: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pyfa"));
    command
        .arg("database")
        .args(arguments)
        .current_dir(home)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::null());
    outcome(&mut command)
}

fn home() -> Result<TempDir> {
    Ok(tempfile::tempdir()?)
}

#[test]
fn a_database_is_created_shown_and_exported() -> Result<()> {
    let home = home()?;
    let file = home.path().join(".pyfa").join("activity.sqlite");
    for verb in [&["status"][..], &["export", "--output", "out"]] {
        let early = run(home.path(), &[], verb);
        assert_eq!(early.code, 2, "{early:?}");
        assert!(early.stderr.contains("pyfa database migrate"), "{early:?}");
    }
    assert!(!file.exists(), "looking has created it");

    let created = run(home.path(), &[], &["migrate"]);
    assert_eq!(created.code, 0, "{created:?}");
    assert!(created.stdout.contains("is now up to date"), "{created:?}");
    let again = run(home.path(), &[], &["migrate"]);
    assert!(again.stdout.contains("is up to date"), "{again:?}");

    crate::support::wait(async {
        let settings = super::settings(&file.to_string_lossy())?;
        let database = pyfa::database::Database::open(&settings).await?;
        fill(&database).await?;
        database.close().await;
        anyhow::Ok(())
    })?;
    let status = run(home.path(), &[], &["status", "--format", "json"]);
    let status = object(&status.stdout)?;
    assert_eq!(
        (&status["kind"], &status["is_current"]),
        (&"sqlite".into(), &true.into())
    );
    let tables = status["tables"].as_array().context("no tables")?;
    assert!(tables.contains(&serde_json::json!({"table": "events", "rows": 777})));
    let shown = run(home.path(), &[], &["status"]);
    assert!(
        shown.stdout.contains("events") && shown.stdout.contains("777"),
        "{shown:?}"
    );

    let exported = run(home.path(), &[], &["export", "--output", "out/json"]);
    assert_eq!(exported.code, 0, "{exported:?}");
    let issues = fs_err::read_to_string(home.path().join("out/json/issues.jsonl"))?;
    let first = object(issues.lines().next().context("no line")?)?;
    assert_eq!(first["id"], 1_000_000_007);
    assert_eq!(first["labels"][0]["name"], "bug");
    assert_eq!(first["created_at"], "2023-11-14T22:13:21Z");
    assert_eq!(first["locked"], false);

    let exported = run(
        home.path(),
        &[],
        &["export", "--format", "csv", "--output", "out/csv"],
    );
    assert_eq!(exported.code, 0, "{exported:?}");
    let mut reader = csv::Reader::from_path(home.path().join("out/csv/issues.csv"))?;
    let names = reader.headers()?.clone();
    assert_eq!(
        names.iter().take(3).collect::<Vec<_>>(),
        ["id", "active_lock_reason", "assignee"]
    );
    let title = names
        .iter()
        .position(|name| name == "title")
        .context("no title")?;
    let records: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>()?;
    assert_eq!(records.len(), 5);
    assert_eq!(
        records.first().and_then(|record| record.get(title)),
        Some("ä,\"\n☃")
    );
    Ok(())
}

#[test]
fn a_file_is_moved_to_a_server_and_no_password_is_shown() -> Result<()> {
    let Some(server) = postgres_or_skip() else {
        return Ok(());
    };
    let (home, file) = (home()?, Place::sqlite()?);
    crate::support::wait(async {
        let database = file.open().await?;
        fill(&database).await?;
        database.close().await;
        anyhow::Ok(())
    })?;
    let to = server.create_database()?;
    let without = to.replace(&format!(":{}@", server.password()), "@");
    let secret = home.path().join("secret");
    fs_err::write(&secret, format!("{}\n", server.password()))?;
    let secret = secret.to_string_lossy().into_owned();
    let variables = [
        ("PYFA_DATABASE", file.address.as_str()),
        ("PYFA_DATABASE_PASSWORD_FILE", secret.as_str()),
    ];
    for said in ["number and content of all rows are equal", "equal to"] {
        let moved = run(home.path(), &variables, &["migrate", "--to", &without]);
        assert_eq!(moved.code, 0, "{moved:?}");
        assert!(
            moved.stdout.contains(said) && moved.stdout.contains("777"),
            "{moved:?}"
        );
    }

    let variables = [
        ("PYFA_DATABASE", without.as_str()),
        ("PYFA_DATABASE_PASSWORD", server.password()),
    ];
    let status = run(home.path(), &variables, &["status", "--format", "json"]);
    assert_eq!(object(&status.stdout)?["kind"], "postgresql");
    let itself = run(home.path(), &variables, &["migrate", "--to", &to]);
    assert_eq!(itself.code, 2, "{itself:?}");

    let wrong = [("PYFA_DATABASE", to.replace("pyfa:", "somebody:"))];
    let wrong = wrong
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let refused = run(home.path(), &wrong, &["status"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    let away = [("PYFA_DATABASE", "postgres://a:hush@127.0.0.1:1/x")];
    let unreachable = run(home.path(), &away, &["status"]);
    assert_eq!(unreachable.code, 3, "{unreachable:?}");
    for outcome in [refused, unreachable] {
        let said = outcome.stdout + &outcome.stderr;
        assert!(
            !said.contains(server.password()) && !said.contains("hush"),
            "{said}"
        );
    }
    Ok(())
}

#[test]
fn what_is_no_address_is_a_mistake() -> Result<()> {
    let home = home()?;
    for (address, said) in [
        ("mysql://a:hush@b/c", "neither a path nor"),
        ("postgres://a:hush@b/c?sslmode=prefer", "verify-full"),
    ] {
        let refused = run(home.path(), &[("PYFA_DATABASE", address)], &["status"]);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains(said), "{refused:?}");
        assert!(refused.stderr.contains("the environment"), "{refused:?}");
        assert!(!refused.stderr.contains("hush"), "{refused:?}");
    }
    Ok(())
}
