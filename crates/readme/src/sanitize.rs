//! Lets through the elements and attributes that a README needs, and nothing else.
//!
//! No scripts, styles, frames, forms or event handlers; links and images lead to `http`,
//! `https` or `mailto` only; every link says `nofollow`; every `id` and every link to one
//! carries a prefix, so that a README cannot pose as a part of the page around it.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use ammonia::Builder;

use crate::guard;

/// What every `id` starts with.
pub(crate) const ID_PREFIX: &str = "user-content-";

const ELEMENTS: [&str; 53] = [
    "a",
    "abbr",
    "acronym",
    "aside",
    "b",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "input",
    "kbd",
    "li",
    "nav",
    "ol",
    "p",
    "picture",
    "pre",
    "section",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "tt",
    "ul",
    "var",
];

const ATTRIBUTES: [(&str, &[&str]); 27] = [
    ("a", &["href", "title"]),
    ("abbr", &["title"]),
    ("acronym", &["title"]),
    ("aside", &["class"]),
    ("code", &["class"]),
    ("dd", &["class"]),
    ("div", &["align", "class"]),
    ("dl", &["class"]),
    ("dt", &["class"]),
    ("figure", &["class"]),
    ("h1", &["align"]),
    ("h2", &["align"]),
    ("h3", &["align"]),
    ("h4", &["align"]),
    ("h5", &["align"]),
    ("h6", &["align"]),
    ("hr", &["class"]),
    ("img", &["src", "width", "height", "alt", "align", "class"]),
    ("input", &["type", "checked", "disabled"]),
    ("nav", &["class"]),
    ("ol", &["start"]),
    ("p", &["align", "class"]),
    ("pre", &["class", "lang"]),
    ("span", &["class"]),
    ("td", &["align", "colspan", "rowspan"]),
    ("th", &["align", "class"]),
    ("ul", &["class"]),
];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(ELEMENTS))
        .clean_content_tags(HashSet::from(["script", "style"]))
        .generic_attributes(HashSet::from(["id"]))
        .tag_attributes(
            ATTRIBUTES
                .into_iter()
                .map(|(element, attributes)| (element, attributes.iter().copied().collect()))
                .collect(),
        )
        // A task list needs boxes to look at; nothing else of a form is let through.
        .set_tag_attribute_values(HashMap::from([(
            "input",
            HashMap::from([("type", "checkbox"), ("disabled", "")]),
        )]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(Some("nofollow"))
        .id_prefix(Some(ID_PREFIX))
        .attribute_filter(|element, attribute, value| {
            if (element, attribute) == ("a", "href") {
                Some(prefixed(value))
            } else {
                Some(value.into())
            }
        });
    builder
});

/// A link within the page leads to the prefixed `id`.
fn prefixed(href: &str) -> Cow<'_, str> {
    match href.strip_prefix('#') {
        Some(id) if !id.is_empty() && !id.starts_with(ID_PREFIX) => {
            format!("#{ID_PREFIX}{id}").into()
        }
        _ => href.into(),
    }
}

/// Well-formed, safe HTML; nothing when `html` would take a parser too long.
#[must_use]
pub fn sanitize(html: &str) -> Option<String> {
    guard::admit(html).map(|html| CLEANER.clean(&html).to_string())
}
