//! Estimates what untrusted HTML would cost to parse, because the sanitiser's parser has no limits.
//!
//! The parsing algorithm of the HTML standard is quadratic in three places: unclosed elements are
//! searched again and again, unclosed formatting elements are repeated in every block that follows,
//! and each attribute is compared with all before it. A megabyte of `<div>` would take minutes, a
//! megabyte of `<b>` and `<p>` gigabytes. HTML above the budget is not parsed.
//!
//! Tags such as `<title>` make the parser take everything after them as text. In a README they are
//! placeholders or attacks, so they are escaped.
//!
//! The serialiser is quadratic too: at each `&` it searches for the next `<` or `>`, which may be
//! as far away as the text is long. So markers are inserted into long texts, and removed from the
//! serialiser's output.

use std::{borrow::Cow, collections::HashMap};

use crate::tokens::{Token, TokenKind, tokens};

/// The number of steps that a document may cost: a few hundred milliseconds. Real documents of a
/// megabyte need less than a twentieth of it.
const BUDGET: usize = 50_000_000;

/// The number of bytes that the serialiser searches in one step.
const BYTES_PER_STEP: usize = 32;

/// Repeating a formatting element allocates, so it costs more than searching an element.
const FORMATTING_COST: usize = 250;

/// Where the serialiser's search ends: a noncharacter, and a character that it escapes.
const MARKER: &str = "\u{fdd0}>";
/// The first character of the marker.
const MARKER_START: char = '\u{fdd0}';
/// The second one as the serialiser writes it.
const ESCAPED_MARKER_END: &str = "&gt;";
/// The longest text without a marker, in bytes.
const MARKER_INTERVAL: usize = 256;

/// HTML that is cheap enough to parse.
pub(crate) struct CheckedHtml<'h> {
    html: Cow<'h, str>,
    has_markers: bool,
}

impl CheckedHtml<'_> {
    pub(crate) fn html(&self) -> &str {
        &self.html
    }

    /// The serialiser's output without the markers.
    pub(crate) fn without_markers(&self, written: String) -> String {
        if !self.has_markers {
            return written;
        }
        // Split at one character, which is much faster than searching for a string.
        let mut parts = written.split(MARKER_START);
        let mut whole = String::with_capacity(written.len());
        whole.push_str(parts.next().unwrap_or_default());
        for part in parts {
            match part.strip_prefix(ESCAPED_MARKER_END) {
                Some(rest) => whole.push_str(rest),
                None => whole.extend([MARKER_START.encode_utf8(&mut [0; 4]) as &str, part]),
            }
        }
        whole
    }
}

/// HTML that is copied once it is changed.
struct EditedHtml<'h> {
    html: &'h str,
    written: String,
    copied: usize,
}

impl<'h> EditedHtml<'h> {
    /// Replaces `removed` bytes at `at` by `text`.
    fn replace(&mut self, at: usize, text: &str, removed: usize) {
        if self.written.is_empty() {
            self.written.reserve(self.html.len() + self.html.len() / 32);
        }
        self.written.push_str(&self.html[self.copied..at]);
        self.written.push_str(text);
        self.copied = at + removed;
    }

    fn finish(mut self) -> Cow<'h, str> {
        if self.copied == 0 && self.written.is_empty() {
            return self.html.into();
        }
        self.written.push_str(&self.html[self.copied..]);
        self.written.into()
    }
}

/// The positions at which the serialiser searches ahead.
fn search_starts(text: &str) -> impl Iterator<Item = usize> {
    // 0xC2 is the first byte of a no-break space, and of many other characters.
    let bytes = text.bytes().enumerate();
    bytes
        .filter(|(_, byte)| matches!(byte, b'&' | 0xc2))
        .map(|(at, _)| at)
}

/// The HTML with its raw text tags escaped, if parsing it is within the budget.
pub(crate) fn check_complexity(html: &str) -> Option<CheckedHtml<'_>> {
    let mut edited = EditedHtml {
        html,
        written: String::new(),
        copied: 0,
    };
    let mut has_markers = false;
    let mut since_marker = 0_usize;
    let mut position = 0;
    let mut open: HashMap<Cow<'_, str>, usize> = HashMap::new();
    let mut cost_of_open = 1_usize;
    let mut spent = 0_usize;
    for token in tokens(html) {
        let start = position;
        position += token.text.len();
        spent = spent
            .saturating_add(cost_of_open)
            .saturating_add(token.attributes.saturating_mul(token.attributes) / 4);
        if token.kind == TokenKind::Start {
            let searches = search_starts(token.text).count();
            spent =
                spent.saturating_add(searches.saturating_mul(token.text.len()) / BYTES_PER_STEP);
        }
        // A CDATA section ends at different places inside and outside SVG, and no README needs one.
        if spent > BUDGET || token.text.starts_with("<![CDATA[") {
            return None;
        }
        if token.is_text() {
            let mut seen = 0;
            for at in search_starts(token.text) {
                if since_marker + at - seen >= MARKER_INTERVAL {
                    edited.replace(start + at, MARKER, 0);
                    has_markers = true;
                    (since_marker, seen) = (0, at);
                }
            }
            since_marker += token.text.len() - seen;
        } else if is_raw_text(&token) {
            edited.replace(start, "&lt;", 1);
        } else if matches!(token.kind, TokenKind::Start | TokenKind::End)
            && !token.is_void()
            && !closes_itself(&token)
        {
            let name = lower_case(token.name);
            let cost = if is_formatting(&name) {
                FORMATTING_COST
            } else {
                1
            };
            if token.kind == TokenKind::Start {
                *open.entry(name).or_default() += 1;
                cost_of_open += cost;
            } else if let Some(count) = open.get_mut(&name).filter(|count| **count > 0) {
                *count -= 1;
                cost_of_open -= cost;
            }
        }
    }
    Some(CheckedHtml {
        html: edited.finish(),
        has_markers,
    })
}

fn lower_case(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        name.to_ascii_lowercase().into()
    } else {
        name.into()
    }
}

/// Whether the content of the element is not markup.
fn is_raw_text(token: &Token<'_>) -> bool {
    const RAW_TEXT: [&str; 9] = [
        "iframe",
        "noembed",
        "noframes",
        "plaintext",
        "script",
        "style",
        "textarea",
        "title",
        "xmp",
    ];
    let is_first = matches!(
        token.name.bytes().next(),
        Some(b'i' | b'n' | b'p' | b's' | b't' | b'x' | b'I' | b'N' | b'P' | b'S' | b'T' | b'X')
    );
    is_first
        && RAW_TEXT
            .iter()
            .any(|name| token.name.eq_ignore_ascii_case(name))
}

/// Whether a parser closes the element when the next of its kind begins, so that it does not pile
/// up by itself.
fn closes_itself(token: &Token<'_>) -> bool {
    const CLOSES_ITSELF: [&str; 12] = [
        "dd", "dt", "li", "option", "p", "tbody", "td", "tfoot", "th", "thead", "tr", "colgroup",
    ];
    CLOSES_ITSELF
        .iter()
        .any(|name| token.name.eq_ignore_ascii_case(name))
}

fn is_formatting(name: &str) -> bool {
    const FORMATTING: [&str; 14] = [
        "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt",
        "u",
    ];
    FORMATTING.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::check_complexity;

    #[test]
    fn long_html_is_accepted_and_deep_html_is_not() {
        let row = "<div><p>text <b>bold</b> <a href=\"#x\">link</a><br></p><ul><li>one</ul></div>";
        assert!(check_complexity(&row.repeat(20_000)).is_some());
        assert!(check_complexity(&"<p>never closed <img src=x>".repeat(50_000)).is_some());
        for unreasonable in [
            "<div>".repeat(100_000),
            "<div></x>".repeat(100_000),
            "<div><!--</div>-->".repeat(100_000),
            "<div title='</div>'>".repeat(100_000),
            format!("{}{}", "<b a>".repeat(10_000), "<p>x</p>".repeat(100_000)),
            format!("<a {}>", "x ".repeat(100_000)),
            format!("<a title=\"{}\">", "&".repeat(100_000)),
            "<svg><![CDATA[></svg>]]>".to_owned(),
        ] {
            assert!(
                check_complexity(&unreasonable).is_none(),
                "{}",
                &unreasonable[..20]
            );
        }
    }

    #[test]
    fn raw_text_tags_become_text() {
        let html = |html| check_complexity(html).map(|checked| checked.html().to_owned());
        assert_eq!(
            html("a <title> b <Style/x><i>c</i></STYLE> d").as_deref(),
            Some("a &lt;title> b &lt;Style/x><i>c</i>&lt;/STYLE> d")
        );
        assert_eq!(html("<titles>").as_deref(), Some("<titles>"));
        assert_eq!(html("<title>").as_deref(), Some("&lt;title>"));
    }

    /// How many bytes the serialiser searches in total.
    fn searched_bytes(text: &str) -> usize {
        super::search_starts(text)
            .map(|at| text[at..].find(['<', '>']).unwrap_or(text.len() - at))
            .sum()
    }

    #[test]
    fn no_text_is_searched_quadratically() {
        for length in [6_000, 12_000, 24_000] {
            for text in [
                "&".repeat(length),
                "\u{a9}".repeat(length / 2),
                "a&amp;b &lt; ".repeat(length / 13),
                "&</x>".repeat(length / 5),
                format!("{}{}", "&".repeat(1_000), "a".repeat(length)),
                format!("{}{}", "&".repeat(255), "a".repeat(5_000)).repeat(length / 5_255),
            ] {
                let checked = check_complexity(&text);
                // Text on both sides of a stray end tag is one text.
                let html = checked.iter().map(|one| one.html().replace("</x>", ""));
                for html in html {
                    assert!(searched_bytes(&html) <= 300 * text.len(), "{}", &text[..10]);
                }
            }
        }
    }
}
