//! Lets through the elements and attributes that a README needs, and nothing else.
//!
//! No scripts, styles, frames, forms or event handlers; links and images lead to `http`,
//! `https` or `mailto` only; every link says `nofollow`; every `id` and every link to one
//! carries a prefix, and a `class` is one that our own rendering makes, so that a README cannot pose
//! as a part of the page around it. No control characters but tabs and line ends.

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

/// Classes that our renderers make: those of docutils and of the Markdown renderer, and the languages
/// of code. Sorted.
const CLASSES: [&str; 119] = [
    "abstract",
    "admonition",
    "admonition-title",
    "align-bottom",
    "align-center",
    "align-left",
    "align-middle",
    "align-right",
    "align-top",
    "attention",
    "attribution",
    "backrefs",
    "bash",
    "brackets",
    "c",
    "c++",
    "caution",
    "citation",
    "citation-list",
    "classifier",
    "code",
    "colon",
    "compound",
    "console",
    "container",
    "contents",
    "cpp",
    "css",
    "danger",
    "dedication",
    "diff",
    "django",
    "docinfo",
    "docker",
    "dockerfile",
    "doctest",
    "docutils",
    "epigraph",
    "error",
    "field-list",
    "fn-bracket",
    "footer",
    "footnote",
    "footnote-list",
    "go",
    "graphql",
    "head",
    "header",
    "highlights",
    "hint",
    "html",
    "http",
    "important",
    "ini",
    "java",
    "javascript",
    "jinja",
    "js",
    "json",
    "jsx",
    "kotlin",
    "label",
    "legend",
    "line",
    "line-block",
    "literal",
    "literal-block",
    "local",
    "lua",
    "make",
    "makefile",
    "markdown",
    "math",
    "md",
    "nginx",
    "none",
    "note",
    "option",
    "option-group",
    "option-list",
    "perl",
    "php",
    "powershell",
    "pull-quote",
    "pycon",
    "pytb",
    "python",
    "python3",
    "r",
    "restructuredtext",
    "rst",
    "rubric",
    "ruby",
    "rust",
    "scss",
    "sectnum",
    "seealso",
    "sh",
    "shell",
    "sidebar",
    "sidebar-subtitle",
    "sidebar-title",
    "sql",
    "swift",
    "target",
    "text",
    "tip",
    "todo",
    "toml",
    "topic",
    "topic-title",
    "ts",
    "tsx",
    "typescript",
    "warning",
    "xml",
    "yaml",
    "yml",
    "zsh",
];

/// Where links and images may lead.
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

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
        .url_schemes(HashSet::from(SCHEMES))
        .link_rel(Some("nofollow"))
        .id_prefix(Some(ID_PREFIX))
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            ("a", "href") => match joined(value)? {
                Cow::Borrowed(address) => Some(prefixed(address)),
                Cow::Owned(address) => Some(prefixed(&address).into_owned().into()),
            },
            ("img", "src") => joined(value),
            (_, "class") => own_classes(value),
            _ => Some(value.into()),
        });
    builder
});

/// The address as a browser reads it, without line ends and tabs; nothing where other control
/// characters stand in it, which somebody may take out, or invisible ones around it, which scripts
/// trim and browsers do not.
fn joined(address: &str) -> Option<Cow<'_, str>> {
    let is_trimmed = |character: char| character.is_whitespace() || character == '\u{feff}';
    let trimmed = address.trim_matches(is_trimmed);
    if trimmed.len() < address.len() && !is_harmless(trimmed) {
        return None;
    }
    if !address.contains(char::is_control) {
        return Some(address.into());
    }
    let joined = address.replace(['\t', '\n', '\r'], "");
    let joined = joined.trim_matches(|character| character <= ' ');
    (!joined.contains(char::is_control)).then(|| joined.to_owned().into())
}

/// Whether an address has no scheme, or one that is let through.
fn is_harmless(address: &str) -> bool {
    ammonia::Url::parse(address).map_or(true, |url| SCHEMES.contains(&url.scheme()))
}

/// Those of the classes that our renderers make.
fn own_classes(value: &str) -> Option<Cow<'_, str>> {
    let is_own = |class: &&str| CLASSES.binary_search(class).is_ok();
    if value.split(' ').all(|class| is_own(&class)) {
        return Some(value.into());
    }
    let own: Vec<&str> = value.split_ascii_whitespace().filter(is_own).collect();
    (!own.is_empty()).then(|| own.join(" ").into())
}

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
    guard::admit(html).map(|admitted| {
        let mut clean = admitted.without_stops(CLEANER.clean(admitted.html()).to_string());
        // References such as `&#27;` have become the characters that they stand for.
        if may_have_controls(clean.as_bytes()) {
            clean.retain(|character| {
                !character.is_control() || matches!(character, '\t' | '\n' | '\r')
            });
        }
        clean
    })
}

/// Whether a text has characters that have to go, or bytes that look like it. Nearly none has.
fn may_have_controls(text: &[u8]) -> bool {
    let is_suspicious = |byte: &u8| matches!(byte, 0..=8 | 11 | 12 | 14..=31 | 0x7f | 0xc2);
    let mut rest = text;
    while let Some(at) = rest.iter().position(is_suspicious) {
        // 0xC2 begins U+0080 to U+009F, which are controls, and U+00A0 to U+00BF, which are not.
        if rest[at] != 0xc2 || rest.get(at + 1).is_some_and(|next| *next < 0xa0) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{CLASSES, sanitize};

    #[test]
    fn only_our_own_classes_stay() {
        assert!(CLASSES.is_sorted());
        for (html, expected) in [
            (
                "<p class=\"admonition-title\">a</p>",
                "<p class=\"admonition-title\">a</p>",
            ),
            ("<p class=\"navbar fixed-top\">a</p>", "<p>a</p>"),
            (
                "<div class=\"modal note\nshow\">a</div>",
                "<div class=\"note\">a</div>",
            ),
            ("<span class=\"\">a</span>", "<span>a</span>"),
        ] {
            assert_eq!(sanitize(html).as_deref(), Some(expected));
        }
    }

    #[test]
    fn control_characters_stay_out() {
        for (html, expected) in [
            ("a&#27;[2Jb\u{9b}c&#7;\td", "a[2Jbc\td"),
            (
                "<a href=\"java&#1;script:alert(1)\">a</a>",
                "<a rel=\"nofollow\">a</a>",
            ),
            ("<img src=\"java&#127;script:alert(1)\">", "<img>"),
            (
                "<a href=\"\n https://\nexample.org\">a</a>",
                "<a href=\"https://example.org\" rel=\"nofollow\">a</a>",
            ),
        ] {
            assert_eq!(sanitize(html).as_deref(), Some(expected));
        }
    }
}
