//! What is wrong with a page as HTML: errors of the parser, and rules of the standard that no parser
//! knows.

use std::collections::{BTreeMap, BTreeSet};

use html5ever::driver::{ParseOpts, parse_document, parse_fragment};
use html5ever::tendril::TendrilSink;
use html5ever::tokenizer::TokenizerOpts;
use html5ever::tree_builder::TreeBuilderOpts;
use html5ever::{QualName, local_name, ns};
use scraper::{ElementRef, Html, HtmlTreeSink};

use super::elements::{
    BLOCKS, CHILDREN, ELEMENTS, GLOBAL, INTERACTIVE, PHRASING, REFERENCES, ROLES,
};

/// A document, or the part of one that scripts ask for, with the parser's errors.
pub(super) fn parse(text: &str, is_part: bool) -> (Html, Vec<String>) {
    let options = ParseOpts {
        tokenizer: TokenizerOpts {
            exact_errors: true,
            ..TokenizerOpts::default()
        },
        tree_builder: TreeBuilderOpts {
            exact_errors: true,
            // Like a browser: what is inside `noscript` is text.
            scripting_enabled: true,
            ..TreeBuilderOpts::default()
        },
    };
    let html = if is_part {
        let sink = HtmlTreeSink::new(Html::new_fragment());
        let context = QualName::new(None, ns!(html), local_name!("body"));
        parse_fragment(sink, options, context, Vec::new(), false).one(text)
    } else {
        parse_document(HtmlTreeSink::new(Html::new_document()), options).one(text)
    };
    let errors = html.errors.iter().map(ToString::to_string).collect();
    (html, errors)
}

/// Everything that is wrong with a page.
pub(super) fn problems(html: &Html, is_part: bool) -> Vec<String> {
    let mut checker = Checker::new(html, is_part);
    for element in checker.elements.clone() {
        checker.check_names(element);
        checker.check_place(element);
        checker.check_references(element);
        checker.check_labels(element);
        checker.check_values(element);
    }
    checker.check_headings();
    if !is_part {
        checker.check_head(html);
    }
    checker.problems
}

struct Checker<'h> {
    is_part: bool,
    elements: Vec<ElementRef<'h>>,
    ids: BTreeSet<&'h str>,
    problems: Vec<String>,
}

pub(super) fn text(element: ElementRef<'_>) -> String {
    element.text().collect()
}

fn is_in(name: &str, list: &str) -> bool {
    list.split_ascii_whitespace().any(|one| one == name)
}

fn ancestors(element: ElementRef<'_>) -> impl Iterator<Item = ElementRef<'_>> {
    element.ancestors().filter_map(ElementRef::wrap)
}

/// Whether an author wrote it: its structure is theirs.
pub(super) fn is_readme(element: ElementRef<'_>) -> bool {
    ancestors(element).any(|one| {
        one.value()
            .has_class("readme", scraper::CaseSensitivity::CaseSensitive)
    })
}

/// The text that is read out, as the name of a link or button.
fn spoken(element: ElementRef<'_>) -> String {
    let value = element.value();
    if let Some(label) = value.attr("aria-label").or_else(|| value.attr("alt")) {
        return label.to_owned();
    }
    let children = element.children().map(|child| match child.value() {
        scraper::Node::Text(text) => text.to_string(),
        scraper::Node::Element(one) if one.attr("aria-hidden") == Some("true") => String::new(),
        _ => ElementRef::wrap(child).map(spoken).unwrap_or_default(),
    });
    children.collect()
}

impl<'h> Checker<'h> {
    fn new(html: &'h Html, is_part: bool) -> Self {
        let elements: Vec<ElementRef<'h>> =
            html.tree.nodes().filter_map(ElementRef::wrap).collect();
        let mut ids = BTreeSet::new();
        let mut problems = Vec::new();
        for id in elements.iter().filter_map(|element| element.value().id()) {
            if id.is_empty() || id.contains(char::is_whitespace) {
                problems.push(format!("the id `{id}` is none"));
            }
            if !ids.insert(id) {
                problems.push(format!("the id `{id}` stands twice"));
            }
        }
        Self {
            is_part,
            elements,
            ids,
            problems,
        }
    }

    fn add(&mut self, element: ElementRef<'_>, what: &str) {
        let shown: String = element.html().chars().take(200).collect();
        self.problems.push(format!("{what}: {shown}"));
    }

    /// Elements and attributes that there are, and none that is obsolete, inline style or script.
    fn check_names(&mut self, element: ElementRef<'h>) {
        let value = element.value();
        let Some((_, own)) = ELEMENTS.iter().find(|(name, _)| *name == value.name()) else {
            return self.add(element, "an unknown element");
        };
        for (name, _) in value.attrs() {
            let is_free = name.starts_with("aria-") || name.starts_with("data-");
            if !is_free && !is_in(name, own) && !is_in(name, GLOBAL) {
                self.add(element, &format!("the attribute `{name}`"));
            }
        }
        if let Some(role) = value.attr("role")
            && !is_in(role, ROLES)
        {
            self.add(element, "a role that we do not use");
        }
        let names_itself = value.attr("aria-label").is_some();
        if names_itself && value.attr("role").is_none() && is_in(value.name(), "div span p") {
            self.add(element, "a label on an element without a role");
        }
    }

    /// Where it stands.
    fn check_place(&mut self, element: ElementRef<'h>) {
        let name = element.value().name();
        let parent = element.parent().and_then(ElementRef::wrap);
        let parent_name = parent.map_or("", |parent| parent.value().name());
        if let Some((_, children)) = CHILDREN.iter().find(|(parent, _)| *parent == parent_name)
            && !is_in(name, children)
        {
            self.add(element, &format!("inside `{parent_name}`"));
        }
        if name == "li" && !is_in(parent_name, "ul ol") {
            self.add(element, "an item without a list");
        }
        if is_in(name, "details fieldset") {
            let first = element.child_elements().next();
            let expected = if name == "details" {
                "summary"
            } else {
                "legend"
            };
            if first.is_none_or(|first| first.value().name() != expected) {
                self.add(element, &format!("does not begin with `{expected}`"));
            }
        }
        let own = |other: &ElementRef<'_>| !is_in(other.value().name(), "a ins del");
        let around = ancestors(element).find(own);
        let around = around.map_or("", |around| around.value().name());
        if is_in(name, BLOCKS) && is_in(around, PHRASING) && !is_readme(element) {
            self.add(element, &format!("a block inside `{around}`"));
        }
        let operated = ancestors(element).find(|one| is_in(one.value().name(), "a button"));
        if is_in(name, INTERACTIVE) && operated.is_some() {
            self.add(element, "something to operate inside a link or button");
        }
    }

    /// What it points to.
    fn check_references(&mut self, element: ElementRef<'h>) {
        let value = element.value();
        for attribute in REFERENCES {
            let listed = value.attr(attribute).unwrap_or_default();
            for id in listed.split_ascii_whitespace() {
                if !self.ids.contains(id) {
                    self.add(element, &format!("`{attribute}` names nothing"));
                }
            }
        }
        if let Some(id) = value.attr("href").and_then(|href| href.strip_prefix('#')) {
            let id = percent_encoding::percent_decode_str(id).decode_utf8_lossy();
            // Icons are in the page around a part.
            let is_outside = self.is_part && value.name() == "use";
            if !is_outside && !self.ids.contains(&*id) {
                self.add(element, "a link to no id");
            }
        }
    }

    /// What it is called.
    fn check_labels(&mut self, element: ElementRef<'h>) {
        let value = element.value();
        let is_named = match value.name() {
            "a" if value.attr("href").is_some() => !spoken(element).trim().is_empty(),
            // One of a `datalist` is called by its value.
            "option"
                if value
                    .attr("value")
                    .is_some_and(|value| !value.trim().is_empty()) =>
            {
                true
            }
            "button" | "summary" | "h1" | "h2" | "h3" | "option" | "title" => {
                !spoken(element).trim().is_empty()
            }
            "img" => value.attr("alt").is_some(),
            "input" if matches!(value.attr("type"), Some("hidden")) => true,
            "input" | "select" | "meter" => {
                let is_labelled = |one: &ElementRef<'_>| {
                    one.value().name() == "label"
                        && value
                            .id()
                            .is_some_and(|id| one.value().attr("for") == Some(id))
                };
                value
                    .attr("aria-label")
                    .is_some_and(|label| !label.trim().is_empty())
                    || ancestors(element).any(|one| one.value().name() == "label")
                    || self.elements.iter().any(is_labelled)
            }
            _ => true,
        };
        // What is inside a README is its author's.
        if !is_named && !is_readme(element) {
            self.add(element, "has no name");
        }
        if value.name() == "th" && value.attr("scope").is_none() && !is_readme(element) {
            self.add(element, "a heading without a scope");
        }
        let is_scrolled = value.attr("tabindex") == Some("0") && !is_readme(element);
        if is_scrolled && (value.attr("role").is_none() || value.attr("aria-label").is_none()) {
            self.add(element, "can be focussed, and nobody says what it is");
        }
    }

    /// What its attributes say.
    fn check_values(&mut self, element: ElementRef<'h>) {
        let value = element.value();
        for (name, text) in value.attrs() {
            let is_wrong = match name {
                "tabindex" => !is_in(text, "0 -1"),
                "scope" => !is_in(text, "row col"),
                "datetime" => text.parse::<jiff::Timestamp>().is_err(),
                "maxlength" | "width" | "height" | "colspan" | "rowspan" => {
                    text.parse::<u32>().is_err()
                }
                "min" | "max" => text.parse::<f64>().is_err(),
                "method" => text != "get",
                "class" => text.trim().is_empty(),
                _ => false,
            };
            if is_wrong {
                self.add(element, &format!("`{name}` says `{text}`"));
            }
        }
        if value.name() == "script" {
            match (value.attr("type"), value.attr("src")) {
                (None, Some(_)) => {}
                (Some("application/ld+json"), None) => {
                    if serde_json::from_str::<serde_json::Value>(&text(element)).is_err() {
                        self.add(element, "no JSON");
                    }
                }
                _ => self.add(element, "a script inside the page"),
            }
        }
    }

    /// One first heading, and no level left out, in READMEs neither.
    fn check_headings(&mut self) {
        let mut last = 0;
        let mut firsts = 0;
        for element in self.elements.clone() {
            let Some(level) = element.value().name().strip_prefix('h') else {
                continue;
            };
            let Ok(level) = level.parse::<u8>() else {
                continue;
            };
            firsts += u8::from(level == 1);
            if level > last + 1 {
                self.add(element, "leaves out a level of headings");
            }
            last = level;
        }
        if firsts != 1 {
            self.problems.push(format!("{firsts} first headings"));
        }
    }

    /// What the head has to say, once.
    fn check_head(&mut self, html: &Html) {
        let root = html.root_element();
        if root.value().attr("lang") != Some("en") {
            self.problems.push("the page has no language".to_owned());
        }
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for element in &self.elements {
            let value = element.value();
            let key = match value.name() {
                "title" | "main" => value.name().to_owned(),
                "meta" => ["charset", "name", "property"]
                    .iter()
                    .find_map(|key| {
                        Some(format!(
                            "meta {}",
                            value.attr(key).map(|text| if *key == "charset" {
                                "charset"
                            } else {
                                text
                            })?
                        ))
                    })
                    .unwrap_or_default(),
                "link" if value.attr("rel") == Some("canonical") => "canonical".to_owned(),
                "nav" => format!("nav {}", value.attr("aria-label").unwrap_or_default()),
                _ => continue,
            };
            *seen.entry(key).or_default() += 1;
        }
        for wanted in [
            "title",
            "main",
            "meta charset",
            "meta viewport",
            "meta robots",
            "canonical",
        ] {
            if !seen.contains_key(wanted) {
                self.problems.push(format!("there is no `{wanted}`"));
            }
        }
        let twice: Vec<&String> = seen
            .iter()
            .filter(|(_, count)| **count > 1)
            .map(|(key, _)| key)
            .collect();
        if !twice.is_empty() {
            self.problems.push(format!("stand twice: {twice:?}"));
        }
    }
}

/// The checks themselves can fail.
#[test]
fn mistakes_are_found() {
    for (mistake, word) in [
        ("<p><ul></ul></p>", "parser"),
        ("<p id=a>x</p><p id=a>y</p>", "stands twice"),
        ("<center>x</center>", "unknown element"),
        ("<p align=left>x</p>", "`align`"),
        ("<p style=color:red>x</p>", "`style`"),
        ("<p onclick=x()>x</p>", "`onclick`"),
        ("<script>x()</script>", "script inside"),
        ("<script type=application/ld+json>{</script>", "no JSON"),
        ("<label for=nothing>x</label>", "names nothing"),
        ("<a href=\"#nothing\">x</a>", "link to no id"),
        ("<img src=x>", "no name"),
        ("<input name=x>", "no name"),
        ("<a href=x><span aria-hidden=true>x</span></a>", "no name"),
        ("<h1>Two</h1>", "2 first headings"),
        ("<h3>Three</h3>", "level of headings"),
        ("<table><tr><th>x</th></tr></table>", "without a scope"),
        ("<span><div>x</div></span>", "block inside"),
        ("<ul><p>x</p></ul>", "inside `ul`"),
        ("<a href=x>x <label>y</label></a>", "inside a link"),
        ("<time datetime=yesterday>x</time>", "`datetime`"),
        ("<div aria-label=x>x</div>", "without a role"),
        ("x\u{1}", "parser"),
        ("&nbsp", "parser"),
    ] {
        let (html, errors) = parse(&format!("<h1>One</h1>{mistake}"), true);
        let mut found = problems(&html, true);
        found.extend(errors.iter().map(|error| format!("parser: {error}")));
        let found = found.join("\n");
        assert!(found.contains(word), "{mistake}: {found}");
    }
    let (html, _) = parse("<!doctype html><p>x</p>", false);
    let found = problems(&html, false).join("\n");
    for word in ["no language", "`canonical`", "`main`", "0 first headings"] {
        assert!(found.contains(word), "{word}: {found}");
    }
}
