//! What is filtered by one field and sorted by another: how much is read for it has a bound.

use anyhow::{Context, Result};
use pyfa::database::{Dialect, Statement};
use pyfa::records::{PageRules, Question, Records, Special};
use pyfa::web::api::resources::ISSUES;
use serde_json::{Value as Json, json};

use super::{Service, request};
use crate::database::{Place, on_both};

on_both!(
    a_list_that_takes_too_much_sorting_is_refused_with_the_orders_that_do,
    what_is_sorted_by_another_field_is_what_the_rows_say,
);

const COUNT: i64 = 30_000;

/// Whether a state, an author and an id pass.
type Passes = fn(&str, &str, i64) -> bool;

/// Issues a minute apart. Each was changed half a year after it was created, except the first hundred,
/// which were changed last; those of one author in a hundred are by `rare`, and the oldest are closed.
async fn add_many(service: &Service) -> Result<()> {
    let (numbers, time) = match service.database.dialect() {
        Dialect::Sqlite => (
            format!(
                "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {COUNT})
                  SELECT n FROM s)"
            ),
            "datetime(1577836800 + 60 * (VALUE), 'unixepoch')",
        ),
        Dialect::Postgres => (
            format!("generate_series(1, {COUNT}) AS s(n)"),
            "TIMESTAMP '2020-01-01' + INTERVAL '1 minute' * (VALUE)",
        ),
    };
    let created = time.replace("VALUE", "n");
    let updated = time.replace(
        "VALUE",
        "n + 260000 + CASE WHEN n <= 100 THEN 100000 ELSE 0 END",
    );
    let text = format!(
        "INSERT INTO issues (id, number, org, repo, repository_id, title, state, username,
                             created_at, updated_at)
         SELECT n, n, CASE WHEN n <= 100 OR n > 12000 THEN 'plone' ELSE 'other' END,
                CASE WHEN n <= 12000 THEN 'old' ELSE 'new' END, 7, 'Issue ' || n,
                CASE WHEN n % 4 = 0 THEN 'open' ELSE 'closed' END,
                CASE WHEN n % 100 = 7 THEN 'rare' ELSE 'usual' END, {created}, {updated}
         FROM {numbers}"
    );
    service
        .database
        .write(Statement::new(text, Vec::new()))
        .await?;
    Ok(())
}

fn ids(page: &Json) -> Vec<i64> {
    let results = page["results"].as_array().into_iter().flatten();
    results.filter_map(|row| row["id"].as_i64()).collect()
}

async fn a_list_that_takes_too_much_sorting_is_refused_with_the_orders_that_do(
    place: &Place,
) -> Result<()> {
    let service = Service::open(place).await?;
    add_many(&service).await?;
    // All but the last three days, of which the first hundred alone are at the beginning.
    let broad = "created_at__lt=2020-01-18&created_at__gt=2020-01-01T02:00:00Z";
    for order in ["-updated_at", "updated_at"] {
        let path = format!("/api/v1/issues?{broad}&ordering={order}");
        let answer = service.get(&path).await?;
        if order == "updated_at" {
            // The first of them by either time are the same.
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert_eq!(ids(&answer.json()?)[0], 121);
            continue;
        }
        assert_eq!(answer.status, 400, "{}", answer.text());
        let problem = answer.json()?;
        assert_eq!(problem["parameter"], "ordering");
        assert_eq!(problem["valid"], json!(["created_at", "-created_at"]));
        let detail = problem["detail"].as_str().context("a detail")?;
        assert!(
            detail.contains("more than 5000 rows") && detail.contains("`-updated_at`"),
            "{detail}"
        );
        for valid in ["created_at", "-created_at"] {
            let path = format!("/api/v1/issues?{broad}&ordering={valid}");
            assert_eq!(ids(&service.json(&path).await?).len(), 25, "{valid}");
        }
    }
    // Fewer rows, or others that are at the beginning of the order, are sorted.
    for (filters, first) in [
        (
            "created_at__lt=2020-01-04&created_at__gt=2020-01-01T02:00:00Z",
            4_319,
        ),
        (&*format!("{broad}&username=rare"), 24_407),
        ("created_at__lt=2020-01-18", 100),
    ] {
        let page = service
            .json(&format!("/api/v1/issues?{filters}&ordering=-updated_at"))
            .await?;
        assert_eq!(ids(&page)[0], first, "{filters}");
    }
    // Of several choices, the narrowest one is read in its order until a page is full.
    let page = service.json("/api/v1/issues?org=plone&repo=old").await?;
    assert_eq!((&page["count"], ids(&page)[0]), (&json!(100), 100));
    // A table is read in its order to the end.
    let path = format!("/api/v1/issues?{broad}&ordering=-updated_at&fields=id");
    let csv = [("accept", "text/csv")];
    let table = service
        .ask(request("GET", &path, &csv, axum::body::Body::empty())?)
        .await?;
    assert_eq!(
        (table.status.as_u16(), table.text().lines().count()),
        (200, 24_360)
    );
    Ok(())
}

/// Every order with every kind of filter, compared with the rows themselves.
async fn what_is_sorted_by_another_field_is_what_the_rows_say(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    add_many(&service).await?;
    let records = Records::new(service.database.clone());
    let rules = PageRules {
        page_size: 40,
        largest_page: 40,
        specials: Special::ALL,
        shows_personal: false,
        is_bounded: false,
    };
    let key = |row: &pyfa::database::Row, order: &str| -> Result<(Option<String>, i64)> {
        let time = row.optional_time(order.trim_start_matches('-'))?;
        Ok((time.map(|time| time.to_string()), row.integer("id")?))
    };
    let all = service
        .database
        .query(Statement::new("SELECT * FROM issues", Vec::new()))
        .await?;
    let filters: [(&str, Passes); 8] = [
        ("state=open", |state, _, _| state == "open"),
        ("state__in=open,closed", |_, _, _| true),
        ("username=rare", |_, username, _| username == "rare"),
        ("username=rare&state=closed", |state, username, _| {
            (state, username) == ("closed", "rare")
        }),
        ("state=open&created_at__gte=2020-01-15", |state, _, id| {
            state == "open" && id >= 20_160
        }),
        ("state=open&created_at__lt=2020-01-02", |state, _, id| {
            state == "open" && id < 1_440
        }),
        (
            "username=usual&updated_at__gte=2020-07-14",
            |_, username, id| username == "usual" && (id <= 100 || id >= 20_800),
        ),
        (
            "created_at__lt=2020-01-20&updated_at__gte=2020-09-01",
            |_, _, id| id <= 100,
        ),
    ];
    for order in ["created_at", "-created_at", "updated_at", "-updated_at"] {
        for (filter, passes) in filters {
            let mut expected = Vec::new();
            for row in &all {
                let (state, username) = (row.text("state")?, row.text("username")?);
                if passes(&state, &username, row.integer("id")?) {
                    expected.push(key(row, order)?);
                }
            }
            expected.sort();
            if order.starts_with('-') {
                expected.reverse();
            }
            let parameters = url::form_urlencoded::parse(filter.as_bytes());
            let parameters = parameters.chain([("ordering".into(), order.into())]);
            let question = Question::read(&ISSUES, rules, parameters)?;
            let page = records.list(&ISSUES, &question).await?;
            let found = page.rows.iter().map(|row| row.integer("id"));
            let found: Vec<i64> = found.collect::<Result<_, _>>()?;
            let wanted: Vec<i64> = expected.iter().take(40).map(|(_, id)| *id).collect();
            assert_eq!(found, wanted, "{filter} by {order}");
            assert_eq!(page.count, expected.len() as u64, "{filter}");
        }
    }
    Ok(())
}
