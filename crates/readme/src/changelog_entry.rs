//! The part of a changelog that is about one version.

use crate::plain::visible_text;
use crate::tokens::{TokenKind, tokens};

/// What may be left of the elements around a heading.
const EMPTY: [&str; 2] = ["<section></section>", "<div></div>"];

/// Bytes of the longest part; a longer one is no part about a single version.
const LONGEST: usize = 50_000;

/// What stands in `changelog`, which is sanitised HTML, between the heading that names `version` and the
/// next one of its level or above. `None` if no heading names it or nothing stands there.
#[must_use]
pub fn changelog_entry(changelog: &str, version: &str) -> Option<String> {
    let mut position = 0;
    // Level, start and end of the heading that is open.
    let mut heading: Option<(u8, usize)> = None;
    let mut found: Option<(u8, usize)> = None;
    for token in tokens(changelog) {
        let start = position;
        position += token.text.len();
        let Some(level) = token.heading_level() else {
            continue;
        };
        match token.kind {
            TokenKind::Start => {
                if let Some((found_level, content)) = found
                    && level <= found_level
                {
                    return content_of(changelog.get(content..start)?);
                }
                heading = Some((level, start));
            }
            TokenKind::End => {
                if let Some((level, heading_start)) = heading.take()
                    && found.is_none()
                    && names(
                        &visible_text(changelog.get(heading_start..position)?),
                        version,
                    )
                {
                    found = Some((level, position));
                }
            }
            _ => {}
        }
    }
    let (_, content) = found?;
    content_of(changelog.get(content..)?)
}

/// Elements that are open across the cut, such as the section around a heading, are closed or removed.
fn content_of(html: &str) -> Option<String> {
    if html.len() > LONGEST {
        return None;
    }
    let html = crate::sanitize(html)?;
    let mut html = html.trim();
    // The beginning of what surrounds the next heading.
    while let Some(rest) = EMPTY.iter().find_map(|empty| html.strip_suffix(empty)) {
        html = rest.trim_end();
    }
    (!visible_text(html).trim().is_empty()).then(|| html.to_owned())
}

/// Whether a heading has the version as one of its words.
fn names(heading: &str, version: &str) -> bool {
    let is_border = |character: char| character.is_whitespace() || "()[]:,–—".contains(character);
    heading
        .split(is_border)
        .filter(|word| !word.is_empty())
        .any(|word| word == version || word.strip_prefix(['v', 'V']) == Some(version))
}

#[cfg(test)]
mod tests {
    use super::changelog_entry;

    const CHANGELOG: &str = "<h2>Changelog</h2><section><h3>2.1.0 (2026-01-02)</h3><h4>Bug fixes:</h4>\
                             <ul><li>b</li></ul></section><section><h3>v2.1</h3><p>a</p></section>\
                             <h3>2.0 - unreleased</h3><p> </p>";

    #[test]
    fn the_part_of_a_version_ends_with_the_next_one() {
        assert_eq!(
            changelog_entry(CHANGELOG, "2.1.0").as_deref(),
            Some("<h4>Bug fixes:</h4><ul><li>b</li></ul>")
        );
        assert_eq!(
            changelog_entry(CHANGELOG, "2.1").as_deref(),
            Some("<p>a</p>")
        );
    }

    #[test]
    fn without_a_heading_or_content_there_is_no_part() {
        for version in ["2.0", "1.0", "2", ""] {
            assert_eq!(changelog_entry(CHANGELOG, version), None, "{version}");
        }
        assert_eq!(changelog_entry("", "1.0"), None);
    }
}
