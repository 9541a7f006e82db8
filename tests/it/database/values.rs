//! What is stored comes back as it was, from either database.

use anyhow::{Context, Result};
use jiff::Timestamp;
use proptest::prelude::*;
use pyfa::database::{Database, Statement, Value};
use serde_json::{Value as Json, json};

use super::{Place, on_both};
use crate::support::wait;

on_both!(
    values_come_back_as_they_were,
    what_is_computed_is_read_too,
    rows_that_were_written_are_returned,
);

const STORE: &str = "INSERT INTO issues
    (id, number, org, repo, repository_id, title, locked, score, labels, raw, created_at)
    VALUES ($1, 1, 'o', 'r', 7, $2, $3, $4, $5, $6, $7)";
const READ: &str = "SELECT id, title, locked, score, labels, raw, created_at
    FROM issues WHERE id = $1";

/// Stores values in columns of all kinds; what they are then.
async fn store_and_read(database: &Database, values: &[Value]) -> Result<Vec<Value>> {
    database
        .write(Statement::new("DELETE FROM issues", Vec::new()))
        .await?;
    database
        .write(Statement::new(STORE, values.to_vec()))
        .await?;
    let id = values.first().context("no id")?.clone();
    let rows = database.query(Statement::new(READ, vec![id])).await?;
    Ok(rows.into_iter().next().context("no row")?.into_values())
}

async fn values_come_back_as_they_were(place: &Place) -> Result<()> {
    let database = place.open().await?;
    let awkward: Vec<Vec<Value>> = vec![
        vec![
            i64::MAX.into(),
            "a\0b ☃ \u{1f980} ' \" \\ $1 ?1".into(),
            true.into(),
            f64::MAX.into(),
            json!([null, [], {}, "\0x", 1.5, [{"a": [1]}]]).into(),
            json!({"z": 1, "a": {"c": "\u{0}", "b": []}, "": null, "e": 1e17, "n": -0.0,
                   "u": u64::MAX, "i": i64::MIN, "t": 5e-324, "h": 1.797_693e308})
            .into(),
            Timestamp::from_millisecond(1_764_510_000_999)?.into(),
        ],
        vec![
            i64::MIN.into(),
            "".into(),
            false.into(),
            0.1.into(),
            json!([]).into(),
            json!("a text").into(),
            Timestamp::from_second(-86_400 * 365 * 400)?.into(),
        ],
        vec![
            0_i64.into(),
            Value::Null,
            Value::Null,
            f64::INFINITY.into(),
            Value::Null,
            json!(17).into(),
            Value::Null,
        ],
    ];
    for values in awkward {
        assert_eq!(store_and_read(&database, &values).await?, values);
    }
    Ok(())
}

/// `SQLite` does not know what a computed column is.
async fn what_is_computed_is_read_too(place: &Place) -> Result<()> {
    let database = place.open().await?;
    super::fill(&database).await?;
    let text = "SELECT MAX(created_at) AS newest, COUNT(*) > 4 AS many,
        CAST(SUM(number) AS BIGINT) AS total, MIN(updated_at) AS never FROM issues";
    let rows = database.query(Statement::new(text, Vec::new())).await?;
    let row = rows.first().context("no row")?;
    assert_eq!(row.time("newest")?, Timestamp::from_second(1_700_000_005)?);
    assert!(row.boolean("many")?);
    assert_eq!(row.integer("total")?, 15);
    assert_eq!(row.optional_time("never")?, None);
    Ok(())
}

async fn rows_that_were_written_are_returned(place: &Place) -> Result<()> {
    let database = place.open().await?;
    super::fill(&database).await?;
    let text = "UPDATE issues SET title = $1 WHERE number > $2 RETURNING number, raw, locked";
    let changed = database
        .write_returning(Statement::new(text, vec!["new".into(), 3_i64.into()]))
        .await?;
    let mut numbers = Vec::new();
    for row in &changed {
        numbers.push((row.integer("number")?, row.boolean("locked")?));
        assert_eq!(row.json("raw")?["user"]["login"], "ä,\"\n☃");
    }
    numbers.sort_unstable();
    assert_eq!(numbers, [(4, true), (5, false)]);
    Ok(())
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::hash_map(any::<String>(), inner, 0..5)
                .prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

/// Whatever GitHub may send, both databases hold the same afterwards.
#[test]
fn any_value_is_the_same_in_both() -> Result<()> {
    let Some(server) = Place::postgres() else {
        return Ok(());
    };
    let (server, file) = (server?, Place::sqlite()?);
    wait(async {
        let (server, file) = (server.open().await?, file.open().await?);
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
            cases: 200,
            failure_persistence: None,
            ..ProptestConfig::default()
        });
        let strategy = (
            any::<i64>(),
            any::<String>(),
            any::<f64>(),
            prop::collection::vec(any_json(), 0..4),
            any_json(),
            -60_000_000_000_i64..250_000_000_000,
        );
        for _ in 0..200 {
            use proptest::strategy::ValueTree;
            let (id, text, real, list, json, seconds) = strategy
                .new_tree(&mut runner)
                .map_err(anyhow::Error::msg)?
                .current();
            let values = vec![
                id.into(),
                text.into(),
                true.into(),
                real.into(),
                Json::from(list).into(),
                json.into(),
                Timestamp::from_second(seconds)?.into(),
            ];
            assert_eq!(store_and_read(&file, &values).await?, values);
            assert_eq!(store_and_read(&server, &values).await?, values);
        }
        anyhow::Ok(())
    })
}
