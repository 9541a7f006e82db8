//! The fake GitHub behaves like the real one.

#![expect(
    clippy::disallowed_methods,
    reason = "the tests are clients of their own"
)]

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use pyfa_testkit::github::{
    FakeGitHub, FakeRepository, OverBudget, QuotaError, Resource, secondary_limit,
};
use pyfa_testkit::service::{CLOCK_START, Fault};
use reqwest::{Client, Response, redirect};
use serde_json::{Value, json};

const TOKEN: &str = "a-good-token";

fn client() -> Result<Client> {
    Ok(Client::builder()
        .redirect(redirect::Policy::none())
        .user_agent("tests")
        .build()?)
}

async fn get(fake: &FakeGitHub, path: &str, headers: &[(&str, &str)]) -> Result<Response> {
    let mut request = client()?.get(format!("{}{path}", fake.base_url()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Ok(request.send().await?)
}

async fn body(response: Response) -> Result<Value> {
    Ok(serde_json::from_slice(&response.bytes().await?)?)
}

async fn ask(fake: &FakeGitHub, token: &str, query: &str) -> Result<Response> {
    let request = client()?
        .post(format!("{}/graphql", fake.base_url()))
        .header("authorization", format!("Bearer {token}"))
        .body(json!({ "query": query }).to_string());
    Ok(request.send().await?)
}

fn header(response: &Response, name: &str) -> String {
    let value = response
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// A fake with the repository `plone/plone.api` and a token; none without the schema.
fn fake() -> Result<Option<FakeGitHub>> {
    let Some(fake) = FakeGitHub::start_or_skip()? else {
        return Ok(None);
    };
    fake.allow(TOKEN);
    fake.add("plone/plone.api", FakeRepository::generated(9));
    Ok(Some(fake))
}

#[tokio::test]
async fn rest_and_graphql_agree() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    let rest = body(get(&fake, "/repos/Plone/plone.API", &[]).await?).await?;
    assert_eq!(rest["full_name"], "plone/plone.api");
    assert_eq!(rest["stargazers_count"], rest["watchers_count"]);
    let query = "{ repository(owner: \"plone\", name: \"plone.api\") { stargazerCount isArchived
        watchers { totalCount } open: issues(states: OPEN) { totalCount }
        all: issues { totalCount } pullRequests(states: [OPEN]) { totalCount }
        licenseInfo { spdxId } latestRelease { tagName }
        repositoryTopics(first: 5) { nodes { topic { name } } } } }";
    let graphql = body(ask(&fake, TOKEN, query).await?).await?;
    let repository = &graphql["data"]["repository"];
    assert_eq!(rest["stargazers_count"], repository["stargazerCount"]);
    assert_eq!(
        rest["subscribers_count"],
        repository["watchers"]["totalCount"]
    );
    let count = |field: &str| repository[field]["totalCount"].as_u64().unwrap_or(99);
    assert_eq!(
        rest["open_issues_count"],
        count("open") + count("pullRequests")
    );
    assert!(count("all") > count("open"), "{graphql}");
    assert_eq!(
        rest["license"]["spdx_id"],
        repository["licenseInfo"]["spdxId"]
    );
    assert_eq!(
        repository["repositoryTopics"]["nodes"][0]["topic"]["name"],
        "topic-9"
    );
    Ok(())
}

#[tokio::test]
async fn invalid_queries_are_refused() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    for wrong in [
        "{ repository(owner: \"a\") { id } }",
        "{ repository(owner: \"a\", name: \"b\") { stars } }",
        "{ repository(owner: \"a\", name: \"b\") { issues(states: OPENED) { totalCount } } }",
    ] {
        let answer = body(ask(&fake, TOKEN, wrong).await?).await?;
        assert!(
            answer["data"].is_null() && answer["errors"][0]["message"].is_string(),
            "{answer}"
        );
    }
    assert_eq!(fake.batches(), [0; 0]);
    Ok(())
}

#[tokio::test]
async fn missing_repositories_fail_beside_others() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    let blocked = FakeRepository {
        refused: Some((451, "Repository access blocked".to_owned())),
        ..FakeRepository::default()
    };
    fake.add("a/blocked", blocked);
    let half = FakeRepository {
        broken_fields: vec![("latestRelease", "FORBIDDEN")],
        ..FakeRepository::default()
    };
    fake.add("a/half", half);
    let one = |alias: &str, name: &str| {
        format!(
            "{alias}: repository(owner: \"a\", name: \"{name}\") {{ id latestRelease {{ name }} }}"
        )
    };
    let query = format!(
        "{{ {} {} {} rateLimit {{ cost }} }}",
        one("r0", "gone"),
        one("r1", "blocked"),
        one("r2", "half")
    );
    let answer = body(ask(&fake, TOKEN, &query).await?).await?;
    assert!(answer["data"]["r0"].is_null() && answer["data"]["r1"].is_null());
    assert!(answer["data"]["r2"]["id"].is_string(), "{answer}");
    let errors: Vec<String> = answer["errors"]
        .as_array()
        .context("no errors")?
        .iter()
        .map(|error| format!("{} at {}", error["type"], error["path"]))
        .collect();
    assert_eq!(
        errors,
        [
            "\"NOT_FOUND\" at [\"r0\"]",
            "\"FORBIDDEN\" at [\"r1\"]",
            "\"FORBIDDEN\" at [\"r2\",\"latestRelease\"]",
        ]
    );
    assert_eq!(get(&fake, "/repos/a/blocked", &[]).await?.status(), 451);
    assert_eq!(get(&fake, "/repos/a/gone", &[]).await?.status(), 404);
    Ok(())
}

#[tokio::test]
async fn former_names_redirect() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    fake.rename("plone/plone.api", "collective/api");
    let moved = get(&fake, "/repos/plone/plone.api/contributors?per_page=5", &[]).await?;
    assert_eq!(moved.status(), 301);
    let location = header(&moved, "location");
    let path = location
        .strip_prefix(&fake.base_url())
        .context("elsewhere")?;
    assert_eq!(path, "/repositories/1/contributors?per_page=5");
    assert_eq!(get(&fake, path, &[]).await?.status(), 200);
    let query = "{ repository(owner: \"plone\", name: \"plone.api\") { nameWithOwner } }";
    let answer = body(ask(&fake, TOKEN, query).await?).await?;
    assert_eq!(
        answer["data"]["repository"]["nameWithOwner"],
        "collective/api"
    );
    fake.remove("collective/api");
    assert_eq!(
        get(&fake, "/repos/plone/plone.api", &[]).await?.status(),
        404
    );
    Ok(())
}

#[tokio::test]
async fn quotas_are_per_token_and_hour() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    fake.set_remaining(None, Resource::Core, 1);
    let last = get(&fake, "/repos/plone/plone.api", &[]).await?;
    let told = [
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "x-ratelimit-resource",
    ]
    .map(|name| header(&last, name));
    assert_eq!(
        told,
        ["0", &(CLOCK_START + 3_600).to_string(), "core"].map(str::to_owned)
    );
    assert_eq!(header(&last, "date"), "Thu, 01 Jan 2026 00:00:00 GMT");
    let over = get(&fake, "/repos/plone/plone.api", &[]).await?;
    assert_eq!(over.status(), 403);
    let authorization = ("authorization", "Bearer a-good-token");
    let other = get(&fake, "/repos/plone/plone.api", &[authorization]).await?;
    assert_eq!(header(&other, "x-ratelimit-remaining"), "4999");
    fake.controls().advance(Duration::from_hours(1));
    assert_eq!(
        get(&fake, "/repos/plone/plone.api", &[]).await?.status(),
        200
    );

    fake.set_remaining(Some(TOKEN), Resource::GraphQl, 0);
    let query = "{ rateLimit { remaining } }";
    for (spelling, kind) in [
        (QuotaError::RateLimited, "RATE_LIMITED"),
        (QuotaError::RateLimit, "RATE_LIMIT"),
    ] {
        fake.set_quota_error(spelling);
        let answer = ask(&fake, TOKEN, query).await?;
        assert_eq!(answer.status(), 200);
        assert_eq!(body(answer).await?["errors"][0]["type"], kind);
    }
    Ok(())
}

#[tokio::test]
async fn entity_tags_are_per_token_and_free_with_one() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    fake.allow("another-token");
    let path = "/repos/plone/plone.api";
    let mine = ("authorization", "Bearer a-good-token");
    let theirs = ("authorization", "Bearer another-token");
    let tag = header(&get(&fake, path, &[mine]).await?, "etag");
    let status = async |who, tag: &str| -> Result<u16> {
        Ok(get(&fake, path, &[who, ("if-none-match", tag)])
            .await?
            .status()
            .as_u16())
    };
    assert_eq!(status(mine, &tag).await?, 304);
    assert_eq!(fake.quota(Some(TOKEN), Resource::Core).used, 1);
    assert_eq!(status(theirs, &tag).await?, 200);
    let nobodys = header(&get(&fake, path, &[]).await?, "etag");
    let again = get(&fake, path, &[("if-none-match", &nobodys)]).await?;
    assert_eq!(again.status(), 304);
    assert_eq!(fake.quota(None, Resource::Core).used, 2);
    fake.change("plone/plone.api", |repository| repository.stars += 1);
    assert_eq!(status(mine, &tag).await?, 200);
    Ok(())
}

#[tokio::test]
async fn contributors_may_be_too_many_or_missing() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    let path = "/repos/plone/plone.api/contributors?per_page=1";
    let listed = body(get(&fake, path, &[]).await?).await?;
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    fake.change("plone/plone.api", |repository| repository.pushed = None);
    assert_eq!(get(&fake, path, &[]).await?.status(), 204);
    fake.change("plone/plone.api", |repository| repository.too_large = true);
    let refused = get(&fake, path, &[]).await?;
    assert_eq!(refused.status(), 403);
    assert_ne!(header(&refused, "x-ratelimit-remaining"), "0");
    Ok(())
}

#[tokio::test]
async fn open_pull_requests_can_be_counted_by_pages() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    fake.change("plone/plone.api", |one| one.open_pull_requests = 12);
    let path = "/repos/plone/plone.api/pulls?state=open&per_page=1";
    let link = header(&get(&fake, path, &[]).await?, "link");
    assert!(link.contains("&page=12>; rel=\"last\""), "{link}");
    Ok(())
}

#[tokio::test]
async fn queries_over_the_budget_fail() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    let aliases: String = (0..3)
        .map(|one| format!("r{one}: repository(owner: \"plone\", name: \"plone.api\") {{ id }} "))
        .collect::<Vec<_>>()
        .concat();
    let query = format!("{{ {aliases} }}");
    fake.set_budget(Some((2, OverBudget::Status(502))));
    assert_eq!(ask(&fake, TOKEN, &query).await?.status(), 502);
    let used = fake.quota(Some(TOKEN), Resource::GraphQl).used;
    assert!(used > 1, "a time-out costs extra points: {used}");
    fake.set_budget(Some((2, OverBudget::ResourceLimits)));
    let answer = body(ask(&fake, TOKEN, &query).await?).await?;
    assert!(answer["data"]["r1"].is_object() && answer["data"]["r2"].is_null());
    assert_eq!(answer["errors"][0]["type"], "RESOURCE_LIMITS_EXCEEDED");
    assert_eq!(fake.batches(), [3, 3]);
    Ok(())
}

#[tokio::test]
async fn faults_apply_to_matching_requests() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    let path = "/repos/plone/plone.api";
    let stage = fake.controls();
    stage.fail_next(1, path, secondary_limit(429, Some(7)));
    let limited = get(&fake, path, &[]).await?;
    assert_eq!(
        (limited.status().as_u16(), header(&limited, "retry-after")),
        (429, "7".to_owned())
    );
    stage.fail_next(1, "/repos", Fault::html(200));
    assert!(get(&fake, path, &[]).await?.text().await?.starts_with('<'));
    stage.fail_next(1, "/repos", Fault::MalformedJson);
    assert!(body(get(&fake, path, &[]).await?).await.is_err());
    stage.fail_next(1, "/repos", Fault::HalfBody);
    assert!(get(&fake, path, &[]).await?.bytes().await.is_err());
    stage.fail("/graphql", Fault::Hang);
    assert_eq!(get(&fake, path, &[]).await?.status(), 200);
    let hanging = ask(&fake, TOKEN, "{ viewer { login } }");
    assert!(
        tokio::time::timeout(Duration::from_millis(100), hanging)
            .await
            .is_err()
    );
    stage.clear_faults();
    assert_eq!(
        ask(&fake, "wrong", "{ viewer { login } }").await?.status(),
        401
    );
    ensure!(stage.count("/graphql") == 2 && stage.count("GET ") == 5);
    Ok(())
}
