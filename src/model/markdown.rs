//! Untrusted text in Markdown: nothing of it is markup, HTML, a link or the end of a line. Pure; called
//! by what writes Markdown.

use super::{clean_line, web_address};

/// Characters of a text.
const LONGEST: usize = 500;

/// A text on one line, in which every sign is only that sign. It stands behind other text.
#[must_use]
pub fn escape(text: &str) -> String {
    let line = clean_line(text, LONGEST);
    let mut escaped = String::with_capacity(line.len());
    for (at, character) in line.char_indices() {
        let before = line.get(..at).unwrap_or_default();
        let after = line.get(at + character.len_utf8()..).unwrap_or_default();
        let means_something = match character {
            '\\' | '`' | '*' | '_' | '~' | '[' | ']' | '<' | '>' | '&' | '|' | '$' | '@' => true,
            // Addresses become links by themselves.
            ':' => after.starts_with('/'),
            '.' => before.to_ascii_lowercase().ends_with("www"),
            _ => false,
        };
        if means_something {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// The same where a line or an item of a list begins.
#[must_use]
pub fn escape_at_begin(text: &str) -> String {
    let mut escaped = escape(text);
    let digits = escaped.bytes().take_while(u8::is_ascii_digit).count();
    let sign = escaped.get(digits..).unwrap_or_default();
    let begins_item = digits > 0 && sign.starts_with(['.', ')']);
    if begins_item || (digits == 0 && sign.starts_with(['#', '+', '-', '='])) {
        escaped.insert(digits, '\\');
    }
    escaped
}

/// A link, or the text alone if the address leads nowhere.
#[must_use]
pub fn link(text: &str, address: &str) -> String {
    let text = if clean_line(text, LONGEST).is_empty() {
        "(no name)"
    } else {
        text
    };
    match web_address(address) {
        Some(address) => format!("[{}](<{}>)", escape(text), in_brackets(&address)),
        None => escape_at_begin(text),
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
#[must_use]
pub fn anchor(heading: &str) -> String {
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

    use super::{anchor, escape, escape_at_begin, link};

    #[test]
    fn text_stays_text() {
        for (text, written) in [
            ("plone.api 1.0-2", "plone.api 1.0-2"),
            ("<b>&amp;</b>", r"\<b\>\&amp;\</b\>"),
            ("a\n# b", "a # b"),
            ("![x](y)", r"!\[x\](y)"),
            (
                "see https://a.b www.a.b a@b.c",
                r"see https\://a.b www\.a.b a\@b.c",
            ),
            ("\u{202e}x", "x"),
        ] {
            assert_eq!(escape(text), written);
        }
        for (text, written) in [
            ("- x", r"\- x"),
            ("12. x", r"12\. x"),
            ("# x", r"\# x"),
            ("1.0", r"1\.0"),
            ("x - y", "x - y"),
        ] {
            assert_eq!(escape_at_begin(text), written);
        }
        assert_eq!(link("a", "javascript:x"), "a");
        assert_eq!(link("", "x"), "(no name)");
        assert_eq!(anchor("Addon :: Theme"), "addon--theme");
    }

    proptest! {
        /// A renderer shows what was written, and makes nothing of it.
        #[test]
        fn a_renderer_makes_nothing_of_it(text in "[a1*_`<>&!\\[\\]()#+=.|~:/@w\"\\\\ -]{1,20}") {
            for line in [
                format!("- x {}", escape(&text)),
                format!("- {}", escape_at_begin(&text)),
            ] {
                let html = pyfa_readme::render(&line, Some("text/markdown"), 1 << 16).html;
                let inner = html.trim().replace("<ul>", "").replace("</ul>", "");
                let inner = inner.trim().trim_start_matches("<li>").trim_end_matches("</li>");
                prop_assert!(!inner.contains('<'), "{line}: {html}");
            }
        }
    }
}
