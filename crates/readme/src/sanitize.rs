//! Removes all elements and attributes that a README does not need.
//!
//! Scripts, styles, frames, forms and event handlers are removed; links and images may use `http`,
//! `https` and `mailto` only; every link is `nofollow`. Every `id`, and every link to one, gets a
//! prefix, and only classes that our renderers write are kept, so that a README cannot imitate the
//! page around it. Control characters other than tabs and line ends are removed.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use ammonia::Builder;

use crate::complexity::check_complexity;

/// The prefix of every `id`.
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

/// The classes that our renderers write: those of docutils and of the Markdown renderer, and the
/// languages of code. Sorted.
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

/// The schemes of links and images.
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
        // Task lists have disabled checkboxes; other form elements are removed.
        .set_tag_attribute_values(HashMap::from([(
            "input",
            HashMap::from([("type", "checkbox"), ("disabled", "")]),
        )]))
        .url_schemes(HashSet::from(SCHEMES))
        .link_rel(Some("nofollow"))
        .id_prefix(Some(ID_PREFIX))
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            ("a", "href") => match clean_url(value)? {
                Cow::Borrowed(url) => Some(prefix_fragment(url)),
                Cow::Owned(url) => Some(prefix_fragment(&url).into_owned().into()),
            },
            ("img", "src") => clean_url(value),
            (_, "class") => known_classes(value),
            _ => Some(value.into()),
        });
    builder
});

/// The URL as a browser reads it, without line ends and tabs. URLs with other control characters,
/// which another program may remove, are rejected, and so are unsafe ones with invisible characters
/// around them, which scripts trim and browsers do not.
fn clean_url(url: &str) -> Option<Cow<'_, str>> {
    let is_trimmed = |character: char| character.is_whitespace() || character == '\u{feff}';
    let trimmed = url.trim_matches(is_trimmed);
    if trimmed.len() < url.len() && !has_allowed_scheme(trimmed) {
        return None;
    }
    if !url.contains(char::is_control) {
        return Some(url.into());
    }
    let without_breaks = url.replace(['\t', '\n', '\r'], "");
    let cleaned = without_breaks.trim_matches(|character| character <= ' ');
    (!cleaned.contains(char::is_control)).then(|| cleaned.to_owned().into())
}

/// Whether a URL has no scheme or an allowed one.
fn has_allowed_scheme(url: &str) -> bool {
    ammonia::Url::parse(url).map_or(true, |parsed| SCHEMES.contains(&parsed.scheme()))
}

/// The classes in `value` that our renderers write.
fn known_classes(value: &str) -> Option<Cow<'_, str>> {
    let is_known = |class: &&str| CLASSES.binary_search(class).is_ok();
    if value.split(' ').all(|class| is_known(&class)) {
        return Some(value.into());
    }
    let known: Vec<&str> = value.split_ascii_whitespace().filter(is_known).collect();
    (!known.is_empty()).then(|| known.join(" ").into())
}

/// Adds the prefix to a link within the page.
fn prefix_fragment(href: &str) -> Cow<'_, str> {
    match href.strip_prefix('#') {
        Some(id) if !id.is_empty() && !id.starts_with(ID_PREFIX) => {
            format!("#{ID_PREFIX}{id}").into()
        }
        _ => href.into(),
    }
}

/// Well-formed, safe HTML; none if `html` would take too long to parse.
#[must_use]
pub fn sanitize(html: &str) -> Option<String> {
    check_complexity(html).map(|checked| {
        let mut clean = checked.without_markers(CLEANER.clean(checked.html()).to_string());
        // Character references such as `&#27;` are decoded by now.
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
    fn only_known_classes_are_kept() {
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
    fn control_characters_are_removed() {
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
