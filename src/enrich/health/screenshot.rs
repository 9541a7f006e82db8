//! Whether a README shows what the package looks like, judged by its HTML alone.

use std::sync::LazyLock;

use regex::Regex;

/// Pixels; narrower images are logos and icons.
const LEAST_WIDTH: i64 = 200;
/// Parts of addresses of images that show a state, in lower case.
const BADGES: [&str; 11] = [
    "badge",
    "shields.io",
    "travis-ci.org",
    "travis-ci.com",
    "codecov.io",
    "coveralls.io",
    "circleci.com",
    "ci.appveyor.com",
    "snyk.io",
    "codacy.com",
    "sonarcloud.io",
];

/// Expressions of this file alone; a test compiles them.
fn expression(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

static IMAGE: LazyLock<Option<Regex>> =
    LazyLock::new(|| expression(r#"(?i)<img\b((?:[^>"]|"[^"]*")*)>"#));
static ATTRIBUTE: LazyLock<Option<Regex>> =
    LazyLock::new(|| expression(r#"(?i)\s(src|width|style)\s*=\s*"([^"]*)""#));
static STYLED_WIDTH: LazyLock<Option<Regex>> =
    LazyLock::new(|| expression(r"(?i)width\s*:\s*(\d+)"));
static WORKFLOW: LazyLock<Option<Regex>> =
    LazyLock::new(|| expression(r"github\.com/[^/]+/[^/]+/workflows/[^/]+\.svg"));

/// Whether an image that is no badge says that it is wide enough. An image that does not tell its
/// width does not count.
pub(super) fn has_screenshot(html: &str) -> bool {
    let images = IMAGE.iter().flat_map(|image| image.captures_iter(html));
    images
        .filter_map(|image| image.get(1))
        .any(|attributes| is_screenshot(attributes.as_str()))
}

fn is_screenshot(attributes: &str) -> bool {
    let (mut source, mut width, mut styled) = ("", None, None);
    for found in ATTRIBUTE
        .iter()
        .flat_map(|attribute| attribute.captures_iter(attributes))
    {
        let (_, [name, value]) = found.extract();
        match name.to_ascii_lowercase().as_str() {
            "src" => source = value,
            "width" => width = stated_width(value),
            _ => styled = styled_width(value),
        }
    }
    !source.is_empty()
        && !is_badge(source)
        && width.or(styled).is_some_and(|width| width >= LEAST_WIDTH)
}

fn stated_width(value: &str) -> Option<i64> {
    value.trim_end_matches(['p', 'x']).trim().parse().ok()
}

fn styled_width(style: &str) -> Option<i64> {
    let found = STYLED_WIDTH.as_ref()?.captures(style)?;
    // A number of more digits is a width all the same.
    Some(found.get(1)?.as_str().parse().unwrap_or(i64::MAX))
}

fn is_badge(source: &str) -> bool {
    let lowered = source.to_ascii_lowercase();
    BADGES.iter().any(|part| lowered.contains(part))
        || WORKFLOW
            .as_ref()
            .is_some_and(|workflow| workflow.is_match(&lowered))
}

#[cfg(test)]
mod tests {
    use super::{ATTRIBUTE, IMAGE, STYLED_WIDTH, WORKFLOW, has_screenshot};

    #[test]
    fn the_expressions_are_sound() {
        for expression in [&IMAGE, &ATTRIBUTE, &STYLED_WIDTH, &WORKFLOW] {
            assert!(expression.is_some());
        }
    }

    #[test]
    fn wide_images_that_are_no_badges_count() {
        for html in [
            r#"<p><img src="docs/a.png" width="200"></p>"#,
            r#"<img width="640px" alt="a > b" src="https://example.org/a.png">"#,
            r#"<img src="a.png" style="max-width: 800px">"#,
            r#"<img src="a.png" width="50%" style="width:300px">"#,
            r#"<img src="https://img.shields.io/x" width="300"><img src="b.png" width="300">"#,
        ] {
            assert!(has_screenshot(html), "{html}");
        }
        for html in [
            "",
            r#"<img src="a.png">"#,
            r#"<img width="300">"#,
            r#"<img src="a.png" width="199">"#,
            r#"<img src="a.png" width="wide">"#,
            r#"<img src="https://example.org/Badge.svg" width="300">"#,
            r#"<img src="https://github.com/o/r/workflows/CI/x.svg" width="300">"#,
            r#"<img src="https://github.com/o/r/workflows/CI.svg" width="300">"#,
            r#"<imgx src="a.png" width="300">"#,
        ] {
            let is_foreign = html.contains("CI/x");
            assert_eq!(has_screenshot(html), is_foreign, "{html}");
        }
    }
}
