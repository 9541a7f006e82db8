//! Every link of the sample's gallery leads somewhere, and everything there is valid.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use reqwest::{Client, redirect};
use tokio::task::JoinSet;
use url::Url;

use super::feed::check_feed;
use super::headers::check_security;
use super::html::Page;
use super::xml::Element;
use crate::embedded::Home;
use crate::support::kill;

/// Requests in flight.
const AT_ONCE: usize = 8;
/// A gallery that is not at the top of its host.
const BELOW: &str = "http://gallery.test/pack%20ages/all";

/// What one answer leads to.
#[derive(Debug, Default)]
struct Found {
    links: BTreeSet<Url>,
    /// Ids of a page, for links into it.
    ids: BTreeSet<String>,
    kind: String,
}

#[test]
fn every_link_of_the_sample_leads_to_something_valid() -> Result<()> {
    let home = Home::new()?;
    home.run(&["up", "--sample", "--no-serve"]).exits(0);
    let (serving, address, _, _lines) = home.serve()?;
    let place = address.trim_start_matches("http://").parse()?;
    let crawled = crawl_all(&address.parse()?, place);
    kill(serving);
    let kinds = crawled?;
    let count = |kind: &str| kinds.get(kind).copied().unwrap_or_default();
    assert!(count("text/html") > 300, "{kinds:?}");
    for kind in [
        "application/atom+xml",
        "application/rss+xml",
        "application/feed+json",
        "text/csv",
    ] {
        assert!(count(kind) > 40, "{kinds:?}");
    }
    Ok(())
}

/// Behind a proxy that keeps the path, every address has it; one that takes it off is served as well.
#[test]
fn every_link_below_a_path_stays_below_it() -> Result<()> {
    let home = Home::new()?;
    home.run(&["up", "--sample", "--no-serve"]).exits(0);
    fs_err::write(home.path(".env"), format!("GALLERY_BASE_URL={BELOW}/\n"))?;
    let (serving, address, _, _lines) = home.serve()?;
    let address = address.trim_start_matches("http://").parse()?;
    let crawled = crawl_all(&format!("{BELOW}/").parse()?, address);
    let stripped = stripped_answers(address);
    kill(serving);
    let kinds = crawled?;
    let count = |kind: &str| kinds.get(kind).copied().unwrap_or_default();
    assert!(count("text/html") > 300, "{kinds:?}");
    assert!(count("redirect") > 0, "{kinds:?}");
    stripped
}

/// What a proxy that takes the path off gets is what visitors get.
#[tokio::main(flavor = "current_thread")]
async fn stripped_answers(address: SocketAddr) -> Result<()> {
    let client = visitor(address)?;
    let stripped = format!("http://{address}");
    for path in [
        "/plone",
        "/plone?q=form",
        "/plone/plone.api",
        "/nothing",
        "/robots.txt",
    ] {
        let mut answers = Vec::new();
        for place in [stripped.as_str(), BELOW] {
            let answer = client.get(format!("{place}{path}")).send().await?;
            let tag = answer.headers().get("etag").cloned();
            answers.push((answer.status(), tag, answer.text().await?));
        }
        ensure!(answers[0] == answers[1], "{path}: {answers:?}");
    }
    for (path, to) in [("/plone/", "/plone"), ("/plone?q=", "/plone")] {
        for place in [stripped.as_str(), BELOW] {
            let answer = client.get(format!("{place}{path}")).send().await?;
            let location = answer.headers().get("location").context("a redirect")?;
            let location = format!("http://gallery.test{}", location.to_str()?);
            ensure!(location == format!("{BELOW}{to}"), "{path}: {location}");
        }
    }
    let described = client
        .get(format!("{BELOW}/api/v1/openapi.json"))
        .send()
        .await?;
    let described: serde_json::Value = serde_json::from_str(&described.text().await?)?;
    ensure!(
        described["servers"][0]["url"] == "/pack%20ages/all/",
        "{}",
        described["servers"]
    );
    let robots = client.get(format!("{BELOW}/robots.txt")).send().await?;
    let robots = robots.text().await?;
    ensure!(
        robots.contains("\nDisallow: /pack%20ages/all/*?\n"),
        "{robots}"
    );
    Ok(())
}

/// A browser that finds the gallery's host at an address.
fn visitor(address: SocketAddr) -> Result<Client> {
    #[expect(clippy::disallowed_methods, reason = "a visitor's browser")]
    let client = Client::builder().no_proxy();
    let client = client.resolve("gallery.test", address);
    Ok(client.redirect(redirect::Policy::none()).build()?)
}

fn crawl_all(base: &Url, address: SocketAddr) -> Result<BTreeMap<String, usize>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(crawl(base, address))
}

/// Follows all links from the start page and the files that machines ask for; how many answers
/// there were of each kind.
async fn crawl(base: &Url, address: SocketAddr) -> Result<BTreeMap<String, usize>> {
    let client = visitor(address)?;
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut ids: BTreeMap<Url, BTreeSet<String>> = BTreeMap::new();
    let mut inner: BTreeSet<(Url, Url)> = BTreeSet::new();
    let mut known: BTreeMap<Url, Url> = BTreeMap::new();
    let mut waiting: Vec<Url> = Vec::new();
    for path in ["./", "./robots.txt", "./sitemap.xml", "./favicon.ico"] {
        waiting.push(base.join(path)?);
    }
    for url in &waiting {
        known.insert(url.clone(), base.clone());
    }
    let mut problems = Vec::new();
    let mut asked = JoinSet::new();
    loop {
        while asked.len() < AT_ONCE
            && let Some(url) = waiting.pop()
        {
            let (client, base) = (client.clone(), base.clone());
            asked.spawn(async move {
                let found = visit(&client, &base, &url).await;
                (url, found)
            });
        }
        let Some(answered) = asked.join_next().await else {
            break;
        };
        let (url, found) = answered?;
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                problems.push(format!("{url} (from {}): {error:#}", known[&url]));
                continue;
            }
        };
        *kinds.entry(found.kind).or_default() += 1;
        ids.insert(url.clone(), found.ids);
        for mut link in found.links {
            if link.fragment().is_some() {
                inner.insert((url.clone(), link.clone()));
                link.set_fragment(None);
            }
            if !known.contains_key(&link) {
                known.insert(link.clone(), url.clone());
                waiting.push(link);
            }
        }
    }
    for (from, link) in inner {
        let mut page = link.clone();
        page.set_fragment(None);
        let fragment = link.fragment().unwrap_or_default();
        let fragment = percent_encoding::percent_decode_str(fragment).decode_utf8_lossy();
        if !ids.get(&page).is_some_and(|ids| ids.contains(&*fragment)) {
            problems.push(format!("{link} (from {from}) has no such id"));
        }
    }
    ensure!(
        problems.is_empty(),
        "{} problems\n{}",
        problems.len(),
        problems.join("\n")
    );
    Ok(kinds)
}

/// Fetches what is at an address, holds it to be valid, and reads its links.
async fn visit(client: &Client, base: &Url, url: &Url) -> Result<Found> {
    let response = client.get(url.clone()).send().await?;
    check_security(response.headers())?;
    let status = response.status().as_u16();
    let header = |name: &str| {
        let value = response.headers().get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let mut found = Found::default();
    if matches!(status, 301 | 302) {
        let place = url.join(&header("location"))?;
        ensure!(is_below(base, &place), "leads to {place}");
        "redirect".clone_into(&mut found.kind);
        found.links.insert(place);
        return Ok(found);
    }
    ensure!(status == 200, "{status}");
    let content_type = header("content-type");
    let kind = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .to_owned();
    let body = response.text().await?;
    match kind.as_str() {
        "text/html" => read_page(base, url, &body, &mut found)?,
        "application/atom+xml" | "application/rss+xml" | "application/feed+json" => {
            found.links = check_feed(&kind, &body)?.links;
        }
        "application/xml" => {
            let root = Element::parse(&body)?;
            for place in root.all("loc") {
                found.links.insert(place.text().parse()?);
            }
        }
        "application/opensearchdescription+xml" => {
            let root = Element::parse(&body)?;
            for place in root.all("Url") {
                let template = place.attribute("template");
                found
                    .links
                    .insert(template.replace("{searchTerms}", "form").parse()?);
            }
        }
        "text/plain" => {
            let place = body.lines().find_map(|line| line.strip_prefix("Sitemap: "));
            found.links.insert(place.context("a sitemap")?.parse()?);
        }
        "application/x-suggestions+json" => {
            let _: (String, Vec<String>, Vec<String>, Vec<String>) = serde_json::from_str(&body)?;
        }
        "text/csv" | "text/css" | "text/javascript" | "image/svg+xml" => {
            ensure!(!body.is_empty(), "nothing is there");
        }
        other => bail!("an unknown kind: {other}"),
    }
    found.kind = kind;
    Ok(found)
}

/// Whether an address is one of the gallery at `base`.
fn is_below(base: &Url, address: &Url) -> bool {
    let path = base.path().trim_end_matches('/');
    let rest = address.path().strip_prefix(path);
    address.origin() == base.origin() && rest.is_some_and(|rest| rest.starts_with('/'))
}

fn read_page(base: &Url, url: &Url, body: &str, found: &mut Found) -> Result<()> {
    let page = Page::read(body)?;
    found.ids = page
        .values("[id]", "id")
        .into_iter()
        .map(str::to_owned)
        .collect();
    for (selector, attribute) in [
        ("a[href]", "href"),
        ("link[href]", "href"),
        ("script[src]", "src"),
        ("img[src]", "src"),
        ("form[action]", "action"),
    ] {
        for element in page.all(selector) {
            let value = element.value();
            let target = value.attr(attribute).unwrap_or_default();
            let link = url.join(target).with_context(|| target.to_owned())?;
            if link.origin() == base.origin() {
                ensure!(is_below(base, &link), "outside of the gallery: {link}");
                found.links.insert(link);
                continue;
            }
            ensure!(
                value.name() == "a" && matches!(link.scheme(), "http" | "https" | "mailto"),
                "a foreign address: {target}"
            );
            let relation = value.attr("rel").unwrap_or_default();
            ensure!(
                relation.split(' ').any(|one| one == "noopener"),
                "{target}: {relation}"
            );
        }
    }
    // Who follows the canonical address is there.
    let canonical: Url = page.value("link[rel=canonical]", "href")?.parse()?;
    ensure!(is_below(base, &canonical), "{canonical}");
    let robots = page.value("meta[name=robots]", "content")?;
    ensure!(
        canonical == *url || robots.starts_with("noindex") || url.path() == base.path(),
        "{robots}, but canonical is {canonical}"
    );
    Ok(())
}
