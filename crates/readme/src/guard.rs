//! Makes HTML from strangers fit for a parser: the sanitiser's own parser has no limits.
//!
//! The parser's algorithm is prescribed, and it is quadratic in three places: elements that
//! are never closed are walked again and again, unclosed formatting elements are repeated in
//! every block that follows, and each attribute is compared with all before it. A megabyte of
//! `<div>` would cost minutes, a megabyte of `<b>` and `<p>` gigabytes. So the work is estimated
//! before it is done.
//!
//! Tags such as `<title>` swallow what follows them as text. In a README they are placeholders
//! or attacks; they are shown as written.
//!
//! The serialiser is quadratic too: from each `&` it looks ahead to the next `<` or `>` of the text,
//! which may be the length of the text away. So stops are put into long texts, and taken out of
//! what the serialiser has written.

use std::{borrow::Cow, collections::HashMap};

use crate::tokens::{Kind, Token, tokens};

/// Steps that a document may cost, at most some hundred milliseconds. Real documents of a
/// megabyte stay below a twentieth of it.
const BUDGET: usize = 50_000_000;

/// Bytes that a serialiser looks through in one step.
const STEP: usize = 32;

/// Repeating a formatting element allocates; walking past an element does not.
const FORMATTING_COST: usize = 250;

/// What the serialiser stops at: a character that stands for nothing, and one that it escapes.
const STOP: &str = "\u{fdd0}>";
/// The first of the two.
const STOP_CHARACTER: char = '\u{fdd0}';
/// The second as the serialiser writes it.
const WRITTEN_ESCAPE: &str = "&gt;";
/// Bytes of text without a stop; as many times may a text be looked through.
const FAR: usize = 256;

/// HTML that a parser gets through.
pub(crate) struct Admitted<'h> {
    html: Cow<'h, str>,
    has_stops: bool,
}

impl Admitted<'_> {
    pub(crate) fn html(&self) -> &str {
        &self.html
    }

    /// What a serialiser has made of the HTML, as if nothing had been put into it.
    pub(crate) fn without_stops(&self, written: String) -> String {
        if !self.has_stops {
            return written;
        }
        // Split at one character, which is much quicker than to search for a text.
        let mut parts = written.split(STOP_CHARACTER);
        let mut whole = String::with_capacity(written.len());
        whole.push_str(parts.next().unwrap_or_default());
        for part in parts {
            match part.strip_prefix(WRITTEN_ESCAPE) {
                Some(rest) => whole.push_str(rest),
                None => whole.extend([STOP_CHARACTER.encode_utf8(&mut [0; 4]) as &str, part]),
            }
        }
        whole
    }
}

/// A copy that is made once something has to be put into it.
struct Copy<'h> {
    html: &'h str,
    written: String,
    copied: usize,
}

impl<'h> Copy<'h> {
    /// Puts `text` before position `at`, of which `dropped` bytes are left out.
    fn put(&mut self, at: usize, text: &str, dropped: usize) {
        if self.written.is_empty() {
            self.written.reserve(self.html.len() + self.html.len() / 32);
        }
        self.written.push_str(&self.html[self.copied..at]);
        self.written.push_str(text);
        self.copied = at + dropped;
    }

    fn finish(mut self) -> Cow<'h, str> {
        if self.copied == 0 && self.written.is_empty() {
            return self.html.into();
        }
        self.written.push_str(&self.html[self.copied..]);
        self.written.into()
    }
}

/// Positions in text from which a serialiser looks ahead.
fn lookouts(text: &str) -> impl Iterator<Item = usize> {
    // 0xC2 begins a no-break space, and many other characters.
    let bytes = text.bytes().enumerate();
    bytes
        .filter(|(_, byte)| matches!(byte, b'&' | 0xc2))
        .map(|(at, _)| at)
}

/// The same HTML with its raw text tags escaped; nothing when a parser would not get through it
/// within the budget.
pub(crate) fn admit(html: &str) -> Option<Admitted<'_>> {
    let mut copy = Copy {
        html,
        written: String::new(),
        copied: 0,
    };
    let mut has_stops = false;
    let mut since_stop = 0_usize;
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
        if token.kind == Kind::Start {
            let looks = lookouts(token.text).count();
            spent = spent.saturating_add(looks.saturating_mul(token.text.len()) / STEP);
        }
        // A CDATA section ends at different places within and without SVG; nobody needs it here.
        if spent > BUDGET || token.text.starts_with("<![CDATA[") {
            return None;
        }
        if token.is_text() {
            let mut seen = 0;
            for at in lookouts(token.text) {
                if since_stop + at - seen >= FAR {
                    copy.put(start + at, STOP, 0);
                    has_stops = true;
                    (since_stop, seen) = (0, at);
                }
            }
            since_stop += token.text.len() - seen;
        } else if is_raw_text(&token) {
            copy.put(start, "&lt;", 1);
        } else if matches!(token.kind, Kind::Start | Kind::End)
            && !token.is_void()
            && !closes_itself(&token)
        {
            let name = lower_case(token.name);
            let cost = if is_formatting(&name) {
                FORMATTING_COST
            } else {
                1
            };
            if token.kind == Kind::Start {
                *open.entry(name).or_default() += 1;
                cost_of_open += cost;
            } else if let Some(count) = open.get_mut(&name).filter(|count| **count > 0) {
                *count -= 1;
                cost_of_open -= cost;
            }
        }
    }
    Some(Admitted {
        html: copy.finish(),
        has_stops,
    })
}

fn lower_case(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        name.to_ascii_lowercase().into()
    } else {
        name.into()
    }
}

/// Elements whose content is not markup.
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

/// Elements that a parser closes when the next of their kind begins, so that they never pile up
/// unless something else does.
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
    use super::admit;

    #[test]
    fn long_is_fine_and_deep_is_not() {
        let row = "<div><p>text <b>bold</b> <a href=\"#x\">link</a><br></p><ul><li>one</ul></div>";
        assert!(admit(&row.repeat(20_000)).is_some());
        assert!(admit(&"<p>never closed <img src=x>".repeat(50_000)).is_some());
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
            assert!(admit(&unreasonable).is_none(), "{}", &unreasonable[..20]);
        }
    }

    #[test]
    fn raw_text_tags_become_text() {
        let html = |html| admit(html).map(|admitted| admitted.html().to_owned());
        assert_eq!(
            html("a <title> b <Style/x><i>c</i></STYLE> d").as_deref(),
            Some("a &lt;title> b &lt;Style/x><i>c</i>&lt;/STYLE> d")
        );
        assert_eq!(html("<titles>").as_deref(), Some("<titles>"));
        assert_eq!(html("<title>").as_deref(), Some("&lt;title>"));
    }

    /// How far a serialiser looks, all in all.
    fn looked_through(text: &str) -> usize {
        let looks = super::lookouts(text);
        looks
            .map(|at| text[at..].find(['<', '>']).unwrap_or(text.len() - at))
            .sum()
    }

    #[test]
    fn no_text_is_looked_through_again_and_again() {
        for length in [6_000, 12_000, 24_000] {
            for text in [
                "&".repeat(length),
                "\u{a9}".repeat(length / 2),
                "a&amp;b &lt; ".repeat(length / 13),
                "&</x>".repeat(length / 5),
                format!("{}{}", "&".repeat(1_000), "a".repeat(length)),
                format!("{}{}", "&".repeat(255), "a".repeat(5_000)).repeat(length / 5_255),
            ] {
                let admitted = admit(&text);
                // What stands between tags that mean nothing is one text.
                let html = admitted.iter().map(|one| one.html().replace("</x>", ""));
                for html in html {
                    assert!(looked_through(&html) <= 300 * text.len(), "{}", &text[..10]);
                }
            }
        }
    }
}
