//! Untrusted text in Markdown: nothing of it is markup, HTML, a link or the end of a line.

use crate::model::{clean_line, web_address};

/// Characters of a text.
const LONGEST: usize = 500;

/// A text on one line in which every sign is only that sign.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in clean_line(text, LONGEST).chars() {
        // Any ASCII punctuation may be escaped; what never begins anything stays readable.
        if character.is_ascii_punctuation() && !matches!(character, ',' | ';' | '\'' | '?' | '%') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// A link, or the text alone if the address leads nowhere.
pub(super) fn link(text: &str, address: &str) -> String {
    let text = escape(text);
    let text = if text.is_empty() { "(no name)" } else { &text };
    match web_address(address) {
        Some(address) => format!("[{text}](<{}>)", in_brackets(address.as_ref())),
        None => text.to_owned(),
    }
}

/// An address between angle brackets, where only these, backslashes and line ends mean something.
fn in_brackets(address: &str) -> String {
    let mut encoded = String::with_capacity(address.len());
    for character in address.chars() {
        match character {
            '<' => encoded.push_str("%3C"),
            '>' => encoded.push_str("%3E"),
            '\\' => encoded.push_str("%5C"),
            '&' => encoded.push_str("&amp;"),
            other if other.is_control() => {}
            other => encoded.push(other),
        }
    }
    encoded
}

/// The anchor that GitHub gives a heading.
pub(super) fn anchor(heading: &str) -> String {
    let lower = clean_line(heading, LONGEST).to_lowercase();
    let kept = lower.chars().filter_map(|character| match character {
        ' ' => Some('-'),
        '-' | '_' => Some(character),
        other => other.is_alphanumeric().then_some(other),
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{anchor, escape, link};

    #[test]
    fn text_stays_text() {
        for (text, written) in [
            ("plone.api", r"plone\.api"),
            ("<b>&amp;</b>", r"\<b\>\&amp;\<\/b\>"),
            ("a\n# b", r"a \# b"),
            ("![x](y)", r"\!\[x\]\(y\)"),
            ("\u{202e}x", "x"),
        ] {
            assert_eq!(escape(text), written);
        }
        assert_eq!(link("a", "javascript:x"), "a");
        assert_eq!(link("", "x"), "(no name)");
        assert_eq!(anchor("Addon :: Theme"), "addon--theme");
    }

    proptest! {
        /// A renderer shows what was written, and makes nothing of it.
        #[test]
        fn a_renderer_makes_nothing_of_it(text in "[a*_`<>&!\\[\\]()#+.|~:/@w\"\\\\ -]{1,20}") {
            let line = format!("- x {}", escape(&text));
            let html = pyfa_readme::render(&line, Some("text/markdown"), 1 << 16).html;
            let inner = html.trim().replace("<ul>", "").replace("</ul>", "");
            let inner = inner.trim().trim_start_matches("<li>").trim_end_matches("</li>");
            prop_assert!(!inner.contains('<'), "{html}");
        }
    }
}
