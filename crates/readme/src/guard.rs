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

use std::{borrow::Cow, collections::HashMap};

use crate::tokens::{Kind, Token, tokens};

/// Steps that a document may cost, at most some hundred milliseconds. Real documents of a
/// megabyte stay below a twentieth of it.
const BUDGET: usize = 50_000_000;

/// Repeating a formatting element allocates; walking past an element does not.
const FORMATTING_COST: usize = 250;

/// The same HTML with its raw text tags escaped; nothing when a parser would not get through it
/// within the budget.
pub(crate) fn admit(html: &str) -> Option<Cow<'_, str>> {
    let mut admitted = Cow::Borrowed(html);
    let mut copied = 0;
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
        // A CDATA section ends at different places within and without SVG; nobody needs it here.
        if spent > BUDGET || token.text.starts_with("<![CDATA[") {
            return None;
        }
        if is_raw_text(&token) {
            if copied == 0 {
                admitted = Cow::Owned(String::with_capacity(html.len() + 64));
            }
            let copy = admitted.to_mut();
            copy.push_str(&html[copied..start]);
            copy.push_str("&lt;");
            copied = start + 1;
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
    if copied > 0 {
        admitted.to_mut().push_str(&html[copied..]);
    }
    Some(admitted)
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
    RAW_TEXT
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
            "<svg><![CDATA[></svg>]]>".to_owned(),
        ] {
            assert_eq!(admit(&unreasonable), None, "{}", &unreasonable[..20]);
        }
    }

    #[test]
    fn raw_text_tags_become_text() {
        let html = "a <title> b <Style/x><i>c</i></STYLE> d";
        assert_eq!(
            admit(html).as_deref(),
            Some("a &lt;title> b &lt;Style/x><i>c</i>&lt;/STYLE> d")
        );
        assert_eq!(admit("<titles>").as_deref(), Some("<titles>"));
    }
}
