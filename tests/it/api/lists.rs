//! Lists: filters, orders, pages, fields, formats, and what is wrong with a question.

use anyhow::{Context, Result};
use serde_json::Value as Json;

use super::{Service, add_issues};
use crate::database::{Place, on_both};

on_both!(
    a_list_is_read_to_its_end_and_back,
    filters_find_what_they_say,
    wrong_questions_are_told_what_is_right,
    the_whole_list_is_there_in_other_formats,
    an_answer_that_has_not_changed_is_not_sent_again,
);

fn ids(page: &Json) -> Vec<i64> {
    let results = page["results"].as_array().into_iter().flatten();
    results.filter_map(|row| row["id"].as_i64()).collect()
}

async fn a_list_is_read_to_its_end_and_back(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    add_issues(&service.database, 57).await?;
    for order in ["", "&ordering=created_at", "&ordering=-updated_at"] {
        let mut path = format!("/api/v1/issues?page_size=10{order}");
        let mut seen = Vec::new();
        let mut pages = Vec::new();
        loop {
            let page = service.json(&path).await?;
            assert_eq!(page["count"], 57);
            pages.push(ids(&page));
            seen.extend(ids(&page));
            match page["next"].as_str() {
                Some(next) => next.clone_into(&mut path),
                None => break,
            }
        }
        let mut sorted = seen.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (1..=57).collect::<Vec<i64>>(), "{order}");
        assert_eq!(pages.len(), 6);
        // Page numbers give the same pages, and links lead back.
        for (number, ids_by_cursor) in (1..).zip(&pages) {
            let page = service
                .json(&format!("/api/v1/issues?page_size=10&page={number}{order}"))
                .await?;
            assert_eq!(&ids(&page), ids_by_cursor, "page {number}");
            let previous = page["previous"].as_str();
            assert_eq!(previous.is_some(), number > 1);
            if let Some(previous) = previous {
                let before = service.json(previous).await?;
                assert_eq!(ids(&before), pages[number - 2]);
            }
        }
    }
    let beyond = service.get("/api/v1/issues?page_size=10&page=7").await?;
    assert_eq!(beyond.status, 404);
    assert_eq!(
        beyond.json()?["detail"],
        "there is no page 7; the last one is 6"
    );
    Ok(())
}

async fn filters_find_what_they_say(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    add_issues(&service.database, 60).await?;
    for (filter, count) in [
        ("state=closed", 20),
        ("state__in=closed,open", 60),
        ("username=person1&state=open", 6),
        ("org=plone&repo=a", 60),
        ("org=Plone", 0),
        ("id__in=1,2,3,1000", 3),
        ("repository_id=7&number=5", 1),
        ("created_at__gte=2023-11-16T22:13:20Z", 53),
        ("created_at__gt=2023-11-16T22:13:20Z", 52),
        ("created_at__lt=2023-11-16", 1),
        ("created_at__lte=2023-11-15T22:13:20Z", 1),
        ("created_at=2023-11-15 22:13:20", 1),
        ("state=%27%20OR%201=1%20--", 0),
    ] {
        let page = service
            .json(&format!("/api/v1/issues?{}", filter.replace(' ', "%20")))
            .await?;
        assert_eq!(page["count"], count, "{filter}");
        assert_eq!(ids(&page).len(), count.min(25), "{filter}");
    }
    let page = service
        .json("/api/v1/issues?fields=number,title&ordering=created_at&page_size=1&page=7")
        .await?;
    assert_eq!(
        page["results"],
        serde_json::json!([{"number": 1, "title": "Issue 1"}])
    );
    let one = service.json("/api/v1/issues/10").await?;
    assert_eq!(
        (&one["created_at"], &one["body"], &one["number"]),
        (&Json::Null, &"a long text".into(), &10.into())
    );
    assert_eq!(service.get("/api/v1/issues/99").await?.status, 404);
    assert_eq!(service.get("/api/v1/issues/x").await?.status, 404);
    Ok(())
}

async fn wrong_questions_are_told_what_is_right(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    for (query, status, part) in [
        ("colour=red", 400, "there is no filter `colour`"),
        (
            "state__lt=a",
            400,
            "`state` cannot be filtered by `lt`; it can be by: exact, in",
        ),
        (
            "title=a",
            400,
            "`title` cannot be filtered by `exact`; it can be by: nothing",
        ),
        (
            "ordering=title",
            400,
            "they can be by: created_at, -created_at",
        ),
        ("fields=title,secret", 400, "there is no field `secret`"),
        ("created_at__gt=soon", 400, "a time such as"),
        ("id=12x", 400, "a whole number"),
        ("page=0", 400, "a number from 1"),
        ("page_size=101", 400, "largest page"),
        ("page=1&page=2", 400, "given twice"),
        ("cursor=nonsense", 400, "the cursor is not one of this list"),
        ("state=%00", 400, "without NUL"),
        ("page=18446744073709551615", 404, "the last one is 1"),
    ] {
        let answer = service.get(&format!("/api/v1/issues?{query}")).await?;
        assert_eq!(answer.status, status, "{query}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let problem = answer.json()?;
        let detail = problem["detail"].as_str().context("no detail")?;
        assert!(detail.contains(part), "{query}: {detail}");
    }
    let problem = service.get("/api/v1/issues?colour=red").await?.json()?;
    let valid = problem["valid"].as_array().context("no list")?;
    assert!(valid.contains(&"created_at__gte".into()) && valid.contains(&"cursor".into()));
    assert_eq!(service.get("/api/v1/colours").await?.status, 404);
    assert_eq!(service.get("/api/v2/issues").await?.status, 404);
    Ok(())
}

async fn the_whole_list_is_there_in_other_formats(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    add_issues(&service.database, 457).await?;
    let path = "/api/v1/issues?fields=id,title,created_at&ordering=created_at";
    let csv = service.get_with(path, &[("accept", "text/csv")]).await?;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let csv = csv.text();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 458);
    assert_eq!(lines[0], "id,title,created_at");
    assert_eq!(lines[1], "10,Issue 10,");
    assert_eq!(lines[46], "1,Issue 1,2023-11-15T22:13:20Z");
    let accept = [("accept", "application/jsonl")];
    let jsonl = service.get_with(path, &accept).await?.text();
    assert_eq!(jsonl.lines().count(), 457);
    let first: Json = serde_json::from_str(jsonl.lines().next().unwrap_or_default())?;
    assert_eq!(first["id"], 10);
    let page = service
        .get_with(&format!("{path}&page_size=3"), &accept)
        .await?;
    assert_eq!(page.text().lines().count(), 3);
    let wrong = service.get_with(path, &[("accept", "text/html")]).await?;
    assert_eq!(wrong.status, 406);
    Ok(())
}

async fn an_answer_that_has_not_changed_is_not_sent_again(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    add_issues(&service.database, 3).await?;
    let first = service.get("/api/v1/issues").await?;
    let tag = first.header("etag").to_owned();
    let known = [("if-none-match", tag.as_str())];
    let again = service.get_with("/api/v1/issues", &known).await?;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    // It is compressed for those who ask for that, under the same tag.
    let gzip = [("accept-encoding", "gzip")];
    let compressed = service.get_with("/api/v1/issues", &gzip).await?;
    assert_eq!(compressed.header("content-encoding"), "gzip");
    assert_eq!(compressed.header("etag"), tag);
    assert!(compressed.header("vary").contains("accept-encoding"));
    assert!(compressed.body.len() * 2 < first.body.len());
    add_issues_after(&service).await?;
    let changed = service.get_with("/api/v1/issues", &known).await?;
    assert_eq!(changed.status, 200);
    Ok(())
}

async fn add_issues_after(service: &Service) -> Result<()> {
    let text = "UPDATE issues SET title = 'Other' WHERE id = 2";
    let statement = pyfa::database::Statement::new(text, Vec::new());
    service.database.write(statement).await?;
    Ok(())
}
