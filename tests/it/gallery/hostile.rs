//! A package whose author wants to break out of every page, feed and file.

use anyhow::{Context, Result, ensure};
use pyfa::model::{Document, is_hidden};
use pyfa::web::gallery::GallerySettings;
use scraper::Selector;
use serde_json::{Value, json};

use super::conformance::parse;
use super::feed::check_feed;
use super::html::Page;
use super::packages::{DAY, NOW, release, rich, with};
use super::xml::Element;
use super::{Site, get};

/// Ends tags, attributes, comments, scripts, JSON, XML and formulas.
const EVIL: &str = "\"'`><script>alert(1)</script><img src=x onerror=alert(1)></title></textarea>--><!--\
                    ]]>&lt;&#x3c;{{ 7*7 }}{% raw %}\\u003c\u{0}\u{7}\u{1b}[31m\u{85}\u{200b}\u{202e}\u{2028}\u{2066}\u{feff}\u{ffff}\r\n\t,;=1+1";
const ADDRESSES: [&str; 9] = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "https://user:secret@evil.example/",
    "https://evil.example/\"onmouseover=alert(1)//",
    "//evil.example/<script>",
];
pub(super) const README: &str = "# Title <script>alert(1)</script>\n\n<img src=x onerror=alert(1)> \
    <iframe src=https://evil.example></iframe> <a href='javascript:alert(1)'>x</a> \
    [y](javascript:alert(1)) ![z](https://evil.example/z.png \"t\") \
    <style>*{display:none}</style> <form action=https://evil.example><input name=q></form> \
    <h1 id=main>Main</h1> <p id=results class=banner onclick=alert(1) style=position:fixed>p</p> \
    <base href=https://evil.example> <meta http-equiv=refresh content='0;url=https://evil.example'>\n\n\
    <svg><script>alert(1)</script></svg> <math><mi xlink:href=javascript:alert(1)>m</mi></math>\n";

/// The text without the characters that no page, feed or file may hold.
fn clean(text: &str) -> String {
    let may_stand = |character: &char| {
        let is_blank = matches!(character, '\t' | '\r' | '\n');
        let is_text = !character.is_control() && *character != '\u{ffff}';
        is_blank || is_text && !is_hidden(*character)
    };
    text.chars().filter(may_stand).collect()
}

/// The text as a page shows it.
fn shown(text: &str) -> String {
    let text = clean(text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn evil(field: &str) -> String {
    format!("{field}{EVIL}")
}

/// Everything that an author, a registry or GitHub can say, as hostile as it gets.
pub(crate) fn hostile(name: &str, version: &str) -> Document {
    let many = |field: &str| {
        (0..3)
            .map(|number| evil(&format!("{field}{number}")))
            .collect::<Vec<_>>()
    };
    let links = ADDRESSES
        .iter()
        .map(|address| (evil(address), (*address).to_owned()));
    let files = ADDRESSES.map(|address| {
        let file = json!({"filename": evil("file"), "packagetype": evil("kind"), "size": i64::MIN, "url": address});
        file.as_object().cloned().unwrap_or_default()
    });
    let advisories: Vec<Value> = ADDRESSES
        .iter()
        .map(|link| {
            json!({"id": evil("id"), "summary": evil("advice"), "severity": evil("severity"),
                "link": link, "fixed_in": many("fixed")})
        })
        .collect();
    let loss = json!({"reason": evil("reason"), "points": i64::MAX, "advice": evil("advice")});
    let document = Document {
        summary: evil("summary"),
        description: pyfa_readme::render(README, Some("text/markdown"), 1 << 20).html,
        changelog: pyfa_readme::render(
            &format!(
                "# Changelog\n\n## {version}\n\n{}",
                README.replace("# Title", "")
            ),
            Some("text/markdown"),
            1 << 20,
        )
        .html,
        title: evil("title"),
        author: evil("author"),
        author_email: evil("address"),
        maintainers: many("maintainer"),
        license: evil("license"),
        license_spdx: evil("spdx"),
        keywords: many("keyword"),
        classifiers: many("classifier"),
        framework_versions: many("framework"),
        python_versions: many("python"),
        requires_python: evil("requires"),
        requires_dist: many("requirement"),
        requires_names: many("name"),
        yanked_reason: evil("reason"),
        status: Some(evil("status")),
        home_page: ADDRESSES[0].to_owned(),
        docs_url: ADDRESSES[1].to_owned(),
        bugtrack_url: ADDRESSES[2].to_owned(),
        package_url: ADDRESSES[7].to_owned(),
        project_urls: links.collect(),
        urls: files.to_vec(),
        first_upload: Some(*NOW - 5 * DAY),
        release_count: Some(-1),
        ..release(name, version)
    };
    with(
        document,
        &json!({
            "github_url": ADDRESSES[0], "github_language": evil("language"),
            "github_topics": many("topic"), "github_release": evil("release"),
            "github_stars": 1_000_000, "github_pushed": i64::MAX, "github_checked": -1,
            "contributors": [{"username": evil("user")}, {"login": "../../evil"}],
            "download_source": evil("source"), "download_last_month": 3_000_000,
            "vulnerabilities": advisories, "has_vulnerabilities": true, "fixed_in": evil("fixed"),
            "health_score": 99, "health_band": evil("band"),
            "health_score_breakdown": {
                "recency": {"points": i64::MAX, "max_points": -1, "bonuses": [evil("bonus"), {"reason": evil("bonus"), "points": i64::MIN}],
                    "lost": [loss]},
                "penalties": [loss], "unknown": [evil("unknown.part")],
            },
        }),
    )
}

/// That nothing on a page is a stranger's but text and links to the web.
pub(super) fn holds_nothing_foreign(page: &Page) -> Result<()> {
    for (selector, attribute) in [
        ("script[src]", "src"),
        ("link[href]", "href"),
        ("img[src]", "src"),
    ] {
        for value in page.values(selector, attribute) {
            let is_own = value.starts_with('/') && !value.starts_with("//")
                || value.starts_with("http://gallery.test/");
            ensure!(is_own, "{attribute}={value}");
        }
    }
    for value in page.values("form[action]", "action") {
        ensure!(
            value.starts_with("/plone") || value == "/django",
            "action={value}"
        );
    }
    for value in page.values("a[href]", "href") {
        let is_web = value.starts_with("https://") || value.starts_with("http://");
        let is_own = value.starts_with('/') && !value.starts_with("//") || value.starts_with('#');
        ensure!(
            (is_web || is_own) && !value.contains("secret"),
            "href={value}"
        );
        ensure!(
            !value.contains(['"', '<', '>', '\'']) || is_own,
            "href={value}"
        );
    }
    ensure!(!page.has("iframe, style, base, object, embed, meta[http-equiv], [onclick], [style]"));
    ensure!(page.all("#main").len() == 1);
    Ok(())
}

async fn site() -> Result<Site> {
    let mut yanked = hostile("evil-yanked", "1.0");
    yanked.yanked = true;
    yanked.facts.clear();
    let mut former = Document {
        is_latest: false,
        ..hostile("evil-one", "0.9")
    };
    former.facts.clear();
    Site::of(&[
        ("plone", hostile("evil-one", "1.0")),
        ("plone", former),
        ("plone", yanked),
        ("plone", rich("plone.rich", "2.0")),
        ("django", hostile("evil-one", "1.0")),
    ])
    .await
}

#[tokio::test]
async fn nothing_breaks_out_of_a_page() -> Result<()> {
    let site = site().await?;
    for images in [false, true] {
        let gallery = site.restarted(GallerySettings {
            images,
            ..GallerySettings::default()
        })?;
        for path in [
            "/",
            "/plone",
            "/plone?q=evil",
            "/plone?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
            "/plone?framework=%22%3E%3Cscript%3E&not-keyword=%3C!--&status='%22%00",
            "/plone?sort=updated",
            "/plone/-/matrix",
            "/plone/-/compare?p=evil-one&p=evil-yanked&p=%3Cscript%3E",
            "/plone/evil-one",
            "/plone/evil-one/0.9",
            "/plone/evil-one/-/releases",
            "/plone/evil-one/-/changelog",
            "/plone/evil-one/-/health",
            "/plone/evil-one/-/dependents",
            "/plone/evil-yanked",
            "/plone/evil-one/%22%3E%3Cscript%3E",
            "/plone/evil%22%3E%3Cscript%3E",
            "/%3Cscript%3E",
        ] {
            let mut answer = get(&gallery, path).await?;
            if answer.status == 302 {
                answer = get(&gallery, answer.header("location")).await?;
            }
            ensure!(
                matches!(answer.status.as_u16(), 200 | 404),
                "{path}: {}",
                answer.status
            );
            let page = answer.page().with_context(|| path.to_owned())?;
            let checked = if images {
                without_images(&page)
            } else {
                holds_nothing_foreign(&page)
            };
            checked.with_context(|| path.to_owned())?;
        }
    }
    Ok(())
}

/// With images, those of READMEs are the only addresses of strangers.
fn without_images(page: &Page) -> Result<()> {
    for value in page.values("img[src]", "src") {
        ensure!(
            value == "https://evil.example/z.png" || value == "https://example.org/a.png",
            "{value}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn what_was_written_is_what_is_read() -> Result<()> {
    let site = site().await?;
    let page = site.page("/plone/evil-one").await?;
    assert_eq!(page.text(".head .lead")?, shown(&evil("summary")));
    let banner = page.text(".banner")?;
    for part in ["id", "advice", "severity", "fixed"] {
        assert!(banner.contains(&shown(&evil(part))), "{part}: {banner}");
    }
    let aside = page.text(".aside")?;
    for part in [
        "spdx",
        "keyword1",
        "classifier1",
        "requirement1",
        "maintainer1",
        "language",
        "topic1",
        "file",
        "kind",
    ] {
        assert!(aside.contains(&shown(&evil(part))), "{part}: {aside}");
    }
    let data: Value = serde_json::from_str(&page.text("script[type=\"application/ld+json\"]")?)?;
    assert_eq!(data["description"], clean(&evil("summary")));
    assert!(data.get("codeRepository").is_none(), "{data}");
    let yanked = site.page("/plone/evil-yanked").await?;
    assert!(yanked.text(".banner")?.contains(&shown(&evil("reason"))));
    let health = site.page("/plone/evil-one/-/health").await?;
    assert!(health.text("main")?.contains(&shown(EVIL)));
    let list = site.page("/plone?q=evil").await?;
    assert_eq!(list.texts(".summary")[0], shown(&evil("summary")));
    Ok(())
}

#[tokio::test]
async fn nothing_breaks_out_of_a_feed_or_file() -> Result<()> {
    let site = site().await?;
    for path in ["/plone/-/", "/plone/evil-one/-/"] {
        for (name, kind) in [
            ("atom", "application/atom+xml"),
            ("rss", "application/rss+xml"),
            ("json", "application/feed+json"),
        ] {
            for parameters in [
                "",
                "?pre=1",
                "?new=1",
                "?q=evil%22%3E%3C%01%EF%BF%BF&framework=%5D%5D%3E",
            ] {
                let asked = format!("{path}feed.{name}{parameters}");
                let answer = site.get(&asked).await?;
                let feed = check_feed(kind, answer.text()?).with_context(|| asked.clone())?;
                for address in &feed.links {
                    assert_eq!(address.host_str(), Some("gallery.test"), "{asked}");
                }
                let hostile = feed
                    .entries
                    .iter()
                    .filter(|one| one.title.starts_with("evil"));
                for entry in hostile {
                    // Readers may show it without cleaning it.
                    let (html, _) = parse(&entry.content, true);
                    let strange = Selector::parse(
                        "script, img, iframe, form, style, svg, [onerror], [onclick]",
                    );
                    let found = html.select(&strange.expect("a selector")).next();
                    ensure!(found.is_none(), "{asked}: {}", entry.content);
                    let read: String = html.root_element().text().collect();
                    let written = evil("summary");
                    let is_summary = path == "/plone/-/" && parameters == "?new=1";
                    ensure!(
                        !is_summary || shown(&read) == shown(&written),
                        "{asked}: {read}"
                    );
                }
            }
        }
    }
    for path in [
        "/plone/-/sitemap.xml",
        "/plone/-/opensearch.xml",
        "/sitemap.xml",
    ] {
        Element::parse(site.get(path).await?.text()?).with_context(|| path.to_owned())?;
    }
    let suggested = site.get("/plone/-/suggest?q=evil").await?;
    let _: (String, Vec<String>, Vec<String>, Vec<String>) =
        serde_json::from_slice(&suggested.body)?;
    let table = site.get("/plone/-/packages.csv?q=evil").await?;
    let mut reader = csv::Reader::from_reader(table.body.as_slice());
    for row in reader.records() {
        let row = row?;
        assert_eq!(row.len(), 19);
        // Also opened with semicolons, the table computes nothing.
        assert_eq!(&row[3], clean(&evil("summary")).replace(";=", ";'="));
        for cell in &row {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell}"
            );
        }
    }
    Ok(())
}
