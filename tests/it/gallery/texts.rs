//! Characters that nobody sees, and that turn a text around: in no page, feed or file.

use anyhow::{Context, Result, ensure};
use pyfa::model::{Document, is_hidden};
use pyfa::web::gallery::{GallerySettings, ProfileAppearance};

use super::packages::{former, rich, with};
use super::{Answer, Site, get};
use serde_json::json;

/// Overrides, embeddings, isolates, marks, blanks of no width and tags.
const HIDDEN: &str = "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\
                      \u{200b}\u{200e}\u{200f}\u{61c}\u{feff}\u{ad}\u{2060}\u{2028}\u{e0041}";

/// With a hidden character in the middle of every one.
fn turned(text: &str) -> String {
    format!("{text} exe{HIDDEN}cod end")
}

fn turn(document: Document) -> Document {
    let many = |field: &str| vec![turned(field)];
    with(
        Document {
            summary: turned("summary"),
            author: turned("author"),
            author_email: turned("email"),
            maintainers: many("maintainer"),
            license: turned("license"),
            license_spdx: turned("spdx"),
            keywords: many("keyword"),
            classifiers: vec![turned("Framework :: Plone :: Addon"), turned("Topic")],
            framework_versions: many("framework"),
            python_versions: many("python"),
            requires_python: turned(">=3"),
            requires_dist: many("requirement"),
            requires_names: many("requirement"),
            yanked_reason: turned("reason"),
            status: Some(turned("status")),
            project_urls: [(turned("Issues"), "https://example.org/".to_owned())].into(),
            description: format!("<h2>{}</h2><h2>A</h2><h2>B</h2>", turned("heading")),
            changelog: format!("<h2>2.0</h2><p>{}</p>", turned("changes")),
            ..document
        },
        &json!({
            "github_language": turned("language"), "github_topics": [turned("topic")],
            "github_release": turned("release"), "contributors": [{"username": turned("user")}],
            "vulnerabilities": [{"id": turned("id"), "summary": turned("advice"),
                "severity": turned("severity"), "link": "https://example.org/", "fixed_in": [turned("3")]}],
            "has_vulnerabilities": true,
            "health_score_breakdown": {
                "recency": {"points": 1, "max_points": 2, "lost": [
                    {"reason": turned("reason"), "points": 1, "advice": turned("advice")}]},
                "unknown": [turned("unknown.part")],
            },
        }),
    )
}

fn holds_none(answer: &Answer, readme: bool) -> Result<()> {
    let text = answer.text()?;
    ensure!(text.contains("execod") || !text.contains("exe"), "{text}");
    // What authors write in their own blocks of a README is theirs.
    let is_readme = |text: &str| readme && text.contains("class=\"readme");
    let mut blocks = text.split("<article");
    let outside = blocks.next().into_iter().chain(blocks.map(|block| {
        let end = block.find("</article>").filter(|_| is_readme(block));
        end.and_then(|end| block.get(end..)).unwrap_or(block)
    }));
    for part in outside {
        let found = part.find(is_hidden);
        ensure!(
            found.is_none(),
            "{:?}",
            found.and_then(|at| part.get(at.saturating_sub(60)..at + 8))
        );
    }
    for escaped in ["\\u202e", "&#x202e", "&#8238", "\\u2066", "\\u200b"] {
        ensure!(!text.to_lowercase().contains(escaped), "{escaped}");
    }
    Ok(())
}

#[tokio::test]
async fn nothing_turns_a_text_around() -> Result<()> {
    let mut yanked = turn(rich("plone.yanked", "1.0"));
    yanked.yanked = true;
    let site = Site::of(&[
        ("plone", turn(rich("plone.rich", "2.0"))),
        ("plone", turn(former("plone.rich", "1.0", 9))),
        ("plone", yanked),
        ("django", turn(rich("plone.rich", "2.0"))),
    ])
    .await?;
    let appearance = ProfileAppearance {
        title: Some(turned("title")),
        description: Some(turned("description")),
        ..ProfileAppearance::default()
    };
    let gallery = site.restarted(GallerySettings {
        profiles: [("plone".to_owned(), appearance)].into(),
        ..GallerySettings::default()
    })?;
    for (path, readme) in [
        ("/", false),
        ("/plone", false),
        ("/plone?q=rich", false),
        ("/plone?q=exe%E2%80%AEcod", false),
        ("/plone?keyword=keyword+exe%E2%80%AEcod", false),
        ("/plone/-/matrix", false),
        (
            "/plone/-/compare?p=plone.rich&p=plone.yanked&p=exe%E2%80%AEcod",
            false,
        ),
        ("/plone/plone.rich", true),
        ("/plone/plone.rich/1.0", true),
        ("/plone/plone.rich/9%E2%80%AE.9", false),
        ("/plone/plone.rich/-/releases", false),
        ("/plone/plone.rich/-/changelog", true),
        ("/plone/plone.rich/-/health", false),
        ("/plone/plone.rich/-/dependents", false),
        ("/plone/plone.yanked", true),
        ("/plone/missing%E2%80%AE", false),
        ("/plone/-/feed.atom", false),
        ("/plone/-/feed.rss", false),
        ("/plone/-/feed.json", false),
        ("/plone/-/feed.atom?q=exe%E2%80%AEcod&pre=1", false),
        ("/plone/plone.rich/-/feed.atom", false),
        ("/plone/plone.rich/-/feed.rss", false),
        ("/plone/plone.rich/-/feed.json", false),
        ("/plone/-/packages.csv", false),
        ("/plone/-/suggest?q=rich", false),
        ("/plone/-/suggest?q=ri%E2%80%AEch", false),
        ("/plone/-/opensearch.xml", false),
        ("/plone/-/sitemap.xml", false),
        ("/sitemap.xml", false),
        ("/robots.txt", false),
        ("/-/help", false),
        ("/nothing%E2%80%AE", false),
    ] {
        let mut answer = get(&gallery, path).await?;
        if matches!(answer.status.as_u16(), 301 | 302) {
            answer = get(&gallery, answer.header("location")).await?;
        }
        ensure!(
            matches!(answer.status.as_u16(), 200 | 404),
            "{path}: {}",
            answer.status
        );
        holds_none(&answer, readme).with_context(|| path.to_owned())?;
    }
    Ok(())
}
