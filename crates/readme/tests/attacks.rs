//! Hostile READMEs are rendered safely and quickly.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use pyfa_readme::{Format, chapters, render};

const MAXIMUM: usize = 1 << 20;

fn markdown(text: &str) -> String {
    render(text, Some("text/markdown"), MAXIMUM).html
}

/// Fails unless every tag and attribute of `html` is harmless. The sanitiser writes attributes in
/// double quotes and escapes every other `<`.
fn assert_safe(html: &str) {
    const FORBIDDEN: &str = "script style iframe frame frameset object embed applet form button \
        select textarea link meta base svg math template noscript title xmp plaintext audio video";
    let mut quoted = html.split('"');
    let mut outside = String::new();
    while let Some(part) = quoted.next() {
        outside.push_str(part);
        if part
            .rsplit_once('<')
            .is_none_or(|(_, tag)| tag.contains('>'))
        {
            continue;
        }
        // An attribute's value, which ends at the next quote.
        if let Some(value) = quoted.next() {
            let value = value.trim_start().to_ascii_lowercase();
            for scheme in ["javascript:", "data:", "vbscript:", "file:"] {
                assert!(!value.starts_with(scheme) || !is_url(&outside), "{html}");
            }
        }
    }
    for tag in outside.split('<').skip(1) {
        let tag = tag
            .split('>')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let mut words = tag.trim_start_matches('/').split_ascii_whitespace();
        let name = words.next().unwrap_or_default();
        assert!(
            !FORBIDDEN
                .split_whitespace()
                .any(|forbidden| forbidden == name),
            "{html}"
        );
        assert!(
            !words.any(|word| word.starts_with("on") || word.starts_with("style")),
            "{html}"
        );
    }
}

fn is_url(before_value: &str) -> bool {
    before_value.ends_with("href=") || before_value.ends_with("src=")
}

#[test]
fn hostile_markup_is_defused() {
    let sources = [
        "<script>alert(1)</script>",
        "<ScRiPt src=//evil.example>x</sCrIpT>",
        "<style>body { display: none }</style>",
        "<img src=x onerror=alert(1)>",
        "<img src=\"data:image/svg+xml;base64,PHN2Zz4=\">",
        "<a href=\"javascript:alert(1)\">a</a>",
        "<a href=\" jAvAsCrIpT&#58;alert(1)\">a</a>",
        "<a href=\"java\tscript:alert(1)\">a</a>",
        "[a](javascript:alert(1))",
        "[a](data:text/html,x) <javascript:alert(1)>",
        "![a](vbscript:x)",
        "<form action=//evil.example><input name=password type=password><button>Go</button></form>",
        "<iframe src=//evil.example></iframe>",
        "<object data=x></object><embed src=x>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
        "<p style=\"position:fixed\" class=\"x\" id=\"login\" onclick=alert(1)>p</p>",
        "<a href=\"#login\" name=\"x\" target=_blank>a</a>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
        "<p title='<script>alert(1)</script>'>x",
        "<!--><img src=x onerror=alert(1)>-->",
        "```<script>\n</script>\n```",
        "# <script>x</script> [a](javascript:x)",
        "<base href=//evil.example><meta http-equiv=refresh content=0><link rel=stylesheet href=x>",
        "- [x] done <input type=text autofocus onfocus=alert(1)>",
        "text with a <title> placeholder and <textarea> more",
        "<plaintext> & more",
    ];
    let mut seen = String::new();
    for source in sources {
        let html = markdown(source);
        assert_safe(&html);
        let parts = chapters(&html, "");
        for part in [&parts.first_chapter, &parts.main_content, &parts.changelog] {
            assert_safe(part);
        }
        seen.extend([source, "\n    => ", &html, "\n"]);
    }
    insta::assert_snapshot!(seen);
}

#[test]
fn absent_and_unknown_formats_are_restructured_text() {
    let rendered = render("<b>\nx & y\r\n", Some("text/plain"), MAXIMUM);
    assert_eq!(rendered.html, "&lt;b&gt;<br>x &amp; y<br>");
    for content_type in [Some("text/x-rst"), Some("text/html"), None] {
        let rendered = render("<b>\nx & *y*\r\n", content_type, MAXIMUM);
        assert_eq!(rendered.html, "<p>&lt;b&gt;\nx &amp; <em>y</em></p>\n");
        assert!(!rendered.as_written);
    }
}

#[test]
fn a_wrong_content_type_is_corrected() {
    let text = "# Title\n\nSee [this](https://example.org).\n";
    let rendered = render(text, None, MAXIMUM);
    assert_eq!(rendered.declared, Format::ReStructuredText);
    assert_eq!(rendered.format, Format::Markdown { github: true });
    assert!(rendered.html.contains("<h2"), "{}", rendered.html);
}

#[test]
fn long_text_is_truncated_between_characters() {
    let rendered = render("aé<b>", Some("text/plain"), 2);
    assert_eq!((rendered.html.as_str(), rendered.truncated), ("a", true));
    assert!(!render("aé", Some("text/plain"), 3).truncated);
}

/// The limit is generous: without protection, these take minutes or overflow the stack.
#[test]
fn pathological_nesting_ends_in_reasonable_time() {
    let many = 100_000;
    let nested_list: String = (0..800).map(|depth| "  ".repeat(depth) + "- a\n").collect();
    let sources = [
        ">".repeat(many),
        "> ".repeat(many),
        "[".repeat(many),
        "![".repeat(many),
        "[a](".repeat(many),
        "*".repeat(many),
        "*a _b ".repeat(many),
        "a**b".repeat(many),
        "- ".repeat(many),
        "1. ".repeat(many),
        nested_list,
        "`".repeat(many),
        "<div>".repeat(many),
        "<b>".repeat(many),
        "<b>\n\n".repeat(many),
        "<ul><li>".repeat(many),
        "<table><tr><td>".repeat(many),
        "<svg>".repeat(many),
        "<!--".repeat(many),
        "&".repeat(many),
        format!("<a {}>", "x ".repeat(many)),
        format!("{}\n\n{}", "<i><b>".repeat(500), "x\n\n".repeat(many)),
        format!(
            "{}\n{}\n{}",
            "|a".repeat(5_000),
            "|-".repeat(5_000),
            "|\n".repeat(many)
        ),
        format!("{}[^1]\n\n[^1]: a", "[^1]: ".repeat(many)),
    ];
    for source in sources {
        let start = Instant::now();
        let rendered = render(&source, Some("text/markdown"), MAXIMUM);
        let parts = chapters(&rendered.html, "");
        assert_safe(&parts.first_chapter);
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "{}",
            &source[..20]
        );
    }
}

proptest! {
    #[test]
    fn mixtures_stay_safe(pieces in prop::collection::vec(prop::sample::select(vec![
        "<", ">", "\"", "'", "=", "/", " ", "\n", "\n\n", "&", "`", "```", "*", "[", "](", ")", "!",
        "<!--", "-->", "<svg>", "<math>", "<style>", "</style>", "<script>", "</script>", "<title>",
        "<p ", "<a href=", "<img src=", "javascript:alert(1)", "onerror=alert(1)", "style=x", "# h\n",
        "<section>", "</section>", "<h1>", "</h1>", "<table>", "<td>", "</p>", "<noscript>", "x",
        "<mtext>", "<annotation-xml encoding=text/html>", "<![CDATA[", "]]>", "&lt;", "&#60;script>",
    ]), 0..40)) {
        let html = markdown(&pieces.concat());
        assert_safe(&html);
        let parts = chapters(&html, "");
        for part in [&parts.first_chapter, &parts.main_content, &parts.changelog] {
            assert_safe(part);
        }
    }
}
