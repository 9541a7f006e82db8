//! Every filter and every order has an index: the databases themselves say how they would answer.

use std::time::Duration;

use anyhow::Result;
use pyfa::database::{Database, Dialect, ReadLimits, Row, Statement, Value};
use pyfa::records::{
    ColumnKind, Lookup, PageRules, Question, Resource, ScanPlan, Special, count_statement,
    page_statement,
};
use pyfa::web::api::resources::LISTED;

use crate::database::{Place, on_both};

on_both!(
    every_filter_and_order_has_an_index,
    every_filter_goes_with_every_order,
);

const RULES: PageRules = PageRules {
    page_size: 10,
    largest_page: 100,
    specials: Special::ALL,
    shows_personal: true,
    is_bounded: true,
};

fn value(kind: ColumnKind, lookup: Lookup) -> &'static str {
    match (kind, lookup) {
        (_, Lookup::IsNull) | (ColumnKind::Boolean, _) => "true",
        (ColumnKind::Time | ColumnKind::Milliseconds, _) => "2026-01-31",
        (ColumnKind::Integer, Lookup::In) => "5,6",
        (ColumnKind::Integer | ColumnKind::Real, _) => "5",
        (ColumnKind::Text | ColumnKind::Json, _) => "a",
    }
}

/// How a statement would be run.
async fn plan(database: &Database, statement: &Statement) -> Result<String> {
    let (text, values) = (statement.text(), statement.values());
    let explain = match database.dialect() {
        Dialect::Sqlite => format!("EXPLAIN QUERY PLAN {text}"),
        // The driver cannot explain with parameters of a kind that only the statement knows.
        Dialect::Postgres => format!("EXPLAIN {}", with_literals(text, values)),
    };
    let values = match database.dialect() {
        Dialect::Sqlite => values.to_vec(),
        Dialect::Postgres => Vec::new(),
    };
    let rows = database.query(Statement::new(explain, values)).await?;
    Ok(rows.iter().map(line).collect::<Vec<String>>().join("\n"))
}

fn line(row: &Row) -> String {
    let texts = row.values().iter().filter_map(|value| match value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// The statement with its values in the text; they are those of this file.
fn with_literals(text: &str, values: &[Value]) -> String {
    let mut text = text.to_owned();
    for (place, value) in values.iter().enumerate().rev() {
        let literal = match value {
            Value::Text(value) => format!("'{value}'"),
            Value::Time(value) => format!("'{value}'"),
            Value::Integer(value) => value.to_string(),
            Value::Boolean(value) => value.to_string(),
            other => format!("{other:?}"),
        };
        text = text.replace(&format!("${}", place + 1), &literal);
    }
    text
}

fn questions(resource: &'static Resource) -> Result<Vec<(String, Lookup, Question)>> {
    let mut questions = Vec::new();
    for column in resource.columns {
        for lookup in column.lookups {
            let parameter = column.parameter(*lookup);
            let pair = (parameter.clone(), value(column.kind, *lookup));
            let question = Question::read(resource, RULES, [pair])?;
            questions.push((parameter, *lookup, question));
        }
    }
    for order in resource.orders() {
        let question = Question::read(resource, RULES, [("ordering", order.as_str())])?;
        questions.push((format!("ordering={order}"), Lookup::Exact, question));
    }
    Ok(questions)
}

/// The database, which is told that reading whole tables is expensive.
async fn open(place: &Place) -> Result<Database> {
    place.open().await?;
    // One connection, to which the switches belong.
    let limits = ReadLimits {
        at_once: 1,
        patience: Duration::from_secs(30),
    };
    let database = Database::connect(&place.settings.with_read_limits(limits)).await?;
    if database.dialect() == Dialect::Postgres {
        for switch in ["enable_seqscan", "enable_bitmapscan", "enable_sort"] {
            let text = format!("SELECT set_config('{switch}', 'off', false) AS set");
            database.query(Statement::new(text, Vec::new())).await?;
        }
    }
    Ok(database)
}

async fn every_filter_and_order_has_an_index(place: &Place) -> Result<()> {
    let database = open(place).await?;
    let mut violations = Vec::new();
    for listed in LISTED {
        let resource = listed.resource;
        for (name, lookup, question) in questions(resource)? {
            let is_order = name.starts_with("ordering");
            let is_key = resource.key.first() == Some(&name.as_str());
            let ways = if is_order || lookup == Lookup::Contains {
                vec![ScanPlan::Free]
            } else {
                vec![ScanPlan::Order, ScanPlan::Filter]
            };
            for way in ways {
                let statement = page_statement(resource, &question, database.dialect(), way);
                let plan = plan(&database, &statement).await?;
                // Of several values, and of the few rows with one key, there is no order to read by.
                let sorts = plan.contains("TEMP B-TREE")
                    && way != ScanPlan::Filter
                    && lookup != Lookup::In
                    && !is_key;
                let reads_all = plan.contains("Seq Scan")
                    || plan
                        .lines()
                        .any(|line| line.starts_with("SCAN") && !line.contains("INDEX"));
                // `SQLite` keeps jobs in the order of their numbers.
                let is_in_order = plan == "SCAN jobs"
                    && (is_order || name.starts_with("id") || way == ScanPlan::Order);
                let reads_all = reads_all && !is_in_order;
                let by_filter = way == ScanPlan::Filter
                    && database.dialect() == Dialect::Sqlite
                    && !plan.contains("SEARCH");
                if sorts || reads_all || by_filter {
                    violations.push(format!("{} {name} {way:?}: {plan}", resource.name));
                }
            }
            if !is_order && lookup != Lookup::Contains {
                let statement = count_statement(resource, &question, database.dialect());
                let plan = plan(&database, &statement).await?;
                let is_found = plan.contains("SEARCH") || plan.contains("Index");
                if !is_found {
                    violations.push(format!("{} count {name}: {plan}", resource.name));
                }
            }
        }
    }
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
    Ok(())
}

/// Whatever is filtered, the beginning of an order is read by the index of that order.
async fn every_filter_goes_with_every_order(place: &Place) -> Result<()> {
    let database = open(place).await?;
    let mut violations = Vec::new();
    for listed in LISTED {
        let resource = listed.resource;
        let columns = resource.columns.iter();
        let filters = columns.flat_map(|column| {
            let lookups = column.lookups.iter();
            lookups.map(|lookup| (column.parameter(*lookup), value(column.kind, *lookup)))
        });
        // Of several values, and of the few rows with one key, there is no order to read by.
        let is_key = |name: &str| resource.key.first() == Some(&name);
        let filters = filters.filter(|(name, _)| !name.ends_with("__in") && !is_key(name));
        for (name, value) in filters {
            for order in resource.orders() {
                let parameters = [(name.as_str(), value), ("ordering", order.as_str())];
                let question = Question::read(resource, RULES, parameters)?;
                let dialect = database.dialect();
                let statement = page_statement(resource, &question, dialect, ScanPlan::Near);
                let plan = plan(&database, &statement).await?;
                let sorts = plan.contains("TEMP B-TREE") || plan.contains("Sort  (");
                let is_bounded = plan.contains("INDEX")
                    || plan.contains("PRIMARY KEY")
                    || plan.contains("Index")
                    // `SQLite` keeps jobs in the order of their numbers.
                    || plan.starts_with("SCAN jobs");
                if sorts || !is_bounded || plan.contains("Seq Scan") {
                    violations.push(format!("{} {name} by {order}: {plan}", resource.name));
                }
            }
        }
    }
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
    Ok(())
}
