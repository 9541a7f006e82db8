//! Pages, filters and relations, as the original's own tests ask for them.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use pyfa::database::Statement;
use serde_json::Value as Json;

use super::{BASE, Service, day, developer, owner_id, populate, uuid};
use crate::database::{Place, on_both};

on_both!(
    the_originals_view_tests_hold,
    a_client_reads_every_page_to_the_end,
    relations_are_links_that_lead_somewhere,
    long_relations_are_sent_to_their_end,
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
    let statement = Statement::new(statement, Vec::new());
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

async fn long_relations_are_sent_to_their_end(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    populate(&service.database).await?;
    let renan = owner_id("h3nnn4n");
    let many = 2_000..4_500;
    let text =
        "INSERT INTO developers (id, github_id, login, depth, first_seen, read_at, created_at)
                VALUES ($1, $2, $3, 1, $4, $4, $4)";
    let rows = many.clone().map(|id| {
        let login = format!("many{id}");
        vec![
            uuid("8000", id).into(),
            id.into(),
            login.into(),
            day(id).into(),
        ]
    });
    let developers = Statement::for_each(text, rows.collect());
    service.database.write(developers).await?;
    let text = "INSERT INTO follows (follower_id, followed_id, first_seen) VALUES ($1, $2, $3)";
    let rows = many
        .clone()
        .map(|id| vec![id.into(), renan.into(), day(id).into()]);
    let follows = Statement::for_each(text, rows.collect());
    service.database.write(follows).await?;
    let text = "INSERT INTO stars (developer_id, repository_id, first_seen) VALUES ($1, 101, $2)";
    let rows = many.clone().map(|id| vec![id.into(), day(id).into()]);
    let stars = Statement::for_each(text, rows.collect());
    service.database.write(stars).await?;
    // Somebody whose account was not read is behind no link.
    let text = "UPDATE developers SET read_at = NULL WHERE github_id = 3000";
    service
        .database
        .write(Statement::new(text, Vec::new()))
        .await?;

    let link = |id: i64| format!("{BASE}/github/developers/{}/", uuid("8000", id));
    let expected: BTreeSet<String> = many.clone().filter(|id| *id != 3_000).map(link).collect();
    let links = |row: &Json, relation: &str| -> BTreeSet<String> {
        let links = row[relation].as_array().into_iter().flatten();
        links
            .filter_map(|link| link.as_str().map(str::to_owned))
            .collect()
    };
    let path = format!("/github/developers/{}/", uuid("8000", renan));
    let shown = service.json(&path).await?;
    let before = BTreeSet::from([link(owner_id("sharkdp")), link(owner_id("mozilla"))]);
    assert_eq!(shown["followers"].as_array().map(Vec::len), Some(2_501));
    assert_eq!(links(&shown, "followers"), &expected | &before);
    assert_eq!(links(&shown, "following").len(), 1);
    // In a list, and next to rows with short relations.
    let page = service
        .json("/github/repositories/?name=MazeGenerator")
        .await?;
    assert_eq!(links(&page["results"][0], "stargazers"), expected);
    let all = service.json("/github/repositories/?language=Rust").await?;
    assert_eq!(all["results"].as_array().map(Vec::len), Some(4));
    Ok(())
}
