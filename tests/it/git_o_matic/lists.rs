//! Pages, filters and relations, as the original's own tests ask for them.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::Value as Json;

use super::{BASE, Service, developer, follow, owner_id, populate, uuid};
use crate::database::{Place, on_both};

on_both!(
    the_originals_view_tests_hold,
    a_client_reads_every_page_to_the_end,
    relations_are_links_that_lead_somewhere,
    long_relations_are_cut_and_that_is_said,
);

async fn the_originals_view_tests_hold(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    populate(&service.database).await?;
    for kind in ["repositories", "developers"] {
        let first = service.json(&format!("/github/{kind}/")).await?;
        let next = first["next"].as_str().context("a next page")?;
        let path = next.strip_prefix(BASE).context("an own address")?;
        let second = service.json(path).await?;
        assert_eq!(second["next"], Json::Null);
        let previous = second["previous"].as_str().context("a page before")?;
        let back = service
            .json(previous.strip_prefix(BASE).context("ours")?)
            .await?;
        assert_eq!(back["results"], first["results"]);
        assert_eq!(first["previous"], Json::Null);
    }
    for (kind, filter, rows) in [
        ("repositories", "language=C", 2),
        ("repositories", "language=Rust", 4),
        ("repositories", "description__contains=tetris", 1),
        ("repositories", "homepage__isnull=True", 2),
        ("repositories", "homepage__isnull=False", 10),
        ("repositories", "stargazers_count__lte=50", 9),
        ("repositories", "stargazers_count__gte=50", 8),
        ("developers", "name__isnull=True", 2),
        ("developers", "location=Brazil", 1),
    ] {
        let page = service.json(&format!("/github/{kind}/?{filter}")).await?;
        let found = page["results"].as_array().map(Vec::len);
        assert_eq!(found, Some(rows), "{filter}: {page}");
    }
    let health = service.send("GET", "/health/", "", ("", "")).await?;
    assert_eq!(
        (health.status.as_u16(), health.body.as_slice()),
        (200, &b"ok"[..])
    );
    Ok(())
}

async fn a_client_reads_every_page_to_the_end(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    populate(&service.database).await?;
    // More than two pages, and some that were created at the same time.
    for id in 1_000..1_037 {
        developer(&service.database, id, &format!("more{id}"), "", "").await?;
    }
    let statement = "UPDATE developers SET created_at = (SELECT MAX(created_at) FROM developers)
                     WHERE github_id > 1010";
    let statement = pyfa::database::Statement::new(statement, Vec::new());
    service.database.write(statement).await?;
    let rows = service.all("/github/developers/").await?;
    let ids: BTreeSet<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
    assert_eq!((rows.len(), ids.len()), (50, 50));
    let times: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["created_at"].as_str())
        .collect();
    assert!(times.is_sorted_by(|one, other| one >= other), "{times:?}");
    let first = service.json("/github/developers/").await?;
    assert_eq!(first["count"], 50);
    // By its number, as a client may write it itself.
    let third = service.json("/github/developers/?page=3").await?;
    assert_eq!(third["results"][0], rows[20]);
    let filtered = service.all("/github/developers/?login__gte=more").await?;
    let expected = rows
        .iter()
        .filter(|row| row["login"].as_str() >= Some("more"));
    assert_eq!(filtered.len(), expected.count());
    Ok(())
}

async fn relations_are_links_that_lead_somewhere(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    populate(&service.database).await?;
    let renan = uuid("8000", owner_id("h3nnn4n"));
    let shown = service
        .json(&format!("/github/developers/{renan}/"))
        .await?;
    for (relation, count) in [
        ("followers", 2),
        ("following", 1),
        ("starred_repositories", 1),
        ("repositories", 4),
    ] {
        let links = shown[relation].as_array().context("links")?;
        assert_eq!(links.len(), count, "{relation}: {links:?}");
        for link in links {
            let path = link.as_str().and_then(|link| link.strip_prefix(BASE));
            let path = path.with_context(|| link.to_string())?;
            assert_eq!(service.json(path).await?["url"], *link);
        }
    }
    let bat = service
        .json(&format!("/github/repositories/{}/", uuid("9000", 116)))
        .await?;
    assert_eq!(bat["full_name"], "sharkdp/bat");
    assert_eq!(bat["stargazers"].as_array().map(Vec::len), Some(2));
    let owner = bat["owner"]
        .as_str()
        .and_then(|link| link.strip_prefix(BASE));
    let owner = service.json(owner.context("an owner")?).await?;
    assert_eq!(owner["login"], "sharkdp");
    // A list shows the same as each row by itself.
    for kind in ["developers", "repositories"] {
        for row in service.all(&format!("/github/{kind}/")).await? {
            let path = row["url"].as_str().and_then(|link| link.strip_prefix(BASE));
            assert_eq!(service.json(path.context("an address")?).await?, row);
        }
    }
    Ok(())
}

async fn long_relations_are_cut_and_that_is_said(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    populate(&service.database).await?;
    let renan = owner_id("h3nnn4n");
    for id in 2_000..3_001 {
        developer(&service.database, id, &format!("many{id}"), "", "").await?;
        follow(&service.database, id, renan).await?;
    }
    let path = format!("/github/developers/{}/", uuid("8000", renan));
    let answer = service.get(&path).await?;
    assert_eq!(answer.header("pyfa-relations-cut"), "followers");
    let links = answer.json()?["followers"].as_array().map(Vec::len);
    assert_eq!(links, Some(1_000));
    let other = format!("/github/developers/{}/", uuid("8000", owner_id("scrapy")));
    let answer = service.get(&other).await?;
    assert_eq!(answer.header("pyfa-relations-cut"), "");
    Ok(())
}
