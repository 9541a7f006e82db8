//! The fakes of download and vulnerability services.

#![expect(
    clippy::disallowed_methods,
    reason = "the tests are clients of their own"
)]

use std::time::Duration;

use anyhow::Result;
use pyfa_testkit::downloads::{Downloads, FakeClickHouse, FakePyPiStats};
use pyfa_testkit::osv::{FakeOsv, FakeVulnerability};
use reqwest::{Client, Response};
use serde_json::{Value, json};

const QUERY: &str = "WITH (SELECT max(date) FROM pypi.pypi_downloads_per_day) AS d SELECT project, \
    sumIf(count, date = d) AS last_day FROM pypi.pypi_downloads_per_day \
    WHERE project IN {names:Array(String)} GROUP BY project";

async fn post(url: &str, body: String) -> Result<Response> {
    Ok(Client::new().post(url).body(body).send().await?)
}

async fn get(url: &str) -> Result<Response> {
    Ok(Client::new().get(url).send().await?)
}

async fn parsed(response: Response) -> Result<Value> {
    Ok(serde_json::from_slice(&response.bytes().await?)?)
}

fn downloads() -> Downloads {
    Downloads {
        last_day: 1,
        last_week: 7,
        last_month: 30,
        total: 365,
    }
}

#[tokio::test]
async fn clickhouse_returns_many_rows_and_truncates_silently() -> Result<()> {
    let fake = FakeClickHouse::start()?;
    for name in ["a", "b", "c"] {
        fake.set(name, downloads());
    }
    fake.set_newest_day("2025-12-04");
    let names = "param_names=['a','b','c','unknown']";
    let url = format!("{}/?user=demo&{names}", fake.base_url());
    let rows = async |url: &str| -> Result<Vec<Value>> {
        let text = post(url, QUERY.to_owned()).await?.text().await?;
        Ok(text
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()?)
    };
    let all = rows(&url).await?;
    assert_eq!(all.len(), 3);
    assert_eq!(
        (&all[0]["as_of"], &all[0]["total"]),
        (&json!("2025-12-04"), &json!("365"))
    );
    fake.write_plain_numbers(true);
    fake.set_max_rows(2);
    let some = rows(&url).await?;
    assert_eq!((some.len(), &some[0]["last_week"]), (2, &json!(7)));
    let strict = format!("{url}&result_overflow_mode=throw");
    assert_eq!(post(&strict, QUERY.to_owned()).await?.status(), 500);
    assert_eq!(post(&url, "SELECT 1".to_owned()).await?.status(), 400);
    let stranger = format!("{}/?{names}", fake.base_url());
    assert_eq!(post(&stranger, QUERY.to_owned()).await?.status(), 403);
    Ok(())
}

#[tokio::test]
async fn pypistats_limits_requests_and_normalises_names() -> Result<()> {
    let fake = FakePyPiStats::start()?;
    fake.set("products-cmfplone", downloads());
    let url = |name: &str| format!("{}/api/packages/{name}/recent", fake.base_url());
    let recent = parsed(get(&url("products.cmfplone")).await?).await?;
    assert_eq!(recent["data"]["last_month"], 30);
    assert_eq!(get(&url("Products.CMFPlone")).await?.status(), 404);
    for _ in 2..30 {
        assert_eq!(get(&url("products-cmfplone")).await?.status(), 200);
    }
    let over = get(&url("products-cmfplone")).await?;
    assert_eq!(over.status(), 429);
    assert!(over.text().await?.starts_with('<'));
    fake.controls().advance(Duration::from_mins(1));
    assert_eq!(get(&url("products-cmfplone")).await?.status(), 200);
    Ok(())
}

#[tokio::test]
async fn osv_returns_pages_without_withdrawn_entries() -> Result<()> {
    let fake = FakeOsv::start()?;
    let mut entry = FakeVulnerability {
        ecosystem: "PyPI".to_owned(),
        project: "Products.CMFPlone".to_owned(),
        versions: vec!["5.2".to_owned()],
        fixed: Some("5.2.1".to_owned()),
        modified: "2025-01-01T00:00:00Z".to_owned(),
        ..FakeVulnerability::default()
    };
    for id in ["PYSEC-1", "PYSEC-2", "PYSEC-3"] {
        id.clone_into(&mut entry.id);
        fake.set(entry.clone());
    }
    fake.set_page(2);
    let ask = async |version: &str, page: &str| -> Result<Value> {
        let package = json!({ "ecosystem": "PyPI", "name": "products-cmfplone" });
        let query = json!({ "package": package, "version": version, "page_token": page });
        let url = format!("{}/v1/querybatch", fake.base_url());
        let body = json!({ "queries": [query] }).to_string();
        parsed(post(&url, body).await?).await
    };
    let first = ask("5.2", "").await?;
    assert_eq!(
        first["results"][0],
        json!({ "vulns": [
            { "id": "PYSEC-1", "modified": entry.modified },
            { "id": "PYSEC-2", "modified": entry.modified },
        ], "next_page_token": "2" })
    );
    entry.withdrawn = Some(entry.modified.clone());
    fake.set(entry.clone());
    assert_eq!(ask("5.2", "2").await?["results"][0], json!({ "vulns": [] }));
    assert_eq!(ask("5.2.1", "").await?["results"][0], json!({}));
    let details = parsed(get(&format!("{}/v1/vulns/PYSEC-3", fake.base_url())).await?).await?;
    assert_eq!(details["withdrawn"], json!(entry.withdrawn));
    let events = &details["affected"][0]["ranges"][0]["events"];
    assert_eq!(events[1], json!({ "fixed": "5.2.1" }));
    let missing = get(&format!("{}/v1/vulns/PYSEC-4", fake.base_url())).await?;
    assert_eq!(missing.status(), 404);
    let many = json!({ "queries": vec![json!({}); 1_001] });
    let url = format!("{}/v1/querybatch", fake.base_url());
    assert_eq!(post(&url, many.to_string()).await?.status(), 400);
    Ok(())
}
