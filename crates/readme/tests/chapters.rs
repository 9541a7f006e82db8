//! Splitting READMEs into chapters.

use pyfa_readme::{Chapters, chapters, render};

fn cut(html: &str) -> [String; 4] {
    let Chapters {
        title,
        first_chapter,
        main_content,
        changelog,
    } = chapters(html, "acme.widget");
    [title, first_chapter, main_content, changelog]
}

#[test]
fn a_readme_that_starts_with_its_title() {
    assert_eq!(
        cut(
            "<h2>The <code>a</code> &amp; b</h2><p>Intro <a href=\"x\">link</a><img src=\"y\"></p>\
             <h3>Use</h3>text<h2>Change log of c</h2><h2>Changelog</h2><ul></ul><h2>License</h2>z"
        ),
        [
            "The a & b",
            "<h2>The <code>a</code> &amp; b</h2><p>Intro link</p>",
            "<h3>Use</h3>text<h2>Change log of c</h2><h2>License</h2>z",
            "<h2>Changelog</h2><ul></ul>",
        ]
    );
}

#[test]
fn something_before_the_title_is_the_first_chapter() {
    assert_eq!(
        cut("<p>Badges</p>\n<h2>Title</h2><p>a</p><h2>More</h2>"),
        [
            "Title",
            "<p>Badges</p>\n",
            "<h2>Title</h2><p>a</p><h2>More</h2>",
            ""
        ]
    );
    assert_eq!(
        cut("Bare <h2>Title</h2>a"),
        ["Title", "Bare ", "<h2>Title</h2>a", ""]
    );
}

#[test]
fn without_headings_everything_is_the_first_chapter() {
    assert_eq!(
        cut("first<br>second <b>x</b> last"),
        ["", "first<br>second <b>x</b> last", "", ""]
    );
    assert_eq!(
        cut("<ul><li><h2>inside</h2></li></ul>"),
        ["", "<ul><li><h2>inside</h2></li></ul>", "", ""]
    );
    assert_eq!(cut(""), ["", "", "", ""]);
}

#[test]
fn section_tags_are_removed_and_text_after_them_is_kept() {
    assert_eq!(
        cut(
            "<section id=\"a\"><h2>A</h2>x<section><h3>B</h3>y</section>after</section>\
             <section><h2>History</h2>z</section>end"
        ),
        [
            "A",
            "<h2>A</h2>x",
            "<h3>B</h3>yafter",
            "<h2>History</h2>zend"
        ]
    );
    assert_eq!(
        cut("<div><section>a</section></div>")[1],
        "<div><section>a</section></div>"
    );
}

#[test]
fn a_changelog_that_comes_first_is_in_both_places() {
    assert_eq!(
        cut("<h2>Changes</h2>a<h3>1.0</h3>b"),
        [
            "Changes",
            "<h2>Changes</h2>a",
            "",
            "<h2>Changes</h2>a<h3>1.0</h3>b"
        ]
    );
}

#[test]
fn a_changelog_ends_where_another_chapter_begins() {
    assert_eq!(
        cut("<h2>T</h2>i<h3>Changelog</h3>a<h4>1.0</h4>b<h3>License</h3>c<h3>Changes</h3>d")[2..],
        [
            "<h3>License</h3>c<h3>Changes</h3>d",
            "<h3>Changelog</h3>a<h4>1.0</h4>b"
        ]
    );
    // Versions may have the same level as their changelog.
    assert_eq!(
        cut(
            "<h2>T</h2>i<h3>Changelog</h3><h3>1.0 (2020)</h3>b<h3>2 (2019-01-01)</h3>c<h3>Thanks</h3>d"
        )[2..],
        [
            "<h3>Thanks</h3>d",
            "<h3>Changelog</h3><h3>1.0 (2020)</h3>b<h3>2 (2019-01-01)</h3>c"
        ]
    );
    // A list of versions is not a changelog.
    assert_eq!(
        cut("<h2>T</h2>i<h3>Versions</h3>a<h3>Changelog</h3>b")[2..],
        ["<h3>Versions</h3>a", "<h3>Changelog</h3>b"]
    );
    assert_eq!(
        cut("<h2>Changes</h2>a<h3>1.0</h3>b<h2>Use</h2>c"),
        [
            "Changes",
            "<h2>Changes</h2>a",
            "<h2>Use</h2>c",
            "<h2>Changes</h2>a<h3>1.0</h3>b"
        ]
    );
}

/// As tools write it that collect changes above the heading of what was released before.
#[test]
fn the_newest_entries_may_stand_above_the_heading_of_the_changelog() {
    // Deeper than the heading, because the chapter before has a level of its own.
    assert_eq!(
        cut(
            "<h2>T</h2>i<h3>Use</h3>u<h4>5.0.2 (2026-09-13)</h4>b<h5>Bug fixes</h5>c\
             <h4>5.0.1 (2026-08-11)</h4>d<h3>Changelog</h3><h4>5.0.0 (2026-04-20)</h4>e"
        )[2..],
        [
            "<h3>Use</h3>u",
            "<h4>5.0.2 (2026-09-13)</h4>b<h5>Bug fixes</h5>c<h4>5.0.1 (2026-08-11)</h4>d\
             <h3>Changelog</h3><h4>5.0.0 (2026-04-20)</h4>e",
        ]
    );
    assert_eq!(
        cut("<h2>T</h2>i<h3>4.0.0 (unreleased)</h3>b<h3>Changes</h3>c<h3>License</h3>d")[2..],
        [
            "<h3>License</h3>d",
            "<h3>4.0.0 (unreleased)</h3>b<h3>Changes</h3>c"
        ]
    );
    // Versions without a date are those that something goes with.
    assert_eq!(
        cut("<h2>T</h2>i<h3>Compatibility</h3><h4>6.0</h4>a<h4>5.2</h4>b<h3>Changelog</h3>c")[3],
        "<h3>Changelog</h3>c"
    );
    // Another chapter stands between.
    assert_eq!(
        cut("<h2>T</h2>i<h3>1.0 (2020-01-01)</h3>a<h3>Thanks</h3>b<h3>Changelog</h3>c")[3],
        "<h3>Changelog</h3>c"
    );
}

#[test]
fn headings_within_groups_are_headings() {
    assert_eq!(
        cut("<div align=\"center\">\n<h2>Acme</h2></div><p>intro</p><h3>Use</h3>x"),
        [
            "Acme",
            "<div align=\"center\">\n<h2>Acme</h2></div><p>intro</p>",
            "<h3>Use</h3>x",
            ""
        ]
    );
    // Splitting a group leaves both parts well-formed.
    assert_eq!(
        cut(
            "<div><div class=\"a\"><h2>Acme</h2>intro<div><h3>Use</h3>x</div></div>y</div><h3>News</h3>z"
        ),
        [
            "Acme",
            "<div><div class=\"a\"><h2>Acme</h2>intro</div></div>",
            "<div><div class=\"a\"><div><h3>Use</h3>x</div></div>y</div>",
            "<h3>News</h3>z"
        ]
    );
    assert_eq!(
        cut("<a href=\"x\"><h2>Acme</h2></a>intro<h3>Use</h3>")[..2],
        ["Acme", "<h2>Acme</h2>intro"]
    );
}

#[test]
fn an_image_can_be_a_title() {
    for (html, title) in [
        (
            "<h2><img src=\"x\" alt=\"Acme &amp; Widget\"></h2>",
            "Acme & Widget",
        ),
        (
            "<h2><a href=\"y\"><img src=\"x\" alt=\"Acme\"></a> <img alt=\"Widget\"></h2>",
            "Acme Widget",
        ),
        ("<h2>Acme <img src=\"x\" alt=\"build\"></h2>", "Acme"),
        ("<h2><img src=\"x\"></h2>", ""),
    ] {
        assert_eq!(cut(html)[0], title, "{html}");
    }
}

#[test]
fn changelog_headings() {
    for title in [
        "CHANGELOG",
        " History ",
        "release notes",
        "ReleaseNotes",
        "What's new",
        "What’s New",
        "versions",
        "Change Log",
        "Changelog:",
        "Change History",
        "Release History",
        "News",
        "1.0 (2020-01-01)",
        "v2.1rc1 - unreleased",
        "Version 3",
        "0.9.1 (unreleased)",
        "1.2 / 3 March 2021",
        "📝 Changelog",
        ":memo: Changelog",
        "7. Changelog",
        "2.3 Release notes",
        "IV. History",
        "— Changes —",
        "Changelog for acme.widget",
        "Acme Widget's changelog",
        "acme-widget release notes",
        "🚀 Acme Widget 1.0 (2020-01-01)",
        "The changelog",
    ] {
        assert_ne!(cut(&format!("<p></p><h2>{title}</h2>x"))[3], "", "{title}");
    }
    for title in [
        "Versioning",
        "2 of 3",
        "Version control",
        "3.10 support",
        "Python 3.12",
        "10",
        "Newsletter",
        "7. Use",
        "Changelog of something else",
        "Acme",
        "📝",
    ] {
        assert_eq!(cut(&format!("<p></p><h2>{title}</h2>x"))[3], "", "{title}");
    }
}

#[test]
fn one_readme_from_source_to_chapters() {
    let source = "\
[![badge](https://example.org/b.svg)](https://example.org) Text before the title.

Example Package :rocket:
========================

It *does* things, see [usage](#usage) and <https://example.org>.

## Usage

```python
import example

print(\"<hello>\")
```

| a | b |
|---|--:|
| 1 | 2 |

- [x] done
- [ ] ~~to do~~

> [!NOTE]
> Mind the gap.[^1]

[^1]: A footnote.

<h1 align=\"center\">Raw</h1>

## Release notes

### 1.0

First.
";
    let rendered = render(source, Some("text/markdown; charset=UTF-8"), 1 << 20);
    insta::assert_snapshot!("readme", rendered.html);
    insta::assert_debug_snapshot!("readme_chapters", chapters(&rendered.html, ""));
}
