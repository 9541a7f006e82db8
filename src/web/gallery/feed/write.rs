//! A feed in its format.

use std::borrow::Cow;

use jiff::Timestamp;
use pyfa_readme::escape;
use serde::Serialize;
use serde_json::{Value, json};

use crate::web::gallery::address::FeedFormat;
use crate::web::gallery::page::{CachePolicy, Page, PageError};
use crate::web::gallery::site::Gallery;

use super::entry::{Entry, Feed};

/// A feed for a template: times in the format's own way.
#[derive(Serialize)]
struct FeedView<'f> {
    feed: &'f Feed,
    updated: String,
    entries: Vec<EntryView<'f>>,
}

#[derive(Serialize)]
struct EntryView<'f> {
    entry: &'f Entry,
    updated: String,
    /// What changed, or else the summary, as HTML: RSS knows nothing else.
    html: Cow<'f, str>,
}

pub(super) fn write(gallery: &Gallery, format: FeedFormat, feed: &Feed) -> Result<Page, PageError> {
    let templates = &gallery.templates;
    let page = match format {
        FeedFormat::Atom => Page::file(
            "application/atom+xml; charset=utf-8",
            templates.render("feed.atom.xml", view(feed, iso_time))?,
            CachePolicy::Feed,
        ),
        FeedFormat::Rss => Page::file(
            "application/rss+xml; charset=utf-8",
            templates.render("feed.rss.xml", view(feed, mail_time))?,
            CachePolicy::Feed,
        ),
        FeedFormat::Json => {
            let content_type = "application/feed+json; charset=utf-8";
            Page::json(content_type, json_feed(feed), CachePolicy::Feed)
        }
    };
    Ok(Page {
        last_modified: feed.entries.first().map(|newest| newest.seconds),
        ..page
    })
}

fn view(feed: &Feed, time: fn(i64) -> String) -> FeedView<'_> {
    FeedView {
        updated: time(feed.updated),
        entries: feed
            .entries
            .iter()
            .map(|entry| EntryView {
                updated: time(entry.seconds),
                html: match entry.html.as_str() {
                    "" => Cow::Owned(escape(&entry.summary)),
                    html => Cow::Borrowed(html),
                },
                entry,
            })
            .collect(),
        feed,
    }
}

fn json_feed(feed: &Feed) -> Value {
    let items: Vec<Value> = feed.entries.iter().map(json_item).collect();
    json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.address,
        "authors": [{"name": feed.author}],
        "items": items,
    })
}

fn json_item(entry: &Entry) -> Value {
    let mut item = json!({
        "id": entry.id,
        "url": entry.address,
        "title": entry.title,
        "summary": entry.summary,
        "date_published": iso_time(entry.seconds),
        "tags": entry.categories,
    });
    if let Some(item) = item.as_object_mut() {
        // One of the two has to be there.
        let (key, content) = match entry.html.as_str() {
            "" => ("content_text", &entry.summary),
            _ => ("content_html", &entry.html),
        };
        item.insert(key.to_owned(), json!(content));
        if !entry.authors.is_empty() {
            let authors: Vec<Value> = entry
                .authors
                .iter()
                .map(|name| json!({"name": name}))
                .collect();
            item.insert("authors".to_owned(), json!(authors));
        }
    }
    item
}

/// As in `2026-03-09T12:00:00Z`.
fn iso_time(seconds: i64) -> String {
    Timestamp::from_second(seconds)
        .unwrap_or_default()
        .to_string()
}

/// As in `Mon, 09 Mar 2026 12:00:00 GMT`.
fn mail_time(seconds: i64) -> String {
    let timestamp = Timestamp::from_second(seconds).unwrap_or_default();
    timestamp.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
