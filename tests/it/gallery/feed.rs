//! A feed in any of the three formats, held to its standard: RFC 4287, RSS 2.0, JSON Feed 1.1.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;
use pyfa_readme::escape;
use serde_json::Value;
use url::Url;

use super::xml::Element;

/// What a feed says, whatever its format.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    pub(super) title: String,
    /// Where it is itself.
    pub(super) address: String,
    /// The page that shows the same.
    pub(super) home: String,
    /// Unix seconds; not said in JSON.
    pub(super) updated: Option<i64>,
    pub(crate) entries: Vec<Entry>,
    /// All addresses in it.
    pub(crate) links: BTreeSet<Url>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) address: String,
    pub(super) seconds: i64,
    /// The content, or else the summary, as HTML.
    pub(super) content: String,
    pub(super) authors: Vec<String>,
    pub(super) categories: Vec<String>,
}

/// Reads a feed of this media type.
pub(crate) fn check_feed(kind: &str, body: &str) -> Result<Feed> {
    let mut feed = match kind {
        "application/atom+xml" => read_atom(&Element::parse(body)?)?,
        "application/rss+xml" => read_rss(&Element::parse(body)?)?,
        "application/feed+json" => read_json(&serde_json::from_str(body)?)?,
        other => bail!("no feed: {other}"),
    };
    ensure!(!feed.title.trim().is_empty(), "a feed without a title");
    let entries = feed.entries.iter().map(|entry| entry.address.as_str());
    let addresses = entries.chain([feed.address.as_str(), feed.home.as_str()]);
    feed.links = addresses
        .map(|address| Url::parse(address).with_context(|| address.to_owned()))
        .collect::<Result<_>>()?;
    let mut ids = BTreeSet::new();
    for entry in &feed.entries {
        ensure!(is_urn(&entry.id), "no lasting id: {}", entry.id);
        ensure!(ids.insert(&entry.id), "twice: {}", entry.id);
        ensure!(!entry.title.trim().is_empty(), "{entry:?} has no title");
        ensure!(entry.seconds > 0, "{entry:?} has no date");
    }
    let is_ordered = feed
        .entries
        .is_sorted_by(|one, next| one.seconds >= next.seconds);
    ensure!(is_ordered, "the newest is not the first");
    let newest = feed.entries.first().map(|entry| entry.seconds);
    if let (Some(updated), Some(newest)) = (feed.updated, newest) {
        ensure!(
            updated == newest,
            "{updated} is not when the newest came, {newest}"
        );
    }
    Ok(feed)
}

/// Whether it is a URN of a UUID of version 8, which no address is part of.
fn is_urn(id: &str) -> bool {
    let Some(uuid) = id.strip_prefix("urn:uuid:") else {
        return false;
    };
    let lengths: Vec<usize> = uuid.split('-').map(str::len).collect();
    let is_hex = uuid
        .chars()
        .all(|one| one == '-' || one.is_ascii_digit() || matches!(one, 'a'..='f'));
    lengths == [8, 4, 4, 4, 12] && is_hex && uuid.as_bytes()[14] == b'8'
}

fn iso(text: &str) -> Result<i64> {
    let timestamp: Timestamp = text.parse().with_context(|| text.to_owned())?;
    Ok(timestamp.as_second())
}

fn read_atom(root: &Element) -> Result<Feed> {
    ensure!(root.name == "feed", "{}", root.name);
    ensure!(
        root.attribute("xmlns") == "http://www.w3.org/2005/Atom",
        "{root:?}"
    );
    ensure!(is_urn(root.child("id")?.text()), "{root:?}");
    let updated = iso(root.child("updated")?.text())?;
    ensure!(
        !root.child("author")?.child("name")?.text().is_empty(),
        "nobody wrote it"
    );
    let link = |of: &Element, relation: &str, kind: &str| -> Result<String> {
        let found: Vec<_> = of
            .children("link")
            .filter(|link| link.attribute("rel") == relation)
            .collect();
        ensure!(
            found.len() == 1 && found[0].attribute("type") == kind,
            "{found:?}"
        );
        Ok(found[0].attribute("href").to_owned())
    };
    let mut feed = Feed {
        title: root.child("title")?.text().to_owned(),
        address: link(root, "self", "application/atom+xml")?,
        home: link(root, "alternate", "text/html")?,
        updated: Some(updated),
        ..Feed::default()
    };
    for entry in root.children("entry") {
        let seconds = iso(entry.child("updated")?.text())?;
        ensure!(
            iso(entry.child("published")?.text())? == seconds,
            "{entry:?}"
        );
        let summary = entry.child("summary")?.text();
        let html = entry.children("content").next();
        ensure!(
            html.is_none_or(|html| html.attribute("type") == "html"),
            "{entry:?}"
        );
        let mut authors = Vec::new();
        for author in entry.children("author") {
            authors.push(author.child("name")?.text().to_owned());
        }
        feed.entries.push(Entry {
            id: entry.child("id")?.text().to_owned(),
            title: entry.child("title")?.text().to_owned(),
            address: link(entry, "alternate", "text/html")?,
            seconds,
            content: html.map_or_else(|| escape(summary), |html| html.text().to_owned()),
            authors,
            categories: entry
                .children("category")
                .map(|category| category.attribute("term").to_owned())
                .collect(),
        });
    }
    Ok(feed)
}

fn read_rss(root: &Element) -> Result<Feed> {
    ensure!(
        root.name == "rss" && root.attribute("version") == "2.0",
        "{root:?}"
    );
    for (prefix, namespace) in [
        ("xmlns:atom", "http://www.w3.org/2005/Atom"),
        ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ] {
        ensure!(root.attribute(prefix) == namespace, "{prefix}");
    }
    let mail_time = |text: &str| -> Result<i64> {
        let zoned = jiff::fmt::rfc2822::parse(text).with_context(|| text.to_owned())?;
        Ok(zoned.timestamp().as_second())
    };
    let channel = root.child("channel")?;
    ensure!(
        !channel.child("description")?.text().is_empty(),
        "{channel:?}"
    );
    let updated = mail_time(channel.child("lastBuildDate")?.text())?;
    let own = channel.child("atom:link")?;
    ensure!(
        own.attribute("rel") == "self" && own.attribute("type") == "application/rss+xml",
        "{own:?}"
    );
    let texts = |item: &Element, name: &str| -> Vec<String> {
        item.children(name)
            .map(|one| one.text().to_owned())
            .collect()
    };
    let mut feed = Feed {
        title: channel.child("title")?.text().to_owned(),
        address: own.attribute("href").to_owned(),
        home: channel.child("link")?.text().to_owned(),
        updated: Some(updated),
        ..Feed::default()
    };
    for item in channel.children("item") {
        let guid = item.child("guid")?;
        ensure!(guid.attribute("isPermaLink") == "false", "{guid:?}");
        feed.entries.push(Entry {
            id: guid.text().to_owned(),
            title: item.child("title")?.text().to_owned(),
            address: item.child("link")?.text().to_owned(),
            seconds: mail_time(item.child("pubDate")?.text())?,
            content: item.child("description")?.text().to_owned(),
            authors: texts(item, "dc:creator"),
            categories: texts(item, "category"),
        });
    }
    Ok(feed)
}

fn read_json(root: &Value) -> Result<Feed> {
    ensure!(
        root["version"] == "https://jsonfeed.org/version/1.1",
        "{root}"
    );
    let text = |of: &Value, key: &str| -> Result<String> {
        let text = of[key].as_str().with_context(|| format!("{key} of {of}"))?;
        Ok(text.to_owned())
    };
    let people = |of: &Value| -> Result<Vec<String>> {
        let people = of["authors"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        people.iter().map(|person| text(person, "name")).collect()
    };
    ensure!(people(root)?.len() == 1, "{root}");
    let mut feed = Feed {
        title: text(root, "title")?,
        address: text(root, "feed_url")?,
        home: text(root, "home_page_url")?,
        ..Feed::default()
    };
    for item in root["items"].as_array().context("items")? {
        let (html, plain) = (&item["content_html"], &item["content_text"]);
        ensure!(html.is_string() != plain.is_string(), "{item}");
        let tags = item["tags"].as_array().context("tags")?;
        feed.entries.push(Entry {
            id: text(item, "id")?,
            title: text(item, "title")?,
            address: text(item, "url")?,
            seconds: iso(&text(item, "date_published")?)?,
            content: match (html.as_str(), plain.as_str()) {
                (Some(html), _) => html.to_owned(),
                (None, plain) => escape(plain.unwrap_or_default()),
            },
            authors: people(item)?,
            categories: tags
                .iter()
                .map(|tag| tag.as_str().map(str::to_owned).context("a tag"))
                .collect::<Result<_>>()?,
        });
    }
    Ok(feed)
}
